/**
 * The check before a template leaves: every problem that Twilio or WhatsApp would report, at once or minutes later,
 * and that can be known beforehand. It must not send, fetch or repair anything.
 */
import { fillTemplate, type Template } from './message-template';
import { MAX_BODY_CHARACTERS } from './outbound-message';
import { isUnitedStates, type WhatsAppAddress } from './whatsapp-address';

/** Rendered template text beyond this is refused by WhatsApp with error 63021. */
export const MAX_RENDERED_CHARACTERS = 1024;
/** A template has at most this many variables (https://www.twilio.com/docs/content/using-variables-with-content-api). */
const MAX_VARIABLES = 100;
/** Content types that cannot open a conversation (https://www.twilio.com/docs/content/twilio-list-picker, twilio-location): outside the window, 63016. */
const SESSION_ONLY_TYPES: ReadonlySet<string> = new Set(['twilio/list-picker', 'twilio/location']);

/** Content types that need approval inside the window as well (https://www.twilio.com/docs/content/content-types-overview). */
const ALWAYS_APPROVED_TYPES: ReadonlySet<string> = new Set([
  'twilio/carousel',
  'twilio/flows',
  'twilio/card',
  'whatsapp/card',
  'whatsapp/flows',
  'whatsapp/authentication',
]);
/** WhatsApp stopped it: https://www.twilio.com/docs/api/errors/63041, https://www.twilio.com/docs/api/errors/63042 */
const STOPPED: ReadonlySet<string> = new Set(['paused', 'disabled']);
/** So many buttons an unapproved quick reply may have inside the window (https://www.twilio.com/docs/content/twilio-quick-reply). */
const MAX_UNAPPROVED_QUICK_REPLIES = 3;
/** https://www.twilio.com/docs/content/whatsappauthentication */
const MAX_CODE_CHARACTERS = 15;

/** A value as a caller may write it; anything that is not text, a number or a boolean is a problem, not a value. */
export type VariableValue = string | number | boolean | null | { readonly nested: true };

export interface Problem {
  /** The parameter, such as `template` or `contentVariables.1`. */
  readonly field: string;
  readonly message: string;
}

export type Preflight =
  | {
      readonly ok: true;
      readonly variables: Readonly<Record<string, string>>;
      readonly rendered: string;
      /** It is no template message inside the window, and has what only an ordinary text may have: line breaks, more characters. */
      readonly isTextOnly?: true;
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Why a template may not be sent now, or null: by its status and type alone. */
export function unusableReason(template: Template, where: 'inside' | 'outside'): string | null {
  if (STOPPED.has(template.status)) return `its status is ${template.status}; WhatsApp delivers it nowhere`;
  if (where === 'inside') return unusableInside(template);
  if (SESSION_ONLY_TYPES.has(template.type)) {
    return `${template.type} can only be sent inside the customer service window`;
  }
  if (template.status !== 'approved') {
    return `its status is ${template.status}; outside the customer service window WhatsApp takes approved templates only`;
  }
  return null;
}

function unusableInside({ type, status, quickReplies = 0 }: Template): string | null {
  if (status === 'approved') return null;
  if (ALWAYS_APPROVED_TYPES.has(type)) {
    return `its status is ${status}; ${type} needs WhatsApp's approval inside the customer service window as well`;
  }
  if (type === 'twilio/quick-reply' && quickReplies > MAX_UNAPPROVED_QUICK_REPLIES) {
    return `its status is ${status}; without approval a quick reply has at most ${MAX_UNAPPROVED_QUICK_REPLIES} buttons, and this one has ${quickReplies}`;
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
  // Inside the window what is not approved is sent as an ordinary text: the rules of templates do not hold for it.
  const isOrdinaryText =
    where === 'inside' && template.status !== 'approved' && template.type === 'twilio/text';
  const filled = readVariables(template, given, isOrdinaryText);
  const rendered = fillTemplate(template.text, filled.variables);
  const problems = [
    ...templateProblems(template, to, where),
    ...filled.problems,
    ...unknownNames(template, Object.keys(given)),
    ...lengthProblems(rendered, isOrdinaryText),
  ];
  if (problems.length > 0) return { ok: false, problems };
  const isTextOnly =
    isOrdinaryText &&
    (readVariables(template, given, false).problems.length > 0 || lengthProblems(rendered, false).length > 0);
  return { ok: true, variables: filled.variables, rendered, ...(isTextOnly && { isTextOnly }) };
}

/** What is wrong with the template itself, whatever fills it. */
function templateProblems(template: Template, to: WhatsAppAddress, where: 'inside' | 'outside'): Problem[] {
  const sentences: string[] = [];
  const reason = unusableReason(template, where);
  if (reason) sentences.push(`The template "${template.name}" cannot be sent: ${reason}.`);
  if (template.category?.toUpperCase() === 'MARKETING' && isUnitedStates(to)) {
    sentences.push(
      `The template "${template.name}" is MARKETING, which WhatsApp does not deliver to US numbers (63049).`,
    );
  }
  for (const braces of (template.unfillable ?? []).slice(0, MAX_VARIABLES)) {
    sentences.push(
      `The template "${template.name}" has ${braces.slice(0, 40)}, which Twilio does not fill: a placeholder is a number or a name of 1 to 16 letters, digits and underscores, without spaces.`,
    );
  }
  return sentences.map((message) => ({ field: 'template', message }));
}

function readVariables(
  template: Template,
  given: Readonly<Record<string, VariableValue>>,
  isOrdinaryText: boolean,
): { readonly variables: Record<string, string>; readonly problems: readonly Problem[] } {
  const isCode = template.type === 'whatsapp/authentication';
  const variables: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const name of template.placeholders) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    const problem = valueProblem(value, isOrdinaryText) ?? (isCode ? codeProblem(value) : undefined);
    if (problem)
      problems.push({ field: `contentVariables.${name}`, message: `Placeholder {{${name}}} ${problem}` });
    else variables[name] = String(value);
  }
  return { variables, problems };
}

