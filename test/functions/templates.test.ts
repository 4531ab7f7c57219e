/**
 * Templates through HTTP: what /templates lists, how one is found, what is checked before it leaves, and how a text is
 * recognised as one. Nothing may leave with a sample value.
 */
import { DAY_MS, type ErrorAnswer, fields, NOON, newUser, useService } from './service';

const service = useService();
const CODE = 'HX00000000000000000000000000000001';
const open = newUser();
const closed = newUser();

beforeAll(async () => {
  await service.freeze(NOON - DAY_MS);
  await service.inbound(closed);
  await service.freeze(NOON);
  await service.inbound(open);
});

const create = (template: object) => service.control<{ sid: string }>('templates', template);
/** What the user reads, or the names of what is wrong. */
async function attempt(parameters: object): Promise<unknown> {
  const { status, json } = await service.send({ to: closed, ...parameters });
  return status === 200
    ? (json.preview as { text: string }).text
    : [status, json.error?.code, fields(json.error)];
}

describe('the list of /templates', () => {
  interface Listed {
    readonly templates: readonly Readonly<Record<string, unknown>>[];
    readonly error: unknown;
  }

  test('says of each template what it is and whether it may be sent', async () => {
    const { status, json } = await service.get<Listed>('/templates');
    const byName = (name: string) => json.templates.filter((template) => template.name === name);
    expect([status, json.error]).toEqual([200, null]);
    expect(byName('lesson_code')).toEqual([
      {
        name: 'lesson_code',
        contentSid: CODE,
        language: 'en',
        category: 'UTILITY',
        type: 'twilio/text',
        status: 'approved',
        placeholders: ['1', '2'],
        samples: { 1: 'Twilio', 2: '1238432' },
        text: 'Your {{1}} code is {{2}}.',
        usableInside: true,
        usableOutside: true,
        reason: null,
      },
    ]);
    expect(byName('named_greeting')[0]?.placeholders).toEqual(['first_name', 'invoice']);
    expect(
      byName('welcome')
        .map(({ language }) => language)
        .sort(),
    ).toEqual(['en', 'es']);
  });

  test.each([
    ['lesson_pending', 'pending', true, false, /status is pending/],
    ['lesson_paused', 'paused', false, false, /status is paused/],
    ['pick_a_slot', 'unsubmitted', true, false, /list-picker can only be sent inside/],
    ['summer_sale', 'approved', true, true, null],
    ['verification_code', 'approved', true, true, null],
  ])('says that %s is %s', async (name, status, usableInside, usableOutside, reason) => {
    const { json } = await service.get<Listed>('/templates');
    const template = json.templates.find((found) => found.name === name);
    expect(template).toMatchObject({ status, usableInside, usableOutside });
    expect(template?.reason).toEqual(reason === null ? null : expect.stringMatching(reason));
  });
});

