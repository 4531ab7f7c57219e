/**
 * `npm run doctor -- --watch`: waits for the first inbound message to arrive and its window to be stored, and says what it
 * waits for. It repeats only what may change meanwhile. It must not write anything.
 */
import { WINDOW_MS } from '../../src/domain/customer-service-window';
import { parseWhatsAppAddress } from '../../src/domain/whatsapp-address';
import { loggedTime } from '../../src/twilio/log/message-log';
import { peopleIn } from '../account/people';
import type { Output } from '../command/output';
import { ScriptFailure } from '../command/script-failure';
import type { CheckedAccount } from './check';
import { CHECKS_OF_THE_CONNECTION, look, type Result } from './checks';
import { tell } from './report';

export interface Connected {
  readonly lastInboundAt: string;
  readonly closesAt: string;
}

/** Messages of the log that are looked at, newest first. */
const NEWEST = 20;
/** A message this old has had its webhook. */
const UNDER_WAY_MS = 15_000;
/** The checks of the connection ask for more, so they come at every n-th look. */
const LOOKS_PER_CHECK = 5;

/**
 * @param results what the checks found just before
 * @returns once a window is stored; null where the person stopped it
 */
export async function firstConnection(
  account: CheckedAccount,
  results: readonly Result[],
  everyMs: number,
  output: Output,
): Promise<Connected | null> {
  const since = account.io.now() - WINDOW_MS;
  const known = new Map(results.map((result) => [result.check, result]));
  const told = new Set<string>();
  const sayOnce = (line: string) => {
    if (!told.has(line)) output.say(line, 2);
    told.add(line);
  };
  demandConnection(account);
  for (let looks = 1; !account.io.stopped.aborted; looks += 1) {
    const seen = await newestInbound(account, since);
    if (seen.stored !== null) {
      const { stored } = seen;
      const [lastInboundAt, closesAt] = [new Date(stored), new Date(stored + WINDOW_MS)].map((at) =>
        at.toISOString(),
      );
      output.say(
        `${output.coloured('green', '✓ connected')}  A message of ${lastInboundAt} arrived, and its window is stored: it is open until ${closesAt}.`,
        2,
      );
      return { lastInboundAt: lastInboundAt ?? '', closesAt: closesAt ?? '' };
    }
    if (seen.logged === null) {
      sayOnce(
        `waiting for the first message: write to ${account.sender().replace('whatsapp:', '')} on WhatsApp. Ctrl-C ends it.`,
      );
    } else if (seen.logged < account.io.now() - UNDER_WAY_MS) {
      sayOnce(
        `waiting for the webhook: Twilio has a message of ${new Date(seen.logged).toISOString()}, and no window is stored for it. Once what is wrong above is mended, write again.`,
      );
    } else {
      sayOnce('waiting for the webhook: Twilio has a message, and its webhook is on its way.');
    }
    if (looks % LOOKS_PER_CHECK === 0) await tellChanges(account, known, output);
    await pause(everyMs, account.io.stopped);
  }
  return null;
}

/** Without these it would wait for ever. */
function demandConnection(account: CheckedAccount): void {
  try {
    account.sdk();
    account.sender();
    account.syncServiceSid();
  } catch (error) {
    throw new ScriptFailure(
      `Nothing can be waited for. ${error instanceof Error ? error.message : ''}`,
      'Mend what is broken above, then run the same command again.',
    );
  }
}

interface Seen {
  /** When a message came whose window is stored; milliseconds since the epoch. */
  readonly stored: number | null;
  /** When the newest one in Twilio's log came. */
  readonly logged: number | null;
}

async function newestInbound(account: CheckedAccount, since: number): Promise<Seen> {
  const sender = account.sender();
  const messages = await account.sdk().messages.list({ to: sender, limit: NEWEST, pageSize: NEWEST });
  const { windows } = peopleIn(account.sdk(), account.syncServiceSid(), account.io.now());
  let logged: number | null = null;
  for (const message of messages) {
    const user = parseWhatsAppAddress(message.from);
    const at = loggedTime(message);
    if (message.direction !== 'inbound' || !user || at === null || at < since) continue;
    logged = Math.max(logged ?? 0, at);
    const record = await windows.read({ sender, user });
    const isHeard =
      record !== undefined && record.messageSid !== null && record.facts.source !== 'message-log';
    const stored = isHeard ? record.facts.lastInboundAt : null;
    // Sync has milliseconds, the log whole seconds.
    if (stored !== null && stored >= at - 1000) return { stored, logged };
  }
  return { stored: null, logged };
}

async function tellChanges(
  account: CheckedAccount,
  known: Map<string, Result>,
  output: Output,
): Promise<void> {
  for (const check of CHECKS_OF_THE_CONNECTION) {
    const before = known.get(check.name);
    const result = await look(check, account);
    known.set(check.name, result);
    if (before?.mark !== result.mark || before.found !== result.found) tell(result, output);
  }
}

function pause(ms: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stopped.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    stopped.addEventListener('abort', end);
  });
}
