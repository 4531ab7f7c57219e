/**
 * `npm run demo`: the 24-hour lesson as a transcript of real requests. Each step says what it expects of the functions
 * and of what WhatsApp delivered; the exit code is 0 only if every one came out right.
 */
import { isDeepStrictEqual } from 'node:util';
import { longRunning } from './command/long-running';
import { runProgram } from './command/program';
import { type OfflineService, startOfflineService } from './offline/offline-service';

const USER = 'whatsapp:+15551234567';

/** The offline service, and where the transcript goes. */
interface Stage extends Pick<OfflineService, 'functionsUrl' | 'emulator' | 'env'> {
  readonly print: (line: string) => void;
}

interface Step {
  readonly title: string;
  readonly act: (offline: Stage) => Promise<unknown>;
  /** What the act's answer must be, as far as it is told here. */
  readonly expected: unknown;
}

const steps: readonly Step[] = [
  {
    title: 'Nobody wrote yet: a free-form message is refused before WhatsApp can lose it.',
    act: (offline) => send(offline, { body: 'Hello there' }),
    expected: { status: 409, outcome: 'refused', reason: 'NO_INBOUND', state: 'never', delivered: 'nothing' },
  },
  {
    title: 'The user writes: the customer service window opens for 24 hours.',
    act: (offline) => inbound(offline, 'Hi, where is my order?'),
    expected: { webhook: 200 },
  },
  {
    title: 'Now a free-form message goes out, no template needed.',
    act: (offline) => send(offline, { body: 'It is on its way.' }),
    expected: {
      status: 200,
      outcome: 'sent',
      reason: 'WINDOW_OPEN',
      state: 'open',
      delivered: 'It is on its way.',
    },
  },
  {
    title: '23 h 59 min later: still open by the rule, but within the safety margin, so free-form stops.',
    act: async (offline) => {
      await control(offline, 'POST', 'clock', { advanceSeconds: 23 * 3600 + 59 * 60 });
      return send(offline, { body: 'Anything else?' });
    },
    expected: {
      status: 409,
      outcome: 'refused',
      reason: 'WINDOW_CLOSING',
      state: 'closing',
      delivered: 'nothing',
    },
  },
  {
    title: 'A day after the message the window is closed: free-form is refused.',
    act: async (offline) => {
      await control(offline, 'POST', 'clock', { advanceSeconds: 3600 });
      return send(offline, { body: 'Anything else?' });
    },
    expected: {
      status: 409,
      outcome: 'refused',
      reason: 'WINDOW_CLOSED',
      state: 'closed',
      delivered: 'nothing',
    },
  },
  {
    title: 'A pre-approved template gets through: `Your {{1}} code is {{2}}.`, filled with hacker and 1337.',
    act: (offline) =>
      send(offline, { template: 'lesson_code', contentVariables: { 1: 'hacker', 2: '1337' } }),
    expected: {
      status: 200,
      outcome: 'sent',
      reason: 'TEMPLATE_REQUESTED',
      state: 'closed',
      delivered: 'Your hacker code is 1337.',
    },
  },
  {
    title: 'The same words as plain text are recognised as that template, its variables read back out.',
    act: (offline) => send(offline, { body: 'Your hacker code is 1337.' }),
    expected: {
      status: 200,
      outcome: 'sent',
      reason: 'BODY_MATCHES_TEMPLATE',
      state: 'closed',
      delivered: 'Your hacker code is 1337.',
    },
  },
  {
    title: 'The template did not open the window: only the user can.',
    act: (offline) => send(offline, { body: 'Did you get the code?' }),
    expected: {
      status: 409,
      outcome: 'refused',
      reason: 'WINDOW_CLOSED',
      state: 'closed',
      delivered: 'nothing',
    },
  },
  {
    title: 'The user writes again: the window starts anew.',
    act: (offline) => inbound(offline, 'Got it'),
    expected: { webhook: 200 },
  },
  {
    title: 'Free-form again.',
    act: (offline) => send(offline, { body: 'You are welcome.' }),
    expected: {
      status: 200,
      outcome: 'sent',
      reason: 'WINDOW_OPEN',
      state: 'open',
      delivered: 'You are welcome.',
    },
  },
];

async function send(offline: Stage, parameters: object): Promise<unknown> {
  const before = (await outbound(offline)).length;
  offline.print(`  > POST /send-message ${JSON.stringify({ to: USER, ...parameters })}`);
  const response = await fetch(`${offline.functionsUrl}/send-message`, {
    method: 'POST',
    headers: { authorization: `Bearer ${offline.env.API_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ to: USER, ...parameters }),
  });
  const answer = (await response.json()) as {
    outcome: string;
    decision: { reason: string; explanation: string } | null;
    window: { state: string } | null;
  };
  offline.print(`  < ${response.status} ${answer.outcome}: ${answer.decision?.explanation}`);
  await control(offline, 'GET', 'idle');
  const added = (await outbound(offline)).slice(before);
  const delivered = added.map((message) =>
    message.delivered ? message.text : `lost, error ${message.errorCode}`,
  );
  offline.print(`    WhatsApp delivered: ${delivered.join(' | ') || 'nothing'}`);
  return {
    status: response.status,
    outcome: answer.outcome,
    reason: answer.decision?.reason,
    state: answer.window?.state,
    delivered: delivered.join(' | ') || 'nothing',
  };
}

async function inbound(offline: Stage, body: string): Promise<unknown> {
  offline.print(`  > ${USER} writes "${body}"`);
  const answer = (await control(offline, 'POST', 'inbound', { from: USER, body })) as {
    webhooks: { status: number }[];
  };
  const status = answer.webhooks[0]?.status;
  offline.print(`  < /incoming-message answered ${status}`);
  return { webhook: status };
}

interface OutboundMessage {
  readonly direction: string;
  readonly text: string;
  readonly delivered: boolean;
  readonly errorCode: number | null;
}

async function outbound(offline: Stage): Promise<readonly OutboundMessage[]> {
  const answer = (await control(offline, 'GET', `messages?to=${encodeURIComponent(USER)}`)) as {
    messages: OutboundMessage[];
  };
  return answer.messages.filter((message) => message.direction !== 'inbound');
}

async function control(
  offline: Stage,
  method: 'GET' | 'POST',
  route: string,
  body?: object,
): Promise<unknown> {
  const response = await fetch(`${offline.emulator.url}/_emulator/${route}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`The emulator answered ${response.status} to ${route}.`);
  return response.json();
}

export const main = longRunning(
  {
    name: 'demo',
    summary: 'The 24-hour lesson as a transcript of real requests, offline.',
    examples: [['', 'exit code 0 only if every step came out right']],
  },
  async ({ io, cleanUp }) => {
    const offline = await startOfflineService();
    cleanUp(() => offline.stop());
    const print = (line: string) => io.stdout.write(`${line}\n`);
    let wrong = 0;
    for (const [index, step] of steps.entries()) {
      if (io.stopped.aborted) return;
      print(`\n${index + 1}. ${step.title}`);
      const actual = await step.act({ ...offline, print });
      if (isDeepStrictEqual(actual, step.expected)) continue;
      wrong += 1;
      print(`    WRONG: expected ${JSON.stringify(step.expected)}, got ${JSON.stringify(actual)}`);
    }
    if (wrong > 0) throw new Error(`\n${wrong} of ${steps.length} steps went wrong.`);
    print(`\nAll ${steps.length} steps came out right.`);
  },
);

if (require.main === module) runProgram(main);
