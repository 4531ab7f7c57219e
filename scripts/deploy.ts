/**
 * `npm run deploy`: from the sources to live functions. It checks the settings, builds into a folder of its own, shows
 * what will be uploaded, asks, uploads, and says what comes next. Nothing of it stays on this machine.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fsHelpers } from '@twilio-labs/serverless-api';
import { staleness } from '../src/domain/prices';
import { checkedSettings, connect, readEnv, type SettingsFile } from './account/account';
import { isOfflineToken, settingOf } from './account/api-token';
import {
  deployableSettings,
  deployedSettings,
  MAX_TOTAL_BYTES,
  MAX_VALUE_BYTES,
  settingsThatStay,
  sizeOf,
} from './account/deployed-settings';
import { envPath } from './account/env-file';
import { SERVICE_NAME } from './account/functions-domain';
import { readPriceFile } from './account/price-file';
import { deployedVariablesFile } from './account/variables-file';
import { command, type Ended, type Run } from './command/command';
import type { Io } from './command/io';
import { npmRun } from './command/npm-run';
import { offlineAddresses } from './command/offline-io';
import type { CommonOptions } from './command/options';
import type { Output } from './command/output';
import { runProgram } from './command/program';
import { ScriptFailure } from './command/script-failure';
import { removeEmptied } from './deploy/emptied-variables';
import { changesBetween, partsOf, readLastDeploy, rememberDeploy } from './deploy/last-deploy';
import { nextStepAfter } from './deploy/next-step';
import { packageManifest, RUNTIME_HANDLER } from './deploy/package-manifest';
import { type Resource, type Uploaded, upload } from './deploy/upload';
import { ROOT } from './offline/twilio-run';
import { demandSyncService } from './setup/sync-service';

interface DeployOptions extends CommonOptions {
  readonly environment: string;
  readonly production: boolean;
  readonly serviceName: string;
  readonly runtimeHandler: string;
  readonly prices?: string;
  readonly again: boolean;
}

/** The toolkit's newest default is another one, and what runs has to be what was tested. */
const RUNTIME = 'node22';

const OWN_PRICES = 'prices.json';

const MAX_LOOKS = 120;
const LOOK_EVERY_MS = 250;

export const main = command<DeployOptions>(
  {
    name: 'deploy',
    summary: 'Build the functions and put them live on Twilio.',
    examples: [
      ['--dry-run', 'what would be uploaded; nothing is'],
      ['--offline', 'live on the running npm start, under the domain that Twilio would give it'],
      ['--production', 'live at whatsapp-window-1234.twil.io, without -dev'],
    ],
    changes: true,
    own: (line) =>
      line
        .option(
          '--environment <suffix>',
          'the end of the domain, as in whatsapp-window-1234-dev.twil.io',
          'dev',
        )
        .option('--production', 'a domain without such an end', false)
        .option('--service-name <name>', 'the Functions service; made where there is none', SERVICE_NAME)
        .option(
          '--prices <file>',
          `your prices, readable by the functions alone; default: ${OWN_PRICES}, if there is one`,
        )
        .option('--again', 'upload also where nothing has changed', false)
        .option('--runtime-handler <version>', 'of @twilio/runtime-handler', RUNTIME_HANDLER),
  },
  async (run) => {
    // Only the owner can enter it: the file of variables holds the API token.
    const closed = mkdtempSync(join(tmpdir(), 'whatsapp-window-deploy-'));
    const remove = () => rmSync(closed, { recursive: true, force: true });
    run.io.stopped.addEventListener('abort', remove, { once: true });
    try {
      return await deploy(run, closed);
    } finally {
      remove();
    }
  },
);