function unknownNames(template: Template, given: readonly string[]): Problem[] {
  const known = template.placeholders.map((name) => `{{${name}}}`).join(', ') || 'none';
  const problems = given
    .filter((name) => !template.placeholders.includes(name))
    .slice(0, MAX_VARIABLES)
    .map((name) => ({
      field: `contentVariables.${name.slice(0, 40)}`,
      message: `The template "${template.name}" has no placeholder of this name; it has ${known}.`,
    }));
  if (given.length <= MAX_VARIABLES) return problems;
  const message = `A template has at most ${MAX_VARIABLES} variables.`;
  return [...problems, { field: 'contentVariables', message }];
}

function lengthProblems({ length }: string, isOrdinaryText: boolean): Problem[] {
  const most = isOrdinaryText ? MAX_BODY_CHARACTERS : MAX_RENDERED_CHARACTERS;
  if (length <= most) return [];
  return [
    {
      field: 'contentVariables',
      message: `The filled text has ${length} characters; WhatsApp takes ${most} at most (${isOrdinaryText ? 21617 : 63021}).`,
    },
  ];
}

function codeProblem(value: VariableValue | undefined): string | undefined {
  const { length } = String(value);
  return length > MAX_CODE_CHARACTERS
    ? `has ${length} characters; a one-time code has at most ${MAX_CODE_CHARACTERS}.`
    : undefined;
}

/**
 * What is wrong with one value, as the end of a sentence, or undefined.
 * @param isOrdinaryText whether it stands in what is no template message, where white space is free
 */
function valueProblem(value: VariableValue | undefined, isOrdinaryText: boolean): string | undefined {
  // Twilio sends the template's sample value to the user where one is missing: the worst of all outcomes.
  if (value === undefined) return 'has no value: add it to contentVariables.';
  if (value === null) return 'is null: give it a text (21656).';
  if (typeof value === 'object') return 'must be a text, a number or true/false, not an object or a list.';
  const text = String(value);
  if (text.trim() === '') return 'is empty: give it a text (21656).';
  if (/\{\{\w{1,16}\}\}/.test(text)) return 'must not contain a placeholder itself.';
  if (isOrdinaryText) return undefined;
  if (/[\n\r\u2028\u2029]/.test(text)) return 'must not contain a line break (63013).';
  if (text.includes('\t')) return 'must not contain a tab (63013).';
  if (text.includes('     ')) return 'must not contain more than 4 spaces in a row (63013).';
  if (text.length > MAX_RENDERED_CHARACTERS)
    return `is longer than ${MAX_RENDERED_CHARACTERS} characters (63021).`;
  return undefined;
}
