/**
 * The work of a backfill: reads the message log of the last 24 hours and brings the record of each pair in it up to
 * date, many at once. It knows no command line.
 */
import type { ConsentWords } from '../../src/domain/consent';
import { WINDOW_MS } from '../../src/domain/customer-service-window';
import { contentTemplates } from '../../src/twilio/content-templates';
import type { TwilioSdk } from '../account/account';
import { type LoggedPair, readDay } from '../account/message-log-of-a-day';
import { peopleIn } from '../account/people';
import { counted } from '../command/counted';
import { inTurn } from '../command/in-turn';
import type { Output } from '../command/output';
import { type Seeded, seedWindow } from './seed-window';

export interface Figures {
  readonly messages: number;
  /** Pairs of a sender and a user with an inbound message in the period. */
  readonly pairs: number;
  readonly written: number;
  readonly known: number;
  readonly older: number;
  readonly optedOut: number;
}

const MINUTE_MS = 60_000;

/**
 * @param how.now milliseconds since the epoch: the end of the 24 hours
 * @param how.dryRun only counts what would be done
 * @throws what the SDK throws, or Failure where Sync or the log cannot be asked
 */
export async function seedDay(
  sdk: TwilioSdk,
  syncServiceSid: string,
  words: ConsentWords,
  how: { readonly now: number; readonly perSecond: number; readonly dryRun: boolean },
  output: Pick<Output, 'progress'>,
): Promise<Figures> {
  const reading = output.progress('Reading the message log of the last 24 hours', WINDOW_MS / MINUTE_MS);
  const day = await readDay(sdk, words, how.now, (messages, reachedMs) =>
    reading.at(Math.floor(Math.min(reachedMs, WINDOW_MS) / MINUTE_MS), `${messages} messages`),
  );
  reading.end(
    `${counted(day.messages, 'message')}, ${counted(day.pairs.length, 'pair')} in which the user wrote.`,
  );

  const ports = {
    ...peopleIn(sdk, syncServiceSid, how.now),
    templates: contentTemplates(sdk, sdk.accountSid),
  };
  const results = await seedAll(day.pairs, how, output, (logged) =>
    seedWindow(ports, logged, words, how.dryRun),
  );
  const count = (outcome: Seeded['outcome']) => results.filter((result) => result.outcome === outcome).length;
  return {
    messages: day.messages,
    pairs: day.pairs.length,
    written: count('written'),
    known: count('known'),
    older: count('older'),
    optedOut: results.filter((result) => result.optedOut).length,
  };
}

async function seedAll(
  pairs: readonly LoggedPair[],
  how: { readonly perSecond: number; readonly dryRun: boolean },
  output: Pick<Output, 'progress'>,
  seed: (logged: LoggedPair) => Promise<Seeded>,
): Promise<readonly Seeded[]> {
  const bar = output.progress(how.dryRun ? 'Comparing with Sync' : 'Writing to Sync', pairs.length);
  let soFar = 0;
  try {
    return await inTurn(pairs, how.perSecond, seed, (done) => {
      soFar = done;
      bar.at(done, `${done} of ${pairs.length}`);
    });
  } finally {
    bar.end(soFar === pairs.length ? 'Done.' : `Stopped at ${soFar} of ${pairs.length}.`);
  }
}
