/**
 * An account as setup and deploy leave it, made anew before each test, with the functions running in this process, and the
 * doctor to look at it. It must not know what the doctor should find, save in a healthy account.
 */
import { chmodSync } from 'node:fs';
import { main } from '../../scripts/doctor';
import type { OfflineService } from '../../scripts/offline/offline-service';
import { Control, clientOf } from '../emulator/emulator-client';
import { startFunctions } from '../functions/functions-server';
import { type MainOptions, runMain, settingsFile } from './run-main';

export const SENDER = 'whatsapp:+15550001111';
export const USER = 'whatsapp:+15551234567';
/** In two parts: the doctor looks for it in the files of Git, this one among them. */
export const TOKEN = 'Zk3v9QeW1xT7bLr0mYp5'.concat('uHs8dNa2cJf6gRi4oXqE');
export const NOON = '2031-05-05T12:00:00Z';

export interface Result {
  check: string;
  mark: string;
  found: string;
  fix: string | null;
  why: string;
}

export const HEALTHY = {
  credentials: 'ok',
  region: 'ok',
  settings: 'ok',
  'API token': 'ok',
  'secrets elsewhere': 'ok',
  'size of the settings': 'ok',
  Sync: 'ok',
  sender: 'ok',
  webhook: 'ok',
  'webhook rules': 'ok',
  Conversations: 'ok',
  'functions answer': 'ok',
  'functions refuse strangers': 'ok',
  // What answers in this test was not deployed.
  'deployed settings': 'not checked',
  'secrets in Studio': 'ok',
  templates: 'ok',
  FALLBACK_TEMPLATE: 'ok',
  'inbound messages arrive': 'ok',
  'Sync and the log agree': 'ok',
  'scheduled messages': 'ok',
  'WhatsApp agrees': 'ok',
};

export function useDoctor() {
  let offline: OfflineService;
  let client: ReturnType<typeof clientOf>;
  let control: Control;
  let settings: Record<string, string> = {};
  let file = settingsFile({});

  beforeAll(async () => {
    offline = await startFunctions({
      inProcess: true,
      settings: { WHATSAPP_SENDER: SENDER, API_TOKEN: TOKEN },
    });
    client = clientOf(offline.emulator);
    control = new Control(offline.emulator);
    settings = Object.fromEntries(Object.entries(offline.env).map(([name, value]) => [name, value ?? '']));
  });
  afterAll(() => offline.stop());

  const sender = async () => {
    const [own] = await client.messaging.v2.channelsSenders.list({ channel: 'whatsapp' });
    return client.messaging.v2.channelsSenders(own?.sid ?? '');
  };
  const setWebhook = async (webhook: object) => {
    const own = await sender();
    await own.update({ webhook } as unknown as Parameters<typeof own.update>[0]);
  };
  const incoming = () => `${offline.functionsUrl}/incoming-message`;
  const wrote = (rest: object = {}) => control.post('inbound', { from: USER, to: SENDER, ...rest });
  const advance = (seconds: number) => control.post('clock', { advanceSeconds: seconds });

  /** An account with a sender, to which nobody has written. */
  async function emptyAccount(): Promise<void> {
    await control.post('reset', { functionsUrl: offline.functionsUrl });
    await control.post('clock', { set: NOON, freeze: true });
    await control.post('config', { senders: [SENDER] });
  }

  /** An account as setup and deploy leave it, in which somebody wrote two minutes ago. */
  beforeEach(async () => {
    file.remove();
    file = settingsFile(settings);
    chmodSync(file.path, 0o600);
    await emptyAccount();
    await setWebhook({
      callback_url: `${incoming()}#rc=3&rp=ct,rt,4xx,5xx`,
      callback_method: 'POST',
      fallback_url: incoming(),
      fallback_method: 'POST',
    });
    await wrote();
    await advance(120);
    await control.call('DELETE', 'requests');
  });
  afterAll(() => file.remove());

  const change = (changes: Record<string, string>) => {
    file.remove();
    file = settingsFile({ ...settings, ...changes });
    chmodSync(file.path, 0o600);
  };

  /** What every run of it in this test needs. */
  const around = () => ({ emulatorUrl: offline.emulator.url, clockFile: offline.clockFile });
  const argsOf = (args: readonly string[]) => [
    ...['--env', file.path],
    ...(args.some((arg) => arg === '--url' || arg === '--domain') ? [] : ['--url', offline.functionsUrl]),
    ...args,
  ];

  /** As a person runs it. */
  const spoken = (args: readonly string[], more: Partial<MainOptions> = {}) =>
    runMain(main, argsOf(args), { ...around(), ...more });

  async function doctor(...args: string[]) {
    const run = await spoken(['--json', ...args]);
    const { checks } = run.json as { checks: Result[] };
    const byName = new Map(checks.map((check) => [check.check, check]));
    return {
      ...run,
      checks,
      byName,
      marks: Object.fromEntries(checks.map(({ check, mark }) => [check, mark])),
    };
  }

  return {
    offline: () => offline,
    client: () => client,
    control: () => control,
    file: () => file.path,
    around,
    ...{ setWebhook, incoming, wrote, advance, emptyAccount, change, spoken, doctor },
  };
}
