/**
 * `broadcast --together`: which rows are joined, what each of them is told, and that no interruption sends a text twice or
 * loses one. Through the built functions and against the emulator, save where a table says it shorter.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { main } from '../../scripts/broadcast';
import { Journal } from '../../scripts/broadcast/journal';
import { conversationOf, together } from '../../scripts/broadcast/messages';
import { type Row, readRows } from '../../scripts/broadcast/rows';
import { sendAll } from '../../scripts/broadcast/sending';
import type { SendAnswer } from '../../scripts/broadcast/service';
import { HOUR_MS, NOON, newUser } from '../functions/service';
import { bare, csvText, type Rows, useBroadcast } from './broadcast-stage';
import { runMain } from './run-main';

const rowsOf = (rows: Rows) => readRows(csvText(rows), NOON).rows;
const bodies = (rows: Rows) => together(rowsOf(rows)).map(({ parameters }) => parameters.body ?? '');

describe('which rows become one message', () => {
  const ada = '+15551234567';
  test.each<[string, Rows, readonly string[]]>([
    [
      'texts for one person in every spelling, in the order of the file, and nobody else’s',
      [
        ['to', 'body'],
        ['+5491123456789', 'One'],
        [ada, 'Other'],
        ['whatsapp:+541123456789', 'Two'],
        ['+541123456789', 'Three'],
      ],
      ['One\n\nTwo\n\nThree', 'Other'],
    ],
    [
      'a picture and a template stay by themselves, and what comes after them is not joined with what comes before',
      [
        ['to', 'body', 'mediaUrl', 'template', 'var.1', 'var.2'],
        [ada, 'One', '', '', '', ''],
        [ada, 'Two', '', '', '', ''],
        [ada, 'Three', 'https://example.com/a.jpg', '', '', ''],
        [ada, 'Four', '', '', '', ''],
        [ada, '', '', 'lesson_code', 'a', 'b'],
        [ada, 'Five', '', '', '', ''],
        [ada, 'Six', '', '', '', ''],
      ],
      ['One\n\nTwo', 'Three', 'Four', '', 'Five\n\nSix'],
    ],
    [
      'another sender, time or status callback is another message',
      [
        ['to', 'body', 'from', 'sendAt', 'statusCallback'],
        [ada, 'One', '', '', ''],
        [ada, 'Two', '+15550001111', '', ''],
        [ada, 'Three', '', '2031-05-06T12:00:00Z', ''],
        [ada, 'Four', '', '', ''],
        [ada, 'Five', '', '2031-05-06T12:00:00Z', ''],
        [ada, 'Six', '', '', 'https://example.com/status'],
      ],
      ['One\n\nFour', 'Two', 'Three\n\nFive', 'Six'],
    ],
    [
      'as many characters as a message takes, and not one more',
      [
        ['to', 'body'],
        [ada, 'a'.repeat(800)],
        [ada, 'b'.repeat(798)],
        [ada, 'c'.repeat(800)],
        [ada, 'd'.repeat(799)],
      ],
      [`${'a'.repeat(800)}\n\n${'b'.repeat(798)}`, 'c'.repeat(800), 'd'.repeat(799)],
    ],
  ])('%s', (_sentence, rows, expected) => {
    expect(bodies(rows)).toEqual(expected);
  });

  test('a joint text keeps what its rows agree in, and is for an open window only where they do not', () => {
    const header = ['to', 'body', 'template', 'var.1', 'var.2', 'whenClosed'];
    const parametersOf = (...rows: Rows) =>
      together(rowsOf([header, ...rows])).map(({ parameters }) => parameters);
    const code = ['lesson_code', 'a', 'b', 'hold'];
    const contentVariables = '{"1":"a","2":"b"}';
    expect([
      parametersOf([ada, 'One', ...code], [`whatsapp:${ada}`, 'Two', ...code]),
      parametersOf([ada, 'One', ...code], [ada, 'Two', 'lesson_code', 'a', 'c', 'hold']),
      parametersOf([ada, 'One', '', '', '', 'hold'], [ada, 'Two', '', '', '', '']),
    ]).toEqual([
      [{ to: ada, body: 'One\n\nTwo', template: 'lesson_code', contentVariables, whenClosed: 'hold' }],
      [{ to: ada, body: 'One\n\nTwo', whenClosed: 'refuse' }],
      [{ to: ada, body: 'One\n\nTwo', whenClosed: 'refuse' }],
    ]);
  });

  test('every row is in one message, in order for its person, and no two neighbours would have fitted into one', () => {
    const row = fc.record({
      to: fc.constantFrom('+5491123456789', '+541123456789', '+15551234567'),
      body: fc.integer({ min: 1, max: 1600 }).map((length) => 'x'.repeat(length)),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), (rows) => {
        const all: Row[] = rows.map((parameters, index) => ({
          ...{ line: index + 2, to: parameters.to, parameters, fingerprint: String(index) },
        }));
        const messages = together(all);
        for (const to of new Set(all.map(conversationOf))) {
          const own = messages.filter((message) => conversationOf(message.rows[0]) === to);
          const texts = own.map(({ parameters }) => String(parameters.body));
          expect(own.flatMap((message) => message.rows)).toEqual(
            all.filter((one) => conversationOf(one) === to),
          );
          expect(texts.every(({ length }) => length <= 1600)).toBe(true);
          const firsts = own.map((message) => String(message.rows[0].parameters.body));
          expect(texts.slice(1).every((_, at) => `${texts[at]}\n\n${firsts[at + 1]}`.length > 1600)).toBe(
            true,
          );
        }
      }),
    );
  });
});

describe('a broadcast that joins rows', () => {
  const stage = useBroadcast();
  const { service } = stage;
  const broadcast = (...args: readonly string[]) => runMain(main, stage.argv(args), stage.twilio);
  const said = async (user: string) => (await service.outbound(user)).map(({ text }) => text);
  const outcomes = () => stage.results().map(({ outcome, form, sid }) => [outcome, form, sid]);
  const sidsOf = async (user: string) => (await service.outbound(user)).map(({ sid }) => sid);

  test('tells the outcome of each row, and estimates the messages by form with what does not arrive', async () => {
    const [open, asked] = ['whatsapp:+5491123456789', newUser()];
    await service.inbound(open);
    const prices = join(stage.folder, 'prices.json');
    const meta = { '*': { service: 0.01, utility: 0.02, marketing: 0.1 }, '1': { marketing: null } };
    const fees = { outbound: 0.005, inbound: 0.005, failed: 0.001 };
    writeFileSync(prices, JSON.stringify({ asOf: '2031-01-24', currency: 'EUR', twilio: fees, meta }));
    const rows = [
      ['to', 'body', 'template', 'var.1', 'var.2', 'whenClosed'],
      [bare(open), 'One', '', '', '', ''],
      [asked, 'News', '', '', '', 'hold'],
      ['+541123456789', 'Two', '', '', '', ''],
      [asked, 'More news', '', '', '', 'hold'],
      ['+14165550123', '', 'summer_sale', 'Ada', '20%', ''],
      [asked, 'Other', '', '', '', 'refuse'],
    ];
    const file = stage.csv(rows);
    const preview = await broadcast('--together', '--dry-run', '--prices', prices, file);
    expect(preview.json).toMatchObject({
      preview: {
        ...{ rows: 6, freeForm: 2, held: 2, skipped: { NO_INBOUND: 1 }, messages: 3 },
        templates: { MARKETING: 1 },
        cost: {
          ...{ currency: 'EUR', asOf: '2031-01-24', known: 0.04, messagesWithoutPrice: 0, notDeliverable: 1 },
          forms: {
            'free-form': { messages: 1, amount: 0.015, withoutPrice: 0, notDeliverable: 0 },
            UTILITY: { messages: 1, amount: 0.025, withoutPrice: 0, notDeliverable: 0 },
            MARKETING: { messages: 1, amount: 0, withoutPrice: 0, notDeliverable: 1 },
          },
        },
      },
    });
    await broadcast('--together', file);
    expect([await said(open), await said(asked)]).toEqual([
      ['One\n\nTwo'],
      [expect.stringMatching(/answer|reply/i)],
    ]);
    const [[sid], [prompt], [sale]] = [
      await sidsOf(open),
      await sidsOf(asked),
      await sidsOf('whatsapp:+14165550123'),
    ];
    expect(outcomes()).toEqual([
      ['sent', 'free-form', sid],
      ['held', 'hold', prompt],
      ['sent', 'free-form', sid],
      ['held', 'hold', prompt],
      ['sent', 'template', sale],
      ['skipped', '', ''],
    ]);
    await service.inbound(asked);
    expect((await said(asked)).slice(1)).toEqual(['News\n\nMore news']);
  });

  test('says before it asks what each form costs, which share does not arrive, and that the prices are old', async () => {
    const [user, prices] = [newUser(), join(stage.folder, 'prices.json')];
    await service.inbound(user);
    const meta = { '49': { service: 0.05, marketing: 0.1 }, '1': { marketing: null } };
    const fees = { outbound: 0.005, inbound: 0.005, failed: 0.001 };
    writeFileSync(prices, JSON.stringify({ asOf: '2031-01-24', currency: 'EUR', twilio: fees, meta }));
    const file = stage.csv([
      ['to', 'body', 'template', 'var.1', 'var.2'],
      [bare(user), 'One', '', '', ''],
      [bare(user), 'Two', '', '', ''],
      [bare(newUser()), '', 'summer_sale', 'Ada', '20%'],
      ['+14165550123', '', 'summer_sale', 'Ada', '20%'],
    ]);
    const args = ['--env', stage.env.path, '--url', service.url, '--together', '--prices', prices, file];
    const run = await runMain(main, args, stage.twilio);
    expect(run.text.split('\n').slice(0, -1)).toEqual(
      expect.arrayContaining([
        '! The prices are 101 days old (asOf 2031-01-24): look them up again.',
        '4 rows: free-form 2; by template: MARKETING 2; held 0; skipped: 0.',
        'Messages now: 3.',
        '  free-form: 1 message, 0.055 EUR',
        '  marketing template: 2 messages, 0.105 EUR, 1 not deliverable (50 %)',
        'Cost: 0.16 EUR by the prices of 2031-01-24. By the price file, WhatsApp does not deliver 1 of them to their market.',
        '✗ There is nobody to ask: Send these 4 rows, joined to 3?',
      ]),
    );
  });

  test('joins rows of different templates while the window is open, and sends each its own outside it', async () => {
    const [open, silent] = [newUser(), newUser()];
    await service.inbound(open);
    const row = (user: string, code: string) => [bare(user), `Code ${code}`, 'lesson_code', 'hacker', code];
    const header = ['to', 'body', 'template', 'var.1', 'var.2'];
    const file = stage.csv([header, row(open, '1'), row(silent, '1'), row(open, '2'), row(silent, '2')]);
    expect((await broadcast('--together', file)).json).toMatchObject({ sent: 4, failed: 0 });
    expect([await said(open), await said(silent)]).toEqual([
      ['Code 1\n\nCode 2'],
      ['Your hacker code is 1.', 'Your hacker code is 2.'],
    ]);
  });

  test.each([
    ['Twilio accepted it', 'drop-after'],
    ['Twilio never got it', 'drop-before'],
  ])(
    'asks for a joint message again as it was where no answer came, with or without --together: %s',
    async (_says, fault) => {
      const user = newUser();
      await service.inbound(user);
      const rows = [
        ['to', 'body'],
        [bare(user), 'One'],
        [bare(user), 'Two'],
      ];
      const file = stage.csv(rows);
      await service.fault({ match: { service: 'api', method: 'POST', path: 'Messages' }, do: fault });
      expect((await broadcast('--together', file)).json).toMatchObject({ sent: 0, unknown: 2 });
      await service.advance(20_000);
      // A row that is new is not joined with what may be out already.
      stage.csv([...rows, [user, 'Three']]);
      expect((await broadcast(file)).json).toMatchObject({ sent: 3, unknown: 0 });
      expect(await said(user)).toEqual(['One\n\nTwo', 'Three']);
    },
  );

  test('sends no row again whose companion has left the file while nobody knows what became of both', async () => {
    const user = newUser();
    await service.inbound(user);
    const file = stage.csv([
      ['to', 'body'],
      [bare(user), 'One'],
      [bare(user), 'Two'],
    ]);
    await service.fault({ match: { service: 'api', method: 'POST', path: 'Messages' }, do: 'drop-after' });
    await broadcast('--together', file);
    await service.advance(20_000);
    stage.csv([
      ['to', 'body'],
      [bare(user), 'Two'],
    ]);
    expect((await broadcast('--together', file)).json).toMatchObject({ sent: 0, unknown: 1 });
    expect([await said(user), stage.results()[0]?.detail]).toEqual([
      ['One\n\nTwo'],
      expect.stringContaining('rows that are not in the file any more'),
    ]);
  });

  test('sends the joint message once where it was refused first, and once more under no other run', async () => {
    const user = newUser();
    await service.inbound(user);
    const file = stage.csv([
      ['to', 'body'],
      [bare(user), 'One'],
      [bare(user), 'Two'],
    ]);
    const match = { service: 'api', method: 'POST', path: 'Messages' };
    await service.fault({ match, do: 'status', status: 400, code: 21211 });
    expect((await broadcast('--together', file)).json).toMatchObject({ failed: 2 });
    expect((await broadcast('--together', file)).json).toMatchObject({ sent: 2, failed: 0 });
    await service.advance(HOUR_MS);
    expect((await broadcast('--together', file)).json).toMatchObject({ preview: { rows: 0 }, sent: 2 });
    expect(await said(user)).toEqual(['One\n\nTwo']);
  });
});

describe('the messages of a broadcast under way', () => {
  const stage = useBroadcast();
  const OUTPUT = { progress: () => ({ at: () => undefined, end: () => undefined }) };
  const answer = (changes: Partial<SendAnswer>): SendAnswer => ({
    ...{ outcome: 'sent', decision: null, window: null, held: null, preview: null, error: null },
    message: { sid: 'SM1' },
    ...changes,
  });

  test('a joint text that is refused because its window has closed meanwhile leaves row by row', async () => {
    const calls: unknown[] = [];
    const journal = new Journal(join(stage.folder, 'journal'));
    const error = { code: 'WINDOW_NOT_OPEN', message: 'Too late.', problems: [] };
    const service = {
      categories: async () => new Map<string, string>(),
      send: async ({ body }: { readonly body?: unknown }) => {
        calls.push(body);
        return String(body).includes('\n\n')
          ? answer({ outcome: 'refused', message: null, error })
          : answer({});
      },
    };
    const rows = rowsOf([
      ['to', 'body', 'template'],
      ['+15551234567', 'One', 'a'],
      ['+15551234567', 'Two', 'b'],
    ]);
    const keyOf = ({ fingerprint }: { readonly fingerprint: string }) => fingerprint;
    await sendAll({ service, journal, keyOf, now: () => NOON }, together(rows), 80, OUTPUT);
    const left = new Journal(join(stage.folder, 'journal'));
    expect([calls, rows.map((row) => left.isSettled(keyOf(row)))]).toEqual([
      ['One\n\nTwo', 'One', 'Two'],
      [true, true],
    ]);
  });

  test('the journal has the begin of all rows of a message in one line, and its end in another', async () => {
    const file = join(stage.folder, 'journal');
    const result = { outcome: 'sent', form: 'free-form', sid: 'SM1', heldUntil: null, detail: '' } as const;
    new Journal(file).begin('joint', ['a', 'b'], NOON);
    expect(['a', 'b'].map((row) => new Journal(file).mayBeOut(row))).toEqual([true, true]);
    // Ended within a line: what follows is still read.
    writeFileSync(file, `${readFileSync(file, 'utf8')}{"key":"joint","resu`);
    new Journal(file).end('joint', result);
    const journal = new Journal(file);
    expect(['a', 'b', 'c'].map((row) => [journal.resultOf(row), journal.mayBeOut(row)])).toEqual([
      [result, false],
      [result, false],
      [undefined, false],
    ]);
  });
});
