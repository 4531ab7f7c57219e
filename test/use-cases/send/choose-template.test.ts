/** Choosing a template, without Twilio: which of several is meant, what is asked of the catalogue, and what stays back. */
import type { ApprovalStatus, Template } from '../../../src/domain/message-template';
import type { ContentSid } from '../../../src/domain/twilio-sid';
import type { Pair, WhatsAppAddress } from '../../../src/domain/whatsapp-address';
import { Failure } from '../../../src/use-cases/failure';
import type { TemplateCatalogue } from '../../../src/use-cases/ports/template-catalogue';
import { prepareTemplate, recogniseTemplate, withSandbox } from '../../../src/use-cases/send/choose-template';
import { inMemoryCatalogue } from '../../twilio/in-memory-ports';

const sid = (number: number) => `HX${String(number).padStart(32, '0')}` as ContentSid;
const pair: Pair = {
  sender: 'whatsapp:+14155550100' as WhatsAppAddress,
  user: 'whatsapp:+4915550000001' as WhatsAppAddress,
};
const sandboxPair: Pair = { ...pair, sender: 'whatsapp:+14155238886' as WhatsAppAddress };

function template(number: number, changes: Partial<Template> = {}): Template {
  return {
    name: 'greeting',
    contentSid: sid(number),
    language: 'en',
    category: 'UTILITY',
    type: 'twilio/text',
    status: 'approved',
    text: `Hello {{1}}, number ${number}.`,
    placeholders: ['1'],
    ...changes,
  };
}
const request = (ref: string, language: string | null = null) => ({ ref, language, variables: { 1: 'Ada' } });
const away: TemplateCatalogue = {
  all: () => Promise.reject(new Failure('STATE_UNAVAILABLE', 'away')),
  bySid: () => Promise.reject(new Failure('STATE_UNAVAILABLE', 'away')),
};

describe('among several templates of one name', () => {
  type Row = readonly [
    string,
    readonly (readonly [number, ApprovalStatus, string?])[],
    'outside' | 'inside',
    number | 'ambiguous' | 'unapproved',
  ];
  test.each<Row>([
    ['the only one is chosen', [[1, 'approved']], 'outside', 1],
    [
      'the approved one is chosen',
      [
        [1, 'rejected'],
        [2, 'approved'],
        [3, 'pending'],
      ],
      'outside',
      2,
    ],
    [
      'the approved one is chosen inside the window as well',
      [
        [1, 'pending'],
        [2, 'approved'],
      ],
      'inside',
      2,
    ],
    ['the only one is chosen inside the window, though it is not approved', [[1, 'pending']], 'inside', 1],
    [
      'none of two approved ones is chosen',
      [
        [1, 'approved'],
        [2, 'approved'],
      ],
      'outside',
      'ambiguous',
    ],
    [
      'none of two unapproved ones is chosen inside the window',
      [
        [1, 'pending'],
        [2, 'rejected'],
      ],
      'inside',
      'ambiguous',
    ],
    [
      'the pending one is chosen inside the window, where the other is paused and cannot be delivered',
      [
        [1, 'pending'],
        [2, 'paused'],
      ],
      'inside',
      1,
    ],
    [
      'none of two unapproved ones is chosen outside the window',
      [
        [1, 'pending'],
        [2, 'paused'],
      ],
      'outside',
      'ambiguous',
    ],
    [
      'the approved one of two languages is chosen',
      [
        [1, 'paused', 'es'],
        [2, 'approved', 'en'],
      ],
      'outside',
      2,
    ],
    ['an unapproved one is chosen and refused', [[1, 'disabled']], 'outside', 'unapproved'],
  ])('the one that may be sent is chosen, or none: %s', async (_says, templates, where, expected) => {
    const catalogue = inMemoryCatalogue(() =>
      templates.map(([number, status, language = 'en']) => template(number, { status, language })),
    );
    const ready = prepareTemplate(catalogue, request('greeting'), pair, where);
    if (typeof expected === 'number') {
      expect(await ready).toEqual({
        message: { kind: 'template', contentSid: sid(expected), contentVariables: { 1: 'Ada' } },
        name: 'greeting',
        category: 'UTILITY',
        text: `Hello Ada, number ${expected}.`,
      });
      return;
    }
    const message = expected === 'ambiguous' ? /2 templates are named "greeting"/ : /its status is disabled/;
    await expect(ready).rejects.toMatchObject({
      code: 'TEMPLATE_PROBLEM',
      problems: [{ field: 'template', message: expect.stringMatching(message) }],
    });
  });

  test('the list of candidates in the problem is limited', async () => {
    const many = Array.from({ length: 50 }, (_, index) => template(index));
    await expect(
      prepareTemplate(
        inMemoryCatalogue(() => many),
        request('greeting'),
        pair,
        'outside',
      ),
    ).rejects.toMatchObject({
      problems: [{ message: expect.stringMatching(/^50 templates are named(?:(?!HX0+10 ).)*$/) }],
    });
  });
});