describe('a template in /send-message', () => {
  const values = { contentVariables: { 1: 'a', 2: 'b' } };

  test.each([
    ['by its Content SID', { template: CODE, ...values }, 'Your a code is b.'],
    ['by its name', { template: 'lesson_code', ...values }, 'Your a code is b.'],
    ['with spaces around its name', { template: ' lesson_code ', ...values }, 'Your a code is b.'],
    [
      'with the variables as JSON text',
      { template: CODE, contentVariables: '{"1":"a","2":"b"}' },
      'Your a code is b.',
    ],
    [
      'by named placeholders',
      { template: 'named_greeting', contentVariables: { first_name: 'A', invoice: 7 } },
      'Hello A, your invoice 7 is ready.',
    ],
    [
      'in one of two languages',
      { template: 'welcome', language: 'es', contentVariables: { 1: 'Ada' } },
      '¡Bienvenida, Ada!',
    ],
    [
      'in the other of two languages',
      { template: 'welcome', language: 'en', contentVariables: { 1: 'Ada' } },
      'Welcome, Ada!',
    ],
    [
      'with numbers and true as values',
      { template: CODE, contentVariables: { 1: 7, 2: true } },
      'Your 7 code is true.',
    ],
    [
      'without variables where it has none',
      { template: 'please_answer' },
      'We have an answer for you. Reply to this message to read it.',
    ],
  ])('is found %s', async (_says, parameters, text) => {
    expect(await attempt(parameters)).toBe(text);
    const [last] = (await service.outbound(closed)).slice(-1);
    expect(last).toMatchObject({ text, delivered: true, usedSampleValues: false });
  });

  test.each([
    ['an unknown name', { template: 'no_such_template' }, /no template named "no_such_template"/],
    ['a name in other capitals', { template: 'Lesson_Code' }, /no template named/],
    ['an unknown SID', { template: `HX${'9'.repeat(32)}` }, /no template with the Content SID/],
    ['a language that it is not in', { template: 'lesson_code', language: 'fr' }, /language "fr"/],
    [
      'a name that two templates share',
      { template: 'welcome', contentVariables: { 1: 'Ada' } },
      /HX00000000000000000000000000000009 \(en, approved\).*HX00000000000000000000000000000010 \(es, approved\)|HX00000000000000000000000000000010 \(es, approved\).*HX00000000000000000000000000000009 \(en, approved\)/,
    ],
  ])('is refused with a problem that names the fix: %s', async (_says, parameters, message) => {
    const { status, json } = await service.send({ to: closed, ...parameters });
    expect([status, json.outcome, json.error]).toEqual([
      422,
      'failed',
      {
        code: 'TEMPLATE_PROBLEM',
        message: expect.any(String),
        problems: [{ field: 'template', message: expect.stringMatching(message) }],
      },
    ]);
  });

  test('is the approved one where several have its name', async () => {
    await create({
      friendlyName: 'versions',
      body: 'First {{1}}',
      variables: { 1: 'x' },
      status: 'rejected',
    });
    await create({
      friendlyName: 'versions',
      body: 'Second {{1}}',
      variables: { 1: 'x' },
      status: 'approved',
    });
    await create({ friendlyName: 'versions', body: 'Third {{1}}', variables: { 1: 'x' }, status: 'pending' });
    await service.advance(2000);
    expect(await attempt({ template: 'versions', contentVariables: { 1: 'a' } })).toBe('Second a');
  });
});

