/**
 * `npm run setup`: from two credentials to an account that is ready for these functions: Sync service, token, templates,
 * settings file, and the webhook once they are deployed. It looks first, says what it will do, asks, and then does it; a
 * second run finds everything as it should be, and one that was interrupted goes on.
 */
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { SANDBOX_SENDER } from '../src/domain/whatsapp-address';
import { listTemplates } from '../src/twilio/content-templates';
import {
  connect,
  demandCredentials,
  REHEARSAL_ENV,
  readEnv,
  type SettingsFile,
  type TwilioSdk,
} from './account/account';
import { setConversationsWebhook, takingService } from './account/conversations-webhook';
import { type Env, envPath } from './account/env-file';
import { isNotFound, rememberWebhooks } from './account/former-webhooks';
import { deployedDomains, parseDomain, SERVICE_NAME, theOnly } from './account/functions-domain';
import { isOwnAddress, setWebhook } from './account/inbound-webhook';
import { command, type Ended, type Run } from './command/command';
import { npmRun } from './command/npm-run';
import { offlineAddresses } from './command/offline-io';
import type { Output } from './command/output';
import { runProgram } from './command/program';
import { drawToken } from './setup/api-tokens';
import { changeToken, isAboutTokens, type TokenOptions } from './setup/change-token';
import { type ConversationsPlan, planConversations } from './setup/conversations-plan';
import { closeToOthers, withSettings, writeSettingsFile } from './setup/settings-file';
import { createSyncService, findSyncService, SYNC_SERVICE_NAME } from './setup/sync-service';
import {
  canAskForAnswer,
  canBeSubmitted,
  createTemplate,
  PLEASE_ANSWER,
  submitTemplate,
  type TemplateState,
  templateStates,
} from './setup/templates';
import { forwardUrlFor, planWebhook, type WebhookPlan } from './setup/webhook-plan';

interface SetupOptions extends TokenOptions {
  readonly domain?: string;
  readonly serviceName: string;
  readonly submit: boolean;
  readonly conversations: boolean;
}

/** Where what a webhook was before is remembered. */
interface Memory {
  readonly sdk: TwilioSdk;
  /** Undefined in a dry run that would create it. */
  readonly syncServiceSid: string | undefined;
}

type Connected = 'changed' | 'unchanged' | 'declined';

const EXAMPLE_ENV = '.env.example';

/** What was found, before anything is changed. */
interface Findings {
  readonly syncServiceSid: string | undefined;
  readonly templates: readonly TemplateState[];
  readonly sender: string;
  readonly webhook: WebhookPlan;
  /** Null where nothing is deployed yet, or it was not asked for and Conversations does not take the sender's messages. */
  readonly conversations: ConversationsPlan | null;
}

export const main = command<SetupOptions>(
  {
    name: 'setup',
    summary: 'Prepare a Twilio account and .env for these functions; run it again after a deploy.',
    examples: [
      ['--dry-run', 'what would be made and changed; nothing is'],
      ['--submit', 'have the template that asks for an answer approved by WhatsApp'],
      ['--token ada', 'a token for ada, beside the one that ada has'],
      ['--offline', 'the same on the running npm start, into .env.rehearsal'],
    ],
    changes: true,
    own: (line) =>
      line
        .option('--domain <domain>', 'where the functions are deployed; default: what Twilio says is live')
        .option('--service-name <name>', 'the Functions service to look for', SERVICE_NAME)
        .option('--submit', 'ask WhatsApp to approve the templates', false)
        .option('--conversations', 'also connect Twilio Conversations, by which Flex works', false)
        .option('--token <name>', 'only draw a token for a caller, NAME or NAME:read; one it had works on')
        .option('--revoke <name>', 'only take the token of that name out')
        .option('--show', 'print the token that --token drew', false),
  },
  setUp,
);

