/**
 * `npm run bench`: the measurements as tables and as bench/results.json. Trust the ratios: the sides take turns within
 * one run, and the middle half of the rounds is shown. Some ten minutes on two cores; `--only NAME` runs one.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { measureBodyMatching } from './body-matching';
import { measureBurst } from './burst';
import { measureColdStart } from './cold-start';
import { measureCpu } from './cpu';
import { measureDashboardFrames } from './dashboard-frames';
import type { Ratio } from './interleaved';
import { measureManyPairs } from './many-pairs';
import { measureMemory } from './memory';
import { measureRequestsAndLatency } from './requests-and-latency';
import { type Row, verdictOf } from './row';

const MEASUREMENTS: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  'requests-and-latency': measureRequestsAndLatency,
  'cold-start': measureColdStart,
  cpu: measureCpu,
  memory: measureMemory,
  'many-pairs': measureManyPairs,
  burst: measureBurst,
  'body-matching': async () => measureBodyMatching(),
  'dashboard-frames': measureDashboardFrames,
};

async function main(): Promise<void> {
  const program = new Command('npm run bench --')
    .description('Measures the functions against a baseline and a floor, side by side.')
    .addOption(new Option('--only <name>', 'run one measurement').choices(Object.keys(MEASUREMENTS)))
    .parse();
  const { only } = program.opts<{ only?: string }>();
  const results: Record<string, readonly Row[]> = {};
  for (const [name, measure] of Object.entries(MEASUREMENTS)) {
    if (only !== undefined && name !== only) continue;
    const startedAt = performance.now();
    console.log(`\n${name} …`);
    try {
      results[name] = await measure();
      print(results[name]);
    } catch (error) {
      console.error(`${name} was not measured: ${error instanceof Error ? error.message : error}`);
      process.exitCode = 1;
    }
    console.log(`${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  }
  const machine = { node: process.version, cores: cpus().length };
  writeFileSync(join(__dirname, 'results.json'), `${JSON.stringify({ machine, results }, null, 2)}\n`);
}

function print(rows: readonly Row[]): void {
  const figure = (value: number | undefined) => (value === undefined ? '' : Number(value.toPrecision(3)));
  const ratio = (value: Ratio | undefined) => {
    if (!value) return '';
    const [median, low, high] = [value.median, value.low, value.high].map((share) => share.toFixed(2));
    return low === high ? median : `${median} (${low} to ${high})`;
  };
  console.table(
    Object.fromEntries(
      rows.map((row) => [
        row.unit === '' ? row.what : `${row.what}, ${row.unit}`,
        {
          ours: figure(row.figures.ours),
          baseline: figure(row.figures.baseline),
          floor: figure(row.figures.floor),
          'ours/baseline': ratio(row.toBaseline),
          'ours/floor': ratio(row.toFloor),
          '': verdictOf(row),
        },
      ]),
    ),
  );
  for (const { what, note } of rows) if (note !== undefined) console.log(`${what}: ${note}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
