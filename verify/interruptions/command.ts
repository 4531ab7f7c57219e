/**
 * `npm run interruptions`: interrupts every kind of work at every request that it makes to Twilio, in every way, lets
 * something else come next, and counts what an independent oracle finds. Exit code 1 where that is anything. It must not
 * reach any network.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { command, type Ended, type Run } from '../../scripts/command/command';
import type { CommonOptions } from '../../scripts/command/options';
import type { Output } from '../../scripts/command/output';
import { runProgram } from '../../scripts/command/program';
import { type ByChance, playByChance } from './chance';
import { NEXT_EVENTS } from './next-events';
import { playCase } from './play';
import type { Invocation } from './stage';
import type { Story } from './story';
import { caseNamed } from './table';
import { tallyTable, type WorkTally } from './tally';
import type { Task } from './worker';
import { WORKS } from './works';

interface Options extends CommonOptions {
  readonly all: boolean;
  readonly turn: number;
  readonly work: string;
  readonly case?: string;
  readonly chance?: number;
  readonly seed?: number;
  readonly trace: boolean;
  readonly workers: number;
  readonly write?: string;
}

export const main = command<Options>(
  {
    name: 'interruptions',
    summary:
      'Interrupt every kind of work at every request, let something else come next, and count what an oracle finds.',
    examples: [
      ['', 'what the slow lane plays: each request and fault with one next event'],
      ['--all --write docs/internals/failures.md', 'the whole table'],
      ['--case "send | 2 | killed after | STOP"', 'one case'],
      ['--chance 1000', 'a thousand cases in which chance says what overtakes what'],
    ],
    changes: false,
    hasOffline: false,
    own: (line) =>
      line
        .option('--all', 'the whole table: every next event for every state that is left', false)
        .option('--turn <number>', 'another number, another choice of next events', wholeNumber, 0)
        .option('--work <text>', 'only the kinds of work whose name has this text', '')
        .option('--case <name>', 'only one case, as a finding names it')
        .option(
          '--chance <number>',
          'that many cases by chance instead, from the seed of --turn on',
          wholeNumber,
        )
        .option('--seed <number>', 'only the case of this seed', wholeNumber)
        .option('--trace', 'with --case or --seed: every call, and every request to Twilio', false)
        .option('--workers <number>', 'processes at once', wholeNumber, availableParallelism())
        .option('--write <file>', 'put the table into this document as well'),
  },
  interruptions,
);

async function interruptions({ options, output }: Run<Options>): Promise<Ended> {
  if (options.case !== undefined) return playOne(options.case, options.trace, output);
  if (options.seed !== undefined) return playChances(options.seed, 1, options.trace, output);
  if (options.chance !== undefined) return playChances(options.turn, options.chance, false, output);
  const chosen = [...WORKS.keys()].filter((index) => WORKS[index]?.name.includes(options.work));
  const tasks = chosen.map((work): Task => ({ work, turn: options.all ? null : options.turn }));
  const progress = output.progress(`Interrupting ${tasks.length} kinds of work`, tasks.length);
  let done = 0;
  const tallies = await inProcesses(tasks, options.workers, (tally) => {
    done += 1;
    progress.at(done, `${tally.work}: ${tally.played} cases, ${tally.findings.length} wrong`);
  });
  progress.end(`Interrupted ${tasks.length} kinds of work.`);
  const table = tallyTable(
    tallies,
    NEXT_EVENTS.map(({ name }) => name),
  );
  output.say(table);
  const findings = tallies.flatMap((tally) => tally.findings);
  for (const finding of findings) output.warn(finding);
  if (options.write !== undefined) writeInto(options.write, table);
  return { ok: findings.length === 0, json: { tallies } };
}

async function playOne(name: string, isTraced: boolean, output: Output): Promise<Ended> {
  const { isPlayed, findings } = await playCase(caseNamed(name), tracing(isTraced, output));
  if (!isPlayed) output.warn('The work makes fewer requests: there is no such case.');
  for (const { rule, what } of findings) output.warn(`${rule}: ${what}`);
  return { ok: isPlayed && findings.length === 0, json: { isPlayed, findings } };
}

async function playChances(first: number, count: number, isTraced: boolean, output: Output): Promise<Ended> {
  const progress = output.progress(`Playing ${count} cases by chance`, count);
  const wrong: ByChance[] = [];
  for (let seed = first; seed < first + count; seed += 1) {
    const played = await playByChance(seed, tracing(isTraced, output));
    if (played.findings.length > 0) wrong.push(played);
    progress.at(seed - first + 1, `${wrong.length} wrong`);
  }
  progress.end(`Played ${count} cases by chance: ${wrong.length} wrong.`);
  for (const { name, findings } of wrong)
    output.warn(`${name}: ${findings.map(({ rule, what }) => `${rule}: ${what}`).join('; ')}`);
  return { ok: wrong.length === 0, json: { played: count, wrong } };
}

function tracing(isTraced: boolean, output: Output): (story: Story) => void {
  return ({ stage: { invocations } }) => {
    if (isTraced) for (const invocation of invocations) output.say(traced(invocation));
  };
}

function traced({ path, parameters, isInterrupted, requestLines, answer }: Invocation): string {
  const answered = answer ? `${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}` : 'no answer';
  const marked = `${isInterrupted ? '* ' : ''}${path} ${JSON.stringify(parameters)}`;
  return [marked, ...requestLines.map((line) => `    ${line}`), `  = ${answered}`].join('\n');
}

/** Each process takes the next kind of work when it is through with one. */
async function inProcesses(
  tasks: readonly Task[],
  count: number,
  report: (tally: WorkTally) => void,
): Promise<readonly WorkTally[]> {
  const tallies = new Map<Task, WorkTally>();
  const waiting = [...tasks];
  const work = async () => {
    const child = fork(join(__dirname, 'worker.ts'), { execArgv: ['--import', 'tsx'] });
    try {
      for (let task = waiting.shift(); task; task = waiting.shift()) {
        const tally = await ask(child, task);
        tallies.set(task, tally);
        report(tally);
      }
    } finally {
      child.kill();
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, count) }, work));
  return tasks.flatMap((task) => tallies.get(task) ?? []);
}

function ask(child: ChildProcess, task: Task): Promise<WorkTally> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('A process that plays cases ended.'));
    child.once('exit', ended);
    child.once('message', (tally: WorkTally) => {
      child.off('exit', ended);
      resolve(tally);
    });
    child.send(task);
  });
}

const OPEN = '<!-- next events -->';
const CLOSE = '<!-- /next events -->';

function writeInto(file: string, table: string): void {
  const text = readFileSync(file, 'utf8');
  const [before = '', rest = ''] = text.split(OPEN);
  const [, after = ''] = rest.split(CLOSE);
  writeFileSync(file, `${before}${OPEN}\n\n${table}\n\n${CLOSE}${after}`);
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It has to be a whole number.');
  return Number(text);
}

if (require.main === module) runProgram(main);
