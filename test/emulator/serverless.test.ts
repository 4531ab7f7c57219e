/** Functions services through the toolkit's own client, which twilio-run deploys with, and through the SDK. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { refusal, useEmulator } from './emulator-client';
import { useWebhookReceiver } from './webhook-receiver';

const ROOT = join(__dirname, '../..');
const { emulator, client, control } = useEmulator();
const functions = useWebhookReceiver();
const serverless = client.serverless.v1;

let project = '';
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'deployed-'));
  mkdirSync(join(project, 'functions/studio'), { recursive: true });
  mkdirSync(join(project, 'assets'));
  writeFileSync(join(project, 'functions/hello.js'), '// hello, Grüße');
  writeFileSync(join(project, 'functions/studio/hello.protected.js'), '// studio');
  writeFileSync(join(project, 'assets/index.html'), '<!doctype html>');
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

/** In a process of its own: the preload sends what `got` asks for to the emulator, credentials included. */
async function deploy(
  env: Record<string, string>,
  dependencies: Record<string, string> = { twilio: '6.2.0' },
) {
  const config = {
    username: emulator.accountSid,
    password: emulator.authToken,
    cwd: project,
    env,
    pkgJson: { dependencies },
    serviceName: 'hello',
    functionsEnv: 'dev',
    functionsFolderName: 'functions',
    assetsFolderName: 'assets',
    overrideExistingService: true,
    runtime: 'node22',
  };
  const script = `
    const { TwilioServerlessApiClient } = require('@twilio-labs/serverless-api');
    const config = ${JSON.stringify(config)};
    new TwilioServerlessApiClient(config).deployLocalProject(config).then(({ domain }) => console.log(domain));
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['-r', './emulator/preload.cjs', '-e', script],
    { cwd: ROOT, env: { ...process.env, EMULATOR_URL: emulator.url } },
  );
  return stdout.trim();
}

const deployments = async () => (await control.get<{ deployments: unknown[] }>('deployments')).deployments;

test('the emulator serves what the toolkit deploys, file by file', async () => {
  expect(await deploy({ GREETING: 'Hi' })).toBe('hello-1234-dev.twil.io');
  expect(await deployments()).toEqual([
    {
      service: 'hello',
      environment: 'dev-environment',
      domain: 'hello-1234-dev.twil.io',
      runtime: 'node22',
      dependencies: [{ name: 'twilio', version: '6.2.0' }],
      functions: [
        { path: '/hello', visibility: 'public', content: '// hello, Grüße' },
        { path: '/studio/hello', visibility: 'protected', content: '// studio' },
      ],
      assets: [{ path: '/index.html', visibility: 'public', content: '<!doctype html>' }],
      variables: { GREETING: 'Hi' },
    },
  ]);
});

test('a second deploy goes to the same service and environment, and replaces what changed', async () => {
  await deploy({ GREETING: 'Hi', KEPT: 'as it is' });
  writeFileSync(join(project, 'functions/hello.js'), '// goodbye');
  await deploy({ GREETING: 'Bye', KEPT: 'as it is' });
  expect([
    await deployments(),
    (await serverless.services.list()).map(({ uniqueName }) => uniqueName),
  ]).toEqual([
    [
      expect.objectContaining({
        functions: [
          { path: '/hello', visibility: 'public', content: '// goodbye' },
          { path: '/studio/hello', visibility: 'protected', content: '// studio' },
        ],
        variables: { GREETING: 'Bye', KEPT: 'as it is' },
      }),
    ],
    ['hello'],
  ]);
});

test('the SDK finds the domain and the deployed files', async () => {
  await deploy({ GREETING: 'Hi' });
  const [service] = await serverless.services.list();
  const inService = serverless.services(service?.sid ?? '');
  const [environment] = await inService.environments.list();
  const build = await inService.builds(environment?.buildSid ?? '').fetch();
  const variables = await inService.environments(environment?.sid ?? '').variables.list();
  expect([
    service?.domainBase,
    environment?.domainName,
    build.runtime,
    build.functionVersions?.length,
    variables.map(({ key, value }) => [key, value]),
  ]).toEqual(['hello-1234', 'hello-1234-dev.twil.io', 'node22', 2, [['GREETING', 'Hi']]]);
  await inService
    .environments(environment?.sid ?? '')
    .variables(variables[0]?.sid ?? '')
    .remove();
  expect(await inService.environments(environment?.sid ?? '').variables.list()).toEqual([]);
});

test('a change of one variable keeps the others', async () => {
  const { sid } = await serverless.services.create({ uniqueName: 'hello', friendlyName: 'hello' });
  const environment = await serverless.services(sid).environments.create({ uniqueName: 'dev' });
  const { variables } = serverless.services(sid).environments(environment.sid);
  const created = await variables.create({ key: 'GREETING', value: 'Hi' });
  const { key, value } = await variables(created.sid).update({ value: 'Bye' });
  const renamed = await variables(created.sid).update({ key: 'PARTING' });
  expect([key, value, renamed.key, renamed.value]).toEqual(['GREETING', 'Bye', 'PARTING', 'Bye']);
});

test('a webhook at a domain that was deployed to the emulator reaches the functions', async () => {
  const sender = 'whatsapp:+15550001111';
  await control.post('config', { functionsUrl: functions.url, senders: [sender] });
  const domain = await deploy({});
  const [own] = await client.messaging.v2.channelsSenders.list({ channel: 'whatsapp' });
  const webhook = { callback_url: `https://${domain}/incoming-message#rc=3&rp=5xx` };
  const context = client.messaging.v2.channelsSenders(own?.sid ?? '');
  await context.update({ webhook } as unknown as Parameters<typeof context.update>[0]);
  await control.post('inbound', { from: 'whatsapp:+15551234567', to: sender });
  expect(functions.received.map(({ path }) => path)).toEqual(['/incoming-message']);
});

