/**
 * `npm run setup` against an account of the emulator: what it finds, makes and writes, that a second run changes nothing,
 * and that an interrupted one is finished by the next.
 */
import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { main } from '../../scripts/setup';
import { useEmulator } from '../emulator/emulator-client';
import { runMain, settingsFile } from './run-main';

const SENDER = 'whatsapp:+15550001111';
const DOMAIN = 'whatsapp-window-1234-dev.twil.io';
const OLD = 'https://bot.example.com/in?a=1';
const WANTED = {
  callbackUrl: `https://${DOMAIN}/incoming-message#rc=3&rp=ct,rt,4xx,5xx`,
  callbackMethod: 'POST',
  fallbackUrl: `https://${DOMAIN}/incoming-message`,
  fallbackMethod: 'POST',
};
const OWN_TEMPLATES = ['lesson_appointment', 'lesson_code', 'lesson_order', 'please_answer'];

const { emulator, client, control } = useEmulator({ sender: SENDER });
const credentials = { ACCOUNT_SID: emulator.accountSid, AUTH_TOKEN: emulator.authToken };

let file = settingsFile({});
/** What is named as the next step works on the same file. */
const npmRun = (name: string) => `npm run ${name} -- --env ${file.path}`;

beforeEach(() => {
  file = settingsFile({ ...credentials, WHATSAPP_SENDER: SENDER });
});
afterEach(() => file.remove());

const setup = (...args: string[]) =>
  runMain(main, ['--env', file.path, ...args], { emulatorUrl: emulator.url });
const settings = () => parseEnv(readFileSync(file.path, 'utf8'));

/** An account in which nobody has done anything yet, or that has some of the templates. */
async function emptyAccount(without = OWN_TEMPLATES) {
  for (const template of await client.content.v1.contents.list()) {
    if (without.includes(template.friendlyName)) await client.content.v1.contents(template.sid).remove();
  }
  await control.call('DELETE', 'requests');
}

const templates = async () =>
  (await client.content.v1.contentAndApprovals.list())
    .filter(({ friendlyName }) => OWN_TEMPLATES.includes(friendlyName))
    .map(({ friendlyName, approvalRequests }) => {
      const { status, category } = approvalRequests as { status?: string; category?: string };
      return [friendlyName, status, category].join(' ').trim();
    })
    .sort();
const syncServices = async () =>
  (await client.sync.v1.services.list()).map(({ friendlyName }) => friendlyName);
const senderSid = async () =>
  (await client.messaging.v2.channelsSenders.list({ channel: 'whatsapp' }))[0]?.sid ?? '';
const webhook = async () => (await client.messaging.v2.channelsSenders(await senderSid()).fetch()).webhook;
const setWebhook = async (fields: object) => {
  const sender = client.messaging.v2.channelsSenders(await senderSid());
  await sender.update({ webhook: fields } as unknown as Parameters<typeof sender.update>[0]);
};

interface Requests {
  requests: { method: string; route: string }[];
}
const writes = async () =>
  (await control.get<Requests>('requests')).requests
    .filter(({ method }) => method !== 'GET')
    .map(({ route }) => route);

/** Everything that setup may change, less what is drawn at random. */
async function state() {
  const { SYNC_SERVICE_SID, API_TOKEN, ...rest } = settings();
  const services = await client.sync.v1.services.list();
  return {
    templates: await templates(),
    sync: services.map(({ friendlyName }) => friendlyName),
    webhook: { ...(await webhook()) },
    isSyncNamed: services.some(
      ({ sid, friendlyName }) => sid === SYNC_SERVICE_SID && friendlyName === 'whatsapp-window',
    ),
    tokenLength: API_TOKEN?.length,
    rest,
  };
}

