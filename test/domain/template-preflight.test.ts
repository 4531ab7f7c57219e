/** Every reason for which a template would be refused, known before it leaves. */
import { placeholdersOf, type Template, unfillableIn } from '../../src/domain/message-template';
import { preflight, type VariableValue } from '../../src/domain/template-preflight';
import type { ContentSid } from '../../src/domain/twilio-sid';
import type { WhatsAppAddress } from '../../src/domain/whatsapp-address';

const GERMAN = 'whatsapp:+4915112345678' as WhatsAppAddress;
const AMERICAN = 'whatsapp:+12125550100' as WhatsAppAddress;

function template(change: Partial<Template> = {}): Template {
  const text = change.text ?? 'Your {{1}} code is {{2}}.';
  return {
    name: 'code',
    contentSid: `HX${'0'.repeat(32)}` as ContentSid,
    language: 'en',
    category: 'UTILITY',
    type: 'twilio/text',
    status: 'approved',
    placeholders: placeholdersOf([text]),
    ...change,
    text,
  };
}

test('a sendable template is filled, with numbers and booleans as text', () => {
  expect(preflight(template(), { 1: true, 2: 1337 }, GERMAN, 'outside')).toEqual({
    ok: true,
    variables: { 1: 'true', 2: '1337' },
    rendered: 'Your true code is 1337.',
  });
});

test('names all problems of a template at once, each with its placeholder', () => {
  const problems = preflight(
    template({ status: 'paused', category: 'MARKETING' }),
    { 2: '', x: 'y' },
    AMERICAN,
    'outside',
  );
  expect(problems).toEqual({
    ok: false,
    problems: [
      {
        field: 'template',
        message: 'The template "code" cannot be sent: its status is paused; WhatsApp delivers it nowhere.',
      },
      {
        field: 'template',
        message: 'The template "code" is MARKETING, which WhatsApp does not deliver to US numbers (63049).',
      },
      { field: 'contentVariables.1', message: 'Placeholder {{1}} has no value: add it to contentVariables.' },
      { field: 'contentVariables.2', message: 'Placeholder {{2}} is empty: give it a text (21656).' },
      {
        field: 'contentVariables.x',
        message: 'The template "code" has no placeholder of this name; it has {{1}}, {{2}}.',
      },
    ],
  });
});

test.each<[string, VariableValue, string]>([
  ['null', null, 'is null'],
  ['only spaces', '   ', 'is empty'],
  ['an object', { nested: true }, 'must be a text'],
  ['a line feed', 'a\nb', 'line break'],
  ['a carriage return', 'a\rb', 'line break'],
  ['a tab', 'a\tb', 'tab'],
  ['5 spaces in a row', 'a     b', 'more than 4 spaces'],
  ['1,025 characters', 'x'.repeat(1025), 'longer than 1024'],
  ['text with a placeholder of one character', 'a {{1}}', 'must not contain a placeholder itself.'],
  ['text with a placeholder that has a name', '{{first_name}} b', 'must not contain a placeholder itself.'],
])('refuses a template variable whose value is %s', (_sentence, value, part) => {
  const result = preflight(template({ text: 'Hi {{1}}' }), { 1: value }, GERMAN, 'inside');
  expect(result).toMatchObject({ ok: false });
  expect(result.ok ? [] : result.problems[0]).toMatchObject({
    field: 'contentVariables.1',
    message: expect.stringContaining(part),
  });
});

test('allows a value of 1,024 characters, braces, and 4 spaces in a row', () => {
  for (const value of ['x'.repeat(1024), '{{}} {1} {{a b}}', 'a    b']) {
    expect(preflight(template({ text: '{{1}}' }), { 1: value }, GERMAN, 'outside')).toEqual({
      ok: true,
      variables: { 1: value },
      rendered: value,
    });
  }
});

test.each([
  [1023, true],
  [1024, true],
  [1025, false],
])('a filled text of %d characters is allowed: %s', (length, ok) => {
  const result = preflight(template({ text: 'Hi {{1}}' }), { 1: 'x'.repeat(length - 3) }, GERMAN, 'outside');
  expect(result.ok).toBe(ok);
});

