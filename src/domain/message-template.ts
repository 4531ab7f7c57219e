/**
 * Templates as text: finding placeholders, filling them, and reading the variables back out of a filled text.
 * Pure, and fast whatever the text: no backtracking regular expression ever sees user text.
 */
import type { ContentSid } from './twilio-sid';

/** Values of `GET …/ApprovalRequests` (https://www.twilio.com/docs/content/content-api-resources); anything else is `unknown`, and unknown means not approved. */
export const APPROVAL_STATUSES = [
  'unsubmitted',
  'received',
  'pending',
  'approved',
  'rejected',
  'paused',
  'disabled',
  'unknown',
] as const;
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

export interface Template {
  readonly name: string;
  /** null only for the lesson's texts, of which an account must create its own. */
  readonly contentSid: ContentSid | null;
  readonly language: string;
  /** UTILITY, MARKETING, AUTHENTICATION, or null where no approval was asked for. */
  readonly category: string | null;
  /** The content type that WhatsApp gets, such as `twilio/text`. */
  readonly type: string;
  readonly status: ApprovalStatus;
  /** The body text with its placeholders. */
  readonly text: string;
  /** Every placeholder of the text, the buttons, the media URL …: numbers ascending, then names as they appear. */
  readonly placeholders: readonly string[];
  /** What stands in double braces and Twilio does not fill, such as `{{ 1 }}` or a name of 17 characters. */
  readonly unfillable?: readonly string[];
  /** How many quick reply buttons it has. */
  readonly quickReplies?: number;
  /** What was submitted as an example, by placeholder. */
  readonly samples?: Readonly<Record<string, string>>;
}

type Part = { readonly literal: string } | { readonly placeholder: string };

/** `{{1}}` or `{{first_name}}`: names are at most 16 characters (https://www.twilio.com/docs/content/using-variables-with-content-api). */
const PLACEHOLDER = /\{\{(\w{1,16})\}\}/g;

/** The text's literals and placeholders in order; literals are never empty. */
export function parseTemplateText(text: string): readonly Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    if (match.index > end) parts.push({ literal: text.slice(end, match.index) });
    parts.push({ placeholder: match[1] ?? '' });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push({ literal: text.slice(end) });
  return parts;
}

/** The placeholders of several texts, each once: numbers ascending, then names as they appear. */
export function placeholdersOf(texts: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const text of texts) for (const match of text.matchAll(PLACEHOLDER)) found.add(match[1] ?? '');
  const isNumber = (name: string) => /^\d+$/.test(name);
  const numbers = [...found].filter(isNumber).sort((a, b) => Number(a) - Number(b));
  return [...numbers, ...[...found].filter((name) => !isNumber(name))];
}

/** What looks like a placeholder, closed or not, and is none that Twilio fills: it would reach the user as it is. Each once. */
export function unfillableIn(texts: readonly string[]): readonly string[] {
  const braces = texts.flatMap((text) => {
    const literals = parseTemplateText(text).map((part) => ('literal' in part ? part.literal : ''));
    return literals.flatMap((literal) => literal.match(/\{\{[^{}]{0,100}\}{0,2}/g) ?? []);
  });
  return [...new Set(braces)];
}

/** Replaces each placeholder by its value. A placeholder without a value stays as it is, so that a preflight can see it. */
export function fillTemplate(text: string, variables: Readonly<Record<string, string>>): string {
  return parseTemplateText(text)
    .map((part) => {
      if ('literal' in part) return part.literal;
      return Object.hasOwn(variables, part.placeholder)
        ? String(variables[part.placeholder])
        : `{{${part.placeholder}}}`;
    })
    .join('');
}

/**
 * Reads the variables out of a body that is the template's whole text, filled: filling the template with the answer
 * gives the body again, exactly.
 *
 * Where several splits are possible the earlier placeholders get the shortest values (never empty ones). A placeholder
 * that appears again must stand for the same text again; where one placeholder is the only one this is solved exactly,
 * and in a mixture the shortest first value decides, so that an unlucky text is not recognised rather than misread.
 * @returns the variables, or undefined where the body is not this template's text
 */
export function matchTemplate(text: string, body: string): Readonly<Record<string, string>> | undefined {
  const parts = parseTemplateText(text);
  const names = new Set(parts.flatMap((part) => ('placeholder' in part ? [part.placeholder] : [])));
  if (names.size === 0) return text === body ? {} : undefined;

  const [only] = names;
  const variables =
    names.size === 1 && only ? splitBySingleName(parts, only, body) : splitLeftmost(parts, body);
  return variables && fillTemplate(text, variables) === body ? variables : undefined;
}

/** How much of a template's text is fixed, in UTF-16 units: the more, the surer a match. */
export function fixedLength(text: string): number {
  return parseTemplateText(text).reduce(
    (sum, part) => sum + ('literal' in part ? part.literal.length : 0),
    0,
  );
}

/** Whether a body can be told to be this template's: one of placeholders and marks alone, such as `{{1}}.`, would be any text. */
export function hasWordsOfItsOwn(text: string): boolean {
  const parts = parseTemplateText(text);
  const isFixed = parts.every((part) => 'literal' in part);
  return isFixed || parts.some((part) => 'literal' in part && /[\p{L}\p{N}]/u.test(part.literal));
}

/** One placeholder, however often: the lengths alone tell its value. */
function splitBySingleName(
  parts: readonly Part[],
  name: string,
  body: string,
): Record<string, string> | undefined {
  const fixed = parts.reduce((sum, part) => sum + ('literal' in part ? part.literal.length : 0), 0);
  const times = parts.filter((part) => 'placeholder' in part).length;
  const length = (body.length - fixed) / times;
  if (!Number.isInteger(length) || length < 1) return undefined;
  const first = parts[0];
  const start = first && 'literal' in first ? first.literal.length : 0;
  return { [name]: body.slice(start, start + length) };
}

/**
 * Each literal is taken where it first occurs after at least one character for the placeholder before it. What follows the
 * last one is not looked at: the caller compares the whole text.
 */
function splitLeftmost(parts: readonly Part[], body: string): Record<string, string> | undefined {
  const variables: Record<string, string> = {};
  let position = 0;
  for (const [index, part] of parts.entries()) {
    const fixed = fixedText(part, variables);
    if (fixed !== undefined) {
      if (!body.startsWith(fixed, position)) return undefined;
      position += fixed.length;
    } else if ('placeholder' in part) {
      const end = valueEnd(body, position, parts[index + 1], index + 2 === parts.length);
      if (end === undefined) return undefined;
      variables[part.placeholder] = body.slice(position, end);
      position = end;
    }
  }
  return variables;
}

/** What has to stand in the place of this part: a literal, or the value that its placeholder was given before. */
function fixedText(part: Part, variables: Readonly<Record<string, string>>): string | undefined {
  if ('literal' in part) return part.literal;
  return Object.hasOwn(variables, part.placeholder) ? variables[part.placeholder] : undefined;
}

/** Where the value that starts at `start` ends, given what follows its placeholder. */
function valueEnd(
  body: string,
  start: number,
  next: Part | undefined,
  nextIsLast: boolean,
): number | undefined {
  if (start >= body.length) return undefined;
  if (!next) return body.length;
  const shortest = start + ((body.codePointAt(start) ?? 0) > 0xffff ? 2 : 1);
  if ('placeholder' in next) return shortest;
  if (nextIsLast) {
    const end = body.length - next.literal.length;
    return end >= shortest && body.endsWith(next.literal) ? end : undefined;
  }
  const found = body.indexOf(next.literal, shortest);
  return found < 0 ? undefined : found;
}
