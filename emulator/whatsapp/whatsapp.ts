/**
 * WhatsApp itself: it keeps its own record of who wrote when, and judges every message at the moment it is delivered.
 * It must know nothing of the software under test; that two records can disagree is the point.
 */
import { type ContentTemplate, isUsableInside, sessionOnly } from '../api/content/content-templates';
import type { Wiring } from '../settings';

/** The customer service window is the half-open time from an inbound message to 24 hours later. */
const WINDOW_MS = 24 * 60 * 60 * 1000;

/** https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/image-messages */
const MAX_CAPTION_CHARACTERS = 1024;

/** https://www.twilio.com/docs/content/whatsappauthentication */
const MAX_ONE_TIME_CODE = 15;

/** What leaves for WhatsApp: free-form, or a template with its values. */
export interface Envelope {
  sender: string;
  user: string;
  text: string;
  /** The text stands below a picture or a video. */
  hasCaption: boolean;
  template: ContentTemplate | null;
  values: ReadonlyMap<string, string>;
}

export type Verdict = { delivered: true } | { delivered: false; code: number };

export interface WindowRecord {
  sender: string;
  users: string[];
  lastInboundAt: string;
  closesAt: string;
  open: boolean;
}

export interface PhoneEntry {
  at: string;
  from: 'user' | 'business';
  sender: string;
  text: string;
  media: string[];
  messageSid: string;
}

export interface KnownPerson {
  readonly addresses: readonly string[];
  /** By sender: when the person last wrote to it, in milliseconds. */
  readonly lastInbound: Readonly<Record<string, number>>;
  /** What the person's screen shows. */
  readonly phone: readonly PhoneEntry[];
}

export class WhatsApp {
  /** One person may have several addresses: a phone number and a business-scoped user id. */
  private readonly people = new Map<string, Person>();
  private readonly phones = new Map<Person, PhoneEntry[]>();

  constructor(
    private readonly rules: Pick<Wiring, 'callToActionNeedsApproval' | 'unapprovedTextKeepsLimits'>,
  ) {}

  received(sender: string, addresses: readonly string[], at: number, opensWindow: boolean): void {
    const person = this.same(addresses);
    if (opensWindow) person.lastInbound.set(sender, Math.max(at, person.lastInbound.get(sender) ?? at));
  }

  judge(envelope: Envelope, at: number): Verdict {
    const person = this.person(envelope.user);
    const { template } = envelope;
    const isOpen = this.open(person, envelope.sender, at);
    const refusal = template && this.contentRefusal(template, envelope, person, isOpen);
    if (refusal) return { delivered: false, code: refusal };
    if (isOpen) {
      // With which code Twilio tells it is not documented: 63021 is the one for content that is too long.
      const isTooLong = envelope.hasCaption && envelope.text.length > MAX_CAPTION_CHARACTERS;
      if (isTooLong) return { delivered: false, code: 63021 };
      const isUsable =
        template === null ||
        template.status === 'approved' ||
        isUsableInside(template, this.rules.callToActionNeedsApproval);
      return isUsable ? { delivered: true } : { delivered: false, code: 63016 };
    }
    // 63016 has no other words for a template that is not approved, or for content that never is a template:
    // https://www.twilio.com/docs/api/errors/63016
    const mayOpenConversation = template !== null && template.status === 'approved' && !sessionOnly(template);
    return mayOpenConversation ? { delivered: true } : { delivered: false, code: 63016 };
  }