describe('the variables of a template in /send-message', () => {
  const wrong = (...names: string[]) => [
    422,
    'TEMPLATE_PROBLEM',
    names.map((name) => `contentVariables${name}`),
  ];

  test.each([
    ['no variables at all', undefined, wrong('.1', '.2')],
    ['no second variable', { 1: 'a' }, wrong('.2')],
    ['an unknown third variable', { 1: 'a', 2: 'b', 3: 'c' }, wrong('.3')],
    ['a name instead of a number', { first: 'a', 2: 'b' }, wrong('.1', '.first')],
    ['an empty value', { 1: '', 2: 'b' }, wrong('.1')],
    ['a blank value', { 1: '  ', 2: 'b' }, wrong('.1')],
    ['null', { 1: null, 2: 'b' }, wrong('.1')],
    ['a line break', { 1: 'a\nb', 2: 'b' }, wrong('.1')],
    ['a carriage return', { 1: 'a\rb', 2: 'b' }, wrong('.1')],
    ['a tab', { 1: 'a\tb', 2: 'b' }, wrong('.1')],
    ['five spaces', { 1: 'a     b', 2: 'b' }, wrong('.1')],
    ['a list', { 1: ['a'], 2: 'b' }, wrong('.1')],
    ['an object', { 1: { a: 1 }, 2: 'b' }, wrong('.1')],
    ['1,025 characters', { 1: 'x'.repeat(1025), 2: 'b' }, wrong('.1')],
    ['a filled text of 1,025 characters', { 1: 'x'.repeat(1009), 2: 'b' }, wrong('')],
    ['everything wrong at once', { 1: '\t', 3: [], 4: null }, wrong('.1', '.2', '.3', '.4')],
  ])('are refused by name where the value is wrong: %s', async (_says, contentVariables, problems) => {
    const before = await service.outbound(closed);
    expect(await attempt({ template: CODE, ...(contentVariables && { contentVariables }) })).toEqual(
      problems,
    );
    expect(await service.outbound(closed)).toEqual(before);
  });

  test.each([
    ['four spaces', { 1: 'a    b', 2: 'c' }, 'Your a    b code is c.'],
    [
      'as much as fills a text of 1,024 characters',
      { 1: 'x'.repeat(1008), 2: 'b' },
      `Your ${'x'.repeat(1008)} code is b.`,
    ],
    ['signs that a replacement could trip over', { 1: '{2}', 2: '$& \\ "' }, 'Your {2} code is $& \\ ".'],
    ['letters of all kinds', { 1: '🦊 é', 2: 'שלום' }, 'Your 🦊 é code is שלום.'],
  ])('may contain %s', async (_says, contentVariables, text) => {
    expect(await attempt({ template: CODE, contentVariables, dryRun: true })).toBe(text);
  });

  test.each([
    ['pending', 'lesson_pending', { 1: '7' }],
    ['of a type for inside the window only', 'pick_a_slot', { 1: 'Ada' }],
  ])('may be sent inside the window for a template that is %s', async (_says, template, contentVariables) => {
    const outside = await attempt({ template, contentVariables });
    const inside = await service.send({ to: open, template, contentVariables });
    const [last] = (await service.outbound(open)).slice(-1);
    expect([outside, inside.json.outcome, last?.delivered]).toEqual([
      [422, 'TEMPLATE_PROBLEM', ['template']],
      'sent',
      true,
    ]);
  });

  test('are refused inside the window as well for a template that is paused', async () => {
    const before = await service.outbound(open);
    const { status, json } = await service.send({
      to: open,
      template: 'lesson_paused',
      contentVariables: { 1: '7' },
    });
    expect([status, json.error?.code, fields(json.error)]).toEqual([422, 'TEMPLATE_PROBLEM', ['template']]);
    expect(await service.outbound(open)).toEqual(before);
  });

  test.each([
    ['the United States', '+12125550123', 422],
    ['a person of the United States without a number', 'whatsapp:US.13491208655302741918', 422],
    ['Canada, which shares the +1', '+14165550123', 200],
    ['Jamaica, which shares the +1', '+18765550123', 200],
    ['Germany', '+4915550000099', 200],
  ])('of a marketing template are refused only for the United States: %s', async (_says, to, status) => {
    const answer = await service.send({
      ...{ to, template: 'summer_sale', contentVariables: { 1: 'Ada', 2: '20%' }, dryRun: true },
    });
    expect([answer.status, fields(answer.json.error)]).toEqual([status, status === 422 ? ['template'] : []]);
  });

  test.each([
    ['a line break', 'two\nlines'],
    ['five spaces', 'wide     gap'],
    ['1,025 characters', 'x'.repeat(1025)],
  ])(
    'of a template without approval that have %s arrive inside the window, as the ordinary text that they make',
    async (_says, value) => {
      for (const unapprovedTextKeepsLimits of [true, false]) {
        await service.control('config', { unapprovedTextKeepsLimits });
        const to = newUser();
        await service.inbound(to);
        const { json } = await service.send({
          to,
          template: 'lesson_pending',
          contentVariables: { 1: value },
        });
        expect(json).toMatchObject({
          outcome: 'sent',
          decision: { action: 'free-form', reason: 'WINDOW_OPEN' },
        });
        const [message] = await service.outbound(to);
        expect(message).toMatchObject({ text: `Your table ${value} is being prepared.`, delivered: true });
      }
      await service.control('config', { unapprovedTextKeepsLimits: true });
    },
  );

  test('of a marketing template are refused for the United States inside the window, too', async () => {
    const to = 'whatsapp:+12125550124';
    await service.inbound(to);
    const { status, json } = await service.send({
      to,
      template: 'summer_sale',
      contentVariables: { 1: 'A', 2: 'b' },
    });
    expect([status, json.error?.problems, await service.outbound(to)]).toEqual([
      422,
      [{ field: 'template', message: expect.stringMatching(/63049/) }],
      [],
    ]);
  });

  test('are reported together with the problems of the template', async () => {
    const { json } = await service.send({
      to: closed,
      template: 'lesson_paused',
      contentVariables: { 2: 'x' },
    });
    expect(fields(json.error)).toEqual(['contentVariables.1', 'contentVariables.2', 'template']);
  });

  test.each([
    ['an unknown name', { template: 'no_such_template' }, ['template']],
    ['missing variables', { template: CODE }, ['contentVariables.1', 'contentVariables.2']],
    [
      'one empty variable and an extra one',
      { template: CODE, contentVariables: { 1: 'a', 2: ' ', 3: 'c' } },
      ['contentVariables.2', 'contentVariables.3'],
    ],
  ])(
    'are checked at once beside a text in an open window, all problems told, and nothing is sent: the template has %s',
    async (_says, template, names) => {
      const before = await service.outbound(open);
      const { status, json } = await service.send({ to: open, body: 'Hello', ...template });
      expect([status, json.outcome, json.error?.code, fields(json.error)]).toEqual([
        422,
        'failed',
        'TEMPLATE_PROBLEM',
        names,
      ]);
      expect(await service.outbound(open)).toEqual(before);
    },
  );

  test('of an unapproved template beside a text stop nothing while the window is open', async () => {
    const { json } = await service.send({
      ...{ to: open, body: 'Hello', template: 'lesson_pending', contentVariables: { 1: 'a' } },
    });
    expect([json.outcome, json.decision?.action]).toEqual(['sent', 'free-form']);
  });

  test('are filled in for a dry run, which sends nothing', async () => {
    const before = await service.outbound(closed);
    const { json } = await service.send({
      to: closed,
      template: CODE,
      contentVariables: { 1: 'a', 2: 'b' },
      dryRun: true,
    });
    expect([json.outcome, json.message, json.preview]).toEqual([
      'dry-run',
      null,
      { contentSid: CODE, contentVariables: { 1: 'a', 2: 'b' }, text: 'Your a code is b.' },
    ]);
    expect(await service.outbound(closed)).toEqual(before);
  });
});

