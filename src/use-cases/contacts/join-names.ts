/**
 * Makes two names of a person one: all that is stored under the BSUID moves to the phone number, which is the key from then
 * on. So does what is stored under a parent id, to the number or, where none is known, to the BSUID. It may be cut short anywhere, and begun again by anybody: each round looks at what is still there. The rules, and
 * what each survives:
 *
 * 1. What restricts the BSUID is written to the number before the link is. Killed before: nothing was learnt, and the next
 *    message tells the names again. Killed after: the number has an opt-out that is theirs.
 * 2. Then the number's BSUID is remembered, and the link is written, for no sender yet. From here on whoever asks by the BSUID is led to the number, and reads
 *    both; whoever changes anything under either name finishes this first. So nobody can answer from a half of it.
 * 3. What is held is moved under the leases of both queues, each message copied before it is removed. The copy has the
 *    token of the original. Killed in between: it is known by its token, and not copied twice. Nobody sends from either
 *    queue meanwhile, so a copy cannot leave while its original stands.
 * 4. The record under the BSUID is removed as it was read. A STOP that was written meanwhile stays, and is moved by the
 *    next round. Killed before: the number tells it already.
 * 5. Last the sender is added to the link, and it is looked once more under the BSUID. Whoever writes there because there
 *    was no link looks for one afterwards (`personPorts`). So one of the two sees the other.
 */
import { NO_FACTS, newerFacts, type WindowFacts } from '../../domain/customer-service-window';
import { filingName, isParentId, type Pair, type WhatsAppAddress } from '../../domain/whatsapp-address';
import { Failure } from '../failure';
import type { ContactRecords } from '../ports/contact-records';
import {
  type ContactRecord,
  RELEASE_LEASE_MS,
  type Restrictions,
  UNRESTRICTED,
} from '../ports/contact-store';
import type { HeldMessage, HeldQueues } from '../ports/held-messages';
import type { NameLink, NameLinks } from '../ports/name-links';

export interface NamedPorts {
  readonly records: ContactRecords;
  readonly links: NameLinks;
  readonly queues: HeldQueues;
  /** Whether the invocation still has time for another message. */
  readonly hasTime: () => boolean;
}

/** One to move, one to find nothing more, and some for those who write meanwhile. */
const MAX_ROUNDS = 8;

export interface Join {
  /** The pair of the phone number, or of the BSUID where a parent id is joined and no number is known. */
  readonly key: Pair;
  /** The other name: a BSUID, or a parent id. */
  readonly externalUserId: WhatsAppAddress;
  /** The BSUID with which the parent id came. */
  readonly with?: WhatsAppAddress;
  /** The window that the number is being given at the same time. */
  readonly facts: WindowFacts;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * @param report what restricts the person, as soon as the number tells it (rule 1)
 * @throws Failure `STATE_UNAVAILABLE` where it could not be finished: somebody is sending what is to be moved, or there was
 * no time for all of it
 */
export async function joinNames(
  ports: NamedPorts,
  join: Join,
  report: (restrictions: Restrictions) => void = () => undefined,
): Promise<void> {
  const remembered = isParentId(join.externalUserId)
    ? Promise.resolve()
    : ports.links.rememberBsuid(join.key.user, join.externalUserId);
  remembered.catch(() => undefined);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const seen = await look(ports, join);
    report(await tellNumber(ports, join, seen));
    await remembered;
    if (await moveOn(ports, join, seen)) return;
  }
  throw comeAgain();
}

interface Seen {
  readonly link: NameLink | undefined;
  /** The link says that the BSUID came with this number. */
  readonly isLearnt: boolean;
  /** What is stored under the number. */
  readonly own: ContactRecord;
  /** What is stored under the BSUID, and what is held there. */
  readonly other: ContactRecord;
  readonly queue: readonly HeldMessage[];
}

async function look(ports: NamedPorts, { key, externalUserId }: Join): Promise<Seen> {
  const name = { sender: key.sender, user: externalUserId };
  const [link, own, other, queue] = await Promise.all([
    ports.links.read(name),
    recordOf(ports, key),
    recordOf(ports, name),
    ports.queues.list(name),
  ]);
  const isLearnt = link !== undefined && filingName(link.phone) === filingName(key.user);
  return { link, isLearnt, own, other, queue };
}

