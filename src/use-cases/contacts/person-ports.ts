/**
 * The ports by which use cases reach a person. Behind them a person is one, whichever of their names is asked for; they are
 * the only place that goes from a name to the key under which everything is stored.
 */
import { NO_FACTS, newerFacts } from '../../domain/customer-service-window';
import {
  isParentId,
  isPhone,
  type Pair,
  spellings,
  type WhatsAppAddress,
} from '../../domain/whatsapp-address';
import {
  type Changed,
  type ContactRecord,
  type ContactStore,
  emptyRecord,
  isRestricted,
  type Restrictions,
  UNRESTRICTED,
} from '../ports/contact-store';
import type { HeldMessage, HeldMessages } from '../ports/held-messages';
import type { LoggedMessage, MessageLog } from '../ports/message-log';
import { Identities } from './identify-person';
import { type NamedPorts, together } from './join-names';

export interface PersonPorts {
  readonly windows: ContactStore;
  readonly held: HeldMessages;
  readonly messageLog: MessageLog;
}

/** @param now milliseconds since the epoch, of this invocation */
export function personPorts(
  ports: NamedPorts & { readonly messageLog: MessageLog },
  now: number,
): PersonPorts {
  const identities = new Identities(ports, now);
  return {
    windows: windowsOfPeople(ports, identities),
    held: queuesOfPeople(ports, identities),
    messageLog: logOfPeople(ports.messageLog, identities),
  };
}

/** Not a number, and not a parent id. */
const bsuidIn = (names: readonly Pair[]): WhatsAppAddress | null =>
  names.find(({ user }) => !isPhone(user) && !isParentId(user))?.user ?? null;

type Change = (current: ContactRecord) => ContactRecord | null;
type Elsewhere = (() => Promise<Restrictions>) | undefined;

