/**
 * Who is behind an address. A phone number in every spelling, a BSUID and a parent id are names of one person, and
 * everything about them is stored under one key: the phone number as soon as an inbound message told it, else the BSUID,
 * see `joinNames`. It lives for one invocation, and remembers what it was told in it.
 */
import { NO_FACTS } from '../../domain/customer-service-window';
import {
  filingName,
  isParentId,
  isPhone,
  type Pair,
  type WhatsAppAddress,
} from '../../domain/whatsapp-address';
import { type ContactRecord, type OtherNames, type Restrictions, UNRESTRICTED } from '../ports/contact-store';
import type { NameLink } from '../ports/name-links';
import { belongsTo, joinNames, type NamedPorts } from './join-names';

export interface Identity {
  /** The pair under which everything about the person is stored. */
  readonly key: Pair;
  /** What is stored there, where that was looked at; undefined where nothing is, or where it was not. */
  readonly record?: ContactRecord | undefined;
  /** Their other names under which not everything has been moved yet. */
  readonly unjoined: readonly Pair[];
}

/** Names that are being brought together. */
export interface Meeting {
  /** What restricts the person, as soon as it is known. */
  readonly told: Promise<Restrictions>;
  /** Whether what stood under a parent id was moved, of which `told` does not say all. */
  readonly done: Promise<boolean>;
}

const nameOf = ({ sender, user }: Pair) => `${filingName(sender)} ${filingName(user)}`;