const isEmpty = ({ other, queue }: Seen) => isNothing(other) && queue.length === 0;

/** The next step that is left. @returns whether that was the last */
async function moveOn(ports: NamedPorts, join: Join, seen: Seen): Promise<boolean> {
  const { key, externalUserId } = join;
  const { link, isLearnt, other, queue } = seen;
  const name: Pair = { sender: key.sender, user: externalUserId };
  const joined = link && isLearnt ? link.joined : [];
  const bsuid = join.with ?? link?.externalUserId;
  const write = (senders: readonly WhatsAppAddress[]) =>
    ports.links.write(
      name,
      {
        ...{ phone: key.user, joined: senders },
        ...(link?.parent && { parent: link.parent }),
        ...(bsuid && { externalUserId: bsuid }),
      },
      link,
    );
  if (isEmpty(seen)) {
    if (joined.includes(key.sender)) return true;
    return (await write([...joined, key.sender])) && isNothing(await recordOf(ports, name));
  }
  if (!isLearnt) await write([]);
  else if (queue.length > 0) await moveQueue(ports, name, join);
  else await ports.records.retire(name, other);
  return false;
}

function comeAgain(): Failure {
  return new Failure(
    'STATE_UNAVAILABLE',
    'This person was known by two names, and not all that is stored could be brought together now; try again.',
  );
}

/** Both its documents as they are stored, in one round trip. */
async function recordOf({ records }: NamedPorts, name: Pair): Promise<ContactRecord> {
  return (await records.change(name, () => null)).window;
}

function isNothing({ facts, messageSid, restrictions }: ContactRecord): boolean {
  const restricts = JSON.stringify(restrictions) !== JSON.stringify(UNRESTRICTED);
  return facts.lastInboundAt === null && messageSid === null && !restricts;
}

/** The BSUID came with another number before: that number stays what it is, but its opt-out is theirs as well. */
async function optOutUnder(
  ports: NamedPorts,
  phone: WhatsAppAddress,
  { key, externalUserId }: Join,
): Promise<number | null> {
  const before = await recordOf(ports, { sender: key.sender, user: phone });
  const names = [before.externalUserId, before.parentUserId];
  return names.includes(externalUserId) ? before.restrictions.optedOutAt : null;
}

function withOptOut(record: ContactRecord, optedOutAt: number | null): ContactRecord {
  if (optedOutAt === null || record.restrictions.optedOutAt !== null) return record;
  return { ...record, restrictions: { ...record.restrictions, optedOutAt } };
}

/** Rule 1. @returns what restricts the person */
async function tellNumber(ports: NamedPorts, join: Join, seen: Seen): Promise<Restrictions> {
  const { link, isLearnt, own } = seen;
  const elsewhere = link && !isLearnt ? await optOutUnder(ports, link.phone, join) : null;
  const other = withOptOut(seen.other, elsewhere);
  const hasQueue = seen.queue.length > 0;
  if (together(own, other, join, hasQueue) === null) return own.restrictions;
  if (!belongsTo(own, join.externalUserId)) await keepOptOut(ports, own);
  const { window } = await ports.records.change(join.key, (current) =>
    // Of a former owner who was not there when it was looked, the next round has to take care.
    belongsTo(current, join.externalUserId) || current.externalUserId === own.externalUserId
      ? together(current, other, join, hasQueue)
      : null,
  );
  return window.restrictions;
}

/**
 * A number that comes with another BSUID has changed hands. The former owner's opt-out goes with their own BSUID, before it
 * is taken from the number; what else restricted them is no concern of the new owner.
 */
async function keepOptOut({ records }: NamedPorts, former: ContactRecord): Promise<void> {
  const { pair, externalUserId, restrictions } = former;
  if (externalUserId === null || restrictions.optedOutAt === null) return;
  await records.change({ sender: pair.sender, user: externalUserId }, (current) =>
    current.restrictions.optedOutAt === null ? withOptOut(current, restrictions.optedOutAt) : null,
  );
}

