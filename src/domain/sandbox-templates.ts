/**
 * The templates that every account's WhatsApp Sandbox knows, and the three texts of the 24-hour lesson: known by name
 * without any set-up when the sender is the Sandbox's. Sources: https://www.twilio.com/docs/whatsapp/sandbox and the Console's Sandbox page.
 */
import { matchTemplate, placeholdersOf, type Template } from './message-template';
import type { ContentSid } from './twilio-sid';

/** What to do about a lesson text without a public Content SID. */
export const CREATE_LESSON_TEMPLATES =
  'there is no public Content SID for this text: create it in your account with `npm run setup`, or as a Content Template in the Console';

/** The lesson's third text. It is told with and without its full stop, and both mean this template. */
const LESSON_ORDER =
  'Your {{1}} order of {{2}} has shipped and should be delivered on {{3}}. Details: {{4}}.';

/**
 * Reads the variables out of a body that is a template's text, filled.
 * @returns the variables, or undefined where the body is not this template's text
 */
export function readVariables(text: string, body: string): Readonly<Record<string, string>> | undefined {
  const variables = matchTemplate(text, body);
  if (variables || text !== LESSON_ORDER) return variables;
  return matchTemplate(text, `${body}.`);
}

/** Approved for the Sandbox's number only. */
export const SANDBOX_TEMPLATES: readonly Template[] = [
  sandbox(
    'appointment_reminder',
    'HXb5b62575e6e4ff6129ad7c8efe1f983e',
    'Your appointment is coming up on {{1}} at {{2}}',
  ),
  sandbox(
    'order_notification',
    'HX350d429d32e64a552466cafecbe95f3c',
    'Thank you for your order. Your delivery is scheduled for {{1}} at {{2}}.',
  ),
  sandbox(
    'verification_code',
    'HX229f5a04fd0510ce1b071852155d3e75',
    '{{1}} is your verification code. For your security, do not share this code.',
    'AUTHENTICATION',
  ),
  sandbox('lesson_code', null, 'Your {{1}} code is {{2}}.'),
  sandbox(
    'lesson_appointment',
    'HXb5b62575e6e4ff6129ad7c8efe1f983e',
    'Your appointment is coming up on {{1}} at {{2}}',
  ),
  sandbox('lesson_order', null, LESSON_ORDER),
];

function sandbox(name: string, contentSid: string | null, text: string, category = 'UTILITY'): Template {
  return {
    name,
    contentSid: contentSid as ContentSid | null,
    language: 'en',
    category,
    type: 'twilio/text',
    status: 'approved',
    text,
    placeholders: placeholdersOf([text]),
  };
}
