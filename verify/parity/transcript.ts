/**
 * The record of one scenario in a form that two accounts can be compared by: what is each account's own (SIDs, dates,
 * addresses, revisions, prices, wordings) is masked. A SID that was asked for by name keeps its name, so that it is seen
 * where it comes back. It must not mask what a program could depend on.
 */
import { type ApiAnswer, type ApiRequest, type Body, type Known, PUBLIC_SIDS, type Step } from './step';

export interface Entry {
  readonly step: string;
  /** Null where the step could not be made. */
  readonly request: string | null;
  readonly status: number | null;
  readonly body: unknown;
}

export interface Difference {
  readonly step: string;
  /** Such as `body.code`. */
  readonly at: string;
  readonly emulator: unknown;
  readonly twilio: unknown;
}

const SID = /[A-Z]{2}[0-9a-f]{32}/g;
const ISO_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
const RFC_2822_DATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$/;

export class Transcript {
  readonly entries: Entry[] = [];

  constructor(private readonly known: Known) {}

  add(step: Step, request: ApiRequest, answer: ApiAnswer): void {
    const body = answer.status < 300 && step.view ? step.view(asBody(answer.body), this.known) : answer.body;
    this.entries.push({
      step: step.name,
      request: this.masked(textOf(request)),
      status: answer.status,
      body: this.maskedValue(body, ''),
    });
  }

  addNotReached(step: Step): void {
    this.entries.push({ step: step.name, request: null, status: null, body: null });
  }

  private maskedValue(value: unknown, key: string): unknown {
    if (Array.isArray(value)) return value.map((item) => this.maskedValue(item, key));
    if (typeof value === 'object' && value !== null) {
      const isRefusal = 'code' in value && 'more_info' in value;
      const entries = Object.entries(value).map(([name, inner]) => [
        name,
        isRefusal && (name === 'message' || name === 'more_info')
          ? `<${name}>`
          : this.maskedValue(inner, name),
      ]);
      return Object.fromEntries(entries);
    }
    // Null until Twilio has billed, and then in the account's currency.
    if (key === 'price' || key === 'price_unit') return '<price>';
    if (typeof value !== 'string') return value;
    if (key === 'revision') return '<revision>';
    if (ISO_DATE.test(value)) return '<date>';
    if (RFC_2822_DATE.test(value)) return '<RFC 2822 date>';
    return this.masked(value);
  }

  private masked(text: string): string {
    const { user, sender } = this.known;
    const addresses: readonly (readonly [string | null, string])[] = [
      [user, '<user>'],
      [sender, '<sender>'],
    ];
    return addresses
      .reduce((rest, [address, mask]) => {
        if (address === null) return rest;
        return rest.replaceAll(address, mask).replaceAll(encodeURIComponent(address), mask);
      }, text)
      .replace(/PageToken=[^&\s]+/g, 'PageToken=<token>')
      .replace(/\d{4}-\d\d-\d\d(?=T23:59:59Z)/g, '<today>')
      .replace(SID, (sid) => this.sidMask(sid));
  }

  private sidMask(sid: string): string {
    if (PUBLIC_SIDS.has(sid)) return sid;
    if (sid === this.known.accountSid) return '<account>';
    return `<${this.known.nameOf(sid) ?? sid.slice(0, 2)}>`;
  }
}

/** @returns an empty object for what is none */
export function asBody(value: unknown): Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Body) : {};
}

/** @param emulator and @param twilio the same steps in the same order */
export function differencesBetween(
  emulator: readonly Entry[],
  twilio: readonly Entry[],
): readonly Difference[] {
  return emulator.flatMap((entry, index) => {
    const other = twilio[index];
    const told = { request: entry.request, status: entry.status, body: entry.body };
    const found = other && { request: other.request, status: other.status, body: other.body };
    return differing(told, found, []).map((difference) => ({ step: entry.step, ...difference }));
  });
}

function differing(
  emulator: unknown,
  twilio: unknown,
  path: readonly string[],
): readonly Omit<Difference, 'step'>[] {
  if (isContainer(emulator) && isContainer(twilio) && Array.isArray(emulator) === Array.isArray(twilio)) {
    const names = [...new Set([...Object.keys(emulator), ...Object.keys(twilio)])];
    return names.flatMap((name) => differing(emulator[name], twilio[name], [...path, name]));
  }
  return emulator === twilio ? [] : [{ at: path.join('.'), emulator, twilio }];
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function textOf({ method, url, query, form, json, ifMatch }: ApiRequest): string {
  const parameters = Object.entries({ ...query, ...form }).map(
    ([name, value]) => `${name}=${[value].flat().map(shortened).join(',')}`,
  );
  return [
    `${method.toUpperCase()} ${url}`,
    ...parameters,
    ...(json ? [JSON.stringify(json)] : []),
    ...(ifMatch === undefined ? [] : ['under a revision']),
  ].join(' ');
}

function shortened(value: string): string {
  return value.length > 80 ? `${value.slice(0, 20)}… (${value.length} characters)` : value;
}