/** @param closed a folder that is removed once this has ended */
async function deploy(run: Run<DeployOptions>, closed: string): Promise<Ended> {
  const { options, output, io } = run;
  const settings = readEnv(run);
  const { env } = settings;
  const variables = checkedVariables(settings);
  const prices = checkedPrices(run);
  const manifest = packageManifest(options.runtimeHandler);
  const folder = join(closed, 'dist');
  execFileSync(process.execPath, ['build.mjs', '--out', folder, '--prices', prices], {
    cwd: ROOT,
    env: { ...io.env, ACCOUNT_SID: env.ACCOUNT_SID },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const { functions, assets } = await fsHelpers.getListOfFunctionsAndAssets(folder, {
    functionsFolderNames: ['functions'],
    assetsFolderNames: ['assets'],
  });
  const plan = {
    service: options.serviceName,
    environment: options.production ? null : options.environment,
    runtime: RUNTIME,
    dependencies: manifest.dependencies,
    functions: resources(functions),
    assets: resources(assets),
    variables: Object.keys(variables),
    notDeployed: settingsThatStay(env),
  };
  tell(plan, output);
  if (options.dryRun) return { ok: true, json: { dryRun: true, ...plan } };

  const { ACCOUNT_SID = '', AUTH_TOKEN = '' } = env;
  // Wrong credentials are told as such, before anything is uploaded.
  const sdk = connect(settings, io);
  await sdk.api.v2010.accounts(sdk.accountSid).fetch();
  const parts = partsOf({ ...plan, functions, assets, variables });
  const syncServiceSid = variables.SYNC_SERVICE_SID ?? '';
  await demandSyncService(sdk, syncServiceSid, options);
  const last = await readLastDeploy(sdk, syncServiceSid, plan.service, plan.environment);
  const changes = last && changesBetween(last.parts, parts);
  tellChanges(changes, options.again, output);
  if (changes?.length === 0 && !options.again) {
    return { ok: true, json: { dryRun: false, ...plan, changes, uploaded: false } };
  }
  if (!(await output.agreed(`Deploy this to the account ${ACCOUNT_SID.trim()}?`))) {
    output.say('Nothing was changed.');
    return { ok: false, json: { declined: true } };
  }
  writeFileSync(join(closed, 'package.json'), JSON.stringify(manifest, null, 2));
  // twilio-run takes a folder for a project by this name, before it reads which folders its configuration names.
  mkdirSync(join(closed, 'src'));
  const file = join(closed, 'variables.env');
  writeFileSync(file, deployedVariablesFile(variables), { mode: 0o600 });
  output.say('uploading …');
  const uploaded = await upload(io, {
    folder: closed,
    variablesFile: file,
    accountSid: ACCOUNT_SID.trim(),
    authToken: AUTH_TOKEN.trim(),
    serviceName: plan.service,
    environment: plan.environment,
    runtime: plan.runtime,
    expected: plan,
  });
  const removed = await removeEmptied(sdk, uploaded, deployableSettings(), variables);
  const { buildSid, domain } = uploaded;
  await rememberDeploy(sdk, syncServiceSid, plan.service, plan.environment, { buildSid, parts });
  if (options.offline) await untilServed(domain, io);
  const deployed = { service: plan.service, domain };
  const nextStep = await nextStepAfter(sdk, variables.WHATSAPP_SENDER ?? '', deployed, options).catch(() =>
    // It is live: a look at the webhooks that fails takes nothing of that back.
    npmRun(options, 'setup', `--domain ${domain}`),
  );
  const told = done(uploaded, removed, { ...plan, changes }, nextStep, run.output);
  if (options.offline) output.say(`open ${offlineAddress(domain, io)}/index.html`);
  return told;
}

/** @param changes null where the last deploy is not known */
function tellChanges(changes: readonly string[] | null, isAgain: boolean, output: Output): void {
  if (changes === null) return;
  if (changes.length === 0) {
    if (isAgain) output.say('Nothing has changed since the last deploy. It is uploaded again.');
    else output.nothingToDo('nothing has changed since the last deploy, and --again uploads all the same');
    return;
  }
  output.say('Since the last deploy:');
  for (const change of changes) output.say(`  ${change}`);
}

/** Under this address a browser on this machine reaches what is deployed to the running `npm start`. */
function offlineAddress(domain: string, { env }: Io): string {
  return offlineAddresses(env).emulator.replace('://localhost', `://${domain}.localhost`);
}

/** The running `npm start` needs a moment to start what it was given. */
async function untilServed(domain: string, io: Io): Promise<void> {
  for (let attempt = 0; attempt < MAX_LOOKS; attempt += 1) {
    const answer = await io.fetch(`https://${domain}/index.html`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new ScriptFailure(
    `It is deployed, but nothing answers at ${domain}.`,
    'Look at what npm start says, then run the same command again with --again.',
  );
}

/** @throws ScriptFailure with every problem */
function checkedVariables(settings: SettingsFile): Readonly<Record<string, string>> {
  const { apiTokens } = checkedSettings(settings);
  const { env } = settings;
  const offline = apiTokens.find(({ token }) => isOfflineToken(token));
  if (offline) {
    throw new ScriptFailure(
      `${settingOf(offline)} is the one for trying things offline, which everybody can read in this repository.`,
      offline.name === null
        ? 'Empty the line and run npm run setup: it makes one.'
        : 'Put another in its place: 24 characters or more, drawn at random.',
    );
  }
  const variables = deployedSettings(env);
  const { total, tooLong } = sizeOf(variables);
  if (tooLong.length > 0 || total > MAX_TOTAL_BYTES) {
    throw new ScriptFailure(
      tooLong.length > 0
        ? `Twilio takes ${MAX_VALUE_BYTES} bytes a variable, and longer are: ${tooLong.join(', ')}.`
        : `Twilio takes about ${MAX_TOTAL_BYTES} bytes of variables, and these have ${total}.`,
      'Shorten them, or leave out what has its default anyway.',
    );
  }
  return variables;
}

/**
 * No send fails for a wrong price file, so nobody would notice it once it is live.
 * @returns the file, which need not be there where none was named
 * @throws ScriptFailure with everything that is wrong with it
 */
function checkedPrices({ options: { prices }, output, io }: Run<DeployOptions>): string {
  const file = prices === undefined ? envPath(OWN_PRICES) : resolve(io.cwd, prices);
  if (prices === undefined && !existsSync(file)) return file;
  const old = staleness(readPriceFile(file, prices ?? OWN_PRICES), io.now());
  if (old) output.say(old);
  return file;
}

function resources(files: readonly Resource[]): readonly Resource[] {
  return files.map(({ access, path }) => ({ access, path })).sort((a, b) => (a.path < b.path ? -1 : 1));
}

interface Plan {
  readonly service: string;
  readonly environment: string | null;
  readonly runtime: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly functions: readonly Resource[];
  readonly assets: readonly Resource[];
  readonly variables: readonly string[];
  readonly notDeployed: readonly string[];
  /** Since the last deploy; null where that is not known. */
  readonly changes?: readonly string[] | null;
}

function tell(plan: Plan, output: Output): void {
  output.say(`service ${plan.service}, environment ${plan.environment ?? '(production)'}, ${plan.runtime}`);
  for (const { access, path } of plan.functions) output.say(`  function ${access.padEnd(9)} ${path}`);
  for (const { access, path } of plan.assets) output.say(`  asset    ${access.padEnd(9)} ${path}`);
  for (const [name, version] of Object.entries(plan.dependencies))
    output.say(`  installs ${name} ${version}`);
  output.say(`  variables ${plan.variables.join(', ')}`);
  if (plan.notDeployed.length > 0) {
    output.say(`  not deployed, as these functions know no such setting: ${plan.notDeployed.join(', ')}`);
  }
}

function done(
  uploaded: Uploaded,
  removed: readonly string[],
  plan: Plan,
  nextStep: string,
  output: Output,
): Ended {
  output.say('');
  output.say(`live at ${uploaded.domain}`);
  const reachable = [...uploaded.functions, ...uploaded.assets].filter(({ access }) => access !== 'private');
  for (const { url } of reachable) output.say(`  ${url}`);
  if (removed.length > 0) output.say(`no longer deployed, as they are empty now: ${removed.join(', ')}`);
  output.say('');
  output.say(`next: ${nextStep}`);
  return { ok: true, json: { dryRun: false, ...plan, domain: uploaded.domain, removed, nextStep } };
}

if (require.main === module) runProgram(main);
