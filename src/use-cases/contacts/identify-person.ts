/**
 * Who is behind an address. A phone number in every spelling and a BSUID are names of one person, and everything about
 * them is stored under one key: the phone number as soon as an inbound message told it, see `joinNames`. It lives for one
 * invocation, and remembers what it was told in it.
 */
import { NO_FACTS } from '../../domain/customer-service-window';
import { filingName, isPhone, type Pair, type WhatsAppAddress } from '../../domain/whatsapp-address';
import { type ContactRecord, type Restrictions, UNRESTRICTED } from '../ports/contact-store';
import type { NameLink } from '../ports/name-links';
import { belongsTo, joinNames, type NamedPorts } from './join-names';

export interface Identity {
  /** The pair under which everything about the person is stored. */
  readonly key: Pair;
  /** What is stored there, where that was looked at; undefined where nothing is, or where it was not. */
  readonly record?: ContactRecord | undefined;
  /** Their other name, where not everything that stood under it has been moved yet. */
  readonly unjoined: Pair | null;
}

/** Names that are being brought together. */
export interface Meeting {
  /** What restricts the person, as soon as it is known. */
  readonly told: Promise<Restrictions>;
  readonly done: Promise<void>;
}

const nameOf = ({ sender, user }: Pair) => `${filingName(sender)} ${filingName(user)}`;

export class Identities {
  /** By BSUID: the number under which all of them is stored, or the BSUID itself where no number was known. */
  private readonly keys = new Map<string, Pair>();
  /** By number: the BSUID that it came with. */
  private readonly bsuids = new Map<string, WhatsAppAddress>();
  /** By number, where it has no record that would tell: the BSUID that is remembered of it. */
  private readonly remembered = new Map<string, Promise<WhatsAppAddress | undefined>>();

  /** @param now milliseconds since the epoch */
  constructor(
    private readonly ports: NamedPorts,
    private readonly now: number,
  ) {}

  /**
   * The one key of whoever is asked for. A phone number is its own, and costs nothing.
   * @param how.again also where it was found out before: a number may have become known since
   * @param how.fresh as it is stored now, whatever is remembered
   */
  async identifyPerson(
    pair: Pair,
    how: { readonly again?: true; readonly fresh?: boolean } = {},
  ): Promise<Identity> {
    const known = isPhone(pair.user) ? pair : this.keys.get(nameOf(pair));
    if (known && !(how.again && known.user === pair.user)) return { key: known, unjoined: null };
    const { key, record, isJoined } = await this.lookUp(pair, how.fresh ?? true);
    if (isJoined) this.keys.set(nameOf(pair), key);
    return { key, record, unjoined: isJoined ? null : pair };
  }

  private async lookUp(
    pair: Pair,
    fresh: boolean,
  ): Promise<Pick<Identity, 'key' | 'record'> & { isJoined: boolean }> {
    const link = await this.ports.links.read(pair.user);
    if (!link) return { key: pair, isJoined: true };
    const key = { sender: pair.sender, user: link.phone };
    const record = await this.ports.records.read(key, fresh);
    // The number changed hands: whoever has it now is somebody else.
    if (record && !belongsTo(record, pair.user)) return { key: pair, isJoined: true };
    return { key, record, isJoined: link.joined.includes(pair.sender) };
  }

  /**
   * Another name of the person from which something may not have been moved yet: a record of version 0.1, or one whose
   * moving was cut short.
   */
  async unjoinedNameOf(key: Pair): Promise<Pair | null> {
    const name = isPhone(key.user) ? this.otherNameOf(key) : null;
    if (name === null || this.keys.get(nameOf(name))?.user === key.user) return null;
    const link = await this.ports.links.read(name.user);
    if (link && isOf(link, key) && !link.joined.includes(key.sender)) return name;
    this.settle(key, name.user);
    return null;
  }

  async join(key: Pair, { user: externalUserId }: Pair): Promise<void> {
    await joinNames(this.ports, { key, externalUserId, facts: NO_FACTS, now: this.now });
    this.settle(key, externalUserId);
  }

  /** An inbound message from a number tells its BSUID. */
  meet({
    pair: key,
    externalUserId,
    facts,
  }: Pick<ContactRecord, 'pair' | 'externalUserId' | 'facts'>): Meeting {
    let tell: (restrictions: Restrictions) => void = () => undefined;
    const told = new Promise<Restrictions>((resolve) => {
      tell = resolve;
    });
    const meet = async () => {
      if (externalUserId === null || !isPhone(key.user)) return;
      // Where it cannot be read the message has to come again: something may be held under the other name.
      const link = await this.ports.links.read(externalUserId);
      const isJoined = link !== undefined && isOf(link, key) && link.joined.includes(key.sender);
      if (!isJoined) await joinNames(this.ports, { key, externalUserId, facts, now: this.now }, tell);
      this.settle(key, externalUserId);
    };
    const done = meet();
    const first = Promise.race([told, done.then(() => UNRESTRICTED)]);
    first.catch(() => undefined);
    return { told: first, done };
  }

  /** What a record tells of the person's names. */
  note({ pair, externalUserId }: ContactRecord): void {
    if (isPhone(pair.user) && externalUserId !== null) this.bsuids.set(nameOf(pair), externalUserId);
  }

  /** Nothing is stored of the number any more: what else is known of it is looked up beside the work. */
  seekBsuid({ user }: Pair): void {
    // Where it cannot be read, the number alone is asked for, as of somebody who has no other name.
    const bsuid = this.ports.links.bsuidOf(user).catch(() => undefined);
    this.remembered.set(filingName(user), bsuid);
  }

  /** Also where the record that told it has expired. */
  async findOtherNameOf(pair: Pair): Promise<Pair | null> {
    const bsuid = isPhone(pair.user) ? await this.remembered.get(filingName(pair.user)) : undefined;
    if (bsuid !== undefined && !this.otherNameOf(pair)) this.bsuids.set(nameOf(pair), bsuid);
    return this.otherNameOf(pair);
  }

  /** As far as this invocation has learnt it. */
  otherNameOf(pair: Pair): Pair | null {
    const user = isPhone(pair.user) ? this.bsuids.get(nameOf(pair)) : this.keys.get(nameOf(pair))?.user;
    return user === undefined || user === pair.user ? null : { sender: pair.sender, user };
  }

  private settle(key: Pair, externalUserId: WhatsAppAddress): void {
    this.keys.set(nameOf({ sender: key.sender, user: externalUserId }), key);
  }
}

function isOf({ phone }: NameLink, key: Pair): boolean {
  return filingName(phone) === filingName(key.user);
}
