/**
 * Holds a free-form message until the user answers. It must not ask the user: that is the caller's part, and this tells
 * whether it is this caller's turn to.
 */
import { consentIn } from '../../domain/consent';
import type { FreeFormMessage } from '../../domain/outbound-message';
import { isPhone, type Pair } from '../../domain/whatsapp-address';
import type { Moment } from '../contacts/read-person';
import { Failure } from '../failure';
import type { ContactRecord } from '../ports/contact-store';
import { type HeldMessage, isHeldUnknown, MAX_HELD } from '../ports/held-messages';
import { listAll, queuesOf, type ReleasePorts, releaseHeld } from './release-held';

export interface HoldRequest {
  readonly pair: Pair;
  readonly message: FreeFormMessage;
  readonly sendAt: number | null;
  readonly externalUserId: ContactRecord['externalUserId'];
  /** The pair of the person's other name: an answer under it releases as well. See `homeOf` for where it is held. */
  readonly alias: Pair | null;
  readonly key: string | null;
  /** Seconds. */
  readonly ttlSeconds: number;
}

export interface Hold {
  readonly held: HeldMessage;
  /** The user was not asked yet since something is held, and it falls to this caller. */
  readonly shouldPrompt: boolean;
}

/** A function lives 10 s: calls that began at the same time have ended by then. No message expires sooner than a minute. */
const MEANWHILE_MS = 15_000;

/**
 * @throws Failure `HELD_LIMIT_REACHED` where the queue is full, `STATE_UNAVAILABLE` where it could not be stored,
 * `OUTCOME_UNKNOWN` where it may be held or not
 */
export async function holdMessage(
  ports: ReleasePorts,
  request: HoldRequest,
  at: Moment,
  ask: boolean,
): Promise<Hold> {
  const { message, sendAt, externalUserId, key, alias } = request;
  const queues = queuesOf(request.pair, alias);
  const { home: pair, away } = queues;
  const queue = await listAll(ports, queues);
  const mine = key === null ? undefined : queue.find((held) => held.key === key);
  if (!mine && queue.length >= MAX_HELD) {
    throw new Failure(
      'HELD_LIMIT_REACHED',
      `${MAX_HELD} messages are held for this user already; cancel one with POST /held-messages, or wait for the user to answer.`,
    );
  }
  const expiresAt = at.now + request.ttlSeconds * 1000;
  // In the queue first: a queue that nobody knows of is found by the next hold, a known one without the message loses it.
  const held =
    mine ??
    (await ports.held.append({
      pair,
      to: request.pair.user,
      message,
      heldAt: at.now,
      expiresAt,
      sendAt,
      externalUserId,
      key,
    }));
  const isAnyWaiting = queue.some((other) => other !== mine && other.expiresAt > at.now);
  let shouldPrompt = false;
  const leaveLanes = async () => {
    if (away) await retirePlainRecord(ports, away, externalUserId);
    await ports.windows.change(pair, (current) => {
      const { promptedAt } = current.restrictions;
      // What expired was asked for in vain, so with nothing waiting the user is asked anew; but a call at the same time
      // may have asked since the queue was read.
      const isPrompted =
        promptedAt !== null && (isAnyWaiting || Math.abs(at.now - promptedAt) < MEANWHILE_MS);
      shouldPrompt = ask && !isPrompted;
      return {
        ...current,
        externalUserId: current.externalUserId ?? bsuidFor(pair, externalUserId),
        restrictions: {
          ...current.restrictions,
          holding: true,
          promptedAt: shouldPrompt ? at.now : promptedAt,
        },
      };
    });
  };
  await leaveLanes().catch(async (error: unknown) => {
    // The caller will be told that nothing is held, so nothing may be.
    if (mine) throw error;
    await ports.held.remove(pair, held.id, true).catch(() => {
      throw isHeldUnknown();
    });
    throw error;
  });
  for (const name of away ? [pair, away] : [pair]) await catchUp(ports, name, at);
  return { held, shouldPrompt };
}

/** An inbound message under the person's other name has to find out that something is held for them. */
async function retirePlainRecord(
  ports: ReleasePorts,
  name: Pair,
  externalUserId: ContactRecord['externalUserId'],
): Promise<void> {
  await ports.windows.change(name, (current) =>
    current.restrictions.holding
      ? null
      : {
          ...current,
          externalUserId: current.externalUserId ?? bsuidFor(name, externalUserId),
          restrictions: { ...current.restrictions, holding: true },
        },
  );
}

/** The record of a phone number has to name the person, or a later owner of the number is taken for them. */
function bsuidFor(
  name: Pair,
  externalUserId: ContactRecord['externalUserId'],
): ContactRecord['externalUserId'] {
  return isPhone(name.user) ? externalUserId : null;
}

/** The asking did not go out after all: the next hold may try again. */
export async function clearPrompt(ports: ReleasePorts, pair: Pair): Promise<void> {
  await ports.windows.change(pair, (current) => ({
    ...current,
    restrictions: { ...current.restrictions, promptedAt: null },
  }));
}

/**
 * An inbound message that was being recorded while the pair left the plain record may have gone unnoticed; Twilio's own
 * log has it, and also one whose webhook was lost.
 */
async function catchUp(ports: ReleasePorts, pair: Pair, at: Moment): Promise<void> {
  const [inbound] = await ports.messageLog.newestInbound(pair, 1).catch(() => []);
  if (!inbound) return;
  const isStop = consentIn(inbound.body, ports.consentWords) === 'stop';
  // The log knows whole seconds: what is stored is newer by up to one.
  const { changed } = await ports.windows.change(pair, (current) =>
    inbound.at <= (current.facts.lastInboundAt ?? 0) || current.facts.closedByWhatsApp
      ? null
      : {
          ...current,
          facts: { lastInboundAt: inbound.at, closedByWhatsApp: false, source: 'message-log' },
          messageSid: inbound.messageSid,
          restrictions: {
            ...current.restrictions,
            optedOutAt: isStop ? inbound.at : current.restrictions.optedOutAt,
          },
        },
  );
  if (changed) await releaseHeld(ports, pair, at);
}
