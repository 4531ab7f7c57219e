/**
 * The emulator as a command: settings from the environment, three lines when it is ready, gone at Ctrl-C.
 * It must not hold anything that a test could not start without it; that is `emulator.ts`.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createEmulator, type Emulator, type EmulatorOptions } from './emulator';
import { preloadFrom } from './server/own-files';
import { StateFile } from './state/state-file';

const help = (
  command: string,
) => `An offline Twilio, with a WhatsApp behind it, on this machine only. It stays until Ctrl-C.

Options:
  --state <file>  go on with what this file has of the account, and keep it there
  -h, --help      this text

Variables: EMULATOR_PORT (4010), FUNCTIONS_URL, EMULATOR_CLOCK_FILE, ACCOUNT_SID, AUTH_TOKEN,
SYNC_SERVICE_SID, MESSAGING_SERVICE_SID, WHATSAPP_SENDER.

Example:
  EMULATOR_PORT=4020 ${command} --state account.state
`;

const isFromSource = __filename.endsWith('.ts');

function optionsFrom(env: NodeJS.ProcessEnv): EmulatorOptions {
  const port = Number(env.EMULATOR_PORT ?? 4010);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error('EMULATOR_PORT must be a port number from 1 to 65535, or 0 for any.');
  }
  return {
    port,
    frontPage: 'about',
    ...(env.FUNCTIONS_URL ? { functionsUrl: env.FUNCTIONS_URL } : {}),
    ...(env.ACCOUNT_SID ? { accountSid: env.ACCOUNT_SID } : {}),
    ...(env.AUTH_TOKEN ? { authToken: env.AUTH_TOKEN } : {}),
    ...(env.SYNC_SERVICE_SID ? { syncServiceSid: env.SYNC_SERVICE_SID } : {}),
    ...(env.MESSAGING_SERVICE_SID ? { messagingServiceSid: env.MESSAGING_SERVICE_SID } : {}),
    ...(env.WHATSAPP_SENDER ? { sender: env.WHATSAPP_SENDER } : {}),
    ...(env.EMULATOR_CLOCK_FILE ? { clockFile: env.EMULATOR_CLOCK_FILE } : {}),
  };
}

function tell(error: unknown): void {
  console.error(error instanceof Error ? error.message : error);
}

/** Has it stop at a signal, with its state kept. */
function endBySignal(emulator: Emulator, state: StateFile | null): void {
  const end = async () => {
    await state?.end().catch(tell);
    await emulator.stop();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void end());
}

function print({ url, accountSid, authToken }: Emulator): void {
  console.log(`emulator ready ${url}`);
  console.log(`account ${accountSid}, token ${authToken}`);
  const clock = process.env.EMULATOR_CLOCK_FILE;
  const follow = clock ? ` EMULATOR_CLOCK_FILE=${resolve(clock)}` : '';
  console.log(
    `your program: EMULATOR_URL=${url}${follow} node -r ${preloadFrom(process.cwd())} your-program.js`,
  );
}

/** @returns null where it ends here: the help was asked for, or the command line is wrong */
function optionsIn(): { readonly state?: string | undefined } | null {
  const command = isFromSource ? 'npm run emulator --' : 'npx whatsapp-window-emulator';
  try {
    const { values } = parseArgs({
      options: { state: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
    });
    if (!values.help) return values;
    process.stdout.write(help(command));
  } catch (error) {
    tell(error);
    console.error(`${command} --help lists what there is.`);
    process.exitCode = 2;
  }
  return null;
}

async function main(): Promise<void> {
  const values = optionsIn();
  if (values === null) return;
  const emulator = createEmulator(optionsFrom(process.env));
  const state = values.state === undefined ? null : new StateFile(resolve(values.state), emulator);
  state?.load();
  await emulator.start();
  state?.keep(tell);
  endBySignal(emulator, state);
  print(emulator);
}

main().catch((error: unknown) => {
  tell(error);
  process.exit(1);
});
