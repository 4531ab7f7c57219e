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

test('a good one is filled, numbers and booleans as text', () => {
  expect(preflight(template(), { 1: true, 2: 1337 }, GERMAN, 'outside')).toEqual({
    ok: true,
    variables: { 1: 'true', 2: '1337' },
    rendered: 'Your true code is 1337.',
  });
});

test('all problems at once, with the placeholder', () => {
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
  ['spaces only', '   ', 'is empty'],
  ['an object', { nested: true }, 'must be a text'],
  ['a line feed', 'a\nb', 'line break'],
  ['a carriage return', 'a\rb', 'line break'],
  ['a tab', 'a\tb', 'tab'],
  ['5 spaces in a row', 'a     b', 'more than 4 spaces'],
  ['1,025 characters', 'x'.repeat(1025), 'longer than 1024'],
  ['a placeholder of one character', 'a {{1}}', 'must not contain a placeholder itself.'],
  ['a placeholder of a name', '{{first_name}} b', 'must not contain a placeholder itself.'],
])('a value of %s is refused', (_sentence, value, part) => {
  const result = preflight(template({ text: 'Hi {{1}}' }), { 1: value }, GERMAN, 'inside');
  expect(result).toMatchObject({ ok: false });
  expect(result.ok ? [] : result.problems[0]).toMatchObject({
    field: 'contentVariables.1',
    message: expect.stringContaining(part),
  });
});

test('a value of 1,024 characters is allowed, braces are, and 4 spaces in a row are', () => {
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

test('how long it has become is told', () => {
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

  test('are told with what it has, which may be nothing', () => {
    expect(problemsOf({ name: 'x' })).toEqual([
      {
        field: 'contentVariables.name',
        message: 'The template "code" has no placeholder of this name; it has none.',
      },
    ]);
  });

  test('are told by at most 40 characters of their name', () => {
    expect(problemsOf({ ['n'.repeat(41)]: 'x' }).map(({ field }) => field)).toEqual([
      `contentVariables.${'n'.repeat(40)}`,
    ]);
  });

  test.each([
    [100, 100, false],
    [101, 101, true],
    [200, 101, true],
  ])('%d of them are %d problems, and one too many: %s', (count, problems, tooMany) => {
    const found = problemsOf(many(count));
    const limit = { field: 'contentVariables', message: 'A template has at most 100 variables.' };
    expect([found.length, found.some(({ field }) => field === 'contentVariables'), found.at(-1)]).toEqual([
      problems,
      tooMany,
      tooMany ? limit : expect.objectContaining({ field: 'contentVariables.v99' }),
    ]);
  });
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
])('status %s: inside %s, outside %s', (status, inside, outside) => {
  const given = { 1: 'a', 2: 'b' };
  expect(preflight(template({ status }), given, GERMAN, 'inside').ok).toBe(inside);
  expect(preflight(template({ status }), given, GERMAN, 'outside').ok).toBe(outside);
});

test.each(['twilio/list-picker', 'twilio/location'])(
  '%s is for the session only, approved or not',
  (type) => {
    const given = { 1: 'a', 2: 'b' };
    expect(preflight(template({ type }), given, GERMAN, 'inside').ok).toBe(true);
    expect(preflight(template({ type }), given, GERMAN, 'outside').ok).toBe(false);
  },
);

test('marketing is delivered outside the US', () => {
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
] as const)('%s that is %s may go inside the window: %s', (type, status, isUsable) => {
  expect(preflight(template({ type, status }), { 1: 'a', 2: 'b' }, GERMAN, 'inside').ok).toBe(isUsable);
});

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
  ['an unapproved quick reply of 3 buttons', { type: 'twilio/quick-reply', quickReplies: 3 }, 'ok'],
  [
    'an unapproved quick reply of 4 buttons',
    { type: 'twilio/quick-reply', quickReplies: 4 },
    /at most 3 buttons, and this one has 4/,
  ],
  [
    'an approved quick reply of 4 buttons',
    { type: 'twilio/quick-reply', quickReplies: 4, status: 'approved' },
    'ok',
  ],
  ['an unapproved call to action', { type: 'twilio/call-to-action' }, 'ok'],
  [
    'an unapproved carousel',
    { type: 'twilio/carousel' },
    /twilio\/carousel needs WhatsApp's approval inside/,
  ],
  ['an approved carousel', { type: 'twilio/carousel', status: 'approved' }, 'ok'],
  ['a paused text', { status: 'paused' }, /its status is paused; WhatsApp delivers it nowhere/],
  ['a disabled text', { status: 'disabled' }, /its status is disabled; WhatsApp delivers it nowhere/],
  [
    'a name that is too long to be a placeholder',
    { unfillable: ['{{customer_first_name}}'] },
    /has \{\{customer_first_name\}\}, which Twilio does not fill/,
  ],
])('inside the window: %s', (_says, changes, expected) => {
  const result = check(changes, 'x');
  expect(result).toEqual(expected === 'ok' ? 'ok' : [expect.stringMatching(expected)]);
});

test.each<readonly [string, Partial<Template>, number, boolean]>([
  ['a one-time code of 15 characters', { type: 'whatsapp/authentication', status: 'approved' }, 15, true],
  ['a one-time code of 16 characters', { type: 'whatsapp/authentication', status: 'approved' }, 16, false],
  ['an approved text of 1,024 characters', { status: 'approved' }, 1024 - 6, true],
  ['an approved text of 1,025 characters', { status: 'approved' }, 1025 - 6, false],
  ['an unapproved text of 1,600 characters', {}, 1600 - 6, true],
  ['an unapproved text of 1,601 characters', {}, 1601 - 6, false],
])('%s', (_says, changes, length, isGood) => {
  expect(check(changes, 'x'.repeat(length)) === 'ok').toBe(isGood);
});

test('a line break is for ordinary texts: unapproved, and inside the window', () => {
  const refused = [expect.stringMatching(/must not contain a line break/)];
  expect([check({}, 'a\nb'), check({ status: 'approved' }, 'a\nb')]).toEqual(['ok', refused]);
});

test.each([
  ['a name of 16 characters', '{{abcdefghijklmnop}}', []],
  ['a name of 17 characters', '{{abcdefghijklmnopq}}', ['{{abcdefghijklmnopq}}']],
  ['a number with spaces', 'Dear {{ 1 }},', ['{{ 1 }}']],
  ['a name with a hyphen, twice', '{{first-name}} {{first-name}}', ['{{first-name}}']],
  ['a name with a dot', '{{var.first_name}}', ['{{var.first_name}}']],
  ['a name with an accent', '{{prénom}}', ['{{prénom}}']],
  ['an empty name', '{{}}', ['{{}}']],
  ['a placeholder that is not closed', 'Dear {{1}, and {{2', ['{{1}', '{{2']],
  ['a line break between the braces', '{{1\n}}', ['{{1\n}}']],
  ['single braces', '{1} and {{1}}', []],
])('what Twilio does not fill: %s', (_says, text, found) => {
  expect(unfillableIn([text])).toEqual(found);
});
