/**
 * `npm run simulate`: plays a month of many users through the built functions against the emulator, with everything
 * going wrong that can, and counts what an oracle that knows everything finds. Exit code 1 where a row is not 0 that
 * must be. It must not reach any network.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { command, type Ended, type Run } from '../../scripts/command/command';
import type { CommonOptions } from '../../scripts/command/options';
import type { Output } from '../../scripts/command/output';
import { runProgram } from '../../scripts/command/program';
import { figuresOf, type Judged } from './figures';
import { marginPlot } from './margin-plot';
import { compareMargins, type MarginFigures } from './margins';
import { play } from './play';
import { keepRegression } from './regression';
import { figuresTable, marginTable, withFigures } from './report';
import type { Trace } from './trace-event';
import { writeTrace } from './write-trace';

interface Options extends CommonOptions {
  readonly seed: string;
  readonly events: number;
  readonly users: number;
  readonly days: number;
  readonly margin: number;
  readonly together?: boolean;
  readonly proof?: string;
  readonly plot?: string;
  readonly keep: string;
}

/** How many cases of a row are told to a person. */
const CASES_TOLD = 5;

export const main = command<Options>(
  {
    name: 'simulate',
    summary: 'Play a month of many users, faults and all, and count what an independent oracle finds.',
    examples: [['--seed spring --events 20000', 'a tenth of it, another month']],
    changes: true,
    hasOffline: false,
    own: (line) =>
      line
        .option('--seed <text>', 'the same seed gives the same trace', 'month')
        .option('--events <number>', 'how much happens', wholeNumber, 200_000)
        .option('--users <number>', 'to how many people', wholeNumber, 1000)
        .option('--days <number>', 'in how many simulated days', wholeNumber, 30)
        .option('--margin <seconds>', 'WINDOW_MARGIN_SECONDS', wholeNumber, 300)
        .option('--together', 'with RELEASE_HELD=together: what is held leaves as few messages as fit')
        .option(
          '--proof <file>',
          'put the figures into this document as well, such as docs/internals/proof.md',
        )
        .option('--plot <file>', 'instead, compare margins, and draw the comparison into this SVG file')
        .option('--keep <folder>', 'where failing traces go, made small', 'test/slow/simulate/regressions'),
  },
  simulate,
);

async function simulate({ options, output }: Run<Options>): Promise<Ended> {
  const { seed, events, users, days, margin, together, proof, plot, dryRun } = options;
  if (plot !== undefined) return drawMargins(plot, options, output);
  const releaseHeld = together ? 'together' : 'each';
  const trace = writeTrace({ seed, events, users, days, marginSeconds: margin, releaseHeld });
  if (dryRun) {
    for (const [kind, count] of kindsOf(trace)) output.say(`${count} ${kind}`);
    return { ok: true, json: { trace: { seed, users, events: Object.fromEntries(kindsOf(trace)) } } };
  }
  const progress = output.progress(`Playing ${events} events, seed ${seed}`, events);
  const played = await play(trace, {}, (count) => {
    if (count % 100 === 0) progress.at(count, `${count} of ${events} events`);
  });
  const judged = figuresOf(played);
  const { figures, failures } = judged;
  progress.end(`Played ${events} events.`);
  const table = figuresTable(figures);
  output.say(table);
  if (proof !== undefined) writeFileSync(proof, withFigures(readFileSync(proof, 'utf8'), table));
  const kept = await keepFailures(trace, judged, options.keep, output);
  return { ok: failures.length === 0, json: { figures, failures, kept } };
}

/** Tells every row that must be 0 and is not, and writes its first case, made small, into a file. */
async function keepFailures(
  trace: Trace,
  { failures }: Judged,
  folder: string,
  output: Output,
): Promise<readonly string[]> {
  const files: string[] = [];
  for (const row of new Set(failures.map((finding) => finding.row))) {
    const cases = failures.filter((finding) => finding.row === row);
    output.warn(`Seed ${trace.seed}: ${row} is ${cases.length} and must be 0.`);
    for (const { event, what } of cases.slice(0, CASES_TOLD)) output.say(`event ${event}: ${what}`);
    const [first] = cases;
    if (!first) continue;
    const progress = output.progress(`Making the trace of event ${first.event} small`, 1);
    const { file, events } = await keepRegression(trace, first, folder);
    if (file !== null) files.push(file);
    progress.end(`${events} of ${trace.events.length} events are left: ${file ?? 'too many to be kept'}`);
  }
  return files;
}

async function drawMargins(file: string, options: Options, output: Output): Promise<Ended> {
  const { seed, events, users, days, dryRun } = options;
  if (dryRun) {
    output.say(`Would compare margins and draw ${file}.`);
    return { ok: true, json: { plot: file } };
  }
  const margins: readonly MarginFigures[] = await compareMargins({ seed, events, users, days }, (seconds) =>
    output.say(`Playing ${events} events with a margin of ${seconds} s`),
  );
  writeFileSync(file, marginPlot(margins));
  output.say(marginTable(margins));
  output.say(`Drawn: ${file}`);
  return { ok: true, json: { plot: file, margins } };
}

function kindsOf(trace: Trace): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { kind } of trace.events) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It has to be a whole number.');
  return Number(text);
}

if (require.main === module) runProgram(main);