async function setUp(run: Run<SetupOptions>): Promise<Ended> {
  const { options, output, io } = run;
  if (isAboutTokens(options)) return changeToken(run, readEnv(run, REHEARSAL_ENV));
  const domain = options.domain === undefined ? undefined : parseDomain(options.domain);
  const settings = await settingsOf(run);
  const { env } = settings;
  const sdk = connect(settings, io);
  const findings = await lookAround(sdk, env, domain, options);

  const created = await createMissing(sdk, findings, options, output);
  if (created === 'declined') return declined(output);
  const values = settingsToFill(env, findings, created.syncServiceSid);
  output.hide(values.API_TOKEN);
  const written = await fillSettings(settings, values, options, output);
  if (written === 'declined') return declined(output);
  const memory = { sdk, syncServiceSid: created.syncServiceSid };
  const connected = await connectWebhook(memory, env, findings.webhook, run);
  const conversations = await connectConversations(memory, findings.conversations, run);

  const nextSteps = nextStepsFor(findings, options, Object.keys(values), connected);
  const made = [...created.names, ...created.submitted, ...Object.keys(values)];
  if (made.length === 0 && isConnected(findings, options))
    output.nothingToDo('everything is there that setup makes');
  output.say('');
  for (const step of nextSteps) output.say(`next: ${step}`);
  return {
    ok:
      findings.webhook.kind !== 'no-such-sender' && connected !== 'declined' && conversations !== 'declined',
    json: {
      dryRun: options.dryRun,
      syncServiceSid: created.syncServiceSid ?? null,
      created: created.names,
      submitted: created.submitted,
      settings: Object.keys(values),
      webhook: { state: findings.webhook.kind, result: connected },
      ...(options.conversations && { conversations }),
      nextSteps,
    },
  };
}

/** Whether nothing is left to connect that can be connected now. */
function isConnected({ webhook, conversations }: Findings, options: SetupOptions): boolean {
  const needsConversations = options.conversations && conversations !== null && !conversations.isRight;
  return ['right-already', 'not-deployed'].includes(webhook.kind) && !needsConversations;
}

/** The file with the settings. A rehearsal needs none: its account is the emulator's, and is the same for everybody. */
async function settingsOf(run: Run<SetupOptions>): Promise<SettingsFile> {
  const { options, output, io } = run;
  const settings = readEnv(run, REHEARSAL_ENV);
  const { file, path } = settings;
  if (!options.offline) {
    demandCredentials(settings);
    return settings;
  }
  const isOld = existsSync(path) && !(await isOfThisEmulator(connect(settings, io), settings.env));
  if (isOld) output.say(`${file} is of an npm start that has ended: it is begun anew.`);
  if (isOld || !existsSync(path)) {
    copyFileSync(envPath(EXAMPLE_ENV), path);
    closeToOthers(path);
  }
  return readEnv(run, REHEARSAL_ENV);
}

async function isOfThisEmulator(sdk: TwilioSdk, env: Env): Promise<boolean> {
  const sid = env.SYNC_SERVICE_SID?.trim();
  if (!sid) return true;
  return sdk.sync.v1
    .services(sid)
    .fetch()
    .then(
      () => true,
      (error: unknown) => {
        if (isNotFound(error)) return false;
        throw error;
      },
    );
}

/** Everything that has to be known, by reading only. */
async function lookAround(
  sdk: TwilioSdk,
  env: Env,
  domain: string | undefined,
  options: SetupOptions,
): Promise<Findings> {
  const { serviceName, conversations } = options;
  // First, so that wrong credentials are told as such.
  await sdk.api.v2010.accounts(sdk.accountSid).fetch();
  const syncServiceSid = await findSyncService(sdk, env, options);
  const templates = templateStates(await listTemplates(sdk));
  const sender = env.WHATSAPP_SENDER?.trim() || SANDBOX_SENDER;
  const live = domain ?? theOnly(await deployedDomains(sdk, serviceName));
  const isNeeded = conversations || (await takingService(sdk, sender)) !== undefined;
  const plan =
    isNeeded && live !== undefined ? await planConversations(sdk, `https://${live}`, sender) : null;
  return {
    syncServiceSid,
    templates,
    sender,
    webhook: await planWebhook(sdk, sender, live),
    conversations: plan,
  };
}