describe('a text that matches a template', () => {
  beforeAll(async () => {
    await create({ friendlyName: 'short', body: 'Notice {{1}}!', variables: { 1: 'x' } });
    await create({ friendlyName: 'long', body: 'Notice for {{1}}!', variables: { 1: 'x' } });
    await create({
      friendlyName: 'unapproved',
      body: 'Notice for Ada {{1}}!',
      variables: { 1: 'x' },
      status: 'pending',
    });
    await create({ friendlyName: 'anything', body: '{{1}}', variables: { 1: 'x' } });
    await create({ friendlyName: 'any sentence', body: '{{1}} – {{2}}!', variables: { 1: 'x', 2: 'y' } });
    await create({ friendlyName: 'doubled', body: '{{1}} and {{1}} again', variables: { 1: 'x' } });
    await create({ friendlyName: 'halves', body: 'Split {{1}} {{2}}', variables: { 1: 'x', 2: 'y' } });
    await service.advance(5 * 60_000 + 1);
    await service.get('/templates');
  });
  const variables = async (body: string, more: object = {}) => {
    const { json } = await service.send({ to: closed, body, dryRun: true, ...more });
    return json.decision?.reason === 'BODY_MATCHES_TEMPLATE'
      ? (json.preview as { contentVariables: unknown }).contentVariables
      : json.decision?.action;
  };

  test.each([
    ['the lesson’s first text', 'Your hacker code is 1337.', { 1: 'hacker', 2: '1337' }],
    ['a text without variables', 'We have an answer for you. Reply to this message to read it.', {}],
    ['the template with the most fixed text', 'Notice for Grace!', { 1: 'Grace' }],
    ['another template where that one does not match', 'Notice of Grace!', { 1: 'of Grace' }],
    [
      'an approved template, though an unapproved one has more fixed text',
      'Notice for Ada Lovelace!',
      { 1: 'Ada Lovelace' },
    ],
    ['a text with one variable twice', 'ab and ab again', { 1: 'ab' }],
    ['the split with the shortest early values', 'Split a b c', { 1: 'a', 2: 'b c' }],
    ['a text in another language', '¡Bienvenida, Ada!', { 1: 'Ada' }],
    [
      'a text with named placeholders',
      'Hello Ada, your invoice 7 is ready.',
      { first_name: 'Ada', invoice: '7' },
    ],
  ])('is recognized: %s', async (_says, body, expected) => {
    expect(await variables(body)).toEqual(expected);
  });

  test.each([
    ['a space after it', 'Your hacker code is 1337. '],
    ['other capitals', 'your hacker code is 1337.'],
    ['a character missing', 'Your hacker code is 1337'],
    ['nothing for a placeholder', 'Your  code is 1337.'],
    ['a line break in a value', 'Your a\nb code is 1337.'],
    ['five spaces in a value', 'Your a     b code is 1337.'],
    ['two different values for one placeholder', 'ab and cd again'],
    ['a list-picker’s text', 'When does it suit you, Ada?'],
    ['a template of placeholders alone', 'Any text at all.'],
    ['a template of placeholders and marks alone', 'Any text – at all!'],
    ['a paused template’s text', 'Your parcel A-17 is waiting.'],
    ['other text before it', 'Look: Your hacker code is 1337.'],
  ])('is not recognized with %s', async (_says, body) => {
    expect(await variables(body)).toBe('refuse');
  });

  test('is recognized only in the requested language', async () => {
    expect([
      await variables('Your a code is b.', { language: 'en' }),
      await variables('Your a code is b.', { language: 'es' }),
    ]).toEqual([{ 1: 'a', 2: 'b' }, 'refuse']);
  });

  test('is not recognized with media beside it', async () => {
    expect(await variables('Your a code is b.', { mediaUrl: 'https://example.com/a.jpg' })).toBe('refuse');
  });

  test('is compared, however hostile it is, without trying every split', async () => {
    for (const body of [
      'Your '.repeat(320),
      'a'.repeat(1600),
      ' and '.repeat(320),
      'Notice for !'.repeat(130),
    ]) {
      expect(await variables(body)).toBe('refuse');
    }
  });

  test('arrives as the template’s text', async () => {
    const { json } = await service.send({ to: closed, body: 'Your hacker code is 1337.' });
    const [last] = (await service.outbound(closed)).slice(-1);
    expect([json.message?.contentSid, last]).toEqual([
      CODE,
      expect.objectContaining({ text: 'Your hacker code is 1337.', delivered: true, contentSid: CODE }),
    ]);
  });
});