describe('an empty account', () => {
  beforeEach(emptyAccount);

  test('gets all that these functions need, and says what comes next', async () => {
    const run = await setup('--yes', '--json', '--submit', '--domain', DOMAIN);
    expect({ code: run.code, json: run.json }).toEqual({
      code: 0,
      json: {
        dryRun: false,
        syncServiceSid: settings().SYNC_SERVICE_SID,
        created: [
          'Sync service whatsapp-window',
          'template lesson_code',
          'template lesson_appointment',
          'template lesson_order',
          'template please_answer',
        ],
        submitted: ['please_answer'],
        settings: ['SYNC_SERVICE_SID', 'API_TOKEN'],
        webhook: { state: 'change', result: 'changed' },
        nextSteps: [`${npmRun('deploy')}, so that the new settings take effect`, npmRun('doctor')],
      },
    });
    expect(await state()).toEqual({
      templates: [
        'lesson_appointment unsubmitted',
        'lesson_code unsubmitted',
        'lesson_order unsubmitted',
        'please_answer received UTILITY',
      ],
      sync: ['Default Service', 'whatsapp-window'],
      webhook: expect.objectContaining(WANTED),
      isSyncNamed: true,
      tokenLength: 43,
      rest: { ...credentials, WHATSAPP_SENDER: SENDER },
    });
  });

  test('is left alone by a dry run, which shows what would be done and no secret', async () => {
    const before = await state();
    const run = await setup('--dry-run', '--submit', '--domain', DOMAIN);
    expect([run.code, await writes(), await state()]).toEqual([0, [], before]);
    for (const line of [
      'Sync service "whatsapp-window": to be created',
      'template lesson_code: to be created: Your {{1}} code is {{2}}.',
      'not submitted: lesson_code, lesson_appointment, lesson_order: WhatsApp rejects a text that begins or ends with a placeholder',
      'to WhatsApp for approval: please_answer',
      '.env, lines that are empty until now:',
      '  SYNC_SERVICE_SID=(of the service that will be created)',
      '  API_TOKEN=••••••',
      `+ POST ${WANTED.callbackUrl}`,
    ]) {
      expect(run.text).toContain(line);
    }
    expect(run.text).not.toContain(emulator.authToken);
  });

  test('is left alone where nobody can be asked, and the sentence says how to go on', async () => {
    const before = await state();
    const run = await setup('--domain', DOMAIN);
    expect([run.code, await writes(), await state()]).toEqual([1, [], before]);
    expect(run.text).toMatch(/There is nobody to ask[\s\S]*Add --yes to do it, or --dry-run/);
  });

  test('without a domain leaves the webhook for later', async () => {
    const run = await setup('--yes', '--json');
    expect([run.code, await webhook(), run.json]).toEqual([
      0,
      expect.objectContaining({ callbackUrl: null }),
      expect.objectContaining({
        webhook: { state: 'not-deployed', result: 'unchanged' },
        nextSteps: [
          `${npmRun('setup')} --submit, to have the template that asks for an answer approved by WhatsApp`,
          `${npmRun('deploy')}, then ${npmRun('setup')} again for the webhook`,
        ],
      }),
    ]);
  });

  test('FALLBACK_TEMPLATE waits for the approval: until then it would make every hold an error', async () => {
    await setup('--yes', '--submit');
    expect(settings().FALLBACK_TEMPLATE).toBeUndefined();
    await control.post('templates/please_answer', { status: 'approved' });
    await setup('--yes');
    expect(settings().FALLBACK_TEMPLATE).toBe('please_answer');
  });
});

describe('a second run', () => {
  test('changes nothing: no writing request, and the file byte for byte', async () => {
    await emptyAccount();
    await setup('--yes', '--submit', '--domain', DOMAIN);
    const bytes = readFileSync(file.path);
    const changedAt = statSync(file.path).mtimeMs;
    await control.call('DELETE', 'requests');
    const run = await setup('--yes', '--submit', '--domain', DOMAIN);
    expect([run.code, await writes(), readFileSync(file.path), statSync(file.path).mtimeMs]).toEqual([
      0,
      [],
      bytes,
      changedAt,
    ]);
    expect(run.text).toContain('webhook of the sender: right already');
  });

  test('finds the Sync service by its name where the settings were lost', async () => {
    await setup('--yes');
    const { SYNC_SERVICE_SID } = settings();
    writeFileSync(
      file.path,
      Object.entries(credentials)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    );
    await setup('--yes');
    expect([settings().SYNC_SERVICE_SID, settings().WHATSAPP_SENDER, await syncServices()]).toEqual([
      SYNC_SERVICE_SID,
      'whatsapp:+14155238886',
      ['Default Service', 'whatsapp-window'],
    ]);
  });
});