describe('a template given by name', () => {
  const refused = (...problems: readonly string[]) => ({
    code: 'TEMPLATE_PROBLEM',
    message: `The template cannot be sent as asked: ${problems.length === 1 ? '1 problem' : `${problems.length} problems`}.`,
    problems: problems.map((message) => ({ field: 'template', message })),
  });
  const prepare = (catalogue: TemplateCatalogue, ref: string, language: string | null = null) =>
    prepareTemplate(catalogue, request(ref, language), pair, 'outside');
  const german = template(1, { language: 'de' });
  const english = template(2);

  test.each([
    ['de', sid(1)],
    ['en', sid(2)],
  ])('is the one in the requested language: %s', async (language, expected) => {
    const catalogue = inMemoryCatalogue(() => [german, english]);
    expect((await prepare(catalogue, 'greeting', language)).message.contentSid).toBe(expected);
  });

  test('is never one for inside the window only while the window is closed, even if approved', async () => {
    const catalogue = inMemoryCatalogue(() => [template(1, { type: 'twilio/list-picker' }), english]);
    expect((await prepare(catalogue, 'greeting')).message.contentSid).toBe(sid(2));
  });

  test('is refused with all that is needed to choose, where several match', async () => {
    const catalogue = inMemoryCatalogue(() => [german, english]);
    await expect(prepare(catalogue, 'greeting')).rejects.toMatchObject(
      refused(
        `2 templates are named "greeting": choose one by language or by Content SID: ${sid(1)} (de, approved), ${sid(2)} (en, approved).`,
      ),
    );
  });

  test.each<readonly [string, string, string | null, string]>([
    ['is not known', 'hello', null, 'named "hello"'],
    ['is known, but not in that language', 'greeting', 'fr', 'named "greeting" in the language "fr"'],
    ['is long', 'x'.repeat(81), null, `named "${'x'.repeat(80)}"`],
  ])('is refused with its name in the problem, where it %s', async (_says, ref, language, what) => {
    const catalogue = inMemoryCatalogue(() => [german, english]);
    await expect(prepare(catalogue, ref, language)).rejects.toMatchObject(
      refused(`This account has no template ${what}. GET /templates lists those that can be used.`),
    );
  });

  test.each<readonly [string, readonly Template[], readonly boolean[]]>([
    ['it is in memory', [english], [false]],
    ['it may have been created since', [template(1, { name: 'other' })], [false, true]],
  ])(
    'is read from the catalogue in memory, and afresh only where it is missing: %s',
    async (_says, remembered, expected) => {
      const asked: boolean[] = [];
      const catalogue: TemplateCatalogue = {
        ...away,
        all: async (fresh = false) => {
          asked.push(fresh);
          return fresh ? [template(1, { name: 'other' }), english] : remembered;
        },
      };
      expect([(await prepare(catalogue, 'greeting')).message.contentSid, asked]).toEqual([sid(2), expected]);
    },
  );

  test.each<readonly [string, Pair, TemplateCatalogue, string, string]>([
    ['one of the account’s', pair, away, 'greeting', 'STATE_UNAVAILABLE'],
    [
      'one of the Sandbox’s, used with another sender',
      pair,
      away,
      'appointment_reminder',
      'STATE_UNAVAILABLE',
    ],
    ['one of the Sandbox’s that has no SID', sandboxPair, away, 'lesson_code', 'STATE_UNAVAILABLE'],
    [
      'one of the Sandbox’s, while the catalogue’s settings are wrong',
      sandboxPair,
      { ...away, all: () => Promise.reject(new Failure('MISCONFIGURED', 'wrong')) },
      'appointment_reminder',
      'MISCONFIGURED',
    ],
  ])('is reported as unavailable while the catalogue is: %s', async (_says, whom, catalogue, ref, code) => {
    await expect(prepareTemplate(catalogue, request(ref), whom, 'outside')).rejects.toMatchObject({ code });
  });

  test('is reported as not created yet, with all other problems, where it is a Sandbox template without a public SID', async () => {
    const catalogue = inMemoryCatalogue(() => []);
    const toDo =
      'The template "lesson_code" cannot be sent: there is no public Content SID for this text: create it in your account with `npm run setup`, or as a Content Template in the Console.';
    const given = (variables: Record<string, string>) =>
      prepareTemplate(catalogue, { ref: 'lesson_code', language: null, variables }, sandboxPair, 'outside');
    await expect(given({ 1: 'hacker', 2: '1337' })).rejects.toMatchObject(refused(toDo));
    await expect(given({ 1: 'hacker' })).rejects.toMatchObject({
      message: 'The template cannot be sent as asked: 2 problems.',
      problems: [
        { field: 'template', message: toDo },
        {
          field: 'contentVariables.2',
          message: 'Placeholder {{2}} has no value: add it to contentVariables.',
        },
      ],
    });
  });
});

