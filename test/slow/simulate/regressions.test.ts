/**
 * Traces that failed once, made small, each with the row that it failed in. `npm run simulate` writes a file here for
 * every row that must be 0 and is not; once what was wrong is put right, the file stays, so that it stays right.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { figuresOf } from '../../../verify/simulate/figures';
import { play } from '../../../verify/simulate/play';
import type { Regression } from '../../../verify/simulate/regression';

const FOLDER = join(__dirname, 'regressions');
const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));

test.each(files)('the simulation finds no failure in the earlier trace %s', async (file) => {
  const { trace } = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Regression;
  expect(figuresOf(await play(trace)).failures).toEqual([]);
});