test('the problem of a filled text that is too long says how long it is', () => {
  expect(preflight(template({ text: 'Hi {{1}}' }), { 1: 'x'.repeat(1022) }, GERMAN, 'outside')).toEqual({
    ok: false,
    problems: [
      {
        field: 'contentVariables',
        message: 'The filled text has 1025 characters; WhatsApp takes 1024 at most (63021).',
      },
    ],
  });
});

describe('variables that the template does not have', () => {
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`v${index}`, 'x']));
  const problemsOf = (given: Record<string, VariableValue>, text = 'Hello') => {
    const result = preflight(template({ text }), given, GERMAN, 'outside');
    return result.ok ? [] : result.problems;
  };

  test('are reported with the placeholders that it has, which may be none', () => {
    expect(problemsOf({ name: 'x' })).toEqual([
      {
        field: 'contentVariables.name',
        message: 'The template "code" has no placeholder of this name; it has none.',
      },
    ]);
  });

  test('are reported by at most 40 characters of their name', () => {
    expect(problemsOf({ ['n'.repeat(41)]: 'x' }).map(({ field }) => field)).toEqual([
      `contentVariables.${'n'.repeat(40)}`,
    ]);
  });

  test.each([
    [100, 100, false],
    [101, 101, true],
    [200, 101, true],
  ])(
    'are reported up to a limit: %d of them make %d problems, and the list is cut off: %s',
    (count, problems, tooMany) => {
      const found = problemsOf(many(count));
      const limit = { field: 'contentVariables', message: 'A template has at most 100 variables.' };
      expect([found.length, found.some(({ field }) => field === 'contentVariables'), found.at(-1)]).toEqual([
        problems,
        tooMany,
        tooMany ? limit : expect.objectContaining({ field: 'contentVariables.v99' }),
      ]);
    },
  );
});

test.each<[Template['status'], boolean, boolean]>([
  ['approved', true, true],
  ['unsubmitted', true, false],
  ['received', true, false],
  ['pending', true, false],
  ['rejected', true, false],
  ['paused', false, false],
  ['disabled', false, false],
  ['unknown', true, false],
])('a template of status %s may be sent inside the window: %s, outside: %s', (status, inside, outside) => {
  const given = { 1: 'a', 2: 'b' };
  expect(preflight(template({ status }), given, GERMAN, 'inside').ok).toBe(inside);
  expect(preflight(template({ status }), given, GERMAN, 'outside').ok).toBe(outside);
});

test.each(['twilio/list-picker', 'twilio/location'])(
  'a template of type %s may be sent inside the window only, approved or not',
  (type) => {
    const given = { 1: 'a', 2: 'b' };
    expect(preflight(template({ type }), given, GERMAN, 'inside').ok).toBe(true);
    expect(preflight(template({ type }), given, GERMAN, 'outside').ok).toBe(false);
  },
);

test('marketing templates are refused for US numbers and sent elsewhere', () => {
  const given = { 1: 'a', 2: 'b' };
  expect(preflight(template({ category: 'MARKETING' }), given, GERMAN, 'outside').ok).toBe(true);
  expect(preflight(template({ category: 'MARKETING' }), given, AMERICAN, 'inside').ok).toBe(false);
  expect(preflight(template({ category: 'marketing' }), given, AMERICAN, 'inside').ok).toBe(false);
  for (const category of ['UTILITY', 'AUTHENTICATION', null]) {
    expect(preflight(template({ category }), given, AMERICAN, 'inside').ok).toBe(true);
  }
});

test.each([
  ['twilio/text', 'pending', true],
  ['twilio/call-to-action', 'pending', true],
  ['twilio/carousel', 'pending', false],
  ['twilio/flows', 'pending', false],
  ['twilio/card', 'pending', false],
  ['whatsapp/card', 'pending', false],
  ['whatsapp/flows', 'pending', false],
  ['whatsapp/authentication', 'pending', false],
  ['twilio/carousel', 'approved', true],
] as const)(
  'a template of type %s that is %s may be sent inside the window: %s',
  (type, status, isUsable) => {
    expect(preflight(template({ type, status }), { 1: 'a', 2: 'b' }, GERMAN, 'inside').ok).toBe(isUsable);
  },
);

