/**
 * Every kind of work, failing at the requests it makes, in every way: a container that dies, a service that fails. Afterwards the stage goes on as it does (Twilio repeats a webhook, a caller repeats a keyed call, the user
 * writes again), and nothing may be lost or doubled beyond what docs/internals/failures.md says. That table is made here:
 * UPDATE_DOCS=1 writes it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../scripts/offline/twilio-run';
import { CALL_FAULTS, type CallFault, Container } from './container';

const START = Date.parse('2031-05-05T12:00:00.000Z');
const HOUR_MS = 3_600_000;
const QUESTION = 'We have an answer for you. Reply to this message to read it.';
/** Longer than any lease or claim, so that a dead container's is free. */
const LATER_MS = 20_000;

/** Of the play that is under way. */
let container: Container;
const invoke = (...call: Parameters<Container['invoke']>) => container.invoke(...call);
const pass = (ms: number) => container.pass(ms);

let users = 0;
function newUser(): string {
  users += 1;
  return `whatsapp:+4917${String(users).padStart(9, '0')}`;
}

/** The BSUID of the same person. */
const bsuidOf = (to: string) => `whatsapp:DE.${to.replace(/\D/g, '')}`;

interface Work {
  readonly name: string;
  /** What is promised, for the table. */
  readonly promise: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** Prepares and gives the call that meets the fault, what follows by itself, and what must hold then: undefined or what is wrong. */
  readonly play: (to: string) => Promise<Scenario>;
}

interface Scenario {
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly after: () => Promise<void>;
  readonly verdict: () => Promise<'as promised' | string>;
}

const texts = async (to: string) => container.sentTo(to).map(({ text }) => text);

async function stateOf(to: string): Promise<string> {
  const { answer } = await invoke('/window', { to });
  const body = answer?.body as { window: { state: string } | null } | undefined;
  return body?.window?.state ?? 'unknown';
}

async function settle(path: string, parameters: Readonly<Record<string, string>>, times = 2): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) {
    await pass(LATER_MS);
    await invoke(path, parameters);
  }
}

function sameAs(actual: readonly string[], ...allowed: (readonly string[])[]): 'as promised' | string {
  const isAllowed = allowed.some((expected) => JSON.stringify(expected) === JSON.stringify(actual));
  return isAllowed ? 'as promised' : `sent ${JSON.stringify(actual)}`;
}

/** A user writes, the webhook comes again, and the window must be open. */
async function opensWindow(to: string): Promise<Scenario> {
  const parameters = await container.inbound(to, 'hi');
  return {
    path: '/incoming-message',
    parameters,
    after: () => settle('/incoming-message', parameters, 1),
    async verdict() {
      const state = await stateOf(to);
      return state === 'open' ? 'as promised' : `the window is ${state}`;
    },
  };
}

const TOGETHER = { RELEASE_HELD: 'together' };
/** The texts that were held, however many of them are in one message. */
const partsOf = (sent: readonly string[]) => sent.flatMap((text) => text.split('\n\n'));

/** The callback by which Twilio says that WhatsApp refused a message. */
function refusalOf(message: { readonly sid: string; readonly statusCallback: string } | undefined) {
  // Connection overrides stay with Twilio.
  const [path = ''] = (message?.statusCallback ?? '').replace('http://localhost:3999', '').split('#');
  return {
    path,
    parameters: { MessageSid: message?.sid ?? '', MessageStatus: 'undelivered', ErrorCode: '63016' },
  };
}