describe('a template given by Content SID', () => {
  const delivery = 'HX350d429d32e64a552466cafecbe95f3c' as ContentSid;
  const own = template(1, { contentSid: delivery, text: 'Our own {{1}}' });

  test.each<readonly [string, readonly Template[], Pair, ContentSid, string]>([
    ['one of the account’s', [template(1), template(2)], pair, sid(2), 'Hello Ada, number 2.'],
    ['one of the Sandbox’s that the account has created itself', [own], sandboxPair, delivery, 'Our own Ada'],
  ])('is found in the account first: %s', async (_says, templates, whom, ref, text) => {
    const catalogue = inMemoryCatalogue(() => templates);
    expect((await prepareTemplate(catalogue, request(ref), whom, 'outside')).text).toBe(text);
  });

  test('is one of the Sandbox’s for the Sandbox’s sender only', async () => {
    const catalogue = inMemoryCatalogue(() => [template(1)]);
    const asked = { ref: delivery, language: null, variables: { 1: 'May 5', 2: '3pm' } };
    expect((await prepareTemplate(catalogue, asked, sandboxPair, 'outside')).message).toEqual({
      ...{ kind: 'template', contentSid: delivery, contentVariables: { 1: 'May 5', 2: '3pm' } },
    });
    await expect(prepareTemplate(catalogue, asked, pair, 'outside')).rejects.toMatchObject({
      code: 'TEMPLATE_PROBLEM',
      problems: [
        {
          field: 'template',
          message: `This account has no template with the Content SID ${delivery}. GET /templates lists those that can be used.`,
        },
      ],
    });
  });

  test('is reported as unavailable while the catalogue is', async () => {
    await expect(prepareTemplate(away, request(sid(1)), pair, 'outside')).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
    });
  });
});

describe('a template that is refused for want of approval', () => {
  test.each([
    ['it is approved by now', 'approved', null],
    ['it is still pending', 'pending', ['template']],
    ['it was rejected meanwhile', 'rejected', ['template']],
  ] as const)('is read afresh before the refusal: %s', async (_says, status, refusedFor) => {
    const asked: boolean[] = [];
    const catalogue: TemplateCatalogue = {
      all: async () => [template(1, { status: 'pending' })],
      bySid: async (_sid, fresh = false) => {
        asked.push(fresh);
        return template(1, { status: fresh ? status : 'pending' });
      },
    };
    const outcome = await prepareTemplate(catalogue, request('greeting'), pair, 'outside').then(
      () => null,
      (error: Failure) => error.problems.map(({ field }) => field),
    );
    expect([outcome, asked]).toEqual([refusedFor, [true]]);
  });

  test.each<readonly [string, Template]>([
    [
      'of a type for inside the window only',
      template(1, { status: 'unsubmitted', type: 'twilio/list-picker' }),
    ],
    ['approved, but not filled', template(1, { text: '{{1}} {{2}}', placeholders: ['1', '2'] })],
    ['not one of the account', template(1, { contentSid: null, status: 'pending' })],
  ])('is not read afresh where that would change nothing: it is %s', async (_says, one) => {
    let asked = 0;
    const catalogue: TemplateCatalogue = {
      all: async () => [one],
      bySid: async () => {
        asked += 1;
        return one;
      },
    };
    await expect(prepareTemplate(catalogue, request('greeting'), pair, 'outside')).rejects.toBeInstanceOf(
      Failure,
    );
    expect(asked).toBe(0);
  });

  test('is refused by the first answer where it cannot be read afresh', async () => {
    const catalogue: TemplateCatalogue = { ...away, all: async () => [template(1, { status: 'pending' })] };
    await expect(prepareTemplate(catalogue, request('greeting'), pair, 'outside')).rejects.toMatchObject({
      code: 'TEMPLATE_PROBLEM',
    });
  });
});