interface Created {
  readonly syncServiceSid: string | undefined;
  readonly names: readonly string[];
  readonly submitted: readonly string[];
}

async function createMissing(
  sdk: TwilioSdk,
  { syncServiceSid, templates }: Findings,
  { dryRun, submit }: SetupOptions,
  output: Output,
): Promise<Created | 'declined'> {
  tellExisting(syncServiceSid, templates, output);
  const names = [
    ...(syncServiceSid === undefined ? [`Sync service ${SYNC_SERVICE_NAME}`] : []),
    ...templates.flatMap(({ planned, existing }) => (existing ? [] : [`template ${planned.name}`])),
  ];
  const submitted = submit ? toBeSubmitted(templates, output) : [];
  if (dryRun || names.length + submitted.length === 0) return { syncServiceSid, names, submitted };
  if (!(await output.agreed(questionOf(names, submitted)))) return 'declined';

  const sid = syncServiceSid ?? (await createSyncService(sdk));
  for (const { planned, existing } of templates) {
    const contentSid = existing?.contentSid ?? (await createTemplate(sdk, planned));
    if (submitted.includes(planned.name)) await submitTemplate(sdk, contentSid, planned.name);
  }
  output.say(`done: ${[...names, ...submitted.map((name) => `approval of ${name}`)].join(', ')}`);
  return { syncServiceSid: sid, names, submitted };
}

/** Says what is harmless about it, and what is not: WhatsApp looks at what is submitted. */
function questionOf(names: readonly string[], submitted: readonly string[]): string {
  const create = `Create ${names.join(', ')} in the account?`;
  const submit = `submit ${submitted.join(', ')} to WhatsApp, which takes up to a day to decide?`;
  if (submitted.length === 0) return `${create} What is there stays as it is.`;
  return names.length === 0 ? submit.replace('submit', 'Submit') : `${create.slice(0, -1)}, and ${submit}`;
}

function tellExisting(
  syncServiceSid: string | undefined,
  templates: readonly TemplateState[],
  output: Output,
): void {
  output.say(
    syncServiceSid === undefined
      ? `Sync service "${SYNC_SERVICE_NAME}": to be created`
      : `Sync service: ${syncServiceSid}`,
  );
  for (const { planned, existing } of templates) {
    output.say(
      existing
        ? `template ${planned.name}: ${existing.contentSid}, ${existing.status}`
        : `template ${planned.name}: to be created: ${planned.text}`,
    );
    if (existing && existing.text !== planned.text) {
      output.warn(`The account has a template ${planned.name} with another text. It is left as it is.`);
    }
  }
}

/** @returns the names of those that WhatsApp can approve and does not have yet */
function toBeSubmitted(templates: readonly TemplateState[], output: Output): readonly string[] {
  const unsubmitted = templates.filter(isUnsubmitted).map(({ planned }) => planned);
  const submitted = unsubmitted.filter(canBeSubmitted).map(({ name }) => name);
  const kept = unsubmitted.map(({ name }) => name).filter((name) => !submitted.includes(name));
  if (kept.length > 0) {
    output.say(
      `not submitted: ${kept.join(', ')}: WhatsApp rejects a text that begins or ends with a placeholder, and blocks its name for 30 days. Inside the customer service window they can be sent as they are.`,
    );
  }
  if (submitted.length > 0) output.say(`to WhatsApp for approval: ${submitted.join(', ')}`);
  return submitted;
}

