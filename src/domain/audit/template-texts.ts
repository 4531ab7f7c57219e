/**
 * Which template a text is, for many texts and many templates: only those whose fixed beginning and end fit are matched
 * word for word.
 */
import { fixedLength, hasWordsOfItsOwn, parseTemplateText } from '../message-template';
import { readVariables } from '../sandbox-templates';

export interface TemplateText {
  readonly name: string;
  readonly text: string;
  /** UTILITY, MARKETING, AUTHENTICATION, or null where it is not known. */
  readonly category: string | null;
}

/** @returns the template, or undefined where the text is none's */
export type TemplateFinder = (body: string) => TemplateText | undefined;

/** So much of a fixed beginning tells templates apart. */
const KEY_LENGTH = 6;

interface Candidate {
  readonly template: TemplateText;
  readonly end: string;
}

/** Of several templates that fit, the one with the most fixed text is found, as `/send-message` does. */
export function templateFinder(templates: readonly TemplateText[]): TemplateFinder {
  const byBeginning = new Map<string, Candidate[]>();
  const bySurety = templates
    .filter(({ text }) => hasWordsOfItsOwn(text))
    .map((template) => ({ template, fixed: fixedLength(template.text) }))
    .sort((a, b) => b.fixed - a.fixed);
  const ranks = new Map(bySurety.map(({ template }, rank) => [template, rank]));
  for (const { template } of bySurety) {
    const parts = parseTemplateText(template.text);
    const [first, last] = [parts[0], parts.at(-1)];
    const beginning = first && 'literal' in first ? first.literal : '';
    // The last full stop may be left out where the lesson's text is told without it.
    const end = last && 'literal' in last ? last.literal.replace(/\.$/, '') : '';
    const key = beginning.slice(0, KEY_LENGTH);
    const candidates = byBeginning.get(key) ?? [];
    candidates.push({ template, end });
    byBeginning.set(key, candidates);
  }
  return (body) => {
    const found: TemplateText[] = [];
    for (let length = 0; length <= KEY_LENGTH && length <= body.length; length += 1) {
      const candidates = byBeginning.get(body.slice(0, length));
      const match = candidates?.find(
        ({ template, end }) => fits(body, end) && readVariables(template.text, body) !== undefined,
      );
      if (match) found.push(match.template);
    }
    return found.sort((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0))[0];
  };
}

function fits(body: string, end: string): boolean {
  return body.endsWith(end) || body.endsWith(`${end}.`);
}
