/**
 * `npm run parity`: asks Twilio and the emulator the same things, and prints where they differ. Without `--live` a second
 * emulator stands in for Twilio, which shows that the comparison works. It must not send anything to anybody who was not
 * named.
 */
import { setTimeout as pause } from 'node:timers/promises';
import twilio from 'twilio';
import { createEmulator } from '../../emulator/emulator';
import { connect, demandSettings, readEnv } from '../../scripts/account/account';
import { command, type Ended, type Run } from '../../scripts/command/command';
import type { CommonOptions } from '../../scripts/command/options';
import type { Output } from '../../scripts/command/output';
import { runProgram } from '../../scripts/command/program';
import { ScriptFailure } from '../../scripts/command/script-failure';
import { EmulatorRequestClient } from '../../scripts/offline/emulator-request-client';
import { FACTS, type Fact, type FactName } from './facts';
import { ask, type Played, type Player, play } from './play';
import { SANDBOX_SENDER, type Step } from './step';
import { STEPS } from './steps';
import { asBody, type Difference, differencesBetween } from './transcript';

interface Options extends CommonOptions {
  readonly live: boolean;
  readonly user?: string;
}

/** Somebody of the emulator's. */
const STAND_IN = 'whatsapp:+15551234567';
const FRESH_MS = 20 * 3_600_000;
const INBOUND_LOOKS = 100;
const LOOK_EVERY_MS = 3000;

type Verdict = 'confirmed' | 'differs' | 'not reached';

export const main = command<Options>(
  {
    name: 'parity',
    summary: 'Ask Twilio and the emulator the same things, and print where they differ.',
    examples: [
      ['', 'a second emulator stands in for Twilio, which shows that the comparison works'],
      ['--live --user whatsapp:+15551234567', 'Twilio itself; that person gets messages'],
    ],
    changes: true,
    hasOffline: false,
    own: (line) =>
      line
        .option('--live', 'ask Twilio itself; this makes things in your account, and sends messages', false)
        .option(
          '--user <address>',
          'whatsapp:+… who gets messages; has joined the Sandbox, where that is the sender',
        ),
  },
  parity,
);

async function parity(run: Run<Options>): Promise<Ended> {
  const { options, output } = run;
  const { live, user } = options;
  if (user !== undefined && !/^whatsapp:\+[1-9]\d{6,14}$/.test(user)) {
    throw new ScriptFailure(`--user ${user} is no WhatsApp address.`, 'Write it as whatsapp:+15551234567.');
  }
  if (user !== undefined && !live) {
    throw new ScriptFailure(
      '--user goes with --live only.',
      'Without --live nobody gets a message: leave it out.',
    );
  }
  const target = live ? liveTarget(run) : null;
  const sender = target?.sender ?? SANDBOX_SENDER;
  const hasUser = target === null || target.user !== null;
  const steps = STEPS.filter(
    ({ needs }) => needs === undefined || (hasUser && (needs === 'user' || sender === SANDBOX_SENDER)),
  );
  if (options.dryRun) {
    for (const { name } of steps) output.say(name);
    return { ok: true, json: { steps: steps.map(({ name }) => name) } };
  }
  if (target && !(await output.agreed(questionOf(target, steps)))) {
    output.say('Nothing was done.');
    return { ok: false, json: { agreed: false } };
  }

  const emulator = await playEmulator(steps, hasUser);
  const twilioPlayed = target ? await playLive(steps, target, output) : await playEmulator(steps, hasUser);
  const differences = differencesBetween(emulator.entries, twilioPlayed.entries);
  const facts = verdictsOf(twilioPlayed);
  const who = live ? 'Twilio' : 'a second emulator';
  tell(output, who, steps.length, differences, facts);
  const ok = differences.length === 0 && facts.every(({ verdict }) => verdict !== 'differs');
  return {
    ok,
    json: { against: who, steps: steps.length, differences, facts, transcript: twilioPlayed.entries },
  };
}

interface LiveTarget extends Omit<Player, 'inbound' | 'onStep' | 'onLeftOver'> {}

function liveTarget(run: Run<Options>): LiveTarget {
  const settings = readEnv(run);
  const sdk = connect(settings, run.io);
  const { WHATSAPP_SENDER: sender } = demandSettings(settings.env, settings.file, ['WHATSAPP_SENDER']);
  return { sdk, sender, user: run.options.user ?? null };
}