/** One that names nobody contradicts nothing. A parent id is told with a BSUID, which says whose the number is. */
export function belongsTo(record: ContactRecord, externalUserId: WhatsAppAddress): boolean {
  if (isParentId(externalUserId)) return true;
  return record.externalUserId === null || record.externalUserId === externalUserId;
}

/** @returns null where the number tells it already */
export function together(
  current: ContactRecord,
  other: ContactRecord,
  { externalUserId, facts: coming }: Pick<Join, 'externalUserId' | 'facts'>,
  hasQueue: boolean,
): ContactRecord | null {
  const isTheirs = belongsTo(current, externalUserId);
  const restrictions = bothRestrictions(isTheirs ? current.restrictions : UNRESTRICTED, other, hasQueue);
  const stored = newestOfBoth(isTheirs ? current.facts : NO_FACTS, other.facts);
  const newest = newerFacts(stored, coming);
  // The message that tells the names is being recorded by itself.
  const facts = isTheirs && newest === coming ? current.facts : newest;
  const isSame = JSON.stringify(restrictions) === JSON.stringify(current.restrictions);
  if (isTheirs && isSame && facts === current.facts) return null;
  const profileName = isTheirs ? (current.profileName ?? other.profileName) : other.profileName;
  const messageSid = facts === current.facts ? current.messageSid : other.messageSid;
  const { parentUserId, ...known } = current;
  const joined = { ...known, facts, messageSid, profileName, restrictions };
  if (isParentId(externalUserId)) return { ...joined, parentUserId: externalUserId };
  return { ...joined, externalUserId, ...(isTheirs && parentUserId && { parentUserId }) };
}

/** WhatsApp's verdict on the newest message holds, whichever name it stands under. */
function newestOfBoth(a: WindowFacts, b: WindowFacts): WindowFacts {
  return b.closedByWhatsApp && b.lastInboundAt === a.lastInboundAt ? b : newerFacts(a, b);
}

function bothRestrictions(
  own: Restrictions,
  { restrictions: other }: ContactRecord,
  hasQueue: boolean,
): Restrictions {
  const times = [own.optedOutAt, other.optedOutAt].filter((time) => time !== null);
  const prompt = hasQueue && (other.promptedAt ?? 0) > (own.promptedAt ?? 0) ? other : own;
  return {
    optedOutAt: times.length > 0 ? Math.max(...times) : null,
    holding: own.holding || hasQueue,
    promptedAt: prompt.promptedAt,
    promptSid: prompt.promptSid,
    releasingUntil: own.releasingUntil,
    pausedUntil: own.pausedUntil,
    cancelScheduled: own.cancelScheduled || other.cancelScheduled,
  };
}

/** Rule 3. */
async function moveQueue(ports: NamedPorts, name: Pair, { key, now }: Join): Promise<void> {
  const { queues: held, hasTime } = ports;
  const leased: Pair[] = [];
  try {
    for (const queue of [key, name]) {
      await takeLease(ports, queue, now);
      leased.push(queue);
    }
    const there = new Set((await held.list(key)).map(({ token }) => token));
    for (const message of await held.list(name)) {
      if (!hasTime()) throw comeAgain();
      if (!there.has(message.token)) await held.adopt(message, key, now);
      await held.remove(name, message.id, true);
    }
  } finally {
    // A lease that cannot be ended ends by itself.
    for (const queue of leased) await endLease(ports, queue).catch(() => undefined);
  }
}

async function takeLease({ records }: NamedPorts, queue: Pair, now: number): Promise<void> {
  const { changed } = await records.change(queue, ({ restrictions, ...current }) =>
    (restrictions.releasingUntil ?? 0) > now
      ? null
      : {
          ...current,
          restrictions: { ...restrictions, holding: true, releasingUntil: now + RELEASE_LEASE_MS },
        },
  );
  if (!changed) throw comeAgain();
}

async function endLease({ records }: NamedPorts, queue: Pair): Promise<void> {
  await records.change(queue, ({ restrictions, ...current }) => ({
    ...current,
    restrictions: { ...restrictions, releasingUntil: null },
  }));
}
