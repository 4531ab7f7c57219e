/**
 * `npm run bench`: the measurements as tables and as bench/results.json. Trust the ratios: the sides take turns within
 * one run, and the middle half of the rounds is shown. Some ten minutes on two idle cores; `--only NAME` runs one,
 * `--write` puts the figures into docs/internals/bench.md. A count, or a ratio at 50 ms a request, that is not ahead and does
 * not say why makes it fail; what a busy machine or a missing browser makes of the others does not.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { Command, Option } from 'commander';
import { measureAudit } from './audit';
import { measureBodyMatching } from './body-matching';
import { measureBurst } from './burst';
import { measureColdStart } from './cold-start';
import { measureCpu } from './cpu';
import { measureDashboardFrames } from './dashboard-frames';
import { measureKeyedSends } from './keyed-sends';
import { measureManyPairs } from './many-pairs';
import { measureMemory } from './memory';
import { measureRequestsAndLatency } from './requests-and-latency';
import { needsNote, type Row } from './row';
import { markdownTable, printTable } from './table';

const MEASUREMENTS: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  'requests-and-latency': measureRequestsAndLatency,
  'cold-start': measureColdStart,
  cpu: measureCpu,
  memory: measureMemory,
  'many-pairs': measureManyPairs,
  burst: measureBurst,
  'keyed-sends': measureKeyedSends,
  'body-matching': async () => measureBodyMatching(),
  audit: measureAudit,
  'dashboard-frames': measureDashboardFrames,
};
/** Those without which a run says nothing of what it is for. */
const BINDING: ReadonlySet<string> = new Set(['requests-and-latency', 'burst', 'keyed-sends']);
const RESULTS = join(__dirname, '../../bench/results.json');
const DOCUMENT = join(__dirname, '../../docs/internals/bench.md');

interface Options {
  readonly only?: string;
  readonly write: boolean;
}

interface Machine {
  readonly node: string;
  readonly cores: number;
  readonly date: string;
  /** How many processes wanted to run before the bench began: 0 on an idle machine. */
  readonly otherWork: number;
}

async function main(): Promise<void> {
  const program = new Command('npm run bench --')
    .description('Measures the functions against a baseline and a floor, side by side.')
    .addOption(new Option('--only <name>', 'run one measurement').choices(Object.keys(MEASUREMENTS)))
    .option('--write', 'put the figures into docs/internals/bench.md', false)
    .parse();
  const { only, write } = program.opts<Options>();
  const machine: Machine = {
    node: process.version,
    cores: cpus().length,
    date: new Date().toISOString().slice(0, 10),
    otherWork: Number((loadavg()[0] ?? 0).toFixed(1)),
  };
  const results: Record<string, readonly Row[]> = {};
  for (const [name, measure] of Object.entries(MEASUREMENTS)) {
    if (only !== undefined && name !== only) continue;
    const startedAt = performance.now();
    console.log(`\n${name} …`);
    try {
      const rows = await measure();
      results[name] = rows;
      printTable(rows);
      demandNotes(rows);
    } catch (error) {
      console.error(`${name} was not measured: ${error instanceof Error ? error.message : error}`);
      if (BINDING.has(name)) process.exitCode = 1;
    }
    console.log(`${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  }
  mkdirSync(dirname(RESULTS), { recursive: true });
  writeFileSync(RESULTS, `${JSON.stringify({ machine, results }, null, 2)}\n`);
  if (write) writeIntoDocument(machine, results);
}

function demandNotes(rows: readonly Row[]): void {
  for (const row of rows.filter((one) => one.note === undefined && needsNote(one))) {
    console.error(`${row.what}: not ahead of the baseline, or above the floor, and no sentence says why.`);
    process.exitCode = 1;
  }
}

/** A measurement that was not taken keeps the figures that it has there. */
function writeIntoDocument(
  { date, cores, node, otherWork }: Machine,
  results: Readonly<Record<string, readonly Row[]>>,
): void {
  const between = (text: string, name: string, content: string) =>
    text.replace(
      new RegExp(`(<!-- ${name} -->\n).*?(<!-- /${name} -->)`, 's'),
      (_, open: string, close: string) => `${open}\n${content}\n\n${close}`,
    );
  let text = readFileSync(DOCUMENT, 'utf8');
  for (const [name, rows] of Object.entries(results)) {
    const measured = `Measured on ${date}: ${cores} cores, Node.js ${node}, a load of ${otherWork} by other work before it began.`;
    text = between(text, name, `${markdownTable(rows)}\n\n${measured}`);
  }
  writeFileSync(DOCUMENT, text);
  const biome = join(__dirname, '../../node_modules/@biomejs/biome/bin/biome');
  execFileSync(process.execPath, [biome, 'format', '--write', DOCUMENT], { stdio: 'ignore' });
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
