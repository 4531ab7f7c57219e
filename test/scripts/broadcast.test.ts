/**
 * The command `broadcast`, through the built functions and against the emulator, which tells what each user got, and in
 * which order. Whatever happens in between, each row goes out once.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { main } from '../../scripts/broadcast';
import { readRows } from '../../scripts/broadcast/rows';
import { serviceAt } from '../../scripts/broadcast/service';
import { HOUR_MS, iso, NOON, newUser } from '../functions/service';
import { bare, csvText, errorOf, onceEach, type Rows, useBroadcast } from './broadcast-stage';
import { runMain, settingsFile } from './run-main';

const stage = useBroadcast();
const { service } = stage;
const broadcast = (args: readonly string[]) => runMain(main, stage.argv(args), stage.twilio);
const csv = (rows: Rows, name?: string) => stage.csv(rows, name);
const texts = () => stage.texts();
const results = () => stage.results();
const manyRows = (count: number) => stage.manyRows(count);

describe('a broadcast with rows of all kinds', () => {
  const [open, silent, waiting, refused, stopped, wrong] = Array.from({ length: 6 }, newUser) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  let file: string;
  beforeEach(async () => {
    await service.inbound(open);
    await service.inbound(stopped, { body: 'STOP' });
    file = csv([
      ['to', 'body', 'template', 'var.1', 'var.2', 'whenClosed', 'mediaUrl'],
      [bare(open), 'Hello, "Ada"\nand all', 'lesson_code', 'hacker', '1337', '', ''],
      [silent, 'Hello', 'lesson_code', 'hacker', '1337', '', ''],
      [waiting, 'News', '', '', '', 'hold', ''],
      [refused, 'Hello', '', '', '', 'refuse', ''],
      [stopped, 'Hello', '', '', '', '', ''],
      [wrong, '', 'lesson_code', 'hacker', '', '', ''],
      [open, '', '', '', '', '', 'https://example.com/a.jpg https://example.com/b.jpg'],
    ]);
  });
  const preview = {
    rows: 7,
    freeForm: 2,
    templates: { UTILITY: 1 },
    held: 1,
    skipped: { NO_INBOUND: 1, OPTED_OUT: 1, TEMPLATE_PROBLEM: 1 },
    // Two attachments are two messages, and the template that asks for an answer is one.
    messages: 5,
  };
  const unpriced = (messages: number) => ({
    messages,
    amount: 0,
    withoutPrice: messages,
    notDeliverable: 0,
  });
  const withoutPrices = {
    currency: null,
    asOf: null,
    known: 0,
    messagesWithoutPrice: 5,
    notDeliverable: 0,
    forms: { 'free-form': unpriced(3), UTILITY: unpriced(2) },
  };

  test('sends each row in its form, holds it, or skips it with the reason', async () => {
    const run = await broadcast([file]);
    // A row that is a mistake makes it fail, although the others are sent.
    expect([run.code, run.json]).toEqual([
      1,
      {
        preview: { ...preview, cost: withoutPrices },
        leftOut: [],
        sent: 3,
        held: 1,
        skipped: 3,
        failed: 0,
        unknown: 0,
        results: `${file}.spring.results.csv`,
      },
    ]);
    const { [open]: toOpen = [], ...others } = await texts();
    // Each attachment is a message of its own; rows go out side by side.
    expect([...toOpen].sort()).toEqual(['', '', 'Hello, "Ada"\nand all']);
    expect(others).toEqual({
      [silent]: ['Your hacker code is 1337.'],
      [waiting]: [expect.stringMatching(/answer|reply/i)],
    });
    const sid = expect.stringMatching(/^(?:SM|MM)[0-9a-f]{32}$/);
    const line = (number: number, to: string, outcome: string, changes: object = {}) => ({
      ...{ line: String(number), to, outcome, form: '', sid: '', heldUntil: '', detail: expect.any(String) },
      ...changes,
    });
    expect(results()).toEqual([
      line(2, open, 'sent', { form: 'free-form', sid, detail: 'WINDOW_OPEN' }),
      line(4, silent, 'sent', { form: 'template', sid, detail: 'NO_INBOUND' }),
      line(5, waiting, 'held', {
        form: 'hold',
        sid,
        heldUntil: iso(NOON + 7 * 24 * HOUR_MS),
        detail: 'NO_INBOUND',
      }),
      line(6, refused, 'skipped', { detail: expect.stringMatching(/^NO_INBOUND: /) }),
      line(7, stopped, 'skipped', { detail: expect.stringMatching(/^OPTED_OUT: /) }),
      line(8, wrong, 'skipped', { detail: expect.stringMatching(/^TEMPLATE_PROBLEM: .*2/) }),
      line(9, open, 'sent', { form: 'free-form', sid, detail: 'WINDOW_OPEN' }),
    ]);
    const journal = readFileSync(`${file}.spring.journal`, 'utf8');
    for (const secret of [bare(open), 'Hello', service.token]) expect(journal).not.toContain(secret);
  });

  test('sends nothing, stores nothing and leaves no file in a dry run', async () => {
    await service.control('idle');
    const before = await service.sync();
    const run = await broadcast(['--dry-run', file]);
    expect([run.code, run.json]).toEqual([
      1,
      {
        dryRun: true,
        preview: { ...preview, cost: withoutPrices },
        leftOut: [],
      },
    ]);
    expect([await texts(), await service.sync(), readdirSync(stage.folder)]).toEqual([
      {},
      before,
      ['spring.csv'],
    ]);
  });

  test('sends nothing where nobody is there to confirm', async () => {
    const run = await runMain(main, ['--env', stage.env.path, '--url', service.url, file], stage.twilio);
    expect([run.code, run.text, await texts()]).toEqual([
      1,
      expect.stringContaining('There is nobody to ask: Send these 4 rows?'),
      {},
    ]);
    expect(run.text).toContain('Line 8 is skipped: ');
  });

  test('takes costs from the table by the longest prefix, and says what it does not know', async () => {
    const prices = join(stage.folder, 'prices.json');
    writeFileSync(
      prices,
      JSON.stringify({
        currency: 'EUR',
        prices: [
          { form: 'free-form', price: 0.5 },
          { form: 'template', category: 'UTILITY', to: '+4', price: 2 },
          { form: 'template', category: 'UTILITY', to: '+4915', price: 3 },
          { form: 'template', category: 'MARKETING', price: 100 },
        ],
      }),
    );
    const american = csv(
      [
        ['to', 'template', 'var.1', 'var.2'],
        ['+15551234567', 'lesson_code', 'a', 'b'],
      ],
      'us.csv',
    );
    const [all, other] = [
      await broadcast(['--dry-run', '--prices', prices, file]),
      await broadcast(['--dry-run', '--prices', prices, american]),
    ];
    expect([all, other].map((run) => (run.json as { preview: { cost: object } }).preview.cost)).toEqual([
      {
        ...{
          currency: 'EUR',
          asOf: null,
          known: 3 * 0.5 + 2 * 3,
          messagesWithoutPrice: 0,
          notDeliverable: 0,
        },
        forms: {
          'free-form': { messages: 3, amount: 1.5, withoutPrice: 0, notDeliverable: 0 },
          UTILITY: { messages: 2, amount: 6, withoutPrice: 0, notDeliverable: 0 },
        },
      },
      {
        ...{ currency: 'EUR', asOf: null, known: 0, messagesWithoutPrice: 1, notDeliverable: 0 },
        forms: { UTILITY: unpriced(1) },
      },
    ]);
  });
});

test('sends first to those whose window closes first, then to the others in the order of the file', async () => {
  const [late, soon, never, first] = Array.from({ length: 4 }, newUser) as [string, string, string, string];
  for (const user of [first, soon, late]) {
    await service.inbound(user);
    await service.advance(HOUR_MS);
  }
  const row = (user: string) => [bare(user), 'Hello', 'lesson_code', 'hacker', '1337'];
  const file = csv([
    ['to', 'body', 'template', 'var.1', 'var.2'],
    row(never),
    row(late),
    row(soon),
    row(first),
  ]);
  await broadcast([file]);
  // They are under way at once: the journal tells in which order they were begun.
  const { rows } = readRows(readFileSync(file, 'utf8'), NOON);
  const begun = readFileSync(`${file}.spring.journal`, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"begunAt"'))
    .map((line) => rows.find(({ fingerprint }) => line.includes(fingerprint))?.to);
  expect(begun).toEqual([first, soon, late, never].map(bare));
});

describe('the file of a broadcast', () => {
  test.each<[string, readonly (readonly string[])[], readonly string[]]>([
    [
      'unknown, repeated or missing columns',
      [
        ['body', 'text', 'body', 'idempotencyKey'],
        ['a', 'b', 'c', 'd'],
      ],
      ['line 1, text:', 'line 1, body:', 'line 1, idempotencyKey:', 'line 1, to:'],
    ],
    [
      'content variables in two ways',
      [
        ['to', 'template', 'contentVariables', 'var.1'],
        ['+15551234567', 'x', '{}', 'y'],
      ],
      ['line 1, contentVariables:'],
    ],
    ['only a header', [['to', 'body']], ['line 1:']],
    [
      'every bad row, with its line, also below a text of several lines',
      [
        ['to', 'body', 'whenClosed', 'template', 'contentVariables'],
        ['+15551234567', 'one\ntwo\nthree', '', '', ''],
        ['Ada', '', 'later', '', '{1}'],
        ['+15551234568', 'x'.repeat(1601), '', '', ''],
        ['+15551234569', 'short'],
        ['+15551234567', 'one\ntwo\nthree', '', '', ''],
      ],
      [
        'line 5, to:',
        'line 5, contentVariables:',
        'line 5, whenClosed:',
        'line 5, body:',
        'line 5, contentVariables:',
        'line 6, body:',
        'line 7: This row has 2 fields, the header has 5.',
        'line 8: This row repeats line 2, word for word.',
      ],
    ],
  ])('is refused with all problems where it has %s', (_sentence, rows, problems) => {
    const named = readRows(csvText(rows), NOON).problems.map(
      ({ line, field, message }) => `line ${line}${field && `, ${field}`}: ${message}`,
    );
    expect(named).toEqual(
      problems.map((beginning) => expect.stringMatching(new RegExp(`^${beginning.replace(/[.]/g, '\\.')}`))),
    );
  });

  test.each([
    [
      'no CSV',
      '"to","body\n+1',
      [{ line: 2, field: '', message: expect.stringContaining('This is no CSV') }],
    ],
    [
      'empty',
      '',
      [
        { line: 1, field: 'to', message: 'This column is missing.' },
        { line: 1, field: '', message: 'There is no row below the header.' },
      ],
    ],
  ])('is refused where it is %s', (_sentence, text, problems) => {
    expect(readRows(text, NOON)).toEqual({ rows: [], problems, repeated: [] });
  });

  test('is refused with all problems before any request', async () => {
    await service.control('requests', undefined, 'DELETE');
    const run = await broadcast([
      csv([
        ['to', 'body'],
        ['Ada', 'Hello'],
        ['+15551234567', ''],
      ]),
    ]);
    const { requests } = await service.control<{ requests: readonly object[] }>('requests');
    expect([run.code, errorOf(run).message, requests]).toEqual([
      1,
      expect.stringMatching(/^Nothing was sent: .* has 2 problems\.\n {2}line 2, to: .*\n {2}line 3, body: /),
      [],
    ]);
  });

  test('is refused where it is missing, and so is a malformed price table', async () => {
    const { file } = await manyRows(1);
    const prices = join(stage.folder, 'prices.json');
    writeFileSync(prices, '{"prices": [{"form": "sms", "price": -1}]}');
    const runs = [
      await broadcast([join(stage.folder, 'no.csv')]),
      await broadcast(['--prices', prices, file]),
    ];
    expect(runs.map((run) => [run.code, errorOf(run).message.split('\n').length])).toEqual([
      [1, 1],
      [1, 4],
    ]);
    expect(await texts()).toEqual({});
  });
});

describe('a broadcast that is repeated', () => {
  test('sends no row twice without its journal, because of the keys', async () => {
    const { file, users } = await manyRows(3);
    await broadcast([file]);
    rmSync(`${file}.spring.journal`);
    expect((await broadcast([file])).json).toMatchObject({ sent: 3 });
    expect(await texts()).toEqual(onceEach(users));
  });

  test('keeps other rows as they are where one is added or moved, and sends all again as another campaign', async () => {
    const { file, users } = await manyRows(2);
    await broadcast([file]);
    const added = newUser();
    await service.inbound(added);
    const all = [added, ...[...users].reverse()];
    csv([['to', 'body'], ...all.map((user) => [bare(user), `Hello ${user.slice(-3)}`])]);
    expect((await broadcast([file])).json).toMatchObject({ preview: { rows: 1 }, sent: 3 });
    expect(await texts()).toEqual(onceEach(all));
    await broadcast(['--campaign', 'again', file]);
    expect(Object.values(await texts()).map(({ length }) => length)).toEqual([2, 2, 2]);
  });

  test('finds a message that Twilio accepted without an answer', async () => {
    const { file, users } = await manyRows(1);
    await service.fault({ match: { service: 'api', method: 'POST', path: 'Messages' }, do: 'drop-after' });
    const first = await broadcast([file]);
    expect([first.code, first.json, results()[0]?.outcome]).toMatchObject([
      1,
      { sent: 0, unknown: 1 },
      'unknown',
    ]);
    await service.advance(10_000);
    const second = await broadcast([file]);
    expect([second.code, second.json]).toMatchObject([0, { sent: 1, unknown: 0 }]);
    expect(await texts()).toEqual(onceEach(users));
  });

  test.each([
    ['47 hours later it is sent again under its key', 47, 1, 0],
    ['a second more, and it is never sent again, because the key may be forgotten', 47 + 1 / 3600, 0, 1],
  ])('handles a row of unknown outcome by its age: %s', async (_sentence, hours, sent, unknown) => {
    const { file, users } = await manyRows(1);
    await service.fault({ match: { service: 'api', method: 'POST', path: 'Messages' }, do: 'drop-before' });
    await broadcast([file]);
    await service.advance(hours * HOUR_MS);
    await service.inbound(users[0] ?? '');
    const later = await broadcast([file]);
    expect([later.json, results()[0]?.outcome]).toMatchObject([{ sent, unknown }, sent ? 'sent' : 'unknown']);
    expect(Object.keys(await texts())).toHaveLength(sent);
  });
});

describe('a broadcast in trouble', () => {
  test('goes on where Twilio refuses one row, which may be tried again', async () => {
    const { file, users } = await manyRows(2);
    await service.fault({
      match: { service: 'api', method: 'POST', path: 'Messages' },
      do: 'status',
      status: 400,
      code: 21211,
    });
    const run = await broadcast(['--per-second', '1', file]);
    expect([run.code, run.json]).toMatchObject([1, { sent: 1, failed: 1 }]);
    expect(results().map(({ detail }) => detail)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^TWILIO_REJECTED: .*21211/), 'WINDOW_OPEN']),
    );
    expect((await broadcast([file])).json).toMatchObject({ sent: 2, failed: 0 });
    expect(await texts()).toEqual(onceEach(users));
  });

  test.each<[string, number, readonly string[], Record<string, string>, string]>([
    ['a wrong token', 1, [], { API_TOKEN: 'a-token-of-some-other-service' }, 'does not accept API_TOKEN.'],
    ['no token', 1, [], {}, 'is not complete.\n  API_TOKEN is missing.'],
    [
      'nobody there',
      1,
      ['--url', 'http://localhost:19999'],
      {},
      'There is no service of this project at http://localhost:19999.',
    ],
    ['no address', 2, ['--url', 'whatsapp'], {}, '--url is no web address.'],
    ['a malformed campaign', 2, ['--campaign', 'a b'], {}, '--campaign is malformed.'],
  ])(
    'ends with a sentence and sends nothing: there is %s, exit code %i',
    async (sentence, code, args, changes, message) => {
      const { file } = await manyRows(1);
      const settings = settingsFile(sentence === 'no token' ? {} : { API_TOKEN: service.token, ...changes });
      const run = await broadcast(['--env', settings.path, ...args, file]);
      settings.remove();
      expect([run.code, errorOf(run).message]).toEqual([code, expect.stringContaining(message)]);
      expect([await texts(), readdirSync(stage.folder)]).toEqual([{}, ['spring.csv']]);
      expect(run.text).not.toContain('a-token-of-some-other-service');
    },
  );

  test('says so where a proxy before the service limits the rate for good', async () => {
    let asked = 0;
    const storm = createServer((_request, response) => {
      asked += 1;
      response.writeHead(429).end();
    });
    await new Promise<void>((resolve) => storm.listen(0, '127.0.0.1', resolve));
    const address = storm.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const impatient = serviceAt(url, service.token, { fetch, firstPauseMs: 1 });
    const told = {
      message: `${url} limits the rate of requests (HTTP 429), also after several tries.`,
      nextStep:
        'Run the same command again in a minute, with a lower --per-second: it goes on where it stopped.',
    };
    await expect(impatient.categories()).rejects.toMatchObject(told);
    await expect(impatient.send({})).rejects.toMatchObject(told);
    expect(asked).toBe(12);
    await new Promise((resolve) => storm.close(resolve));
  });

  test('says so in the preview and sends nothing while Sync and the message log are unavailable', async () => {
    const { file } = await manyRows(1);
    await service.advance(2 * HOUR_MS);
    for (const match of [{ service: 'sync' }, { service: 'api', method: 'GET' }])
      await service.fault({ match, do: 'status', status: 503, times: 0 });
    const run = await broadcast([file]);
    await service.clearFaults();
    expect([run.code, errorOf(run).message, await texts()]).toEqual([
      1,
      expect.stringMatching(/^The service says: /),
      {},
    ]);
  });

  test('writes once to a person who is named in two spellings, and says so', async () => {
    const [user = ''] = (await manyRows(1)).users;
    const bothWays = csv([
      ['to', 'body'],
      [bare(user), 'Hello'],
      [user, 'Hello'],
    ]);
    const run = await broadcast([bothWays]);
    const message = expect.stringMatching(/^It says the same as line 2 to the same person/);
    expect([run.code, run.json]).toEqual([
      0,
      expect.objectContaining({ sent: 1, leftOut: [{ line: 3, field: 'to', message }] }),
    ]);
    expect(await texts()).toEqual({ [user]: ['Hello'] });
    const inWords = await runMain(
      main,
      stage.argv(['--dry-run', bothWays]).filter((word) => word !== '--json'),
      stage.twilio,
    );
    expect(inWords.text).toContain('Line 3 is left out. It says the same as line 2 to the same person');
  });

  test('reads a file in Windows-1252 as that, and says so', async () => {
    const { file, users } = await manyRows(1);
    await service.inbound(users[0] ?? '');
    const text = `to,body\n${users[0]},Gar\u00e7on\n`;
    writeFileSync(file, Buffer.from(text, 'latin1'));
    const asUtf8 = await broadcast([file]);
    expect([asUtf8.code, errorOf(asUtf8).message]).toEqual([
      1,
      expect.stringContaining('could not be decoded'),
    ]);
    expect((await broadcast(['--encoding', 'windows-1252', file])).code).toBe(0);
    expect((await service.outbound(users[0] ?? '')).map(({ text: said }) => said)).toEqual(['Gar\u00e7on']);
    expect((await broadcast(['--encoding', 'klingon', file])).code).toBe(2);
  });

  test.each([
    ['http://whatsapp.example', /in clear/],
    ['HTTP://whatsapp.example', /in clear/],
    ['http://localhost.example', /in clear/],
    ['ftp://whatsapp.example', /no web address/],
  ])('sends the token to no address like %s', async (url, message) => {
    const { file } = await manyRows(1);
    const run = await broadcast(['--url', url, file]);
    expect([run.code, errorOf(run).message]).toEqual([2, expect.stringMatching(message)]);
    expect(await texts()).toEqual({});
  });

  test('ends with exit code 2 for a malformed rate', async () => {
    const run = await broadcast(['--per-second', '81', 'x.csv']);
    expect([run.code, run.text]).toEqual([2, expect.stringContaining('whole number from 1 to 80')]);
  });
});