export class Identities {
  /** By BSUID or parent id: the key under which all of them is stored, which may be that name itself. */
  private readonly keys = new Map<string, Pair>();
  /** By number: the BSUID that it came with. */
  private readonly bsuids = new Map<string, WhatsAppAddress>();
  /** By number, where it has no record that would tell: the BSUID that is remembered of it. */
  private readonly remembered = new Map<string, Promise<WhatsAppAddress | undefined>>();
  /** By key: the parent id that it came with. */
  private readonly parents = new Map<string, WhatsAppAddress>();

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
    if (known && (isPhone(known.user) || !how.again)) return { key: known, unjoined: [] };
    const identity = await this.lookUp(pair, how.fresh ?? true);
    if (identity.unjoined.length === 0) this.keys.set(nameOf(pair), identity.key);
    return identity;
  }

  private async lookUp(pair: Pair, fresh: boolean): Promise<Identity> {
    const link = await this.ports.links.read(pair);
    if (!link || link.phone === pair.user) {
      if (link) this.noteParent(pair, link);
      return { key: pair, unjoined: [] };
    }
    const unjoined = link.joined.includes(pair.sender) ? [] : [pair];
    const next = { sender: pair.sender, user: link.phone };
    if (!isPhone(next.user)) {
      // A parent id leads to a BSUID, and that to a number if one became known since.
      const identity = await this.lookUp(next, fresh);
      return { ...identity, unjoined: [...identity.unjoined, ...unjoined] };
    }
    const record = await this.ports.records.read(next, fresh);
    if (record && !isTheirs(record, pair.user, link)) return { key: pair, unjoined: [] };
    this.noteParent(next, link);
    return { key: next, record, unjoined };
  }

  /**
   * Another name of the person from which something may not have been moved yet: a record of version 0.1, or one whose
   * moving was cut short.
   */
  async unjoinedNameOf(key: Pair): Promise<Pair | null> {
    for (const name of this.otherNamesOf(key)) {
      if (this.keys.get(nameOf(name))?.user === key.user) continue;
      const link = await this.ports.links.read(name);
      const isTheirs = link && (isOf(link, key) || link.phone === this.bsuids.get(nameOf(key)));
      if (isTheirs && !link.joined.includes(key.sender)) return name;
      this.settle(key, name.user);
    }
    return null;
  }

  async join(key: Pair, { user: externalUserId }: Pair): Promise<void> {
    await joinNames(this.ports, { key, externalUserId, facts: NO_FACTS, now: this.now });
    this.settle(key, externalUserId);
  }

  /** An inbound message from a number tells its BSUID, and any may tell the parent id. */
  meet(message: Pick<ContactRecord, 'pair' | 'facts'> & OtherNames): Meeting {
    let tell: (restrictions: Restrictions) => void = () => undefined;
    const told = new Promise<Restrictions>((resolve) => {
      tell = resolve;
    });
    const meet = async () => {
      await this.meetBsuid(message, tell);
      return this.meetParent(message, tell);
    };
    const done = meet();
    const first = Promise.race([told, done.then(() => UNRESTRICTED)]);
    first.catch(() => undefined);
    return { told: first, done };
  }

  private async meetBsuid(
    { pair: key, externalUserId, facts }: Parameters<Identities['meet']>[0],
    tell: (restrictions: Restrictions) => void,
  ): Promise<void> {
    if (externalUserId === null || !isPhone(key.user)) return;
    // Where it cannot be read the message has to come again: something may be held under the other name.
    const link = await this.ports.links.read({ sender: key.sender, user: externalUserId });
    const isJoined = link !== undefined && isOf(link, key) && link.joined.includes(key.sender);
    if (!isJoined) await joinNames(this.ports, { key, externalUserId, facts, now: this.now }, tell);
    else this.noteParent(key, link);
    this.settle(key, externalUserId);
  }

  private async meetParent(
    { pair, externalUserId, parentUserId, facts }: Parameters<Identities['meet']>[0],
    tell: (restrictions: Restrictions) => void,
  ): Promise<boolean> {
    if (parentUserId === undefined || parentUserId === pair.user) return false;
    const { key } = await this.identifyPerson(pair);
    const bsuid = isPhone(pair.user) ? externalUserId : pair.user;
    const name = { sender: key.sender, user: parentUserId };
    // Who has no BSUID here has no other place where it would be noted.
    const link = bsuid === null ? await this.ports.links.read(name) : undefined;
    const isNoted = this.keys.get(nameOf(name))?.user === key.user;
    if (isNoted || (link && isOf(link, key) && link.joined.includes(key.sender))) return false;
    const join = { key, externalUserId: parentUserId, facts, now: this.now };
    await joinNames(this.ports, { ...join, ...(bsuid && { with: bsuid }) }, tell);
    if (bsuid !== null) await this.writeParent({ sender: key.sender, user: bsuid }, parentUserId);
    this.parents.set(nameOf(key), parentUserId);
    this.settle(key, parentUserId);
    return true;
  }

  /** With the link of the BSUID, which every message reads anyway. Where somebody was faster, the next message does it. */
  private async writeParent(bsuid: Pair, userId: WhatsAppAddress): Promise<void> {
    const { links } = this.ports;
    const link = await links.read(bsuid);
    const joined = link?.parent?.userId === userId ? link.parent.joined : [];
    const parent = { userId, joined: [...joined, bsuid.sender] };
    await links.write(bsuid, { ...(link ?? { phone: bsuid.user, joined: [] }), parent }, link);
  }

  /** What a record tells of the person's names. */
  note({ pair, externalUserId, parentUserId }: ContactRecord): void {
    if (isPhone(pair.user) && externalUserId !== null) this.bsuids.set(nameOf(pair), externalUserId);
    if (parentUserId !== undefined) this.parents.set(nameOf(pair), parentUserId);
  }

  /** Nothing is stored of the number any more: what else is known of it is looked up beside the work. */
  seekBsuid({ user }: Pair): void {
    // Where it cannot be read, the number alone is asked for, as of somebody who has no other name.
    const bsuid = this.ports.links.bsuidOf(user).catch(() => undefined);
    this.remembered.set(filingName(user), bsuid);
  }

  /** Also where the record that told them has expired. */
  async findOtherNamesOf(pair: Pair): Promise<readonly Pair[]> {
    const bsuid = isPhone(pair.user) ? await this.remembered.get(filingName(pair.user)) : undefined;
    if (bsuid !== undefined && !this.bsuids.has(nameOf(pair))) this.bsuids.set(nameOf(pair), bsuid);
    return this.otherNamesOf(pair);
  }

  /** As far as this invocation has learnt them. */
  otherNamesOf(pair: Pair): readonly Pair[] {
    const key = isPhone(pair.user) ? pair : (this.keys.get(nameOf(pair)) ?? pair);
    const names = [key.user, this.bsuids.get(nameOf(key)), this.parents.get(nameOf(key))];
    return names.flatMap((user) =>
      user === undefined || user === pair.user ? [] : [{ sender: pair.sender, user }],
    );
  }

  private noteParent(key: Pair, { parent }: NameLink): void {
    if (!parent) return;
    this.parents.set(nameOf(key), parent.userId);
    if (parent.joined.includes(key.sender)) this.settle(key, parent.userId);
  }

  private settle(key: Pair, externalUserId: WhatsAppAddress): void {
    this.keys.set(nameOf({ sender: key.sender, user: externalUserId }), key);
  }
}

function isOf({ phone }: NameLink, key: Pair): boolean {
  return filingName(phone) === filingName(key.user);
}

/** The number may have changed hands: whoever has it now is somebody else. */
function isTheirs(record: ContactRecord, name: WhatsAppAddress, link: NameLink): boolean {
  if (!isParentId(name)) return belongsTo(record, name);
  const isOther = record.parentUserId !== undefined && record.parentUserId !== name;
  return !isOther && (link.externalUserId === undefined || belongsTo(record, link.externalUserId));
}