/** The settings that are empty in the file and can be known now. One that is filled in is never touched. */
function settingsToFill(
  env: Env,
  { templates, sender, webhook }: Findings,
  syncServiceSid: string | undefined,
): Readonly<Record<string, string>> {
  const askForAnswer = templates.find(({ planned }) => planned.name === PLEASE_ANSWER)?.existing;
  const forwardUrl = forwardUrlFor(webhook, env);
  const known: Readonly<Record<string, string>> = {
    SYNC_SERVICE_SID: syncServiceSid ?? '(of the service that will be created)',
    WHATSAPP_SENDER: sender,
    API_TOKEN: drawToken(),
    ...(canAskForAnswer(askForAnswer) && { FALLBACK_TEMPLATE: PLEASE_ANSWER }),
    ...(forwardUrl !== null && { FORWARD_URL: forwardUrl }),
  };
  return Object.fromEntries(Object.entries(known).filter(([name]) => !env[name]?.trim()));
}

async function fillSettings(
  { path, file }: SettingsFile,
  values: Readonly<Record<string, string>>,
  { dryRun }: SetupOptions,
  output: Output,
): Promise<'written' | 'unchanged' | 'declined'> {
  if (!dryRun && closeToOthers(path)) output.warn(`${file} could be read by other users; now only by you.`);
  if (Object.keys(values).length === 0) {
    output.say(`${file}: complete`);
    return 'unchanged';
  }
  output.say(`${file}, lines that are empty until now:`);
  for (const [name, value] of Object.entries(values)) output.say(`  ${name}=${value}`);
  if (values.FORWARD_URL !== undefined) {
    output.warn(
      'FORWARD_URL keeps what handles inbound messages today in work: each message goes on to it. It takes effect with the next npm run deploy.',
    );
  }
  if (dryRun) return 'unchanged';
  if (!(await output.agreed(`Fill in these lines of ${file}? No other line is touched.`))) return 'declined';
  writeSettingsFile(path, withSettings(readFileSync(path, 'utf8'), values));
  return 'written';
}

async function connectWebhook(
  memory: Memory,
  env: Env,
  plan: WebhookPlan,
  run: Run<SetupOptions>,
): Promise<Connected> {
  const { output } = run;
  switch (plan.kind) {
    case 'not-deployed':
      output.say('webhook: later, once the functions are deployed');
      return 'unchanged';
    case 'paste':
      return pasteWebhook(plan.url, run);
    case 'no-such-sender':
      output.warn('webhook: this account has no WhatsApp sender like WHATSAPP_SENDER.');
      return 'unchanged';
    case 'right-already':
      output.say(`webhook of ${plan.place.name}: right already`);
      return 'unchanged';
    case 'change':
      return changeWebhook(memory, env, plan, run);
  }
}

async function pasteWebhook(url: string, { options, output, io }: Run<SetupOptions>): Promise<Connected> {
  output.say(
    'webhook: the Sandbox’s can be set in the Console only. At Messaging > Try it out > Send a WhatsApp message > Sandbox settings, "When a message comes in", method POST, paste',
  );
  output.say(`  ${url}`);
  if (!options.offline || options.dryRun) return 'unchanged';
  await io.fetch(`${offlineAddresses(io.env).emulator}/_emulator/config`, {
    method: 'POST',
    body: JSON.stringify({ incomingUrl: url }),
  });
  output.say('  (offline there is no Console: it is pasted for you)');
  return 'changed';
}

async function changeWebhook(
  { sdk, syncServiceSid }: Memory,
  env: Env,
  { place, wanted, formerUrl }: Extract<WebhookPlan, { kind: 'change' }>,
  { options, output }: Run<SetupOptions>,
): Promise<Connected> {
  output.say(`webhook of ${place.name}:`);
  output.say(`  - ${place.current.method ?? ''} ${place.current.url ?? 'none'}`);
  output.say(`    fallback ${place.current.fallbackUrl ?? 'none'}`);
  output.say(`  + ${wanted.method} ${wanted.url}`);
  output.say(`    fallback ${wanted.fallbackUrl}`);
  const forwardUrl = env.FORWARD_URL?.trim();
  if (formerUrl !== null && forwardUrl && forwardUrl !== formerUrl) {
    output.warn('FORWARD_URL names another address: the former one will hear of no message any more.');
  }
  if (options.dryRun) return 'unchanged';
  const question = place.current.url === null ? 'Set the webhook?' : 'Change the webhook?';
  if (!(await output.agreed(`${question} npm run teardown sets it back.`))) return 'declined';
  // First: whoever is interrupted after the change could not tell any more what it was.
  if (syncServiceSid !== undefined && !isOwnAddress(place.current.url)) {
    await rememberWebhooks(sdk, syncServiceSid, { inbound: { [place.sid]: place.current } });
  }
  await setWebhook(sdk, place, wanted);
  output.say('done: the webhook is changed. npm run teardown sets it back.');
  return 'changed';
}