describe('the settings file', () => {
  test('keeps every line, comment and order; empty ones are filled where they stand; only the owner reads it', async () => {
    const lines = [
      '# mine',
      `AUTH_TOKEN=${emulator.authToken}`,
      '',
      `ACCOUNT_SID = "${emulator.accountSid}"`,
      'API_TOKEN=   # of the dashboard',
      'SYNC_SERVICE_SID=',
      'OTHER="a # b"',
      `WHATSAPP_SENDER=${SENDER}`,
      '# end, without a newline',
    ];
    writeFileSync(file.path, lines.join('\n'));
    chmodSync(file.path, 0o644);
    await setup('--yes');
    const { API_TOKEN, SYNC_SERVICE_SID } = settings();
    expect([readFileSync(file.path, 'utf8').split('\n'), statSync(file.path).mode & 0o777]).toEqual([
      [
        '# mine',
        `AUTH_TOKEN=${emulator.authToken}`,
        '',
        `ACCOUNT_SID = "${emulator.accountSid}"`,
        // Where it stood behind the empty value, twilio-run's dotenv would take it for a part of the token.
        '# of the dashboard',
        `API_TOKEN=${API_TOKEN}`,
        `SYNC_SERVICE_SID=${SYNC_SERVICE_SID}`,
        'OTHER="a # b"',
        `WHATSAPP_SENDER=${SENDER}`,
        '# end, without a newline',
        'FALLBACK_TEMPLATE=please_answer',
        '',
      ],
      0o600,
    ]);
    expect(API_TOKEN).toMatch(/^[\w-]{43}$/);
  });

  test('keeps its Windows line ends, and stays where a link leads', async () => {
    const target = join(dirname(file.path), 'real.env');
    writeFileSync(
      target,
      `${Object.entries(credentials)
        .map(([name, value]) => `${name}=${value}`)
        .join('\r\n')}\r\n`,
    );
    const link = join(dirname(file.path), 'link.env');
    symlinkSync(target, link);
    await runMain(main, ['--env', link, '--yes'], { emulatorUrl: emulator.url });
    const text = readFileSync(target, 'utf8');
    expect([text.split('\r\n').length, /[^\r]\n/.test(text), existsSync(`${target}.new`)]).toEqual([
      7,
      false,
      false,
    ]);
  });

  test('a setting that is filled in is never touched', async () => {
    const mine = {
      ...credentials,
      WHATSAPP_SENDER: SENDER,
      SYNC_SERVICE_SID: emulator.syncServiceSid,
      API_TOKEN: 'a token of my own, which has no spaces'.replaceAll(' ', '_'),
      FALLBACK_TEMPLATE: 'welcome',
    };
    file.remove();
    file = settingsFile(mine);
    const run = await setup('--yes', '--json');
    expect([run.json, settings()]).toEqual([expect.objectContaining({ settings: [] }), mine]);
    expect(run.text).not.toContain(mine.API_TOKEN);
  });
});

