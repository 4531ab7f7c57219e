/**
 * Erases what is stored about one person, under all their names and towards every sender. That they opted out is kept, as
 * a bare note, at every moment of it. It may be repeated, and cut short anywhere: what the next call needs in order to
 * know the person's names is erased last. Twilio's own log is not touched.
 */
import { consentIn } from '../../domain/consent';
import type { MessageSid } from '../../domain/twilio-sid';
import {
  filingName,
  isPhone,
  type Pair,
  spellings,
  type WhatsAppAddress,
} from '../../domain/whatsapp-address';
import type { ContactRecords } from '../ports/contact-records';
import type { ContactStore } from '../ports/contact-store';
import type { HeldQueues } from '../ports/held-messages';
import type { NameLinks } from '../ports/name-links';
import type { PersonLog, PersonMessage } from '../ports/person-log';
import type { PersonTraces, TracedRecord, Traces } from '../ports/person-traces';
import type { PersonSources } from './read-person';

export interface ForgetPorts {
  readonly windows: Pick<ContactStore, 'namesOf'>;
  readonly records: ContactRecords;
  readonly links: NameLinks;
  readonly queues: HeldQueues;
  readonly traces: PersonTraces;
  readonly personLog: PersonLog;
  readonly consentWords: PersonSources['consentWords'];
  readonly hasTime: () => boolean;
}

export interface Forgotten {
  readonly erased: {
    /** Pairs of which more was stored than that they opted out. */
    readonly windows: number;
    readonly held: number;
    readonly links: number;
    /** Idempotency keys, and what repairs had stored. */
    readonly keys: number;
  };
  /** A note that they opted out is kept. */
  readonly isOptedOut: boolean;
  /** Messages that Twilio's own log has of them. */
  readonly logged: { readonly count: number; readonly hasMore: boolean };
  /** Nothing stored was left unlooked at. */
  readonly isComplete: boolean;
}

/** So young a STOP may not be stored yet: its webhook is under way, or comes again. In milliseconds. */
const UNSTORED_MS = 60_000;

/**
 * @param pair the person by any of their names, and the sender that is surely looked at
 * @param now milliseconds since the epoch
 * @throws Failure `STATE_UNAVAILABLE` where it could not be done wholly: to be repeated
 */
export async function forgetPerson(ports: ForgetPorts, pair: Pair, now: number): Promise<Forgotten> {
  const [traces, unfinished] = await Promise.all([
    ports.traces.lookThrough(ports.hasTime),
    ports.traces.unfinished(pair.user),
  ]);
  const { names, log } = await findNames(ports, pair, unfinished, traces.links);
  const isTheirs = (address: WhatsAppAddress) =>
    names.some((name) => filingName(name) === filingName(address));
  const pairs = pairsOf(
    names,
    [pair.sender, ...log.messages.map(({ sender }) => sender)],
    traces.pairs.filter(({ user }) => isTheirs(user)),
  );
  await ports.traces.begin(pair.user, names);

  const erased = { windows: 0, held: 0, links: 0, keys: 0 };
  let isOptedOut = false;
  for (const ofSender of pairs) {
    const [held, stopped] = [
      await eraseHeld(ports, ofSender),
      await optedOutAt(ports, ofSender, log.messages, now),
    ];
    const gone = await Promise.all(ofSender.map((one) => ports.records.erase(one, stopped)));
    erased.held += held;
    erased.windows += gone.filter(Boolean).length;
    isOptedOut ||= stopped !== null;
  }
  const linked = traces.links
    .filter(({ phone }) => isTheirs(phone))
    .map((link): Pair => ({ sender: link.sender ?? pair.sender, user: link.externalUserId }));
  for (const name of [...pairs.flat(), ...linked])
    if (!isPhone(name.user) && (await ports.links.erase(name))) erased.links += 1;

  const sids = new Set(log.messages.map(({ sid }) => sid));
  const records = traces.records.filter((record) => isAbout(record, isTheirs, sids));
  await Promise.all(records.map((record) => ports.traces.erase(record)));
  erased.keys = records.length;
  await ports.traces.finish(pair.user);
  return {
    erased,
    isOptedOut,
    logged: { count: sids.size, hasMore: log.hasMore },
    isComplete: traces.isComplete,
  };
}

interface KnownPerson {
  /** One spelling a name; those that only the log tells apart are filed alike. */
  readonly names: readonly WhatsAppAddress[];
  readonly log: { readonly messages: readonly PersonMessage[]; readonly hasMore: boolean };
}