async function connectConversations(
  { sdk, syncServiceSid }: Memory,
  plan: ConversationsPlan | null,
  { options, output }: Run<SetupOptions>,
): Promise<Connected> {
  if (plan === null) {
    if (options.conversations) output.say('Conversations: later, once the functions are deployed');
    return 'unchanged';
  }
  if (!options.conversations) return 'unchanged';
  const { place, current, wanted, isRight, isSomebodyElses } = plan;
  if (isRight) {
    output.say(`webhook of ${place.name}: right already`);
    return 'unchanged';
  }
  output.say(`webhook of ${place.name}, after an event:`);
  output.say(`  - ${current.url ?? 'none'}`);
  output.say(`  + ${wanted.url} (${wanted.filters.join(', ')})`);
  if (isSomebodyElses) {
    output.warn('There is one such address: the former one will hear of no event any more.');
  }
  if (options.dryRun) return 'unchanged';
  const question = `${current.url === null ? 'Set' : 'Change'} the webhook of ${place.name}?`;
  if (!(await output.agreed(`${question} npm run teardown sets it back.`))) return 'declined';
  if (syncServiceSid !== undefined && (isSomebodyElses || current.url === null)) {
    await rememberWebhooks(
      sdk,
      syncServiceSid,
      place.serviceSid === null
        ? { conversations: current }
        : { conversationServices: { [place.serviceSid]: current } },
    );
  }
  await setConversationsWebhook(sdk, place, wanted);
  output.say(`done: the webhook of ${place.name} is changed. npm run teardown sets it back.`);
  return 'changed';
}

const isUnsubmitted = ({ existing }: TemplateState) =>
  existing === undefined || existing.status === 'unsubmitted';

function nextStepsFor(
  { templates, webhook, conversations }: Findings,
  options: SetupOptions,
  filled: readonly string[],
  connected: Connected,
): readonly string[] {
  const unsubmitted = templates.some((state) => isUnsubmitted(state) && canBeSubmitted(state.planned));
  const isDeployed = webhook.kind !== 'not-deployed';
  const command = (name: string, words?: string) => npmRun(options, name, words);
  return [
    ...(unsubmitted && !options.submit
      ? [`${command('setup', '--submit')}, to have the template that asks for an answer approved by WhatsApp`]
      : []),
    ...(isDeployed && filled.length > 0
      ? [`${command('deploy')}, so that the new settings take effect`]
      : []),
    ...(isDeployed ? [] : [`${command('deploy')}, then ${command('setup')} again for the webhook`]),
    ...(webhook.kind === 'no-such-sender'
      ? [
          'correct WHATSAPP_SENDER, or register the number in the Console at Messaging > Senders > WhatsApp senders',
        ]
      : []),
    ...(conversations !== null && !conversations.isRight && !options.conversations
      ? [
          `${command('setup', '--conversations')}, because Conversations takes the messages of this sender and no message webhook comes`,
        ]
      : []),
    ...(connected === 'declined' ? [`${command('setup')} again, for the webhook`] : []),
    ...(isDeployed ? [command('doctor')] : []),
  ];
}

function declined(output: Output): Ended {
  output.say('Nothing more was changed.');
  return { ok: false, json: { declined: true } };
}

if (require.main === module) runProgram(main);