describe('the webhook', () => {
  test('of somebody else goes on to be called: FORWARD_URL names it before it is replaced', async () => {
    await setWebhook({
      callback_url: `${OLD}#rc=1`,
      callback_method: 'POST',
      status_callback_url: 'https://example.com/s',
    });
    const run = await setup('--yes', '--domain', DOMAIN);
    expect([run.code, settings().FORWARD_URL, await webhook()]).toEqual([
      0,
      OLD,
      expect.objectContaining({ ...WANTED, statusCallbackUrl: 'https://example.com/s' }),
    ]);
    expect(run.text).toContain(`- POST ${OLD}#rc=1`);
    expect(run.text).toContain(`${npmRun('deploy')}, so that the new settings take effect`);
  });

  test.each([
    ['of another environment of these functions', 'https://whatsapp-window-1234.twil.io/incoming-message'],
    ['that Twilio gives to every new number', 'https://demo.twilio.com/welcome/sms/reply/'],
    ['that is none', null],
  ])('%s is not forwarded to', async (_what, url) => {
    await setWebhook({ callback_url: url });
    await setup('--yes', '--domain', DOMAIN);
    expect([settings().FORWARD_URL, await webhook()]).toEqual([undefined, expect.objectContaining(WANTED)]);
  });

  test('of somebody else beside another FORWARD_URL is told, and the setting stays', async () => {
    await setWebhook({ callback_url: OLD });
    writeFileSync(file.path, `${readFileSync(file.path, 'utf8')}FORWARD_URL=https://flow.example.com\n`);
    const run = await setup('--yes', '--domain', DOMAIN);
    expect(settings().FORWARD_URL).toBe('https://flow.example.com');
    expect(run.text).toContain('FORWARD_URL names another address');
  });

  test('is that of the Messaging Service which has the sender in its pool', async () => {
    const service = client.messaging.v1.services(emulator.messagingServiceSid);
    await service.update({ useInboundWebhookOnNumber: false, inboundRequestUrl: OLD, inboundMethod: 'GET' });
    await setup('--yes', '--domain', DOMAIN);
    const { inboundRequestUrl, inboundMethod, fallbackUrl, fallbackMethod } = await service.fetch();
    expect([inboundRequestUrl, inboundMethod, fallbackUrl, fallbackMethod, settings().FORWARD_URL]).toEqual([
      WANTED.callbackUrl,
      'POST',
      WANTED.fallbackUrl,
      'POST',
      OLD,
    ]);
    expect((await webhook())?.callbackUrl).toBeNull();
  });

  test('of the Sandbox is printed, to be pasted', async () => {
    writeFileSync(file.path, readFileSync(file.path, 'utf8').replace(SENDER, 'whatsapp:+14155238886'));
    const run = await setup('--yes', '--domain', `https://${DOMAIN}/`);
    expect([run.code, (await webhook())?.callbackUrl]).toEqual([0, null]);
    expect(run.text).toMatch(/Sandbox settings/);
    expect(run.text).toContain(WANTED.callbackUrl);
  });

  test('of a sender that the account does not have is an error, after all else is done', async () => {
    writeFileSync(file.path, readFileSync(file.path, 'utf8').replace(SENDER, 'whatsapp:+15550009999'));
    const run = await setup('--yes', '--domain', DOMAIN);
    expect([run.code, settings().SYNC_SERVICE_SID]).toEqual([1, expect.stringMatching(/^IS/)]);
    expect(run.text).toContain('next: correct WHATSAPP_SENDER');
  });
});