const works: readonly Work[] = [
  {
    name: 'inbound message, known user',
    promise: 'the window is open, also where no webhook comes again, once Twilio has been told of success',
    async play(to) {
      await invoke('/incoming-message', await container.inbound(to, 'earlier'));
      await pass(30 * HOUR_MS);
      return opensWindow(to);
    },
  },
  {
    name: 'inbound message, new user',
    promise: 'the window is open once the webhook has come again',
    async play(to) {
      return opensWindow(to);
    },
  },
  {
    name: 'STOP',
    promise: 'nothing goes out once the webhook has come again',
    async play(to) {
      await invoke('/incoming-message', await container.inbound(to, 'hi'));
      const parameters = await container.inbound(to, 'STOP');
      return {
        path: '/incoming-message',
        parameters,
        after: () => settle('/incoming-message', parameters, 1),
        async verdict() {
          await invoke('/send-message', { to, body: 'Hello' });
          return sameAs(await texts(to), []);
        },
      };
    },
  },
  {
    name: 'send without a key, not repeated',
    promise: 'at most once',
    async play(to) {
      await invoke('/incoming-message', await container.inbound(to, 'hi'));
      return {
        path: '/send-message',
        parameters: { to, body: 'Hello' },
        after: async () => undefined,
        verdict: async () => sameAs(await texts(to), ['Hello'], []),
      };
    },
  },
  {
    name: 'send with a key, repeated by the caller',
    promise: 'exactly once',
    async play(to) {
      await invoke('/incoming-message', await container.inbound(to, 'hi'));
      const parameters = { to, body: 'Hello', idempotencyKey: `k${to.slice(-8)}` };
      return {
        path: '/send-message',
        parameters,
        after: () => settle('/send-message', parameters),
        verdict: async () => sameAs(await texts(to), ['Hello']),
      };
    },
  },
  {
    name: 'hold with a key, repeated by the caller, then the user answers',
    promise: 'the text exactly once; the question at most once',
    async play(to) {
      const parameters = { to, body: 'Hello', whenClosed: 'hold', idempotencyKey: `h${to.slice(-8)}` };
      return {
        path: '/send-message',
        parameters,
        async after() {
          await settle('/send-message', parameters);
          await settle('/incoming-message', await container.inbound(to, 'yes'), 2);
        },
        verdict: async () => sameAs(await texts(to), [QUESTION, 'Hello'], ['Hello']),
      };
    },
  },
  {
    name: 'release of two held messages, then the webhook comes again',
    promise: 'each exactly once, in order',
    async play(to) {
      for (const body of ['One', 'Two']) await invoke('/send-message', { to, body, whenClosed: 'hold' });
      const parameters = await container.inbound(to, 'yes');
      return {
        path: '/incoming-message',
        parameters,
        after: () => settle('/incoming-message', parameters, 2),
        verdict: async () => sameAs(await texts(to), [QUESTION, 'One', 'Two']),
      };
    },
  },
  {
    name: 'release of three held messages as one, then the webhook comes again',
    promise: 'each text exactly once, in order',
    settings: TOGETHER,
    async play(to) {
      for (const body of ['One', 'Two', 'Three'])
        await invoke('/send-message', { to, body, whenClosed: 'hold' });
      const parameters = await container.inbound(to, 'yes');
      return {
        path: '/incoming-message',
        parameters,
        after: () => settle('/incoming-message', parameters, 2),
        verdict: async () => sameAs(partsOf(await texts(to)), [QUESTION, 'One', 'Two', 'Three']),
      };
    },
  },
  {
    name: 'repair of a refused message of two held texts, callback twice, then the user answers',
    promise: 'each text exactly once more, in order',
    settings: TOGETHER,
    async play(to) {
      for (const body of ['One', 'Two']) await invoke('/send-message', { to, body, whenClosed: 'hold' });
      await invoke('/incoming-message', await container.inbound(to, 'hi', false));
      const [, joint] = container.sentTo(to);
      await pass(5 * HOUR_MS);
      const { path, parameters } = refusalOf(joint);
      return {
        path,
        parameters,
        async after() {
          await settle(path, { ...parameters, MessageStatus: 'failed' }, 2);
          await settle('/incoming-message', await container.inbound(to, 'yes'), 2);
        },
        async verdict() {
          const [, refused, ...later] = await texts(to);
          const again = partsOf(later.filter((text) => text !== QUESTION));
          return refused === 'One\n\nTwo' ? sameAs(again, ['One', 'Two']) : `first sent ${refused}`;
        },
      };
    },
  },
  {
    name: 'call of a user for whom a message is held, then it is reported again, also an hour later',
    promise: 'the text exactly once; the window counts from the call',
    async play(to) {
      await invoke('/send-message', { to, body: 'Hello', whenClosed: 'hold' });
      container.called(to);
      const calledAt = Date.now();
      const CallSid = `CA${to.replace(/\D/g, '').padStart(32, '0')}`;
      const call = { CallSid, Direction: 'inbound', From: to, To: 'whatsapp:+14155238886' };
      // Where not even a note of the call was stored, Twilio's own times in the last report tell when it came.
      const last = { ...call, Timestamp: new Date(calledAt).toUTCString(), CallStatus: 'completed' };
      return {
        path: '/studio/contact',
        parameters: call,
        async after() {
          await settle('/studio/contact', call);
          await pass(HOUR_MS);
          await invoke('/studio/contact', last);
        },
        async verdict() {
          const sent = sameAs(await texts(to), [QUESTION, 'Hello']);
          const { answer } = await invoke('/window', { to });
          const body = answer?.body as { window: { lastInboundAt: string } } | undefined;
          const late = Date.parse(body?.window.lastInboundAt ?? '') - calledAt;
          return late <= LATER_MS ? sent : `the window counts from ${late} ms after the call`;
        },
      };
    },
  },
  {
    name: 'message that tells a number and a BSUID are one, a text held under each, then the webhook comes again',
    promise: 'each text exactly once, in the order in which they were held',
    async play(to) {
      const bsuid = bsuidOf(to);
      await invoke('/send-message', { to: bsuid, body: 'One', whenClosed: 'hold' });
      await pass(1000);
      await invoke('/send-message', { to, body: 'Two', whenClosed: 'hold' });
      const parameters = { ...(await container.inbound(to, 'yes')), ExternalUserId: bsuid.slice(9) };
      return {
        path: '/incoming-message',
        parameters,
        after: () => settle('/incoming-message', parameters, 3),
        async verdict() {
          const [ofBsuid, ofNumber] = [container.sentTo(bsuid), container.sentTo(to)];
          const sent = [...ofBsuid, ...ofNumber].map(({ text }) => text);
          return sameAs(sent, [QUESTION, 'One', QUESTION, 'Two']);
        },
      };
    },
  },
  {
    name: 'message that tells a number and a BSUID are one, after a STOP under the BSUID',
    promise: 'nothing goes out under either name once the webhook has come again',
    async play(to) {
      const bsuid = bsuidOf(to);
      await invoke('/incoming-message', await container.inbound(to, 'hi'));
      await invoke('/incoming-message', await container.inbound(bsuid, 'STOP'));
      const parameters = { ...(await container.inbound(to, 'hello')), ExternalUserId: bsuid.slice(9) };
      return silentAfter(parameters, [to, bsuid]);
    },
  },
  {
    name: 'STOP under a BSUID whose number is known',
    promise: 'nothing goes out under either name once the webhook has come again',
    async play(to) {
      const bsuid = bsuidOf(to);
      const hello = { ...(await container.inbound(to, 'hi')), ExternalUserId: bsuid.slice(9) };
      await invoke('/incoming-message', hello);
      const parameters = await container.inbound(bsuid, 'STOP');
      return silentAfter(parameters, [to, bsuid]);
    },
  },
  {
    name: 'repair of a refused free-form message by its own template, callback twice',
    promise: 'at most once; not at all where the repair itself failed',
    async play(to) {
      await container.inbound(to, 'hi', false);
      await invoke('/window', { to });
      await pass(5 * HOUR_MS);
      await invoke('/send-message', {
        to,
        body: 'Hello',
        template: 'lesson_code',
        contentVariables: '{"1":"a","2":"b"}',
      });
      const [message] = container.sentTo(to);
      const { path, parameters } = refusalOf(message);
      return {
        path,
        parameters,
        after: () => settle(path, { ...parameters, MessageStatus: 'failed' }, 2),
        verdict: async () => sameAs(await texts(to), ['Hello', 'Your a code is b.'], ['Hello']),
      };
    },
  },
];

