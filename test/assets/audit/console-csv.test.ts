/** The CSV of the Console as it comes: cut anywhere, saved by spreadsheets, with a line that is broken. */
import fc from 'fast-check';
import Papa from 'papaparse';
import { consoleCsv, UnreadableFile } from '../../../src/assets/audit/console-csv';
import type { LineProblem, LogRow } from '../../../src/domain/audit/log-row';

const HEADER =
  'From,To,Body,Status,SentDate,ApiVersion,NumSegments,ErrorCode,AccountSid,Sid,Direction,Price,PriceUnit';
const SENDER = 'whatsapp:+14155238886';
const USER = 'whatsapp:+15551234567';
const SID = `SM${'0'.repeat(32)}`;

const line = (body: string, to = USER) =>
  `${SENDER},${to},${body},delivered,2026-11-02T10:00:00Z,2010-04-01,1,,AC1,${SID},outbound-api,-0.005,USD`;
const row = (number: number, body: string, rest: Partial<LogRow> = {}) => ({
  line: number,
  at: Date.parse('2026-11-02T10:00:00Z'),
  direction: 'outbound',
  sender: SENDER,
  user: USER,
  body,
  hasMedia: false,
  status: 'delivered',
  errorCode: null,
  sid: SID,
  ...rest,
});

function read(bytes: Uint8Array | string, size = Number.POSITIVE_INFINITY) {
  const rows: LogRow[] = [];
  const problems: LineProblem[] = [];
  const csv = consoleCsv({
    add: (found) => void rows.push(found),
    addProblem: (found) => void problems.push(found),
  });
  const all = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
  for (let at = 0; at < all.length; at += size) csv.push(all.subarray(at, at + size));
  return { rows, problems, ...csv.end() };
}
const file = (...lines: readonly string[]) => `${[HEADER, ...lines].join('\n')}\n`;

test.each([
  ['\n', file(line('Hello'), line('Again'))],
  ['\r\n', file(line('Hello'), line('Again')).replaceAll('\n', '\r\n')],
  ['\r', file(line('Hello'), line('Again')).replaceAll('\n', '\r')],
  ['a byte order mark', `\ufeff${file(line('Hello'), line('Again'))}`],
  ['no line break at the end', file(line('Hello'), line('Again')).trimEnd()],
  ['every field in quotes', file(line('Hello'), line('Again')).replace(/[^,\n]+/g, '"$&"')],
  [
    'quotes and \r\n',
    file(line('Hello'), line('Again'))
      .replace(/[^,\n]+/g, '"$&"')
      .replaceAll('\n', '\r\n'),
  ],
  ['semicolons', file(line('Hello'), line('Again')).replaceAll(',', ';')],
  ['column names in another spelling', file(line('Hello'), line('Again')).replace('SentDate', 'sent_date')],
])('reads both rows of a CSV file with %j', (_with, text) => {
  const expected = { rows: [row(2, 'Hello'), row(3, 'Again')], problems: [], hasErrorCodes: true };
  expect(read(text)).toEqual(expected);
  expect(read(text, 7)).toEqual(expected);
});

test('reads a CSV file in UTF-16 as spreadsheets save it', () => {
  const text = `\ufeff${file(line('Grüße'))}`;
  const bytes = new Uint8Array(Uint16Array.from(text, (character) => character.charCodeAt(0)).buffer);
  expect(read(bytes).rows).toEqual([row(2, 'Grüße')]);
});

test('a line break in quotes belongs to the body, and the lines after it keep their numbers', () => {
  const text = file(line('"one\ntwo ""quoted"", three\r\nfour"'), '', line('Again'));
  expect(read(text)).toMatchObject({
    rows: [row(2, 'one\ntwo "quoted", three\r\nfour'), row(6, 'Again')],
    problems: [],
  });
});

test('columns of a CSV file are found by name in any order, and ErrorCode may be absent', () => {
  const text = `Direction,Sid,SentDate,Body,To,From\noutbound-reply,${SID},2026-11-02T10:00:00Z,Hello,${USER},${SENDER}\n`;
  expect(read(text)).toEqual({ rows: [row(2, 'Hello', { status: '' })], problems: [], hasErrorCodes: false });
});

