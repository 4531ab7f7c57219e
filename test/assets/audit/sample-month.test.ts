/**
 * The invented month that the page offers: forty rows made by hand, whose right counts stand beside it in
 * sample-month.counts.json and were counted by hand too.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { consoleCsv } from '../../../src/assets/audit/console-csv';
import { Audit } from '../../../src/domain/audit/replay';

const FOLDER = join(__dirname, '../../../src/assets/audit');
const json = (name: string) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));

test('the audit of the hand-made month of 40 rows gives exactly the counts written beside it', () => {
  const audit = new Audit({ templates: json('sample-templates.json').templates });
  const csv = consoleCsv(audit);
  csv.push(readFileSync(join(FOLDER, 'sample-month.csv')));
  csv.end();
  const { problems, closedFor, answeredAfter, ...counts } = audit.report();
  expect(counts).toEqual(json('sample-month.counts.json'));
  expect(problems).toEqual([
    { line: 4, message: 'To is no WhatsApp address.' },
    { line: 9, message: expect.stringContaining('SentDate') },
    { line: 42, message: expect.stringContaining('repeats line 40') },
  ]);
  const filled = (parts: typeof closedFor) => parts.filter(({ count }) => count > 0);
  expect([filled(closedFor), filled(answeredAfter)]).toEqual([
    [
      { upTo: '5 min', count: 2 },
      { upTo: 'never', count: 1 },
    ],
    [
      { upTo: '1 min', count: 4 },
      { upTo: '5 min', count: 2 },
      { upTo: '15 min', count: 1 },
    ],
  ]);
});
