/**
 * The parameters of a request, query and body as the platform hands them over, read into typed values. It collects
 * every problem instead of stopping at the first, and never takes a value from a prototype.
 */

import type { Problem } from '../domain/template-preflight';
import { isPhone, parseWhatsAppAddress, type WhatsAppAddress } from '../domain/whatsapp-address';
import { Failure } from '../use-cases/failure';
import { isoTime, textProblem } from './parameter-rules';

export interface SenderSettings {
  readonly sender: WhatsAppAddress;
  readonly messagingServiceSid: string | null;
}

/** A parameter that is left empty counts as not given: Studio sends empty texts for what a flow leaves out. */
export class Parameters {
  private readonly values: ReadonlyMap<string, unknown>;
  /** Also what is empty. */
  readonly received: ReadonlyMap<string, unknown>;
  private readonly problems: Problem[] = [];

  /** @param event the platform's event: `{request, ...query, ...body}` */
  constructor(event: object) {
    this.received = new Map(Object.entries(event).filter(([name]) => name !== 'request'));
    this.values = new Map([...this.received].filter(([, value]) => value !== ''));
  }

  all(): ReadonlyMap<string, unknown> {
    return this.values;
  }

  add(field: string, message: string): void {
    this.problems.push({ field, message });
  }

  raw(name: string): unknown {
    const value = this.values.get(name);
    return value === null ? undefined : value;
  }

  /** A text without control characters and with whole characters only. @param max in UTF-16 units, see `textProblem` */
  text(name: string, max: number): string | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string') {
      this.add(name, `${name} must be one text, not ${kindOf(value)}.`);
      return undefined;
    }
    const problem = textProblem(value, max);
    if (problem) this.add(name, `${name} ${problem}`);
    return problem ? undefined : value;
  }

  choice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const value = this.text(name, 100);
    if (value === undefined) return fallback;
    const chosen = choices.find((choice) => choice === value);
    if (chosen === undefined) this.add(name, `${name} must be one of ${choices.join(', ')}.`);
    return chosen ?? fallback;
  }

  /** `true` or `false`, as JSON or as text. */
  flag(name: string): boolean {
    const value = this.raw(name);
    if (value === undefined || value === false || value === 'false') return false;
    if (value === true || value === 'true') return true;
    this.add(name, `${name} must be true or false.`);
    return false;
  }

  /** A whole number, as JSON or as text. */
  integer(name: string, min: number, max: number, fallback: number): number {
    const value = this.raw(name);
    if (value === undefined) return fallback;
    const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max)
      return number;
    this.add(name, `${name} must be a whole number from ${min} to ${max}.`);
    return fallback;
  }

  /** ISO 8601 with a zone, as milliseconds since the epoch. */
  time(name: string): number | undefined {
    const text = this.text(name, 40);
    if (text === undefined) return undefined;
    const time = isoTime(text);
    if (time !== undefined) return time;
    this.add(
      name,
      `${name} must be ISO 8601 with a zone, such as 2026-01-31T09:00:00Z or 2026-01-31T09:00:00+01:00.`,
    );
    return undefined;
  }

  /** The user. */
  to(): WhatsAppAddress | undefined {
    const value = this.text('to', 200);
    if (value === undefined) {
      if (this.raw('to') === undefined) {
        this.add(
          'to',
          'to is missing: give the user as whatsapp:+15551234567, +15551234567 or whatsapp:US.1349….',
        );
      }
      return undefined;
    }
    const address = parseWhatsAppAddress(value);
    if (!address) this.add('to', `to ${addressProblem(value)}`);
    return address;
  }

  /**
   * The sender. A flow that Studio's REST API starts has a Messaging Service in its place: the configured one stands for the
   * default sender, to which the person wrote.
   */
  from({ sender: fallback, messagingServiceSid }: SenderSettings): WhatsAppAddress {
    const value = this.text('from', 200);
    if (value === undefined || (messagingServiceSid !== null && value === messagingServiceSid))
      return fallback;
    if (/^MG[0-9a-fA-F]{32}$/.test(value)) {
      this.add(
        'from',
        'from is a Messaging Service that is not MESSAGING_SERVICE_SID: give the WhatsApp sender, such as whatsapp:+15551234567.',
      );
      return fallback;
    }
    const address = parseWhatsAppAddress(value);
    if (address && isPhone(address)) return address;
    this.add('from', `from ${addressProblem(value)}`);
    return fallback;
  }

  hasProblems(): boolean {
    return this.problems.length > 0;
  }

  /**
   * Ends the reading.
   * @param known the names that this function takes; one that differs in its spelling only is a problem, as it would be silently without effect
   * @param read what was read and must be there; what is missing has been told as a problem
   * @throws Failure `INVALID_REQUEST` with all problems
   */
  finish<T extends object>(known: readonly string[], read: T): Complete<T> {
    const bySpelling = new Map(known.map((name) => [foldSpelling(name), name]));
    for (const name of this.values.keys()) {
      const meant = bySpelling.get(foldSpelling(name));
      if (meant !== undefined && meant !== name)
        this.add(name.slice(0, 40), `This parameter is spelt ${meant}.`);
    }
    if (this.problems.length > 0 || !isComplete(read)) throw invalidRequest(this.problems);
    return read;
  }
}

/** With nothing missing. */
export type Complete<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> };

function isComplete<T extends object>(read: T): read is T & Complete<T> {
  return Object.values(read).every((value) => value !== undefined);
}

export function invalidRequest(problems: readonly Problem[]): Failure {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new Failure('INVALID_REQUEST', `The request has ${count}.`, problems);
}

const foldSpelling = (name: string) => name.toLowerCase().replace(/[_-]/g, '');

export function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return value === null ? 'null' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function addressProblem(value: string): string {
  if (/^(?:whatsapp:)? \d+$/.test(value)) {
    return 'begins with a space where a + belongs: in a query string write the + as %2B.';
  }
  return 'must be a WhatsApp address such as whatsapp:+15551234567 (a + and 7 to 15 digits, no spaces).';
}