function windowsOfPeople({ records }: NamedPorts, identities: Identities): ContactStore {
  const noted = <T extends ContactRecord | undefined>(record: T): T => {
    if (record) identities.note(record);
    return record;
  };

  return {
    async read(pair, fresh) {
      if (!isPhone(pair.user)) return readByUserId(pair, fresh);
      const stored = noted(await records.read(pair, fresh));
      if (!stored) identities.seekBsuid(pair);
      return stored;
    },

    seemsNew,

    record: (window, restrictionsElsewhere) =>
      isPhone(window.pair.user)
        ? recordByNumber(window, restrictionsElsewhere)
        : recordByBsuid(window, restrictionsElsewhere),

    async meet(pair, { externalUserId, parentUserId }) {
      const names = { externalUserId, ...(parentUserId && { parentUserId }) };
      await identities.meet({ pair, ...names, facts: NO_FACTS }).done;
    },

    async remember(window) {
      const { key } = await identities.identifyPerson(window.pair);
      const externalUserId = window.externalUserId ?? bsuidIn(await identities.findOtherNamesOf(key));
      await records.remember({ ...window, pair: key, externalUserId });
    },

    change,
    page: (limit, cursor) => records.page(limit, cursor),

    async namesOf(pair) {
      const { key, record } = isPhone(pair.user)
        ? { key: pair, record: await records.read(pair) }
        : await identities.identifyPerson(pair);
      noted(record);
      if (isPhone(pair.user) && !record) identities.seekBsuid(pair);
      const others = [...(await identities.findOtherNamesOf(pair)), ...identities.otherNamesOf(key)];
      return [...new Set([pair, key, ...others].flatMap(({ user }) => spellings(user)))];
    },
  };

  /** Who has more names, or spellings, takes more requests as it is. */
  function seemsNew({
    pair,
    externalUserId,
    parentUserId,
  }: Parameters<ContactStore['seemsNew']>[0]): boolean {
    const hasOneName = isPhone(pair.user) && externalUserId === null && parentUserId === undefined;
    return hasOneName && spellings(pair.user).length === 1 && !records.isMet(pair);
  }

  async function readByUserId(pair: Pair, fresh = false): Promise<ContactRecord | undefined> {
    // Most who have no number here are stored under the BSUID: in one round trip.
    const [own, identity] = await Promise.all([
      records.read(pair, fresh),
      identities.identifyPerson(pair, { again: true, fresh }),
    ]);
    const { key, record, unjoined } = identity;
    if (key.user === pair.user) return noted(own);
    let known = record ?? (await records.read(key, fresh));
    for (const name of unjoined) {
      const left = name.user === pair.user ? own : await records.read(name, fresh);
      if (left) known = both(known ?? emptyRecord(key), left);
    }
    return noted(known);
  }

  async function recordByNumber(window: ContactRecord, elsewhere: Elsewhere): Promise<ContactRecord> {
    const { told, done } = identities.meet(window);
    done.catch(() => undefined);
    const ahead = seemsNew(window) ? records.lookAhead(window.pair) : undefined;
    ahead?.catch(() => undefined);
    const isWritten = await records.overwrite(window);
    const restrictions = async () => {
      const [logged, other] = await Promise.all([elsewhere?.() ?? UNRESTRICTED, told]);
      return isRestricted(other) ? other : logged;
    };
    const recorded = isWritten ? window : await records.open(window, restrictions, ahead);
    const isJoined = await done;
    const isTold = isJoined || isRestricted(await told) || recorded.externalUserId !== window.externalUserId;
    const known = isTold ? ((await records.read(window.pair, true)) ?? recorded) : recorded;
    return noted(known);
  }

  async function recordByBsuid(window: ContactRecord, elsewhere: Elsewhere): Promise<ContactRecord> {
    const recorded = await recordUnderBsuid(window, elsewhere);
    const isJoined = await identities.meet(window).done;
    return noted((isJoined ? await records.read(recorded.pair, true) : null) ?? recorded);
  }

  async function recordUnderBsuid(window: ContactRecord, elsewhere: Elsewhere): Promise<ContactRecord> {
    const { pair } = window;
    // Where everything was moved to a number, there is nothing to overwrite.
    const [isWritten, { key }] = await Promise.all([
      records.overwrite(window),
      identities.identifyPerson(pair, { again: true }),
    ]);
    const isAlone = key.user === pair.user;
    if (isAlone && isWritten) return window;
    const recorded = isAlone ? await records.open(window, elsewhere) : null;
    // The number may have become known meanwhile.
    const isStillOwn = recorded !== null && (await isStillKey(pair));
    return isStillOwn ? recorded : (await change(pair, (current) => renewed(current, window))).window;
  }

  async function change(pair: Pair, apply: Change): Promise<Changed> {
    const { key, unjoined } = await identities.identifyPerson(pair);
    for (const name of unjoined) {
      await identities.join(key, name).catch(async (error: unknown) => {
        // A withdrawal does not wait for anything.
        await records.change(key, (current) => onlyWithdrawal(current, apply(current)));
        throw error;
      });
    }
    const result = await changeUnder(key, apply);
    if (isPhone(key.user) || !result.changed) return result;
    // The number may have become known meanwhile, and all that stood under the BSUID been moved before this was written.
    if (await isStillKey(key)) return result;
    const now = await identities.identifyPerson(key);
    await identities.join(now.key, key);
    return { window: (await records.read(now.key, true)) ?? result.window, changed: true };
  }

  async function isStillKey(key: Pair): Promise<boolean> {
    return (await identities.identifyPerson(key, { again: true })).key.user === key.user;
  }

  /** A release begins only when nothing that is held stands elsewhere. */
  async function changeUnder(key: Pair, apply: Change, isWhole = false): Promise<Changed> {
    const waits = { forJoin: false };
    const result = await records.change(key, (current) => {
      identities.note(current);
      const next = apply(current);
      waits.forJoin = !isWhole && next !== null && beginsRelease(current, next);
      return waits.forJoin ? null : next;
    });
    identities.note(result.window);
    if (!waits.forJoin) return result;
    const left = await identities.unjoinedNameOf(key);
    if (left) await identities.join(key, left);
    return changeUnder(key, apply, true);
  }
}

