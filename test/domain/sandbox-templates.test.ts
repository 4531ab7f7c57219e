/** The Sandbox's templates and the lesson's texts, word for word: a letter wrong and Twilio refuses or sends another. */
import {
  CREATE_LESSON_TEMPLATES,
  readVariables,
  SANDBOX_TEMPLATES,
} from '../../src/domain/sandbox-templates';

const approved = { language: 'en', category: 'UTILITY', type: 'twilio/text', status: 'approved' };

test('the Sandbox’s templates are those that every account has, with their public Content SIDs', () => {
  expect(SANDBOX_TEMPLATES).toEqual([
    {
      ...approved,
      name: 'appointment_reminder',
      contentSid: 'HXb5b62575e6e4ff6129ad7c8efe1f983e',
      text: 'Your appointment is coming up on {{1}} at {{2}}',
      placeholders: ['1', '2'],
    },
    {
      ...approved,
      name: 'order_notification',
      contentSid: 'HX350d429d32e64a552466cafecbe95f3c',
      text: 'Thank you for your order. Your delivery is scheduled for {{1}} at {{2}}.',
      placeholders: ['1', '2'],
    },
    {
      ...approved,
      name: 'verification_code',
      contentSid: 'HX229f5a04fd0510ce1b071852155d3e75',
      category: 'AUTHENTICATION',
      text: '{{1}} is your verification code. For your security, do not share this code.',
      placeholders: ['1'],
    },
    {
      ...approved,
      name: 'lesson_code',
      contentSid: null,
      text: 'Your {{1}} code is {{2}}.',
      placeholders: ['1', '2'],
    },
    {
      ...approved,
      name: 'lesson_appointment',
      contentSid: 'HXb5b62575e6e4ff6129ad7c8efe1f983e',
      text: 'Your appointment is coming up on {{1}} at {{2}}',
      placeholders: ['1', '2'],
    },
    {
      ...approved,
      name: 'lesson_order',
      contentSid: null,
      text: 'Your {{1}} order of {{2}} has shipped and should be delivered on {{3}}. Details: {{4}}.',
      placeholders: ['1', '2', '3', '4'],
    },
  ]);
});

test('the error for a missing Sandbox template names the command that creates it', () => {
  expect(CREATE_LESSON_TEMPLATES).toMatch(/no public Content SID .*npm run setup/);
});

test.each([
  [
    'Your blue order of 3 shirts has shipped and should be delivered on Monday. Details: at the door.',
    'at the door',
  ],
  [
    'Your blue order of 3 shirts has shipped and should be delivered on Monday. Details: at the door',
    'at the door',
  ],
  ['Your blue order of 3 shirts has shipped and should be delivered on Monday. Details: ', undefined],
])('reads the third text of the lesson with and without its full stop: %s', (body, details) => {
  const { text = '' } = SANDBOX_TEMPLATES.find(({ name }) => name === 'lesson_order') ?? {};
  expect(readVariables(text, body)?.['4']).toBe(details);
});

test('reads no other template’s text without its full stop', () => {
  expect(readVariables('Your {{1}} code is {{2}}.', 'Your hacker code is 1337')).toBeUndefined();
});