/** An inbound message, told again; then nothing goes out to the person, whichever name is written to. */
function silentAfter(
  parameters: Readonly<Record<string, string>>,
  names: readonly [string, string],
): Scenario {
  return {
    path: '/incoming-message',
    parameters,
    after: () => settle('/incoming-message', parameters, 1),
    async verdict() {
      for (const to of names) await invoke('/send-message', { to, body: 'Hello' });
      return sameAs((await Promise.all(names.map(texts))).flat(), []);
    },
  };
}

interface Row {
  readonly work: string;
  readonly callFault: CallFault;
  readonly points: number;
  readonly wrong: readonly string[];
}

/** The first requests meet every fault, each later one some of them in turn; INTERRUPTIONS=all plays all of them. */
const ALL_FAULTS_UP_TO = 6;
const TURNS = 4;
const isPlayed = (at: number, how: CallFault) =>
  process.env.INTERRUPTIONS === 'all' ||
  at <= ALL_FAULTS_UP_TO ||
  (at + CALL_FAULTS.indexOf(how)) % TURNS === 0;

/** @returns null where the work makes fewer requests */
async function failAt(started: Container, work: Work, at: number, how: CallFault): Promise<string | null> {
  container = started;
  container.settings = work.settings ?? {};
  const to = newUser();
  const scenario = await work.play(to);
  const outcome = await invoke(scenario.path, scenario.parameters, { at, how });
  if (outcome.requests < at) return null;
  await scenario.after();
  return scenario.verdict();
}

