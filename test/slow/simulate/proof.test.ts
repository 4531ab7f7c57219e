/** docs/internals/proof.md holds the table of the long run, with every row that the oracle has, and 0 where that was promised. */
import { ROW_NAMES, ROWS, type RowDefinition } from '../../../verify/simulate/oracle/rows';
import { documentText } from '../docs/document';

test('the proof’s table has every row with its reason, and the rows that must be 0 are 0', () => {
  const rows = documentText('docs/internals/proof.md')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const wrong = ROW_NAMES.filter((name) => {
    const { title, mustBeZero, because }: RowDefinition = ROWS[name];
    const [, count, , reason] = rows.find((cells) => cells[2] === title) ?? [];
    const isKept = mustBeZero ? count === '0' : /^\d+$/.test(count ?? '');
    return !isKept || reason !== (mustBeZero ? 'must be 0' : because);
  });
  expect(wrong).toEqual([]);
});
