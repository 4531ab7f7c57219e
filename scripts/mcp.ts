/**
 * `npm run --silent mcp`: a Model Context Protocol server on standard input and output, for agents. Standard output
 * carries the protocol and nothing else; the log goes to standard error. It ends when the client hangs up.
 */
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { Command } from 'commander';
import { endOfWords, helpOf } from './command/help';
import type { Io, Main } from './command/io';
import { offlineIo } from './command/offline-io';
import { runProgram } from './command/program';
import { sentenceOf } from './command/script-failure';
import { connectDeployed, connectOffline } from './mcp/connection';
import { type Permission, readPermission } from './mcp/permission';
import { createWindowServer } from './mcp/server';
import { PendingCalls } from './mcp/tool';

interface Options {
  readonly offline: boolean;
  readonly json: boolean;
  readonly allowSend: boolean;
  readonly to: readonly string[];
  readonly env: string;
}

/** A call that takes longer than this is cut off; a send has its key, so that a repetition does not double it. */
const LAST_CALLS_MS = 15_000;
const BEGIN = 'npm run --silent mcp';

export const main: Main = async (argv, io) => {
  const program = commandLine(io);
  const end = endOfWords(program, argv, io, BEGIN, io.stderr);
  if (end !== null) return end;
  const options = program.opts<Options>();
  const read = readPermission(options.allowSend, options.to);
  if (!read.ok) {
    io.stderr.write(`${read.message}\n`);
    return 2;
  }
  try {
    await serve(options, read.permission, io);
    return 0;
  } catch (error) {
    const { message, nextStep } = sentenceOf(error);
    io.stderr.write(
      options.json ? `${JSON.stringify({ error: { message, nextStep } })}\n` : `${message}\n${nextStep}\n`,
    );
    return 1;
  }
};

function commandLine(io: Io): Command {
  const line = new Command(`${BEGIN} --`)
    .description('A Model Context Protocol server on standard input and output, for agents.')
    .option('--offline', 'call the running npm start instead of SERVICE_URL', false)
    .option('--json', 'what stops it from starting as one JSON object, on standard error', false)
    .option('--allow-send', 'whatsapp_send may send; without it, it only decides and shows', false)
    .option(
      '--to <number>',
      'whom it may write to, again for each number; any: everyone',
      (number: string, before: readonly string[]) => [...before, number],
      [] as readonly string[],
    )
    .option(
      '--env <file>',
      'the file with SERVICE_URL and API_TOKEN, where the environment has none',
      '.env',
    );
  return helpOf(line, BEGIN, [['--offline', 'what an agent sees, on the running npm start']], io);
}

/** Until the client hangs up, or the person stops it. */
async function serve(options: Options, permission: Permission, io: Io): Promise<void> {
  // Else every single call of the agent would fail.
  if (options.offline) await offlineIo(io);
  const { url, client, now } = options.offline
    ? connectOffline(io.env)
    : connectDeployed(options.env, io.env, (warning) => io.stderr.write(`${warning}\n`));
  const calls = new PendingCalls();
  const log = (line: object) => io.stderr.write(`${JSON.stringify(line)}\n`);
  const server = createWindowServer({ client, permission, now, log, calls });
  const left = new Promise<'hung up' | 'nobody reads'>((resolve) => {
    // The SDK's transport does not notice the end of its input.
    io.stdin.once('end', () => resolve('hung up'));
    io.stdin.once('close', () => resolve('hung up'));
    // There is nobody left to answer.
    io.stdout.on('error', () => resolve('nobody reads'));
    io.stopped.addEventListener('abort', () => resolve('nobody reads'), { once: true });
  });
  await server.connect(new StdioServerTransport(io.stdin, io.stdout));
  log({ ready: url, mayWriteTo: permission.kind });
  if ((await left) === 'hung up') {
    await Promise.race([calls.idle(), new Promise((resolve) => setTimeout(resolve, LAST_CALLS_MS))]);
  }
  await server.close();
  await new Promise<void>((resolve) => io.stdout.write('', () => resolve()));
}

if (require.main === module) {
  // A library that prints would break the protocol.
  console.log = console.error;
  console.info = console.error;
  runProgram(main);
}
