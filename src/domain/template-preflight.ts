/**
 * The check before a template leaves: every problem that Twilio or WhatsApp would report, at once or minutes later,
 * and that can be known beforehand. It must not send, fetch or repair anything.
 */
import { fillTemplate, type Template } from './message-template';
import { isUnitedStates, type WhatsAppAddress } from './whatsapp-address';

/** Rendered template text beyond this is refused by WhatsApp with error 63021. */
export const MAX_RENDERED_CHARACTERS = 1024;
/** A template has at most this many variables (docs/content/using-variables-with-content-api). */
const MAX_VARIABLES = 100;
/** Content types that cannot open a conversation (docs/content/twilio-list-picker, twilio-location): outside the window, 63016. */
const SESSION_ONLY_TYPES: ReadonlySet<string> = new Set(['twilio/list-picker', 'twilio/location']);

/**
 * Content types that WhatsApp takes inside the window only once they are approved
 * (https://www.twilio.com/docs/content/content-types-overview).
 */
const NEEDS_APPROVAL_INSIDE: ReadonlySet<string> = new Set([
  'twilio/carousel',
  'twilio/flows',
  'twilio/card',
  'whatsapp/card',
  'whatsapp/flows',
  'whatsapp/authentication',
]);

/** A value as a caller may write it; anything that is not text, a number or a boolean is a problem, not a value. */
export type VariableValue = string | number | boolean | null | { readonly nested: true };

export interface Problem {
  /** The parameter, such as `template` or `contentVariables.1`. */
  readonly field: string;
  readonly message: string;
}

export type Preflight =
  | { readonly ok: true; readonly variables: Readonly<Record<string, string>>; readonly rendered: string }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Why a template may not be sent now, or null: by its status and type alone. */
export function unusableReason(template: Template, where: 'inside' | 'outside'): string | null {
  // 63041, 63042: https://www.twilio.com/docs/api/errors/63041, https://www.twilio.com/docs/api/errors/63042
  if (template.status === 'paused' || template.status === 'disabled') {
    return `its status is ${template.status}; WhatsApp delivers it nowhere`;
  }
  if (where === 'inside') {
    if (template.status === 'approved' || !NEEDS_APPROVAL_INSIDE.has(template.type)) return null;
    return `its status is ${template.status}; ${template.type} needs WhatsApp's approval inside the customer service window as well`;
  }
  if (SESSION_ONLY_TYPES.has(template.type)) {
    return `${template.type} can only be sent inside the customer service window`;
  }
  if (template.status !== 'approved') {
    return `its status is ${template.status}; outside the customer service window WhatsApp takes approved templates only`;
  }
  return null;
}

/**
 * Checks a template with its variables for one user.
 * @param where whether the customer service window is open when it leaves
 * @returns the variables as text and the rendered text, or every problem with the placeholder's name
 */
export function preflight(
  template: Template,
  given: Readonly<Record<string, VariableValue>>,
  to: WhatsAppAddress,
  where: 'inside' | 'outside',
): Preflight {
  const problems: Problem[] = [];
  const reason = unusableReason(template, where);
  if (reason)
    problems.push({
      field: 'template',
      message: `The template "${template.name}" cannot be sent: ${reason}.`,
    });
  if (template.category?.toUpperCase() === 'MARKETING' && isUnitedStates(to)) {
    problems.push({
      field: 'template',
      message: `The template "${template.name}" is MARKETING, which WhatsApp does not deliver to US numbers (63049).`,
    });
  }

  const variables: Record<string, string> = {};
  for (const name of template.placeholders) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    const problem = valueProblem(value);
    if (problem)
      problems.push({ field: `contentVariables.${name}`, message: `Placeholder {{${name}}} ${problem}` });
    else variables[name] = String(value);
  }
  const unknown = Object.keys(given).filter((name) => !template.placeholders.includes(name));
  const known = template.placeholders.map((name) => `{{${name}}}`).join(', ') || 'none';
  for (const name of unknown.slice(0, MAX_VARIABLES)) {
    problems.push({
      field: `contentVariables.${name.slice(0, 40)}`,
      message: `The template "${template.name}" has no placeholder of this name; it has ${known}.`,
    });
  }
  if (Object.keys(given).length > MAX_VARIABLES) {
    problems.push({
      field: 'contentVariables',
      message: `A template has at most ${MAX_VARIABLES} variables.`,
    });
  }

  const rendered = fillTemplate(template.text, variables);
  if (rendered.length > MAX_RENDERED_CHARACTERS) {
    problems.push({
      field: 'contentVariables',
      message: `The filled text has ${rendered.length} characters; WhatsApp takes ${MAX_RENDERED_CHARACTERS} at most (63021).`,
    });
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, variables, rendered };
}

/** What is wrong with one value, as the end of a sentence, or undefined. */
function valueProblem(value: VariableValue | undefined): string | undefined {
  // Twilio sends the template's sample value to the user where one is missing: the worst of all outcomes.
  if (value === undefined) return 'has no value: add it to contentVariables.';
  if (value === null) return 'is null: give it a text (21656).';
  if (typeof value === 'object') return 'must be a text, a number or true/false, not an object or a list.';
  const text = String(value);
  if (text.trim() === '') return 'is empty: give it a text (21656).';
  if (/[\n\r\u2028\u2029]/.test(text)) return 'must not contain a line break (63013).';
  if (/\{\{\w{1,16}\}\}/.test(text)) return 'must not contain a placeholder itself.';
  if (text.includes('\t')) return 'must not contain a tab (63013).';
  if (text.includes('     ')) return 'must not contain more than 4 spaces in a row (63013).';
  if (text.length > MAX_RENDERED_CHARACTERS)
    return `is longer than ${MAX_RENDERED_CHARACTERS} characters (63021).`;
  return undefined;
}