function questionOf({ sdk, user }: LiveTarget, steps: readonly Step[]): string {
  const messages = steps.filter(({ needs, name }) => needs && name.endsWith('as it is created')).length;
  const sent = user === null ? 'No message is sent to anybody' : `${messages} messages are sent to ${user}`;
  return `In the account ${sdk.accountSid}, a Sync service, a Functions service, conversations and templates are made and removed again, and messages are asked for that Twilio should refuse. ${sent}. Twilio bills what it bills. Go on?`;
}

async function playEmulator(steps: readonly Step[], hasUser: boolean): Promise<Played> {
  const emulator = createEmulator({
    port: 0,
    sender: SANDBOX_SENDER,
    statusCallbackDelayMs: 0,
    rateLimits: false,
  });
  await emulator.start();
  try {
    const { accountSid, authToken, sender } = emulator;
    const httpClient = new EmulatorRequestClient(() => emulator.url, 10_000);
    return await play(steps, {
      sdk: new twilio.Twilio(accountSid, authToken, { httpClient }),
      sender,
      user: hasUser ? STAND_IN : null,
      async inbound() {
        const body = JSON.stringify({ from: STAND_IN, body: 'Hello', deliver: false });
        await fetch(`${emulator.url}/_emulator/inbound`, { method: 'POST', body });
      },
      onStep: () => undefined,
      onLeftOver: () => undefined,
    });
  } finally {
    await emulator.stop();
  }
}

async function playLive(steps: readonly Step[], target: LiveTarget, output: Output): Promise<Played> {
  const progress = output.progress(`Asking Twilio ${steps.length} things`, steps.length);
  const played = await play(steps, {
    ...target,
    inbound: () => untilInbound(target, output),
    onStep: (done, name) => progress.at(done, name),
    onLeftOver: (name) => output.warn(`This could not be done, do it by hand in the Console: ${name}.`),
  });
  progress.end('Asked');
  return played;
}

async function untilInbound({ sdk, sender, user }: LiveTarget, output: Output): Promise<void> {
  const request = {
    method: 'get',
    url: `https://api.twilio.com/2010-04-01/Accounts/${sdk.accountSid}/Messages.json`,
    query: { From: user ?? '', To: sender, PageSize: '1' },
  } as const;
  for (let look = 0; look < INBOUND_LOOKS; look += 1) {
    const { messages } = asBody((await ask(sdk, request)).body);
    const newest = asBody(Array.isArray(messages) ? messages[0] : null);
    if (Date.now() - Date.parse(String(newest.date_created)) < FRESH_MS) return;
    if (look === 0)
      output.say(`Now write any message from ${user} to ${sender}; this goes on when it is there.`);
    await pause(LOOK_EVERY_MS);
  }
  throw new ScriptFailure(
    `${user} did not write to ${sender} within five minutes.`,
    'Write a message from that phone, then run the same command again.',
  );
}

interface FactVerdict extends Fact {
  readonly fact: FactName;
  readonly verdict: Verdict;
}

function verdictsOf({ facts }: Played): readonly FactVerdict[] {
  return (Object.keys(FACTS) as FactName[]).map((fact) => {
    const told = facts.get(fact) ?? [];
    const verdict = told.length === 0 ? 'not reached' : told.every(Boolean) ? 'confirmed' : 'differs';
    return { fact, verdict, ...FACTS[fact] };
  });
}

function tell(
  output: Output,
  who: string,
  steps: number,
  differences: readonly Difference[],
  facts: readonly FactVerdict[],
): void {
  for (const { step, at, emulator, twilio: theirs } of differences) {
    output.say(`${step}: ${at} is ${shown(emulator)} in the emulator and ${shown(theirs)} at ${who}`);
  }
  output.say(
    `${steps} steps against ${who}: ${differences.length === 1 ? '1 difference' : `${differences.length || 'no'} differences`}.`,
  );
  output.say(`What is taken for true (M: by one good source, L: by inference), by the word of ${who}:`);
  for (const { verdict, sure, sentence, outOfReach } of facts) {
    output.say(`${verdict.padEnd(12)} ${sure}  ${sentence}${outOfReach ? ` (${outOfReach})` : ''}`);
  }
}

function shown(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value);
}

if (require.main === module) runProgram(main);
