/**
 * An emulated account to which `npm run deploy` uploads, with the command in this process, and what of it is live then. It
 * must not know what should be.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fsHelpers } from '@twilio-labs/serverless-api';
import { createEmulator } from '../../emulator/emulator';
import { main } from '../../scripts/deploy';
import { ROOT } from '../../scripts/offline/twilio-run';
import { Control } from '../emulator/emulator-client';
import { type MainOptions, runMain, settingsFile } from './run-main';

export const TOKEN = 'Zk3v9QeW1xT7bLr0mYp5uHs8dNa2cJf6gRi4oXqE';

export interface Deployment {
  domain: string;
  functions: { path: string; visibility: string; content: string }[];
  assets: { path: string; visibility: string; content: string }[];
  variables: Record<string, string>;
}

export function useDeploy() {
  const emulator = createEmulator({ port: 0 });
  const control = new Control(emulator);
  const settings = {
    ACCOUNT_SID: emulator.accountSid,
    AUTH_TOKEN: emulator.authToken,
    SYNC_SERVICE_SID: emulator.syncServiceSid,
    WHATSAPP_SENDER: 'whatsapp:+15550001111',
    API_TOKEN: TOKEN,
    STOP_WORDS: '"STOP, \'HALT\' # `QUIT`"',
    START_WORDS: '',
    NPM_TOKEN: 'a-secret-of-another-tool',
    EMULATOR_PORT: '4010',
  };
  let file = settingsFile({});
  /** Of this test alone: others deploy at the same time. */
  const scratch = mkdtempSync(join(tmpdir(), 'whatsapp-window-'));
  beforeAll(async () => {
    process.env.TMPDIR = scratch;
    await emulator.start();
  });
  afterAll(async () => {
    await emulator.stop();
    file.remove();
    rmSync(scratch, { recursive: true, force: true });
  });

  const change = (changes: Readonly<Record<string, string>> = {}) => {
    file.remove();
    file = settingsFile({ ...settings, ...changes });
  };
  const argsOf = (args: readonly string[]) => ['--env', file.path, ...args];
  const runDeploy = (args: readonly string[], options: Partial<MainOptions> = {}) =>
    runMain(main, argsOf(args), { emulatorUrl: emulator.url, env: { TMPDIR: scratch }, ...options });

  return {
    ...{ emulator, control, settings, scratch, change, argsOf, runDeploy },
    deploy: (...args: string[]) => runDeploy(args),
    deployments: async () => (await control.get<{ deployments: Deployment[] }>('deployments')).deployments,
    /** The requests of the Twilio API that may have changed something. */
    writes: async () =>
      (await control.get<{ requests: { method: string; route: string }[] }>('requests')).requests
        .filter(({ method }) => method !== 'GET')
        .map(({ route }) => route),
    built: () => builtFor(emulator.accountSid),
  };
}

/** What `npm run build` made, as the toolkit's own lister reads it. */
async function builtFor(accountSid: string) {
  const { functions, assets } = await fsHelpers.getListOfFunctionsAndAssets(join(ROOT, 'dist'), {
    functionsFolderNames: ['functions'],
    assetsFolderNames: ['assets'],
  });
  const shown = (files: typeof functions | typeof assets) =>
    files
      .map(({ path, access, content }) => ({ path, visibility: access, content: String(content) }))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  const path = `/2010-04-01/Accounts/${accountSid}/Messages.json`;
  const all = shown(functions).filter((file) => file.path !== path);
  // A deploy knows the account, so /messages is where the account's SDK looks as well.
  const messages = all.find((file) => file.path === '/messages');
  return { functions: [...(messages ? [{ ...messages, path }] : []), ...all], assets: shown(assets) };
}
