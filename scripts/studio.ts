/**
 * `npm run studio`: makes Studio flows ready for import, with the SIDs of what is deployed, and checks them, this
 * project's own or anybody's. It imports nothing into an account.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { connect, readEnv } from './account/account';
import { SERVICE_NAME } from './account/functions-domain';
import { command, type Ended, type Run } from './command/command';
import type { Io } from './command/io';
import type { CommonOptions } from './command/options';
import type { Output } from './command/output';
import { runProgram } from './command/program';
import { ScriptFailure } from './command/script-failure';
import { ROOT } from './offline/twilio-run';
import { type DeployedService, readDeployed } from './studio-flows/deployed-service';
import { fill } from './studio-flows/fill';
import { type FlowProblem, readFlow } from './studio-flows/flow';
import { freeFormWarnings } from './studio-flows/free-form-after-wait';
import { referenceProblems } from './studio-flows/references';
import { runFunctionProblems } from './studio-flows/run-function';
import { transitionProblems } from './studio-flows/transitions';

interface Options extends CommonOptions {
  readonly check: boolean;
  readonly out: string;
  readonly service: string;
  readonly environment?: string;
}

interface CheckedFlow {
  readonly file: string;
  /** Where it was written to; null where it was not. */
  readonly written: string | null;
  readonly problems: readonly FlowProblem[];
}

const FLOWS = join(ROOT, 'flows');

export const main = command<Options>(
  {
    name: 'studio',
    summary: 'Fill in Studio flows for import, and check them.',
    examples: [
      ['', 'the flows of this project, filled in with the SIDs of what is deployed'],
      ['--check my-flow.json', 'what is wrong with a flow of your own; no account is needed'],
    ],
    changes: true,
    own: (line) =>
      line
        .argument('[flow...]', 'exported flows (JSON); without any, those in flows/')
        .option('--check', 'only check: no account is needed', false)
        .option('--out <folder>', 'where the filled flows go', 'flows/filled')
        .option('--service <name>', 'the unique name of the Functions service', SERVICE_NAME)
        .option('--environment <name>', 'its environment, where it has several'),
  },
  studio,
);

async function studio(run: Run<Options>): Promise<Ended> {
  const { options, args, output, io } = run;
  const files =
    args.length > 0
      ? args
      : readdirSync(FLOWS)
          .filter((name) => name.endsWith('.json'))
          .sort()
          .map((name) => join(FLOWS, name));
  const texts = readAll(files, io);
  const deployed = options.check ? null : await deployedService(run);
  const flows = texts.map(({ file, text }) => workOn(file, text, deployed, run));
  for (const flow of flows) tell(flow, output);
  return { ok: flows.every(({ problems }) => !hasErrors(problems)), json: { flows } };
}

/** @throws ScriptFailure that names every file that cannot be read, before anything is done */
function readAll(
  files: readonly string[],
  io: Io,
): readonly { readonly file: string; readonly text: string }[] {
  const read = files.map((file) => {
    try {
      const path = resolve(io.cwd, file);
      return { file: relative(ROOT, path) || file, text: readFileSync(path, 'utf8') };
    } catch {
      return { file, text: null };
    }
  });
  const missing = read.filter(({ text }) => text === null).map(({ file }) => file);
  if (missing.length > 0)
    throw new ScriptFailure(
      `There is no file ${missing.join(', ')}.`,
      'Give the path of an exported flow (JSON).',
    );
  return read.flatMap(({ file, text }) => (text === null ? [] : [{ file, text }]));
}

async function deployedService(run: Run<Options>): Promise<DeployedService> {
  const { options, io } = run;
  return readDeployed(connect(readEnv(run), io), options.service, options.environment ?? null);
}

function workOn(
  file: string,
  text: string,
  deployed: DeployedService | null,
  { options, io }: Run<Options>,
): CheckedFlow {
  const read = readFlow(text);
  if (!read.ok) return { file, written: null, problems: read.problems };
  const flow = deployed ? fill(read.flow, deployed) : read.flow;
  const problems = [
    ...transitionProblems(flow),
    ...runFunctionProblems(flow, deployed),
    ...referenceProblems(flow),
    ...freeFormWarnings(flow),
  ];
  if (!deployed || options.dryRun || hasErrors(problems)) return { file, written: null, problems };
  const folder = resolve(io.cwd, options.out);
  const written = join(folder, basename(file));
  mkdirSync(folder, { recursive: true });
  writeFileSync(written, `${JSON.stringify(flow, null, 2)}\n`);
  return { file, written: relative(ROOT, written), problems };
}

function hasErrors(problems: readonly FlowProblem[]): boolean {
  return problems.some(({ level }) => level === 'error');
}

function tell({ file, written, problems }: CheckedFlow, output: Output): void {
  const errors = problems.filter(({ level }) => level === 'error').length;
  output.say(`${file}: ${errors === 0 ? 'no errors' : `${errors} errors, nothing written`}`);
  for (const { level, widget, field, message } of problems) {
    const line = `${[widget, field].filter(Boolean).join(', ')}: ${message}`;
    if (level === 'error') output.say(`  error    ${line}`);
    else output.warn(`${line}`);
  }
  if (written) output.say(`  written to ${written}: import it in the Console, Studio, "Import from JSON".`);
}

if (require.main === module) runProgram(main);
