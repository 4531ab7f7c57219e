/**
 * The ports by which use cases reach a person. Behind them a person is one, whichever of their names is asked for; they are
 * the only place that goes from a name to the key under which everything is stored.
 */
import { NO_FACTS, newerFacts } from '../../domain/customer-service-window';
import { isPhone, type Pair, spellings, type WhatsAppAddress } from '../../domain/whatsapp-address';
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

const bsuidIn = (name: Pair | null) => (name && !isPhone(name.user) ? name.user : null);

type Change = (current: ContactRecord) => ContactRecord | null;
type Elsewhere = (() => Promise<Restrictions>) | undefined;

function windowsOfPeople({ records }: NamedPorts, identities: Identities): ContactStore {
  const noted = <T extends ContactRecord | undefined>(record: T): T => {
    if (record) identities.note(record);
    return record;
  };

  return {
    async read(pair, fresh) {
      if (isPhone(pair.user)) {
        const stored = noted(await records.read(pair, fresh));
        if (!stored) identities.seekBsuid(pair);
        return stored;
      }
      // Most who have no number here are stored under the BSUID: in one round trip.
      const [own, identity] = await Promise.all([
        records.read(pair, fresh),
        identities.identifyPerson(pair, { again: true, fresh: fresh ?? false }),
      ]);
      const { key, record, unjoined } = identity;
      if (key.user === pair.user) return own;
      if (unjoined) return noted(own ? both(record ?? emptyRecord(key), own) : record);
      return noted(record ?? (await records.read(key, fresh)));
    },

    record: (window, restrictionsElsewhere) =>
      isPhone(window.pair.user)
        ? recordByNumber(window, restrictionsElsewhere)
        : recordByBsuid(window, restrictionsElsewhere),

    async meet(pair, externalUserId) {
      await identities.meet({ pair, externalUserId, facts: NO_FACTS }).done;
    },

    async remember(window) {
      const { key } = await identities.identifyPerson(window.pair);
      const externalUserId = window.externalUserId ?? bsuidIn(await identities.findOtherNameOf(key));
      await records.remember({ ...window, pair: key, externalUserId });
    },

    change,
    page: (limit, cursor) => records.page(limit, cursor),

    async namesOf(pair) {
      const other = isPhone(pair.user)
        ? await bsuidOf(pair)
        : (await identities.identifyPerson(pair)).key.user;
      const names = [pair.user, ...(other && other !== pair.user ? [other] : [])];
      return names.flatMap(spellings);
    },
  };

  async function bsuidOf(pair: Pair): Promise<WhatsAppAddress | null> {
    const stored = noted(await records.read(pair));
    if (stored) return stored.externalUserId;
    identities.seekBsuid(pair);
    return bsuidIn(await identities.findOtherNameOf(pair));
  }

  async function recordByNumber(window: ContactRecord, elsewhere: Elsewhere): Promise<ContactRecord> {
    const { told, done } = identities.meet(window);
    done.catch(() => undefined);
    const isWritten = await records.overwrite(window);
    const recorded = isWritten
      ? window
      : await records.open(window, async () => {
          const [logged, other] = await Promise.all([elsewhere?.() ?? UNRESTRICTED, told]);
          return isRestricted(other) ? other : logged;
        });
    await done;
    const isTold = isRestricted(await told) || recorded.externalUserId !== window.externalUserId;
    const known = isTold ? ((await records.read(window.pair, true)) ?? recorded) : recorded;
    return noted(known);
  }

  async function recordByBsuid(window: ContactRecord, elsewhere: Elsewhere): Promise<ContactRecord> {
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
    const isStillOwn = recorded !== null && (await isAloneStill(pair));
    return isStillOwn ? recorded : (await change(pair, (current) => renewed(current, window))).window;
  }

  async function change(pair: Pair, apply: Change): Promise<Changed> {
    const { key, unjoined } = await identities.identifyPerson(pair);
    if (unjoined) {
      await identities.join(key, unjoined).catch(async (error: unknown) => {
        // A withdrawal does not wait for anything.
        await records.change(key, (current) => onlyWithdrawal(current, apply(current)));
        throw error;
      });
    }
    const result = await changeUnder(key, apply);
    if (isPhone(key.user) || !result.changed) return result;
    // The number may have become known meanwhile, and all that stood under the BSUID been moved before this was written.
    if (await isAloneStill(pair)) return result;
    const now = await identities.identifyPerson(pair);
    await identities.join(now.key, pair);
    return { window: (await records.read(now.key, true)) ?? result.window, changed: true };
  }

  async function isAloneStill(pair: Pair): Promise<boolean> {
    return (await identities.identifyPerson(pair, { again: true })).key.user === pair.user;
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
    ...{ facts, messageSid, profileName: profileName ?? current.profileName, externalUserId: pair.user },
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
    const left = unjoined ?? (await identities.unjoinedNameOf(key));
    return left ? [key, left] : [key];
  };
  return {
    async append(message) {
      const { key } = await identities.identifyPerson(message.pair);
      return held.append({ ...message, pair: key });
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
  const underBoth = async <T>(pair: Pair, read: (name: Pair) => Promise<readonly T[]>) => {
    const underOther = async () => {
      const other = await identities.findOtherNameOf(pair);
      return other ? read(other) : [];
    };
    return Promise.all([read(pair), underOther()]);
  };
  return {
    async newestInbound(pair, limit) {
      const [own, other] = await underBoth(pair, (name) => messageLog.newestInbound(name, limit));
      return other.length === 0 ? own : newestFirst([...own, ...other], limit);
    },
    async scheduled(pair) {
      return (await underBoth(pair, (name) => messageLog.scheduled(name))).flat();
    },
    newestOutbound: (pair, limit) => messageLog.newestOutbound(pair, limit),
    find: (messageSid) => messageLog.find(messageSid),
  };
}

function newestFirst(messages: readonly LoggedMessage[], limit: number): readonly LoggedMessage[] {
  return [...messages].sort((a, b) => b.at - a.at).slice(0, limit);
}
