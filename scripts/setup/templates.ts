/**
 * The account's templates: the three texts of the lesson and the one that asks a user to answer. Found by name, created
 * where they are missing, and sent to WhatsApp for approval when that is asked for. One that is there is never changed.
 */
import type { Template } from '../../src/domain/message-template';
import { unusableReason } from '../../src/domain/template-preflight';
import type { TwilioSdk } from '../account/account';

export interface PlannedTemplate {
  readonly name: string;
  readonly text: string;
  /** Sample values, for WhatsApp's reviewers; Twilio sends them to a user where a value is left out. */
  readonly samples: Readonly<Record<string, string>>;
}

/** The template for `FALLBACK_TEMPLATE`: without variables, because nobody fills them in. */
export const PLEASE_ANSWER = 'please_answer';

export const TEMPLATES: readonly PlannedTemplate[] = [
  { name: 'lesson_code', text: 'Your {{1}} code is {{2}}.', samples: { '1': 'Twilio', '2': '1238432' } },
  {
    name: 'lesson_appointment',
    text: 'Your appointment is coming up on {{1}} at {{2}}',
    samples: { '1': 'July 21', '2': '3pm' },
  },
  {
    name: 'lesson_order',
    text: 'Your {{1}} order of {{2}} has shipped and should be delivered on {{3}}. Details: {{4}}.',
    samples: { '1': 'Shop', '2': '12 brownies', '3': 'July 10', '4': 'https://example.com/orders/1' },
  },
  { name: PLEASE_ANSWER, text: 'We have an answer for you. Reply to this message to read it.', samples: {} },
];

export interface TemplateState {
  readonly planned: PlannedTemplate;
  /** Undefined where it has to be created. */
  readonly existing: Template | undefined;
}

/** @param existing all templates of the account */
export function templateStates(existing: readonly Template[]): readonly TemplateState[] {
  return TEMPLATES.map((planned) => {
    const named = existing.filter(({ name }) => name === planned.name);
    const sameText = named.find(({ text }) => text === planned.text);
    return { planned, existing: sameText ?? named[0] };
  });
}

/**
 * Whether WhatsApp would look at it: a text that begins or ends with a placeholder, with or without a full stop behind it, is
 * rejected, and its name is blocked for 30 days (https://www.twilio.com/docs/whatsapp/tutorial/message-template-approvals-statuses).
 */
export function canBeSubmitted({ text }: PlannedTemplate): boolean {
  return !/^\s*\{\{\w+\}\}|\{\{\w+\}\}[\s\p{P}]*$/u.test(text);
}

/** Whether `FALLBACK_TEMPLATE` may name it: a template that cannot be sent there makes every hold an error. */
export function canAskForAnswer(template: Template | undefined): boolean {
  return (
    template !== undefined &&
    template.placeholders.length === 0 &&
    unusableReason(template, 'outside') === null
  );
}

/** @returns its Content SID */
export async function createTemplate(
  sdk: TwilioSdk,
  { name, text, samples }: PlannedTemplate,
): Promise<string> {
  const { contents } = sdk.content.v1;
  const body = {
    friendly_name: name,
    language: 'en',
    variables: samples,
    types: { 'twilio/text': { body: text } },
  };
  // The SDK sends this body as it is, and its typed classes would send names that the API does not know.
  return (await contents.create(body as unknown as Parameters<typeof contents.create>[0])).sid;
}

/** Asks WhatsApp for approval, as a utility message: nothing in these texts advertises. */
export async function submitTemplate(sdk: TwilioSdk, contentSid: string, name: string): Promise<void> {
  const { approvalCreate } = sdk.content.v1.contents(contentSid);
  const body = { name, category: 'UTILITY' };
  await approvalCreate.create(body as unknown as Parameters<typeof approvalCreate.create>[0]);
}
