/** The rows of a broadcast as people have them: line ends of two systems, one person written in two ways. */
import { readRows } from '../../scripts/broadcast/rows';

const NOW = Date.parse('2031-05-05T12:00:00Z');
const rowsOf = (text: string) => {
  const { rows, problems, repeated } = readRows(text, NOW);
  return {
    rows: rows.map(({ parameters }) => parameters),
    problems,
    repeated: repeated.map(({ line }) => line),
  };
};

test.each([
  ['\n below \r\n', 'to,body\r\n+15551234567,Hello\n+15551234568,Hello\n'],
  ['\r\n below \n', 'to,body\n+15551234567,Hello\r\n+15551234568,Hello\r\n'],
  ['\r alone', 'to,body\r+15551234567,Hello\r+15551234568,Hello\r'],
  ['a byte order mark and \r\n', '\ufeffto,body\r\n+15551234567,Hello\r\n+15551234568,Hello'],
  ['a byte order mark and quotes', '\ufeff"to","body"\n+15551234567,Hello\n+15551234568,Hello\n'],
])('line ends never become part of a text: %j', (_says, text) => {
  expect(rowsOf(text)).toEqual({
    rows: [
      { to: '+15551234567', body: 'Hello' },
      { to: '+15551234568', body: 'Hello' },
    ],
    problems: [],
    repeated: [],
  });
});

test.each([
  ['with and without the prefix', '+15551234567', 'whatsapp:+15551234567', [3]],
  ['an Argentine number with and without its 9', '+541123456789', '+5491123456789', [3]],
  ['two people', '+15551234567', '+15551234568', []],
])('the same message to one person in two spellings is one row: %s', (_says, first, second, repeated) => {
  const found = rowsOf(`to,body\n${first},Hello\n${second},Hello\n`);
  expect([found.rows.length, found.repeated]).toEqual([2 - repeated.length, repeated]);
});

test('another message to the same person in another spelling is a row of its own', () => {
  expect(rowsOf('to,body\n+15551234567,One\nwhatsapp:+15551234567,Two\n').repeated).toEqual([]);
});

test('a text that was not decoded is named by its line', () => {
  expect(readRows('to,body\n+15551234567,Gar\ufffdon\n', NOW).problems).toEqual([
    { line: 2, field: 'body', message: expect.stringContaining('could not be decoded') },
  ]);
});

test.each(['var.customer_first_name', 'var. 1', 'var.first-name', 'var.prénom'])(
  'a column for a placeholder that Twilio does not fill is named: %s',
  (column) => {
    expect(readRows(`to,template,${column}\n+15551234567,greeting,Ada\n`, NOW).problems).toEqual([
      { line: 1, field: column, message: expect.stringContaining('no placeholder of this name') },
    ]);
  },
);
