/** Which template a text is, among many: as the service itself recognises it, and a template of placeholders alone never. */
import fc from 'fast-check';
import { readTemplateList } from '../../../src/domain/audit/template-list';
import { templateFinder } from '../../../src/domain/audit/template-texts';
import { fillTemplate, matchTemplate } from '../../../src/domain/message-template';

const named = (name: string, text: string) => ({ name, text, category: null });
const LESSON_ORDER =
  'Your {{1}} order of {{2}} has shipped and should be delivered on {{3}}. Details: {{4}}.';

test.each([
  ['Your pizza code is 7.', 'code'],
  ['Your pizza code is 7', undefined],
  ['Your code is 7.', undefined],
  ['Your order of 7 is here.', 'order'],
  ['Good morning', 'fixed'],
  ['Good morning!', undefined],
  ['Ada is here', 'end'],
  ['Your Roman order of 2 has shipped and should be delivered on Monday. Details: 3.', 'lesson'],
  ['Your Roman order of 2 has shipped and should be delivered on Monday. Details: 3', 'lesson'],
  ['', undefined],
])('recognizes %j as the text of template %s', (body, name) => {
  const find = templateFinder([
    named('anything', '{{1}}'),
    named('end', '{{1}} is here'),
    named('order', 'Your {{1}} of {{2}} is here.'),
    named('code', 'Your {{1}} code is {{2}}.'),
    named('fixed', 'Good morning'),
    named('lesson', LESSON_ORDER),
  ]);
  expect(find(body)?.name).toBe(name);
});

test('finds the template with the most fixed text where several match', () => {
  const find = templateFinder([
    named('short', 'Hi {{1}}'),
    named('long', 'Hi {{1}}, welcome'),
    named('end', '{{1}}e'),
  ]);
  expect([find('Hi Ada, welcome')?.name, find('Hi Ada')?.name]).toEqual(['long', 'short']);
});

test('finds the template of a filled text whenever it can be matched', () => {
  const part = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '.'), maxLength: 8 });
  fc.assert(
    fc.property(
      part,
      part,
      part,
      fc.string({ minLength: 1 }),
      fc.string({ minLength: 1 }),
      (a, b, c, one, two) => {
        const text = `${a}{{1}}${b}x{{2}}${c}`;
        const body = fillTemplate(text, { 1: one, 2: two });
        const found = templateFinder([named('it', text), named('other', 'q{{1}}')])(body);
        expect(found?.name).toBe(
          matchTemplate(text, body) ? 'it' : matchTemplate('q{{1}}', body) ? 'other' : undefined,
        );
      },
    ),
  );
});

test.each([
  [{ templates: [{ name: 'a', text: 'Hi', category: 'UTILITY', status: 'approved' }], error: null }],
  [[{ name: 'a', text: 'Hi', category: 'UTILITY' }]],
])('reads both the answer of GET /templates and a bare list of templates: %#', (json) => {
  expect(readTemplateList(json)).toEqual([{ name: 'a', text: 'Hi', category: 'UTILITY' }]);
});

test.each([[null], [{}], [{ templates: {} }], [[{ name: 'a' }]], [['Hi']], ['Hi']])(
  'refuses %j, which is no list of templates',
  (json) => {
    expect(readTemplateList(json)).toBeUndefined();
  },
);
