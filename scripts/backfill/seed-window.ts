/**
 * Brings one pair's record in Sync up to what the message log says, through the store that the functions use. It moves no
 * window back, opens nothing that WhatsApp closed since, lifts no opt-out, and writes nothing that is there already.
 */
import { type ConsentWords, lastConsentIn } from '../../src/domain/consent';
import { CONSENT_HISTORY } from '../../src/use-cases/contacts/read-person';
import { type ContactRecord, type ContactStore, UNRESTRICTED } from '../../src/use-cases/ports/contact-store';
import type { LoggedMessage } from '../../src/use-cases/ports/message-log';
import { type VerdictSources, wasRefusedSince } from '../../src/use-cases/receive/whatsapp-verdict';
import type { LoggedPair } from '../account/message-log-of-a-day';

export interface Seeded {
  /** What became of the pair; `older`: Sync knows of a newer message than the log that was read. */
  readonly outcome: 'written' | 'known' | 'older';
  /** An opt-out was written, or would be. */
  readonly optedOut: boolean;
}

export interface SeedPorts extends VerdictSources {
  readonly windows: ContactStore;
}

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
    newer === 'written' &&
    stored?.facts.closedByWhatsApp &&
    (await wasRefusedSince(ports, logged.pair, logged.lastInboundAt));
  const outcome = stays ? 'known' : newer;
  const saidStop = logged.consent === 'stop' && !isOptedOut(stored);
  if (dryRun) return { outcome, optedOut: saidStop };
  const optedOut = saidStop && (await withdraw(ports, logged, words, outcome === 'written'));
  if (!optedOut && outcome === 'written') await bringForward(ports.windows, logged, stored);
  return { outcome, optedOut };
}

function compare(stored: ContactRecord | undefined, logged: LoggedPair): Seeded['outcome'] {
  const known = stored?.facts.lastInboundAt ?? null;
  if (known === null) return 'written';
  // The log knows whole seconds only, so one message may have two times.
  const isSameMessage = logged.messageSid !== null && stored?.messageSid === logged.messageSid;
  if (isSameMessage || sameSecond(known, logged.lastInboundAt)) return 'known';
  return known > logged.lastInboundAt ? 'older' : 'written';
}

const sameSecond = (a: number, b: number) => Math.floor(a / 1000) === Math.floor(b / 1000);
const isOptedOut = (stored: ContactRecord | undefined) => (stored?.restrictions.optedOutAt ?? null) !== null;

async function bringForward(
  windows: ContactStore,
  logged: LoggedPair,
  stored: ContactRecord | undefined,
): Promise<void> {
  // Where nothing is stored, an inbound message that arrives meanwhile wins over this.
  if (!stored) return windows.remember({ ...broughtForward(undefined, logged), restrictions: UNRESTRICTED });
  await windows.change(logged.pair, (current) =>
    compare(current, logged) === 'written' ? broughtForward(current, logged) : null,
  );
}

function broughtForward(current: ContactRecord | undefined, logged: LoggedPair): ContactRecord {
  return {
    pair: logged.pair,
    facts: { lastInboundAt: logged.lastInboundAt, closedByWhatsApp: false, source: 'message-log' },
    messageSid: logged.messageSid,
    profileName: current?.profileName ?? null,
    externalUserId: current?.externalUserId ?? null,
    restrictions: current?.restrictions ?? UNRESTRICTED,
  };
}

/**
 * Stores an opt-out. What comes meanwhile counts: the log is read again before, because a
 * START may have come since the pages were read, and after, because one may have come while this was written.
 * @param movesForward whether the log's newest message may open the window
 * @returns whether the last word was STOP
 */
async function withdraw(
  ports: SeedPorts,
  logged: LoggedPair,
  words: ConsentWords,
  movesForward: boolean,
): Promise<boolean> {
  const { windows, messageLog } = ports;
  const before = await messageLog.newestInbound(logged.pair, CONSENT_HISTORY);
  if (lastWord(before, words) === 'start') return false;

  const saidAt = logged.lastInboundAt;
  // Written even where it stands there: an earlier run may have been ended before it took the pair's open window away.
  const optOut = (current: ContactRecord) => withOptOut(current, current.restrictions.optedOutAt ?? saidAt);
  await windows.change(logged.pair, (current) =>
    optOut(
      movesForward && compare(current, logged) === 'written' ? broughtForward(current, logged) : current,
    ),
  );

  const after = await messageLog.newestInbound(logged.pair, CONSENT_HISTORY);
  const isStop = lastWord(after, words) !== 'start';
  const lift = (current: ContactRecord) =>
    !isStop && current.restrictions.optedOutAt === saidAt ? withOptOut(current, null) : null;
  const [newest] = after;
  const later = newest && { ...logged, lastInboundAt: newest.at, messageSid: newest.messageSid };
  await windows.change(logged.pair, (current) => {
    // Where a restricted record replaced the plain one, what an inbound message wrote meanwhile may have gone with the plain one.
    if (!later || later.lastInboundAt <= saidAt || compare(current, later) !== 'written')
      return lift(current);
    const forward = broughtForward(current, later);
    return lift(forward) ?? forward;
  });
  return isStop;
}

function lastWord(newestFirst: readonly LoggedMessage[], words: ConsentWords): 'stop' | 'start' | null {
  const bodies = newestFirst.map(({ body }) => body);
  return lastConsentIn(bodies, words);
}

function withOptOut(window: ContactRecord, optedOutAt: number | null): ContactRecord {
  return { ...window, restrictions: { ...window.restrictions, optedOutAt } };
}
