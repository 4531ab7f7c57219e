/** The state of an emulator as a text and as a file: what goes on in another one, and what is refused. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmulator } from '../../emulator/emulator';
import { StateFile } from '../../emulator/state/state-file';
import { Control, clientOf, useEmulator } from './emulator-client';

const OPTIONS = { port: 0, statusCallbackDelayMs: 0 };
const before = useEmulator();
const next = createEmulator(OPTIONS);
const after = { emulator: next, client: clientOf(next), control: new Control(next) };
const folder = mkdtempSync(join(tmpdir(), 'whatsapp-window-state-'));
const file = join(folder, 'offline.state');

beforeAll(() => next.start());
afterEach(() => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
});
afterAll(async () => {
  await next.stop();
  rmSync(folder, { recursive: true });
});

const ADA = 'whatsapp:+15551234567';
const SENDER = 'whatsapp:+14155238886';

/** What a person and a program see of an emulator, read through its control routes and the SDK. */
async function seen({ control, client, emulator }: typeof after) {
  const service = client.sync.v1.services(emulator.syncServiceSid);
  const [document] = await service.documents.list();
  const list = service.syncLists('a list');
  const { offsetMs, frozen } = await control.get<{ offsetMs: number; frozen: boolean }>('clock');
  return {
    clock: { offsetMs: Math.round(offsetMs / 10_000), frozen },
    config: await control.get('config'),
    windows: await control.get('windows'),
    phone: await control.get(`phone?user=${encodeURIComponent(ADA)}`),
    messages: await control.get('messages'),
    templates: await control.get('templates'),
    rules: await control.get('webhook-rules'),
    words: await control.get('opt-out-words'),
    sync: await control.get('sync'),
    document: document && [document.sid, document.revision, document.dateCreated, document.dateExpires],
    nextIndex: (await list.syncListItems.create({ data: { n: 9 } })).index,
    deployments: await control.get('deployments'),
    senders: (await client.messaging.v2.channelsSenders.list({ channel: 'whatsapp' })).map((one) => [
      one.sid,
      one.status,
    ]),
    pool: (await client.messaging.v1.services(emulator.messagingServiceSid).channelSenders.list()).map(
      ({ sender }) => sender,
    ),
    flows: (await client.studio.v2.flows.list()).map(({ sid, revision, status }) => [sid, revision, status]),
    conversations: (await client.conversations.v1.conversations.list()).map(({ sid, state }) => [sid, state]),
    participants: (
      await client.conversations.v1
        .conversations((await client.conversations.v1.conversations.list())[0]?.sid ?? '')
        .participants.list()
    ).map(({ sid, messagingBinding }) => [sid, messagingBinding]),
  };
}

async function live({ control, client, emulator }: typeof after): Promise<void> {
  await control.post('clock', { advanceSeconds: 3 * 86_400 });
  await control.post('config', { incomingUrl: 'http://localhost:1/', logLagSeconds: 1, discardBodies: true });
  await control.post('senders', { sender: 'whatsapp:+15550001111', status: 'OFFLINE' });
  await control.post('inbound', { from: ADA, body: 'Hello', externalUserId: 'US.134', deliver: false });
  await control.post('conversation', { from: ADA, body: 'Hello again', deliver: false });
  const { sid: closed } = await client.conversations.v1.conversations.create();
  await client.conversations.v1.conversations(closed).update({ state: 'closed' });
  await control.post('opt-outs', { user: 'whatsapp:+15550002222' });
  await control.post('opt-out-words', { STOP: ['BAJA'] });
  await control.post('templates', { friendlyName: 'hello', body: 'Hello {{1}}', variables: { 1: 'Ada' } });
  await control.post('webhook-rules', {
    matchType: 'DEFAULT',
    signature: { type: 'SHARED_KEY', secret: 'a key of its own' },
    split: { percentage: 50, signature: { type: 'NONE' } },
  });
  await client.messages.create({ from: SENDER, to: ADA, body: 'Good morning' });
  await client.studio.v2.flows.create({
    ...{ friendlyName: 'a flow', status: 'draft', definition: { initial_state: 'Trigger' } },
  });
  const service = client.sync.v1.services(emulator.syncServiceSid);
  await service.documents.create({ uniqueName: 'a document', data: { n: 1 }, ttl: 600 });
  await service.documents('a document').update({ data: { n: 2 } });
  await service.syncLists.create({ uniqueName: 'a list' });
  for (const n of [1, 2]) await service.syncLists('a list').syncListItems.create({ data: { n } });
  await service.syncLists('a list').syncListItems(1).remove();
  await service.syncMaps.create({ uniqueName: 'a map' });
  await service.syncMaps('a map').syncMapItems.create({ key: 'a key', data: { n: 3 }, itemTtl: 700 });
  await control.idle();
}

async function deploy({ client }: typeof after): Promise<void> {
  const service = await client.serverless.v1.services.create({ uniqueName: 'a-service', friendlyName: 'a' });
  const context = client.serverless.v1.services(service.sid);
  const environment = await context.environments.create({ uniqueName: 'dev', domainSuffix: 'dev' });
  await context.environments(environment.sid).variables.create({ key: 'A_KEY', value: 'a value' });
  const build = await context.builds.create({ dependencies: '[]', runtime: 'node22' });
  await context.environments(environment.sid).deployments.create({ buildSid: build.sid });
}

