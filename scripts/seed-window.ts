/**
 * Brings one pair's record in Sync up to what the message log says, through the store that the functions use. It moves no
 * window back, opens nothing that WhatsApp closed since, lifts no opt-out, and writes nothing that is there already.
 */
import { type ConsentWords, consentIn } from '../src/domain/consent';
import { OUTSIDE_WINDOW } from '../src/domain/error-class';
import type { MessageLog } from '../src/use-cases/message-log';
import { otherRecord } from '../src/use-cases/read-person';
import { NO_CARE, type StoredWindow, type WindowStore } from '../src/use-cases/window-store';
import type { LoggedPair } from './message-log-of-a-day';
import { ScriptFailure } from './script-failure';

export interface Seeded {
  /** What became of the pair; `older`: Sync knows of a newer message than the log that was read. */
  readonly outcome: 'written' | 'known' | 'older';
  /** An opt-out was written, or would be. */
  readonly optedOut: boolean;
}

export interface SeedPorts {
  readonly windows: WindowStore;
  readonly messageLog: MessageLog;
}

/** How far back the last word on consent is looked for again. */
const CONSENT_HISTORY = 50;
/** How many of our own messages are looked at for WhatsApp's verdict. */
const VERDICT_HISTORY = 50;
/** Somebody who writes faster than their opt-out can be stored is left to the next run. */
const MAX_ROUNDS = 5;

/**
 * @param dryRun only says what would be done
 * @throws Failure where Sync or the message log cannot be asked
 */
export async function seedWindow(
  ports: SeedPorts,
  logged: LoggedPair,
  words: ConsentWords,
  dryRun: boolean,
): Promise<Seeded> {
  const stored = await ports.windows.read(logged.pair, true);
  const newer = compare(stored, logged);
  const stays =
    newer === 'written' && stored?.facts.closedByWhatsApp && (await isRefusedSince(ports, logged));
  const outcome = stays ? 'known' : newer;
  const saidStop = logged.consent === 'stop' && !isOptedOut(stored);
  if (dryRun) return { outcome, optedOut: saidStop };
  const optedOut = saidStop && (await withdraw(ports, logged, words, outcome === 'written'));
  if (!optedOut && outcome === 'written') await bringForward(ports.windows, logged, stored);
  return { outcome, optedOut };
}

function compare(stored: StoredWindow | undefined, logged: LoggedPair): Seeded['outcome'] {
  const known = stored?.facts.lastInboundAt ?? null;
  if (known === null) return 'written';
  // The log knows whole seconds only, so one message may have two times.
  const isSameMessage = logged.messageSid !== null && stored?.messageSid === logged.messageSid;
  if (isSameMessage || sameSecond(known, logged.lastInboundAt)) return 'known';
  return known > logged.lastInboundAt ? 'older' : 'written';
}

const sameSecond = (a: number, b: number) => Math.floor(a / 1000) === Math.floor(b / 1000);
const isOptedOut = (stored: StoredWindow | undefined) => (stored?.care.optedOutAt ?? null) !== null;

/** WhatsApp's verdict on a window outlives an inbound message that it was given after: the log has it as error 63016. */
async function isRefusedSince({ messageLog }: SeedPorts, logged: LoggedPair): Promise<boolean> {
  const sent = await messageLog.newestOutbound(logged.pair, VERDICT_HISTORY);
  return sent.some(({ errorCode, at }) => errorCode === OUTSIDE_WINDOW && at >= logged.lastInboundAt);
}

async function bringForward(
  windows: WindowStore,
  logged: LoggedPair,
  stored: StoredWindow | undefined,
): Promise<void> {
  // Where nothing is stored, an inbound message that arrives meanwhile wins over this.
  if (!stored) return windows.remember({ ...broughtForward(undefined, logged), care: NO_CARE });
  await windows.change(logged.pair, (current) =>
    compare(current, logged) === 'written' ? broughtForward(current, logged) : null,
  );
}

function broughtForward(current: StoredWindow | undefined, logged: LoggedPair): StoredWindow {
  return {
    pair: logged.pair,
    facts: { lastInboundAt: logged.lastInboundAt, closedByWhatsApp: false, source: 'message-log' },
    messageSid: logged.messageSid,
    profileName: current?.profileName ?? null,
    externalUserId: current?.externalUserId ?? null,
    care: current?.care ?? NO_CARE,
  };
}

/**
 * Stores an opt-out, under both names of the person. A START may have come since the log was read, so it is read again
 * until the newest message that Sync knows of is among what was read.
 * @param movesForward whether the log's newest message may open the window
 * @returns whether the last word was STOP
 */
async function withdraw(
  ports: SeedPorts,
  logged: LoggedPair,
  words: ConsentWords,
  movesForward: boolean,
): Promise<boolean> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const history = await ports.messageLog.newestInbound(logged.pair, CONSENT_HISTORY);
    const last = history.find(({ body }) => consentIn(body, words) !== null);
    if (last && consentIn(last.body, words) !== 'stop') return false;
    const seen = new Set(history.map(({ messageSid }) => messageSid));
    const saidAt = last?.at ?? logged.lastInboundAt;
    let isOvertaken = false;
    const { window } = await ports.windows.change(logged.pair, (current) => {
      const newest = current.facts.lastInboundAt;
      isOvertaken = newest !== null && newest > logged.lastInboundAt && !seen.has(current.messageSid);
      if (isOvertaken || isOptedOut(current)) return null;
      const next =
        movesForward && compare(current, logged) === 'written' ? broughtForward(current, logged) : current;
      return { ...next, care: { ...next.care, optedOutAt: saidAt } };
    });
    if (isOvertaken) continue;
    const other = await otherRecord(ports.windows, logged.pair, window);
    if (other) {
      await ports.windows.change(other.pair, (current) =>
        isOptedOut(current) ? null : { ...current, care: { ...current.care, optedOutAt: saidAt } },
      );
    }
    return true;
  }
  throw new ScriptFailure(
    'Somebody who said STOP keeps writing while it is stored.',
    'Run the same command again: it goes on where it stopped.',
  );
}