async function failEverywhere(work: Work, how: CallFault): Promise<Row> {
  const wrong: string[] = [];
  let points = 0;
  for (let at = 1; ; at += 1) {
    if (!isPlayed(at, how)) continue;
    const verdict = await Container.play(START, (started) => failAt(started, work, at, how));
    if (verdict === null) return { work: work.name, callFault: how, points, wrong };
    points += 1;
    if (verdict !== 'as promised') wrong.push(`at request ${at}: ${verdict}`);
  }
}

const rows: Row[] = [];

describe.each(works)('$name', (work) => {
  test.each(CALL_FAULTS)('keeps its promise when it meets a fault at every request: %s', async (how) => {
    const row = await failEverywhere(work, how);
    rows.push(row);
    expect(row).toEqual({ work: work.name, callFault: how, points: expect.any(Number), wrong: [] });
    expect(row.points).toBeGreaterThan(0);
  });
});

test('docs/internals/failures.md says the same as the interruptions show', () => {
  const file = join(ROOT, 'docs/internals/failures.md');
  // What `npm run interruptions` writes begins there.
  const [, rest = ''] = readFileSync(file, 'utf8').split(/^(?=## What comes next$)/m);
  if (process.env.UPDATE_DOCS) writeFileSync(file, `${table()}\n${rest}`);
  expect(readFileSync(file, 'utf8')).toBe(`${table()}\n${rest}`);
});

function table(): string {
  const head = [
    '# What survives which failure',
    '',
    'Each kind of work meets a fault at the requests that it makes to Twilio, in each of the ways below; then everything goes on as',
    'named, and the outcome is compared with the promise. A tick: it ended as promised every time. `npm run test:slow` plays every',
    'fault at the first six requests and every fourth after these; `INTERRUPTIONS=all` plays all, `UPDATE_DOCS=1` writes this table.',
    '',
    `| work | promise | ${CALL_FAULTS.join(' | ')} |`,
    `|---|---|${CALL_FAULTS.map(() => '---').join('|')}|`,
  ];
  const body = works.map((work) => {
    const ticks = CALL_FAULTS.map((how) => {
      const row = rows.find((candidate) => candidate.work === work.name && candidate.callFault === how);
      return row && row.wrong.length === 0 ? '✓' : '?';
    });
    return `| ${work.name} | ${work.promise} | ${ticks.join(' | ')} |`;
  });
  return `${[...head, ...body].join('\n')}\n`;
}
