/**
 * `npm run --silent mcp`: a Model Context Protocol server on standard input and output, for agents. Standard output
 * carries the protocol and nothing else; the log goes to standard error. It ends when the client hangs up.
 */
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { Command } from 'commander';
import { sentenceOf } from './command/script-failure';
import { connectDeployed, connectOffline } from './mcp/connection';
import { readPermission } from './mcp/permission';
import { createWindowServer } from './mcp/server';
import { PendingCalls } from './mcp/tool';
import { onStop } from './offline/processes';

interface Options {
  readonly offline: boolean;
  readonly allowSend: boolean;
  readonly to: readonly string[];
  readonly env: string;
}

/** A call that takes longer than this is cut off; a send has its key, so that a repetition does not double it. */
const LAST_CALLS_MS = 15_000;

// A library that prints would break the protocol.
console.log = console.error;
console.info = console.error;

const program = new Command('npm run --silent mcp --')
  .description('A Model Context Protocol server on standard input and output, for agents.')
  .option('--offline', 'call the running npm start instead of SERVICE_URL', false)
  .option('--allow-send', 'whatsapp_send may send; without it, it only decides and shows', false)
  .option(
    '--to <number>',
    'whom it may write to, again for each number; any: everyone',
    (number: string, before: readonly string[]) => [...before, number],
    [] as readonly string[],
  )
  .option('--env <file>', 'the file with SERVICE_URL and API_TOKEN, where the environment has none', '.env')
  .helpOption('-h, --help', 'this text')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

async function main(): Promise<void> {
  program.parse();
  const options = program.opts<Options>();
  const read = readPermission(options.allowSend, options.to);
  if (!read.ok) {
    console.error(read.message);
    process.exit(2);
  }
  const { url, client, now } = options.offline ? connectOffline() : connectDeployed(options.env);
  const calls = new PendingCalls();
  const log = (line: object) => console.error(JSON.stringify(line));
  const server = createWindowServer({ client, permission: read.permission, now, log, calls });

  let isLeaving = false;
  const leave = async () => {
    if (isLeaving) return;
    isLeaving = true;
    await Promise.race([calls.idle(), new Promise((resolve) => setTimeout(resolve, LAST_CALLS_MS))]);
    await server.close();
    process.stdout.write('', () => process.exit(0));
  };
  // The SDK's transport does not notice the end of its input.
  process.stdin.once('end', () => void leave());
  process.stdin.once('close', () => void leave());
  // Nobody reads any more: there is nobody left to answer.
  process.stdout.on('error', () => process.exit(0));
  onStop(() => server.close());
  await server.connect(new StdioServerTransport());
  log({ ready: url, mayWriteTo: read.permission.kind });
}

main().catch((error: unknown) => {
  const { message, nextStep } = sentenceOf(error);
  console.error(`${message}\n${nextStep}`);
  process.exit(1);
});
