/**
 * `npm run backfill`: tells Sync what Twilio's message log knows of the last 24 hours, so that the windows of those who
 * wrote before the webhook was connected, or while it was away, are known. May be interrupted and repeated at any time.
 */
import { InvalidArgumentError } from 'commander';
import pThrottle from 'p-throttle';
import { WINDOW_MS } from '../src/domain/customer-service-window';
import { syncDocuments } from '../src/twilio/sync-documents';
import { syncWindows } from '../src/twilio/sync-windows';
import { twilioMessageLog } from '../src/twilio/twilio-message-log';
import { checkedSettings, connect, readEnv } from './account';
import { type CommonOptions, commandLine, type Ended, type Output, run } from './command';
import { type LoggedPair, readDay } from './message-log-of-a-day';
import { type Seeded, seedWindow } from './seed-window';

interface Options extends CommonOptions {
  readonly perSecond: number;
}

interface Figures {
  readonly messages: number;
  /** Pairs of a sender and a user with an inbound message in the period. */
  readonly pairs: number;
  readonly written: number;
  readonly known: number;
  readonly older: number;
  readonly optedOut: number;
}

const MINUTE_MS = 60_000;

const program = commandLine(
  'backfill',
  "Tell Sync who wrote in the last 24 hours, from Twilio's message log. Safe to interrupt and to repeat.",
).option(
  '--per-second <pairs>',
  'how many pairs are looked at in a second, with two to five requests to Sync each',
  (text) => {
    const rate = Number(text);
    if (Number.isInteger(rate) && rate >= 1 && rate <= 1000) return rate;
    throw new InvalidArgumentError('It must be a whole number from 1 to 1000.');
  },
  20,
);

void run<Options>(program, async (options, output): Promise<Ended> => {
  const env = readEnv(options.env, output);
  const { syncServiceSid, consentWords } = checkedSettings(env, options.env);
  const sdk = connect(env, options.env);
  const ports = {
    windows: syncWindows(syncDocuments(sdk, syncServiceSid)),
    messageLog: twilioMessageLog(sdk),
  };

  const reading = output.progress('Reading the message log of the last 24 hours', WINDOW_MS / MINUTE_MS);
  const day = await readDay(sdk, consentWords, Date.now(), (messages, reachedMs) =>
    reading.at(Math.floor(Math.min(reachedMs, WINDOW_MS) / MINUTE_MS), `${messages} messages`),
  );
  reading.end(`${day.messages} messages, ${day.pairs.length} pairs in which the user wrote.`);

  const results = await seedAll(day.pairs, options, output, (logged) =>
    seedWindow(ports, logged, consentWords, options.dryRun),
  );
  const count = (outcome: Seeded['outcome']) => results.filter((result) => result.outcome === outcome).length;
  const figures: Figures = {
    messages: day.messages,
    pairs: day.pairs.length,
    written: count('written'),
    known: count('known'),
    older: count('older'),
    optedOut: results.filter((result) => result.optedOut).length,
  };
  output.say(sentence(figures, options.dryRun));
  return { ok: true, json: { dryRun: options.dryRun, ...figures } };
});

async function seedAll(
  pairs: readonly LoggedPair[],
  options: Options,
  output: Output,
  seed: (logged: LoggedPair) => Promise<Seeded>,
): Promise<readonly Seeded[]> {
  const stop = new AbortController();
  const throttle = pThrottle({ limit: options.perSecond, interval: 1000, signal: stop.signal });
  const bar = output.progress(options.dryRun ? 'Comparing with Sync' : 'Writing to Sync', pairs.length);
  let done = 0;
  const seedInTurn = throttle(async (logged: LoggedPair) => {
    const seeded = await seed(logged);
    done += 1;
    bar.at(done, `${done} of ${pairs.length}`);
    return seeded;
  });
  try {
    const results = await Promise.all(pairs.map((logged) => seedInTurn(logged)));
    bar.end('Done.');
    return results;
  } catch (error) {
    // What waits for its turn would be tried in vain.
    stop.abort(error);
    bar.end(`Stopped at ${done} of ${pairs.length}.`);
    throw error;
  }
}

function sentence(figures: Figures, dryRun: boolean): string {
  const { pairs, written, known, older, optedOut } = figures;
  return [
    `Pairs: ${pairs}. ${dryRun ? 'To be written' : 'Written'}: ${written}.`,
    `Known already: ${known}. Older than what Sync knows: ${older}.`,
    `Opt-outs ${dryRun ? 'to be written' : 'written'}: ${optedOut}.`,
  ].join(' ');
}
