/**
 * `npm run teardown`: the way out. It lists what this project has in the account, asks, takes it away, and sets the
 * webhooks back to what they were before setup. It may be interrupted and repeated; what is gone already is passed over.
 */
import { existsSync, readFileSync } from 'node:fs';
import { connect, readEnv } from './account/account';
import { SERVICE_NAME } from './account/functions-domain';
import { isSandbox } from './account/inbound-webhook';
import { command, type Ended, type Run } from './command/command';
import type { Io } from './command/io';
import { offlineAddresses } from './command/offline-io';
import type { CommonOptions } from './command/options';
import { runProgram } from './command/program';
import { withoutSettings, writeSettingsFile } from './setup/settings-file';
import { stepsFor } from './teardown/steps';

interface Options extends CommonOptions {
  readonly serviceName: string;
  readonly templates: boolean;
}

/** Of the Sync service that is gone: setup would look for it. */
const EMPTIED = ['SYNC_SERVICE_SID'];

export const main = command<Options>(
  {
    name: 'teardown',
    summary: 'Take away what setup and deploy made, and set the webhooks back to what they were before.',
    examples: [
      ['--dry-run', 'what would go; nothing does'],
      ['--offline', 'the same on the running npm start'],
    ],
    changes: true,
    own: (line) =>
      line
        .option('--service-name <name>', 'the Functions service', SERVICE_NAME)
        .option('--templates', 'the templates as well; else they stay, as WhatsApp has approved them', false),
  },
  tearDown,
);

async function tearDown(run: Run<Options>): Promise<Ended> {
  const { options, output, io } = run;
  const settings = readEnv(run);
  const sdk = connect(settings, io);
  // First, so that wrong credentials are told as such.
  await sdk.api.v2010.accounts(sdk.accountSid).fetch();
  const account = { sdk, settings, serviceName: options.serviceName };
  const { steps, others } = await stepsFor(account, options.templates);
  const removed = steps.flatMap(({ lines }) => lines);
  const notes = others.length > 0 ? [sharedWith(others)] : notesOn(settings.env.WHATSAPP_SENDER, options);
  if (steps.length === 0) output.nothingToDo('nothing of this project is in the account');
  else output.say('This goes, and nothing brings it back:');
  for (const line of removed) output.say(`  - ${line}`, 4);
  for (const note of notes) output.say(note);
  if (options.dryRun || steps.length === 0) {
    if (!options.dryRun && others.length === 0) emptySettings(settings.path);
    return { ok: true, json: { dryRun: options.dryRun, removed, notes } };
  }
  if (!(await output.agreed('Take all of this away?', 'no'))) {
    output.say('Nothing was changed.');
    return { ok: false, json: { declined: true } };
  }
  for (const { act, lines } of steps) {
    await act();
    output.say(`done: ${lines.join(', ')}`, 2);
  }
  if (others.length === 0) {
    if (options.offline) await forgetSandboxWebhook(io);
    emptySettings(settings.path);
  }
  return { ok: true, json: { dryRun: false, removed, notes } };
}

function sharedWith(others: readonly string[]): string {
  return `Everything else stays, because ${others.join(', ')} works with it: run this again for ${others.length === 1 ? 'that one' : 'each of them'}, with --service-name.`;
}

/** Offline, setup set it in the Console's place. */
async function forgetSandboxWebhook(io: Io): Promise<void> {
  await io.fetch(`${offlineAddresses(io.env).emulator}/_emulator/config`, {
    method: 'POST',
    body: JSON.stringify({ incomingUrl: null }),
  });
}

function notesOn(sender: string | undefined, { templates, offline }: Options): readonly string[] {
  return [
    ...(templates ? [] : ['The templates stay; --templates takes away those that setup made.']),
    ...(isSandbox(sender?.trim() ?? '') && !offline
      ? [
          'The Sandbox’s webhook can be changed in the Console only: Messaging > Try it out > Send a WhatsApp message > Sandbox settings.',
        ]
      : []),
    'Twilio’s own message log stays as it is.',
  ];
}

function emptySettings(path: string): void {
  if (!existsSync(path)) return;
  const text = readFileSync(path, 'utf8');
  const emptied = withoutSettings(text, EMPTIED);
  if (emptied !== text) writeSettingsFile(path, emptied);
}

if (require.main === module) runProgram(main);