/** What is stored under both names, before all of it stands under one. */
function both(current: ContactRecord, other: ContactRecord): ContactRecord {
  const names = { externalUserId: other.pair.user, facts: NO_FACTS };
  return together(current, other, names, other.restrictions.holding) ?? current;
}

function renewed(current: ContactRecord, { pair, facts, messageSid, profileName }: ContactRecord) {
  if (newerFacts(current.facts, facts) === current.facts) return null;
  return {
    ...current,
    ...{ facts, messageSid, profileName: profileName ?? current.profileName },
    ...(isParentId(pair.user) ? { parentUserId: pair.user } : { externalUserId: pair.user }),
  };
}

function onlyWithdrawal(current: ContactRecord, next: ContactRecord | null): ContactRecord | null {
  return current.restrictions.optedOutAt === null && next?.restrictions.optedOutAt != null ? next : null;
}

function beginsRelease(current: ContactRecord, next: ContactRecord): boolean {
  const { releasingUntil } = next.restrictions;
  return releasingUntil !== null && releasingUntil !== current.restrictions.releasingUntil;
}

function queuesOfPeople({ queues: held }: NamedPorts, identities: Identities): HeldMessages {
  /** More than one only while it is being moved. */
  const namesOf = async (pair: Pair): Promise<readonly Pair[]> => {
    const { key, unjoined } = await identities.identifyPerson(pair);
    if (unjoined.length > 0) return [key, ...unjoined];
    const left = await identities.unjoinedNameOf(key);
    return left ? [key, left] : [key];
  };
  return {
    async append(message, wasReleased) {
      const { key } = await identities.identifyPerson(message.pair);
      return held.append({ ...message, pair: key }, wasReleased);
    },
    async list(pair) {
      const lists = await Promise.all((await namesOf(pair)).map((name) => held.list(name)));
      return inOrder(lists.length === 1 ? lists.flat() : withoutCopies(lists.flat()));
    },
    async settle(pair, released) {
      await Promise.all((await namesOf(pair)).map((name) => held.settle(name, released)));
    },
    newName: () => held.newName(),
    mark: (...parameters) => held.mark(...parameters),
    remove: (pair, id, evenWhileSending) => held.remove(pair, id, evenWhileSending),
    page: (cursor) => held.page(cursor),
  };
}

/** The sort is stable: of one moment, the queue's own order counts. */
function inOrder(messages: readonly HeldMessage[]): readonly HeldMessage[] {
  return [...messages].sort((a, b) => a.acceptedAt - b.acceptedAt);
}

/** In the middle of being moved one may stand in both queues: the first is where it stays. */
function withoutCopies(messages: readonly HeldMessage[]): readonly HeldMessage[] {
  return messages.filter(({ token }, index) => messages.findIndex((one) => one.token === token) === index);
}

/** The log knows a message only by the name that it came under, or went to. */
function logOfPeople(messageLog: MessageLog, identities: Identities): MessageLog {
  const underAll = async <T>(pair: Pair, read: (name: Pair) => Promise<readonly T[]>) => {
    const underOthers = async () => {
      const lists = await Promise.all((await identities.findOtherNamesOf(pair)).map(read));
      return lists.flat();
    };
    return Promise.all([read(pair), underOthers()]);
  };
  return {
    async newestInbound(pair, limit) {
      const [own, other] = await underAll(pair, (name) => messageLog.newestInbound(name, limit));
      return other.length === 0 ? own : newestFirst([...own, ...other], limit);
    },
    async scheduled(pair) {
      return (await underAll(pair, (name) => messageLog.scheduled(name))).flat();
    },
    newestOutbound: (pair, limit) => messageLog.newestOutbound(pair, limit),
    find: (messageSid) => messageLog.find(messageSid),
  };
}

function newestFirst(messages: readonly LoggedMessage[], limit: number): readonly LoggedMessage[] {
  return [...messages].sort((a, b) => b.at - a.at).slice(0, limit);
}