  /** @returns the code with which WhatsApp refuses a template whoever it is for and whenever, or null */
  private contentRefusal(
    template: ContentTemplate,
    { values, text }: Envelope,
    person: Person,
    isOpen: boolean,
  ): number | null {
    // 63041, 63042: https://www.twilio.com/docs/api/errors/63041, https://www.twilio.com/docs/api/errors/63042
    if (template.status === 'paused') return 63041;
    if (template.status === 'disabled') return 63042;
    const given = [...values.values()];
    // A one-time code has at most 15 characters; the code of the refusal is the general one for content.
    if (template.category === 'AUTHENTICATION' && given.some((value) => value.length > MAX_ONE_TIME_CODE)) {
      return 63013;
    }
    const keepsLimits = template.status === 'approved' || !isOpen || this.rules.unapprovedTextKeepsLimits;
    if (!keepsLimits) return null;
    // 63013: https://www.twilio.com/docs/api/errors/63013
    if (given.some((value) => /[\n\r\t]| {5,}/.test(value))) return 63013;
    // 63021: https://www.twilio.com/docs/api/errors/63021
    if (text.length > 1024) return 63021;
    // 63049: marketing templates are not delivered to numbers of the North American plan.
    const isNorthAmerican = [...person.addresses].some((address) => address.startsWith('whatsapp:+1'));
    return template.category === 'MARKETING' && isNorthAmerican ? 63049 : null;
  }

  show(user: string, entry: PhoneEntry): void {
    const person = this.person(user);
    const entries = this.phones.get(person);
    if (entries) entries.push(entry);
    else this.phones.set(person, [entry]);
  }

  phone(user: string): PhoneEntry[] {
    return this.phones.get(this.person(user)) ?? [];
  }

  /** The person's business-scoped user id, such as `US.134`, as far as it has been seen. */
  userIdOf(address: string): string | null {
    const addresses = this.people.get(address)?.addresses ?? [];
    for (const known of addresses) {
      const id = /^whatsapp:([A-Z]{2}\.(?!ENT\.)\w+)$/.exec(known)?.[1];
      if (id !== undefined) return id;
    }
    return null;
  }

  /** Everybody whom it knows, once. */
  everybody(): readonly KnownPerson[] {
    return [...new Set(this.people.values())].map((person) => ({
      addresses: [...person.addresses],
      lastInbound: Object.fromEntries(person.lastInbound),
      phone: this.phones.get(person) ?? [],
    }));
  }

  restore(people: readonly KnownPerson[]): void {
    for (const { addresses, lastInbound, phone } of people) {
      const person: Person = {
        addresses: new Set(addresses),
        lastInbound: new Map(Object.entries(lastInbound)),
      };
      for (const address of addresses) this.people.set(address, person);
      if (phone.length > 0) this.phones.set(person, [...phone]);
    }
  }

  windows(now: number): WindowRecord[] {
    const records: WindowRecord[] = [];
    for (const person of new Set(this.people.values())) {
      for (const [sender, lastInbound] of person.lastInbound) {
        records.push({
          sender,
          users: [...person.addresses],
          lastInboundAt: new Date(lastInbound).toISOString(),
          closesAt: new Date(lastInbound + WINDOW_MS).toISOString(),
          open: this.open(person, sender, now),
        });
      }
    }
    return records;
  }

  private open(person: Person, sender: string, at: number): boolean {
    const lastInbound = person.lastInbound.get(sender);
    return lastInbound !== undefined && at < lastInbound + WINDOW_MS;
  }

  private person(address: string): Person {
    const known = this.people.get(address);
    if (known) return known;
    const person: Person = { addresses: new Set([address]), lastInbound: new Map() };
    this.people.set(address, person);
    return person;
  }

  /** Addresses seen together are one person from then on, with the later of their inbound messages. */
  private same(addresses: readonly string[]): Person {
    const [first, ...others] = addresses;
    if (first === undefined) throw new Error('A message comes from somebody.');
    const person = this.person(first);
    for (const address of others) {
      const other = this.person(address);
      if (other === person) continue;
      for (const [sender, at] of other.lastInbound) {
        person.lastInbound.set(sender, Math.max(at, person.lastInbound.get(sender) ?? at));
      }
      const seen = [...(this.phones.get(person) ?? []), ...(this.phones.get(other) ?? [])];
      if (seen.length > 0) this.phones.set(person, seen);
      this.phones.delete(other);
      for (const alias of other.addresses) {
        person.addresses.add(alias);
        this.people.set(alias, person);
      }
    }
    return person;
  }
}

interface Person {
  readonly addresses: Set<string>;
  /** By sender: when the person last wrote to it, in milliseconds. */
  readonly lastInbound: Map<string, number>;
}