async function findNames(
  ports: ForgetPorts,
  { sender, user }: Pair,
  unfinished: readonly WhatsAppAddress[],
  links: Traces['links'],
): Promise<KnownPerson> {
  const own = await readLog(ports, spellings(user));
  const senders = distinct([sender, ...own.messages.map((message) => message.sender)]);
  const stored = await Promise.all(senders.map((one) => ports.windows.namesOf({ sender: one, user })));
  const told = distinct([user, ...stored.flat(), ...unfinished]);
  const names = told.some((name) => !isPhone(name))
    ? told
    : distinct([...told, ...onlyLinkedTo(user, links)]);
  const others = names.filter((name) => filingName(name) !== filingName(user));
  const more = await readLog(ports, others.flatMap(spellings));
  return {
    names,
    log: { messages: [...own.messages, ...more.messages], hasMore: own.hasMore || more.hasMore },
  };
}

/** A record goes after a week, its link after a year. Where several BSUIDs had a number, it does not say whose it is now. */
function onlyLinkedTo(phone: WhatsAppAddress, links: Traces['links']): readonly WhatsAppAddress[] {
  const linked = links.filter((link) => filingName(link.phone) === filingName(phone));
  const bsuids = new Set(linked.map((link) => link.with ?? link.externalUserId));
  return bsuids.size === 1 ? linked.map(({ externalUserId }) => externalUserId) : [];
}

async function readLog(ports: ForgetPorts, names: readonly WhatsAppAddress[]): Promise<KnownPerson['log']> {
  const read = await Promise.all(distinctExactly(names).map((name) => ports.personLog.newest(name)));
  return {
    messages: read.flatMap(({ messages }) => messages),
    hasMore: read.some(({ hasMore }) => hasMore),
  };
}

/** Every name towards every sender that is known, and what was found stored, in groups of one sender. */
function pairsOf(
  names: readonly WhatsAppAddress[],
  known: readonly WhatsAppAddress[],
  found: readonly Pair[],
): readonly (readonly Pair[])[] {
  const senders = distinct([...known, ...found.map(({ sender }) => sender)]);
  return senders.map((sender) => distinct(names).map((user) => ({ sender, user })));
}

async function eraseHeld(ports: ForgetPorts, pairs: readonly Pair[]): Promise<number> {
  const counts = await Promise.all(pairs.map((pair) => ports.queues.erase(pair)));
  return counts.reduce((sum, count) => sum + count, 0);
}

/**
 * When the person opted out towards one sender, under whichever of their names; where nothing is stored under any, Twilio's
 * log tells, before somebody erases that as well. It also tells a STOP that is too young to be stored for certain: once it
 * is forgotten which names are theirs, it would be stored under one of them only.
 */
async function optedOutAt(
  ports: ForgetPorts,
  pairs: readonly Pair[],
  log: readonly PersonMessage[],
  now: number,
): Promise<number | null> {
  const records = (await Promise.all(pairs.map((pair) => ports.records.read(pair, true)))).filter(
    (record) => record !== undefined,
  );
  const times = records.flatMap(({ restrictions }) => restrictions.optedOutAt ?? []);
  if (times.length > 0) return Math.min(...times);
  const said = log
    .filter(({ direction, sender }) => direction === 'inbound' && sender === pairs[0]?.sender)
    .sort((a, b) => b.at - a.at);
  const last = said
    .map(({ body, at }) => ({ word: consentIn(body, ports.consentWords), at }))
    .find(({ word }) => word !== null);
  const counts = records.length === 0 || (last !== undefined && now - last.at < UNSTORED_MS);
  return last?.word === 'stop' && counts ? (said[0]?.at ?? null) : null;
}

function isAbout(
  record: TracedRecord,
  isTheirs: (address: WhatsAppAddress) => boolean,
  sids: ReadonlySet<MessageSid>,
): boolean {
  return record.addresses.some(isTheirs) || record.messageSids.some((sid) => sids.has(sid));
}

/** One spelling of each. */
function distinct(addresses: readonly WhatsAppAddress[]): readonly WhatsAppAddress[] {
  return [...new Map(addresses.map((address) => [filingName(address), address])).values()];
}

function distinctExactly(addresses: readonly WhatsAppAddress[]): readonly WhatsAppAddress[] {
  return [...new Set(addresses)];
}