const service = () => serverless.services.create({ uniqueName: 'taken', friendlyName: 'taken' });

test.each([
  ['a unique name that is taken', () => service().then(service), 409, 20409],
  [
    'a unique name with spaces',
    () => serverless.services.create({ uniqueName: 'not so', friendlyName: 'x' }),
    400,
    20001,
  ],
  ['an unknown service', () => serverless.services(`ZS${'9'.repeat(32)}`).fetch(), 404, 20404],
  [
    'a build of a version that was never uploaded',
    async () =>
      serverless.services((await service()).sid).builds.create({ functionVersions: [`ZN${'9'.repeat(32)}`] }),
    400,
    20001,
  ],
  [
    'a value of more than 450 bytes',
    async () => {
      const created = serverless.services((await service()).sid);
      const { sid } = await created.environments.create({ uniqueName: 'dev' });
      return created.environments(sid).variables.create({ key: 'LONG', value: 'x'.repeat(451) });
    },
    400,
    20001,
  ],
])('the emulator’s Serverless API refuses %s', async (_what, call, status, code) => {
  expect(await refusal(call())).toEqual({ status, code });
});

test.each([
  ['a form that is not multipart', 'application/x-www-form-urlencoded', 'Path=/x', 415],
  ['a form without a file', 'multipart/form-data; boundary=x', 'Path=/x', 400],
])('the emulator’s upload refuses %s', async (_what, type, body, status) => {
  const { sid } = await service();
  const inService = serverless.services(sid);
  const uploaded = await inService.functions.create({ friendlyName: '/x' });
  const answer = await fetch(`${emulator.url}/v1/Services/${sid}/Functions/${uploaded.sid}/Versions`, {
    method: 'POST',
    headers: {
      'x-emulator-host': 'serverless-upload.twilio.com',
      'content-type': type,
      authorization: `Basic ${btoa(`${emulator.accountSid}:${emulator.authToken}`)}`,
    },
    body,
  });
  expect(answer.status).toBe(status);
});