describe('what goes wrong is a sentence and a next step', () => {
  test.each([
    [
      'wrong credentials',
      () => writeFileSync(file.path, `ACCOUNT_SID=${emulator.accountSid}\nAUTH_TOKEN=wrong-token-000\n`),
      /does not accept ACCOUNT_SID and AUTH_TOKEN[\s\S]*first page of the Twilio Console/,
    ],
    [
      'an ACCOUNT_SID that is none',
      () => writeFileSync(file.path, 'ACCOUNT_SID=AC1\nAUTH_TOKEN=wrong-token-000\n'),
      /ACCOUNT_SID in .* is malformed/,
    ],
    ['no credentials', () => writeFileSync(file.path, ''), /ACCOUNT_SID and AUTH_TOKEN are missing/],
    ['no settings file', () => file.remove(), /does not exist[\s\S]*Copy \.env\.example/],
    [
      'a Sync service of another account',
      () =>
        writeFileSync(file.path, `${readFileSync(file.path, 'utf8')}SYNC_SERVICE_SID=IS${'9'.repeat(32)}\n`),
      /SYNC_SERVICE_SID names no Sync service[\s\S]*empty it, and npm run setup/,
    ],
    [
      'a 429 storm',
      () => control.post('faults', { target: 'api', match: {}, do: 'status', status: 429, times: 0 }),
      /limits the rate of requests \(HTTP 429\)[\s\S]*in a minute/,
    ],
    [
      'Twilio out of order',
      () =>
        control.post('faults', { target: 'api', match: { service: 'content' }, do: 'status', status: 500 }),
      /Content API could not be reached in time[\s\S]*it goes on where it stopped/,
    ],
    [
      'a connection that is cut',
      () => control.post('faults', { target: 'api', match: { service: 'sync' }, do: 'drop-before' }),
      /There was no answer over the network[\s\S]*it goes on where it stopped/,
    ],
  ])('%s', async (_what, prepare, sentence) => {
    await prepare();
    const run = await setup('--yes', '--domain', DOMAIN);
    expect([run.code, run.text]).toEqual([1, expect.stringMatching(sentence)]);
    expect(run.text).not.toMatch(/\n\s+at /);
    expect(run.text).not.toContain('wrong-token-000');
  });

  test('no network', async () => {
    const run = await runMain(main, ['--env', file.path], { emulatorUrl: 'http://127.0.0.1:9' });
    expect([run.code, run.text]).toEqual([
      1,
      expect.stringMatching(/no answer over the network \(ECONNREFUSED\)[\s\S]*Look after the connection/),
    ]);
  });

  test.each([
    ['a domain that is none', ['--domain', 'nowhere'], 2, /--domain is no domain/],
    ['an option that is none', ['--domian', DOMAIN], 2, /unknown option '--domian'/],
  ])('%s', async (_what, args, code, sentence) => {
    const run = await setup(...args);
    expect([run.code, run.text]).toEqual([code, expect.stringMatching(sentence)]);
  });
});

describe('killed in the middle, the next run ends in the same state', () => {
  const args = ['--yes', '--submit', '--domain', DOMAIN];
  const begin = async () => {
    await control.post('reset');
    await emptyAccount(['lesson_code', 'please_answer']);
    await setWebhook({ callback_url: OLD });
    await control.call('DELETE', 'requests');
  };

  test('at every request, before it and after it took effect', async () => {
    await begin();
    await setup(...args);
    const expected = await state();
    const { requests } = await control.get<Requests>('requests');
    const asked = requests.slice(0, requests.length - readsOfState(requests));
    // Two of them remember what the webhook was, before it is changed: the document is not there yet, and is made.
    expect(asked.filter(({ method }) => method !== 'GET').length).toBe(7);
    const points = asked.flatMap(({ method }, index) =>
      // A read changes nothing: before and after it are the same moment, and the first stands for all.
      method === 'GET'
        ? index === 0
          ? [{ index, how: 'hang' }]
          : []
        : [
            { index, how: 'hang' },
            { index, how: 'drop-after' },
          ],
    );
    const left: unknown[] = [];
    for (const { index, how } of points) {
      await begin();
      file.remove();
      file = settingsFile({ ...credentials, WHATSAPP_SENDER: SENDER });
      await control.post('faults', { target: 'api', match: {}, do: how, skip: index });
      const killed = await runMain(main, ['--env', file.path, ...args], {
        emulatorUrl: emulator.url,
        ...(how === 'hang' && { killWhen: hit() }),
      });
      await control.call('DELETE', 'faults');
      const again = await setup(...args);
      left.push([index, how, killed.code === 0, again.code, await state()]);
    }
    expect(left).toEqual(points.map(({ index, how }) => [index, how, false, 0, expected]));
  }, 600_000);

  /** Once the fault is used up, the request hangs. */
  async function hit(): Promise<void> {
    for (;;) {
      const { spent } = await control.get<{ spent: unknown[] }>('faults');
      if (spent.length > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** What the look at the state above asked by itself: the requests after setup's last write. */
  function readsOfState(requests: Requests['requests']): number {
    return requests.length - 1 - requests.findLastIndex(({ method }) => method !== 'GET');
  }
});
