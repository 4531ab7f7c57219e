/**
 * The templates that every fresh emulator has: the Sandbox's three under their public SIDs, the lesson's three texts,
 * and one of each kind that behaves differently. Their SIDs are fixed so that examples can be pasted.
 */
import type { ContentTemplates, NewTemplate } from './api/content/content-templates';

function text(
  sid: string,
  friendlyName: string,
  body: string,
  variables: Record<string, string>,
  rest: Partial<NewTemplate> = {},
): NewTemplate {
  return {
    sid,
    friendlyName,
    language: 'en',
    variables,
    types: { 'twilio/text': { body } },
    status: 'approved',
    category: 'UTILITY',
    ...rest,
  };
}

const fixed = (number: number): string => `HX${String(number).padStart(32, '0')}`;

const SEED: readonly NewTemplate[] = [
  text(
    'HXb5b62575e6e4ff6129ad7c8efe1f983e',
    'appointment_reminder',
    'Your appointment is coming up on {{1}} at {{2}}',
    { '1': '12/1', '2': '3pm' },
  ),
  text(
    'HX350d429d32e64a552466cafecbe95f3c',
    'order_notification',
    'Thank you for your order. Your delivery is scheduled for {{1}} at {{2}}.',
    { '1': '12/1', '2': '3pm' },
  ),
  text(
    'HX229f5a04fd0510ce1b071852155d3e75',
    'verification_code',
    '{{1}} is your verification code. For your security, do not share this code.',
    { '1': '409173' },
    { category: 'AUTHENTICATION' },
  ),
  text(fixed(1), 'lesson_code', 'Your {{1}} code is {{2}}.', { '1': 'Twilio', '2': '1238432' }),
  text(fixed(2), 'lesson_appointment', 'Your appointment is coming up on {{1}} at {{2}}', {
    '1': 'July 21',
    '2': '3pm',
  }),
  text(
    fixed(3),
    'lesson_order',
    'Your {{1}} order of {{2}} has shipped and should be delivered on {{3}}. Details: {{4}}.',
    { '1': 'Shop', '2': '12 brownies', '3': 'July 10', '4': 'https://example.com/orders/1' },
  ),
  text(fixed(4), 'please_answer', 'We have an answer for you. Reply to this message to read it.', {}),
  text(
    fixed(5),
    'lesson_pending',
    'Your table {{1}} is being prepared.',
    { '1': '7' },
    { status: 'pending' },
  ),
  text(fixed(6), 'lesson_paused', 'Your parcel {{1}} is waiting.', { '1': 'A-17' }, { status: 'paused' }),
  text(
    fixed(7),
    'summer_sale',
    'Our summer sale has begun, {{1}}: {{2}} off everything.',
    { '1': 'Ada', '2': '20%' },
    { category: 'MARKETING' },
  ),
  text(fixed(8), 'named_greeting', 'Hello {{first_name}}, your invoice {{invoice}} is ready.', {
    first_name: 'Ada',
    invoice: '2026-17',
  }),
  text(fixed(9), 'welcome', 'Welcome, {{1}}!', { '1': 'Ada' }),
  text(fixed(10), 'welcome', '¡Bienvenida, {{1}}!', { '1': 'Ada' }, { language: 'es' }),
  {
    sid: fixed(11),
    friendlyName: 'pick_a_slot',
    language: 'en',
    variables: { '1': 'Ada' },
    types: {
      'twilio/list-picker': {
        body: 'When does it suit you, {{1}}?',
        button: 'Choose',
        items: [
          { id: 'morning', item: 'Morning', description: '9 to 12' },
          { id: 'evening', item: 'Evening', description: '17 to 20' },
        ],
      },
    },
  },
];

export function seed(templates: ContentTemplates, now: number): void {
  for (const template of SEED) templates.add(template, now);
}