const unapproved: Template = {
  name: 'note',
  contentSid: `HX${'7'.repeat(32)}` as ContentSid,
  language: 'en',
  category: null,
  type: 'twilio/text',
  status: 'unsubmitted',
  text: 'Note: {{1}}',
  placeholders: ['1'],
};
const check = (changes: Partial<Template>, value: string, where: 'inside' | 'outside' = 'inside') => {
  const result = preflight({ ...unapproved, ...changes }, { 1: value }, GERMAN, where);
  return result.ok ? 'ok' : result.problems.map(({ message }) => message);
};

test.each<readonly [string, Partial<Template>, 'ok' | RegExp]>([
  ['an unapproved quick reply may have 3 buttons', { type: 'twilio/quick-reply', quickReplies: 3 }, 'ok'],
  [
    'an unapproved quick reply may not have 4 buttons',
    { type: 'twilio/quick-reply', quickReplies: 4 },
    /at most 3 buttons, and this one has 4/,
  ],
  [
    'an approved quick reply may have 4 buttons',
    { type: 'twilio/quick-reply', quickReplies: 4, status: 'approved' },
    'ok',
  ],
  ['an unapproved call to action may be sent', { type: 'twilio/call-to-action' }, 'ok'],
  [
    'an unapproved carousel may not be sent',
    { type: 'twilio/carousel' },
    /twilio\/carousel needs WhatsApp's approval inside/,
  ],
  ['an approved carousel may be sent', { type: 'twilio/carousel', status: 'approved' }, 'ok'],
  [
    'a paused text may not be sent',
    { status: 'paused' },
    /its status is paused; WhatsApp delivers it nowhere/,
  ],
  [
    'a disabled text may not be sent',
    { status: 'disabled' },
    /its status is disabled; WhatsApp delivers it nowhere/,
  ],
  [
    'a placeholder with a name that is too long is not filled',
    { unfillable: ['{{customer_first_name}}'] },
    /has \{\{customer_first_name\}\}, which Twilio does not fill/,
  ],
])('checks what WhatsApp delivers inside the window: %s', (_says, changes, expected) => {
  const result = check(changes, 'x');
  expect(result).toEqual(expected === 'ok' ? 'ok' : [expect.stringMatching(expected)]);
});

test.each<readonly [string, Partial<Template>, number, boolean]>([
  [
    'a one-time code of 15 characters is allowed',
    { type: 'whatsapp/authentication', status: 'approved' },
    15,
    true,
  ],
  [
    'a one-time code of 16 characters is refused',
    { type: 'whatsapp/authentication', status: 'approved' },
    16,
    false,
  ],
  ['an approved text of 1,024 characters is allowed', { status: 'approved' }, 1024 - 6, true],
  ['an approved text of 1,025 characters is refused', { status: 'approved' }, 1025 - 6, false],
  ['an unapproved text of 1,600 characters is allowed', {}, 1600 - 6, true],
  ['an unapproved text of 1,601 characters is refused', {}, 1601 - 6, false],
])('limits the length of what is filled in: %s', (_says, changes, length, isGood) => {
  expect(check(changes, 'x'.repeat(length)) === 'ok').toBe(isGood);
});

test('allows a line break only in an unapproved text inside the window', () => {
  const refused = [expect.stringMatching(/must not contain a line break/)];
  expect([check({}, 'a\nb'), check({ status: 'approved' }, 'a\nb')]).toEqual(['ok', refused]);
});

test.each([
  ['a name of 16 characters is filled', '{{abcdefghijklmnop}}', []],
  ['a name of 17 characters is not filled', '{{abcdefghijklmnopq}}', ['{{abcdefghijklmnopq}}']],
  ['a number with spaces is not filled', 'Dear {{ 1 }},', ['{{ 1 }}']],
  [
    'a name with a hyphen that stands twice is reported once',
    '{{first-name}} {{first-name}}',
    ['{{first-name}}'],
  ],
  ['a name with a dot is not filled', '{{var.first_name}}', ['{{var.first_name}}']],
  ['a name with an accent is not filled', '{{prénom}}', ['{{prénom}}']],
  ['an empty name is not filled', '{{}}', ['{{}}']],
  ['a placeholder that is not closed is reported', 'Dear {{1}, and {{2', ['{{1}', '{{2']],
  ['a line break between the braces is not filled', '{{1\n}}', ['{{1\n}}']],
  ['single braces are no placeholder', '{1} and {{1}}', []],
])('reports the placeholders that Twilio does not fill: %s', (_says, text, found) => {
  expect(unfillableIn([text])).toEqual(found);
});