describe('the lesson’s templates in an account without them', () => {
  const remove = async (sid: string) => {
    const { emulator } = service.offline;
    const response = await fetch(`${emulator.url}/v1/Content/${sid}`, {
      method: 'DELETE',
      headers: { authorization: `Basic ${btoa(`${emulator.accountSid}:${emulator.authToken}`)}` },
    });
    expect(response.status).toBe(204);
  };
  beforeAll(async () => {
    for (const sid of [CODE, 'HX00000000000000000000000000000002', 'HX00000000000000000000000000000003'])
      await remove(sid);
    await service.advance(5 * 60_000 + 1);
  });

  test.each([
    ['lesson_code', { 1: 'a', 2: 'b' }],
    ['lesson_order', { 1: 'a', 2: 'b', 3: 'c', 4: 'd' }],
  ])('are refused with the command that creates them: %s', async (template, contentVariables) => {
    const { status, json } = await service.send({ to: closed, template, contentVariables });
    expect([status, json.error?.problems]).toEqual([
      422,
      [{ field: 'template', message: expect.stringMatching(/npm run setup/) }],
    ]);
  });

  test('include lesson_appointment, which the Sandbox has', async () => {
    const { json } = await service.send({
      to: closed,
      template: 'lesson_appointment',
      contentVariables: { 1: 'May 5', 2: '3pm' },
    });
    expect([json.outcome, json.message?.contentSid]).toEqual(['sent', 'HXb5b62575e6e4ff6129ad7c8efe1f983e']);
  });

  test('are listed with the reason why they cannot be sent', async () => {
    const { json } = await service.get<{
      templates: {
        name: string;
        contentSid: unknown;
        usableInside: boolean;
        usableOutside: boolean;
        reason: string;
      }[];
    }>('/templates');
    const lesson = json.templates.filter(({ name }) => name === 'lesson_code');
    expect(
      lesson.map(({ contentSid, usableInside, usableOutside, reason }) => ({
        contentSid,
        usableInside,
        usableOutside,
        reason,
      })),
    ).toEqual([
      {
        contentSid: null,
        usableInside: false,
        usableOutside: false,
        reason: expect.stringMatching(/npm run setup/),
      },
    ]);
  });

  test('are unknown for another sender', async () => {
    const { json } = await service.send({ to: closed, from: '+14155550102', template: 'lesson_code' });
    expect((json.error as ErrorAnswer).problems).toEqual([
      { field: 'template', message: expect.stringMatching(/no template named "lesson_code"/) },
    ]);
  });
});

test('no message left with a sample value or an unfilled placeholder', async () => {
  const messages = await service.outbound();
  expect(messages.length).toBeGreaterThan(10);
  expect(messages.filter(({ usedSampleValues, text }) => usedSampleValues || text.includes('{{'))).toEqual(
    [],
  );
});