test.each([
  ['without its +', 'whatsapp:15551234567'],
  ['with a space for its +', 'whatsapp: 15551234567'],
  ['without prefix and +', '15551234567'],
])('reads an address that is written %s', (_how, to) => {
  expect(read(file(line('Hello', to))).rows).toEqual([row(2, 'Hello')]);
});

test('leaves out rows of other channels and unsent messages without a problem', () => {
  const sms = line('Hello', '+15551234567').replace(SENDER, '+14155238886');
  const text = file(
    sms,
    sms.replace('+15551234567', 'SUPPORT'),
    line('Hello', 'messenger:1').replace(SENDER, 'messenger:2'),
    line('Hello').replace('delivered,2026-11-02T10:00:00Z', 'canceled,'),
    ',,,,,,,,,,,,',
  );
  expect(read(text)).toEqual({ rows: [], problems: [], hasErrorCodes: true });
});

test.each([
  ['a wrong time', line('Hello').replace('2026-11-02T10:00:00Z', 'yesterday'), /SentDate/],
  ['a wrong direction', line('Hello').replace('outbound-api', 'sideways'), /Direction/],
  ['a wrong user', line('Hello', 'whatsapp:+12'), /To is no WhatsApp address/],
  ['a missing sender', line('Hello').replace(SENDER, ''), /From is no WhatsApp address/],
  ['a wrong error code', line('Hello').replace(',1,,', ',1,lots,'), /ErrorCode/],
  ['both addresses missing', line('Hello', '').replace(SENDER, ''), /From and To are empty/],
  ['an extra field', `${line('Hello')},more`, /14 fields.*13/],
  ['missing fields', `${SENDER},${USER}`, /2 fields.*13/],
  ['a missing closing quote', line('"Hello'), /quotes/],
  ['a misplaced quote', line('"Hel"lo"'), /quotes/],
])(
  'names a line with a wrong or missing value (%s), and reads the lines beside it',
  (_flaw, broken, message) => {
    const found = read(file(line('Before'), broken, line('After'), line('"Last, but\nnot least"')));
    expect(found).toMatchObject({
      rows: [row(2, 'Before'), row(4, 'After'), row(5, 'Last, but\nnot least')],
      problems: [{ line: 3, message: expect.stringMatching(message) }],
    });
  },
);

test('reads a single quote inside a field as text', () => {
  expect(read(file(line('5" pipe'), line('After')))).toMatchObject({
    rows: [row(2, '5" pipe'), row(3, 'After')],
    problems: [],
  });
});

test('a quote that is never closed makes only its own line unreadable, not the thousands after it', () => {
  const after = Array.from({ length: 3000 }, (_, index) => line(`Number ${index}`));
  const found = read(file(line('"open'), ...after), 10_000);
  expect([found.rows.length, found.problems]).toEqual([3000, [{ line: 2, message: expect.any(String) }]]);
});

test('reads what follows an open quote before the file ends, so that it never waits in memory', () => {
  const rows: LogRow[] = [];
  const csv = consoleCsv({ add: (found) => void rows.push(found), addProblem: () => undefined });
  const after = Array.from({ length: 3000 }, (_, index) => line(`Number ${index}`));
  csv.push(new TextEncoder().encode(file(line('"open'), ...after)));
  expect(rows.length).toBeGreaterThan(2000);
});

test.each([
  ['', 'is empty'],
  ['Date,Text\n1,2\n', 'lacks the columns'],
  [`${HEADER},Body\n`, 'has a column twice'],
  ['"From,To\n', 'has broken quotes'],
])('refuses a whole file that cannot be read, %#: %j', (text) => {
  expect(() => read(text)).toThrow(UnreadableFile);
});

test('reads any texts back with their line numbers, wherever the file is split', () => {
  const text = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r\n', ' ', 'é', '😀', ';') });
  fc.assert(
    fc.property(fc.array(text, { maxLength: 12 }), fc.integer({ min: 1, max: 300 }), (bodies, size) => {
      const fields = bodies.map((body) =>
        line('BODY')
          .split(',')
          .map((field) => (field === 'BODY' ? body : field)),
      );
      const csv = Papa.unparse([HEADER.split(','), ...fields], { newline: '\n' });
      let next = 2;
      const expected = bodies.map((body) => {
        const found = row(next, body);
        next += 1 + (body.match(/\n/g)?.length ?? 0);
        return found;
      });
      expect(read(csv, size)).toEqual({ rows: expected, problems: [], hasErrorCodes: true });
    }),
  );
});
