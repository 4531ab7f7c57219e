/**
 * The rows of a log, kept small: some thirty bytes each, whatever their text, so that a million of them fit where a
 * browser or a small machine has room. Rows come in any order; `inOrder` gives each pair's rows by time.
 */
import { type ConsentWords, consentIn } from '../consent';
import { OUTSIDE_WINDOW } from '../error-class';
import { filingName, type WhatsAppAddress } from '../whatsapp-address';
import type { LogRow } from './log-row';
import type { TemplateFinder, TemplateText } from './template-texts';

/** What is kept of a row's text and status, as bits. */
export const INBOUND = 1;
/** With error 63016. */
export const REJECTED = 2;
/** No text and no media: sent as a template through a Messaging Service, or its text was discarded. */
export const UNKNOWN_FORM = 4;
/** Status `failed`, for which Twilio takes its small fee. */
export const FAILED = 8;
/** Status `failed` or `undelivered`. */
export const NOT_DELIVERED = 16;
export const SAYS_STOP = 32;
export const SAYS_START = 64;

/** A word of consent stands alone; a longer text is none, whatever invisible characters are in it. */
const LONGEST_CONSENT = 200;

/** What became of an outbound message. */
function outcomeBits({ errorCode, status }: LogRow): number {
  const isFailed = status === 'failed';
  return (
    (errorCode === OUTSIDE_WINDOW ? REJECTED : 0) |
    (isFailed ? FAILED : 0) |
    (isFailed || status === 'undelivered' ? NOT_DELIVERED : 0)
  );
}

export class RowStore {
  #count = 0;
  #time = new Float64Array(1024);
  #pair = new Uint32Array(1024);
  #bits = new Uint8Array(1024);
  #line = new Uint32Array(1024);
  /** 0 where the text is no template's, else its number from 1. */
  #template = new Uint16Array(1024);
  #sidHash = new Uint32Array(1024);

  readonly #people = new Map<WhatsAppAddress, number>();
  readonly #idByFilingName = new Map<string, number>();
  /** By id: the address by which a person is shown, the same whatever the order of the rows. */
  readonly #shown: WhatsAppAddress[] = [];
  readonly #pairIds = new Map<number, number>();
  readonly #pairs: { readonly sender: number; readonly user: number }[] = [];
  readonly #templates: TemplateText[] = [];
  readonly #templateIds = new Map<TemplateText, number>();

  constructor(
    private readonly templateOf: TemplateFinder,
    private readonly consentWords: ConsentWords,
  ) {}

  get count(): number {
    return this.#count;
  }

  add(row: LogRow): void {
    if (this.#count === this.#time.length) this.#grow();
    const index = this.#count;
    this.#count += 1;
    this.#time[index] = row.at;
    this.#pair[index] = this.#pairId(this.#personId(row.sender), this.#personId(row.user));
    this.#line[index] = row.line;
    this.#sidHash[index] = hash(row.sid);
    if (row.direction === 'inbound') {
      const word = row.body.length > LONGEST_CONSENT ? null : consentIn(row.body, this.consentWords);
      this.#bits[index] = INBOUND | (word === 'stop' ? SAYS_STOP : 0) | (word === 'start' ? SAYS_START : 0);
      return;
    }
    const isEmpty = row.body.trim() === '';
    this.#bits[index] = outcomeBits(row) | (isEmpty && !row.hasMedia ? UNKNOWN_FORM : 0);
    const template = isEmpty ? undefined : this.templateOf(row.body);
    if (template) this.#template[index] = this.#templateId(template);
  }

  /** The numbers of all rows: pair by pair, each by time, of one time the inbound ones first. */
  inOrder(): Uint32Array {
    const order = Uint32Array.from({ length: this.#count }, (_, index) => index);
    const [pair, time, bits, sid, line] = [this.#pair, this.#time, this.#bits, this.#sidHash, this.#line];
    const at = (numbers: { readonly [index: number]: number }, index: number) => numbers[index] ?? 0;
    return order.sort(
      (a, b) =>
        at(pair, a) - at(pair, b) ||
        at(time, a) - at(time, b) ||
        (at(bits, b) & INBOUND) - (at(bits, a) & INBOUND) ||
        at(sid, a) - at(sid, b) ||
        at(line, a) - at(line, b),
    );
  }

  timeOf(index: number): number {
    return this.#time[index] ?? 0;
  }
  pairOf(index: number): number {
    return this.#pair[index] ?? 0;
  }
  bitsOf(index: number): number {
    return this.#bits[index] ?? 0;
  }
  lineOf(index: number): number {
    return this.#line[index] ?? 0;
  }
  templateOfRow(index: number): TemplateText | undefined {
    return this.#templates[(this.#template[index] ?? 0) - 1];
  }
  /** Whether two rows of one pair, time and direction are one message, exported twice. */
  isSameMessage(a: number, b: number): boolean {
    const sid = this.#sidHash[a] ?? 0;
    return (
      sid !== 0 &&
      sid === this.#sidHash[b] &&
      this.#pair[a] === this.#pair[b] &&
      this.#time[a] === this.#time[b] &&
      (this.bitsOf(a) & INBOUND) === (this.bitsOf(b) & INBOUND)
    );
  }
  senderOf(pair: number): WhatsAppAddress {
    return this.#person(this.#pairs[pair]?.sender);
  }
  userOf(pair: number): WhatsAppAddress {
    return this.#person(this.#pairs[pair]?.user);
  }

  #person(id: number | undefined): WhatsAppAddress {
    const address = this.#shown[id ?? -1];
    if (address === undefined) throw new RangeError('There is no such pair.');
    return address;
  }

  #personId(address: WhatsAppAddress): number {
    const known = this.#people.get(address);
    if (known !== undefined) return known;
    const name = filingName(address);
    const id = this.#idByFilingName.get(name) ?? this.#shown.length;
    this.#idByFilingName.set(name, id);
    this.#people.set(address, id);
    const shown = this.#shown[id];
    if (shown === undefined || address < shown) this.#shown[id] = address;
    return id;
  }

  #pairId(sender: number, user: number): number {
    // Exact up to 2^53: two ids of 26 bits.
    const key = sender * 2 ** 26 + user;
    const known = this.#pairIds.get(key);
    if (known !== undefined) return known;
    const id = this.#pairs.push({ sender, user }) - 1;
    this.#pairIds.set(key, id);
    return id;
  }

  #templateId(template: TemplateText): number {
    const id = this.#templateIds.get(template) ?? this.#templates.push(template);
    this.#templateIds.set(template, id);
    return id;
  }

  #grow(): void {
    const length = this.#time.length * 2;
    const grown = <Numbers extends Float64Array | Uint32Array | Uint16Array | Uint8Array>(
      larger: Numbers,
      numbers: Numbers,
    ): Numbers => {
      larger.set(numbers);
      return larger;
    };
    this.#time = grown(new Float64Array(length), this.#time);
    this.#pair = grown(new Uint32Array(length), this.#pair);
    this.#bits = grown(new Uint8Array(length), this.#bits);
    this.#line = grown(new Uint32Array(length), this.#line);
    this.#template = grown(new Uint16Array(length), this.#template);
    this.#sidHash = grown(new Uint32Array(length), this.#sidHash);
  }
}

/** FNV-1a, 32 bits; 0 for an empty text only, as good as always. */
function hash(text: string): number {
  if (text === '') return 0;
  let sum = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    sum = Math.imul(sum ^ text.charCodeAt(index), 0x01000193);
  return sum >>> 0;
}
