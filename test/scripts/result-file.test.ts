/** The file that says what became of each row of a broadcast, as whoever opens it in a spreadsheet reads it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeResults } from '../../scripts/broadcast/result-file';

const folder = mkdtempSync(join(tmpdir(), 'results-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['a phone number', '+15551234567', 'whatsapp:+15551234567'],
  ['an address', 'whatsapp:+15551234567', 'whatsapp:+15551234567'],
  ['a formula', '=HYPERLINK("https://x.example")', `"'=HYPERLINK(""https://x.example"")"`],
  ['a plus', '+1+1', "'+1+1"],
  ['a minus', '-1', "'-1"],
  ['an at sign', '@SUM(A1)', "'@SUM(A1)"],
  ['a tab before a formula', '\t=1', "'\t=1"],
])('no cell of a broadcast’s results begins a formula: %s', (_says, to, cell) => {
  const file = join(folder, 'results.csv');
  writeResults(file, [
    { line: 2, to, outcome: 'sent', form: 'free-form', sid: null, heldUntil: null, detail: to },
  ]);
  expect(readFileSync(file, 'utf8')).toBe(
    `line,to,outcome,form,sid,heldUntil,detail\n2,${cell},sent,free-form,,,${cell}\n`,
  );
});