test('an emulator goes on with everything that another one knew', async () => {
  await live(before);
  await deploy(before);
  const state = before.emulator.exportState();
  next.importState(state);
  expect(JSON.parse(next.exportState())).toEqual(JSON.parse(state));
  expect(await seen(after)).toEqual(await seen(before));
});

test('a restored emulator tells what is deployed, so that it can be run', async () => {
  const told: string[][] = [];
  const watching = createEmulator({
    ...OPTIONS,
    onDeployment: (all) => told.push(all.map(({ domain }) => domain)),
  });
  await deploy(before);
  watching.importState(before.emulator.exportState());
  expect(told).toEqual([['a-service-1234-dev.twil.io']]);
  await watching.stop();
});

test('a scheduled message is sent by the emulator that goes on, at its time', async () => {
  const { control, client, emulator } = before;
  await control.post('inbound', { from: ADA, deliver: false });
  const sendAt = new Date(Date.now() + 3_600_000);
  const { sid } = await client.messages.create({
    messagingServiceSid: emulator.messagingServiceSid,
    ...{ to: ADA, body: 'In an hour', sendAt, scheduleType: 'fixed' },
  });
  next.importState(emulator.exportState());
  const status = async () => (await after.client.messages(sid).fetch()).status;
  const statuses = [await status()];
  await after.control.post('clock', { advanceSeconds: 3601 });
  await after.control.idle();
  expect([...statuses, await status()]).toEqual(['scheduled', 'read']);
});

test('a message that was on its way when the state was kept arrives in the end', async () => {
  const slow = createEmulator({ ...OPTIONS, statusCallbackDelayMs: 60_000 });
  await slow.start();
  await new Control(slow).post('inbound', { from: ADA, deliver: false });
  const { sid } = await clientOf(slow).messages.create({ from: SENDER, to: ADA, body: 'Under way' });
  next.importState(slow.exportState());
  await slow.stop();
  await after.control.idle();
  const { messages } = await after.control.get<{
    messages: { sid: string; statuses: { status: string }[] }[];
  }>('messages');
  const phone = await after.control.get<{ messages: { text: string }[] }>(
    `phone?user=${encodeURIComponent(ADA)}`,
  );
  expect(messages.find((one) => one.sid === sid)?.statuses.map(({ status }) => status)).toEqual([
    'queued',
    'sent',
    'delivered',
    'read',
  ]);
  expect(phone.messages.filter(({ text }) => text === 'Under way')).toHaveLength(1);
});

test('an inbound message can be replayed by the emulator that goes on', async () => {
  const { messageSid } = await before.control.post<{ messageSid: string }>('inbound', {
    from: ADA,
    deliver: false,
  });
  next.importState(before.emulator.exportState());
  await after.control.post('config', { incomingUrl: 'http://localhost:1/' });
  const answer = await after.control.post<{ webhooks: object[] }>('replay', { messageSid });
  expect(answer.webhooks).toContainEqual(expect.objectContaining({ url: 'http://localhost:1/' }));
});

const state = () => before.emulator.exportState();
const changed = (change: object) => JSON.stringify({ ...JSON.parse(state()), ...change });

test.each<[what: string, text: () => string, why: string]>([
  ['half of a state', () => state().slice(0, 500), 'it is not JSON, or only a part of it'],
  ['something else in JSON', () => '{"name": "whatsapp-window"}', 'it is no state of the emulator'],
  [
    'a state of the next version',
    () => changed({ version: 2 }),
    'it has the version 2, and this emulator reads version 1',
  ],
  [
    'the state of another account',
    () => changed({ accountSid: 'AC7' }),
    `it is of the account AC7, not of ${next.accountSid}`,
  ],
  ['a state with a wrong value', () => changed({ people: [{}] }), 'it is damaged at people.0.addresses: '],
  [
    'a clock that no date can show',
    () => changed({ clock: { offsetMs: 1e16, frozenAt: null } }),
    'it is damaged at clock.offsetMs: ',
  ],
  [
    'words that are of two kinds',
    () => changed({ optOutWords: { STOP: ['A'], START: ['a'], HELP: [] } }),
    'it is damaged at optOutWords: a word is of two kinds',
  ],
])('a file with %s is refused, and nothing changes', (_, text, why) => {
  const given = text();
  writeFileSync(file, given);
  const known = next.exportState();
  expect(() => new StateFile(file, next).load()).toThrow(`The state in ${file} cannot be used: ${why}`);
  expect([next.exportState(), readFileSync(file, 'utf8'), readdirSync(folder)]).toEqual([
    known,
    given,
    ['offline.state'],
  ]);
});

test('a state file is made at once, for its owner alone, and has the last word at the end', async () => {
  const kept = new StateFile(file, before.emulator);
  const isThere = kept.load();
  kept.keep(() => undefined);
  const first = readFileSync(file, 'utf8');
  await before.control.post('inbound', { from: ADA, deliver: false });
  await kept.end();
  expect([isThere, first === state(), readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual([
    false,
    false,
    state(),
    0o600,
  ]);
  expect(new StateFile(file, next).load()).toBe(true);
});

test('a place that takes no file is an error that names it', () => {
  const nowhere = join(folder, 'nowhere', 'offline.state');
  expect(() => new StateFile(nowhere, next).keep(() => undefined)).toThrow(nowhere);
  expect(existsSync(nowhere)).toBe(false);
});