describe('a text', () => {
  const recognise = (templates: readonly Template[], body: string, language: string | null = null) =>
    recogniseTemplate(
      inMemoryCatalogue(() => templates),
      body,
      language,
      pair,
    );

  test.each<readonly [string, readonly Template[], string, number | undefined]>([
    ['the whole text matches', [template(1)], 'Hello Ada, number 1.', 1],
    ['a part of the text does not match', [template(1)], 'Hello Ada, number 1. Bye.', undefined],
    [
      'the template with the most fixed text is chosen',
      [template(1, { text: 'Hi {{1}}' }), template(2, { text: 'Hi there {{1}}' })],
      'Hi there Ada',
      2,
    ],
    [
      'the template with the most fixed text is chosen in any order',
      [template(2, { text: 'Hi there {{1}}' }), template(1, { text: 'Hi {{1}}' })],
      'Hi there Ada',
      2,
    ],
    [
      'the next best is chosen where the best may not be sent to this person',
      [template(1, { text: 'Hi {{1}}' }), template(2, { text: 'Hi there {{1}}', status: 'paused' })],
      'Hi there Ada',
      1,
    ],
    [
      'a template of another type is not chosen',
      [template(1, { type: 'twilio/quick-reply' })],
      'Hello Ada, number 1.',
      undefined,
    ],
    [
      'a template without an SID is not chosen',
      [template(1, { contentSid: null })],
      'Hello Ada, number 1.',
      undefined,
    ],
    ['a value that WhatsApp refuses is not recognized', [template(1)], 'Hello A\tda, number 1.', undefined],
    [
      'a value that is too long is not recognized',
      [template(1)],
      `Hello ${'x'.repeat(1024)}, number 1.`,
      undefined,
    ],
  ])(
    'is recognized as a template only where it can be sent as one: %s',
    async (_says, templates, body, expected) => {
      expect((await recognise(templates, body))?.message.contentSid).toBe(
        expected === undefined ? undefined : sid(expected),
      );
    },
  );

  test.each([[[3, 5, 9]], [[9, 5, 3]], [[5, 3, 9]], [[5, 9, 3]]])(
    'is recognized as the equal template with the lowest SID: %p',
    async (numbers) => {
      const equals = numbers.map((number) => template(number, { text: 'Hi {{1}}' }));
      expect((await recognise(equals, 'Hi Ada'))?.message.contentSid).toBe(sid(3));
    },
  );

  test.each([
    ['one that a template has', 'de', sid(1)],
    ['any language', null, sid(1)],
    ['one that no template has', 'fr', undefined],
  ])('is recognized as a template in the requested language: %s', async (_says, language, expected) => {
    const german = template(1, { language: 'de' });
    expect((await recognise([german], 'Hello Ada, number 1.', language))?.message.contentSid).toBe(expected);
  });

  test('is not recognized as a marketing template for the United States', async () => {
    const marketing = [template(1, { category: 'MARKETING' })];
    const american = { ...pair, user: 'whatsapp:+12125550123' as WhatsAppAddress };
    const catalogue = inMemoryCatalogue(() => marketing);
    const found = await Promise.all(
      [pair, american].map((whom) => recogniseTemplate(catalogue, 'Hello Ada, number 1.', null, whom)),
    );
    expect(found.map((ready) => ready?.message.contentSid)).toEqual([sid(1), undefined]);
  });

  test('is not decided while the catalogue is unavailable, which does not count as empty', async () => {
    await expect(recogniseTemplate(away, 'Hello', null, pair)).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
    });
  });
});

describe('a template of the Sandbox', () => {
  const names = (templates: readonly Template[]) => templates.map(({ name }) => name);

  test('is found by name where the account has none of that name, for the Sandbox’s sender only', () => {
    const own = template(1, { name: 'lesson_code' });
    expect([
      names(withSandbox([own], sandboxPair)).filter((name) => name === 'lesson_code'),
      names(withSandbox([], sandboxPair)).sort(),
      names(withSandbox([own], pair)),
    ]).toEqual([
      ['lesson_code'],
      [
        'appointment_reminder',
        'lesson_appointment',
        'lesson_code',
        'lesson_order',
        'order_notification',
        'verification_code',
      ],
      ['lesson_code'],
    ]);
  });

  test('is found by name even while the catalogue is unavailable', async () => {
    const variables = { 1: 'May 5', 2: '3pm' };
    const ready = await prepareTemplate(
      away,
      { ref: 'appointment_reminder', language: null, variables },
      sandboxPair,
      'outside',
    );
    expect(ready.text).toBe('Your appointment is coming up on May 5 at 3pm');
  });
});
