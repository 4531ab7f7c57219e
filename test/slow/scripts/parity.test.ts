/**
 * `npm run parity`: finds no difference where there is none, prints each where there is one, sends nothing to anybody who
 * was not agreed on, and removes what it made. An emulator behind the preload plays the real Twilio: another account
 * than the one that it is compared with.
 */
import { createEmulator } from '../../../emulator/emulator';
import { FACTS } from '../../../verify/parity/facts';
import { STEPS } from '../../../verify/parity/steps';
import { Control } from '../../emulator/emulator-client';
import { runScript, settingsFile } from './script-run';

const USER = 'whatsapp:+4915112345678';
const account = {
  accountSid: 'ACfedcba9876543210fedcba9876543210',
  authToken: 'another-token-that-is-no-secret',
  syncServiceSid: 'ISfedcba9876543210fedcba9876543210',
};
const emulator = createEmulator({ port: 0, statusCallbackDelayMs: 0, rateLimits: false, ...account });
const control = new Control(emulator);
const settings = settingsFile({
  ACCOUNT_SID: account.accountSid,
  AUTH_TOKEN: account.authToken,
  WHATSAPP_SENDER: emulator.sender,
});

interface Told {
  readonly differences: readonly { step: string; at: string; emulator: unknown; twilio: unknown }[];
  readonly facts: readonly { fact: string; verdict: string }[];
}

beforeAll(() => emulator.start());
beforeEach(() => control.post('reset'));
afterAll(async () => {
  settings.remove();
  await emulator.stop();
});

const parity = (...args: readonly string[]) =>
  runScript('verify/parity/parity.ts', args, { emulatorUrl: emulator.url });
const live = (...args: readonly string[]) => parity('--live', '--env', settings.path, ...args);
const asked = async () => (await control.get<{ counts: { total: number } }>('requests')).counts.total;
const verdicts = (told: Told, verdict: string) =>
  told.facts.filter((fact) => fact.verdict === verdict).map(({ fact }) => fact);
/** What is left in the account of what the scenario makes. */
async function leftOver(): Promise<unknown> {
  const get = async (host: string, path: string) => {
    const credentials = Buffer.from(`${account.accountSid}:${account.authToken}`).toString('base64');
    const response = await fetch(emulator.url + path, {
      headers: { authorization: `Basic ${credentials}`, 'x-emulator-host': host },
    });
    return (await response.json()) as {
      services?: { friendly_name: string }[];
      contents?: { friendly_name: string }[];
      conversations?: { friendly_name: string }[];
    };
  };
  const { services = [] } = await get('sync.twilio.com', '/v1/Services');
  const { contents = [] } = await get('content.twilio.com', '/v1/Content?PageSize=500');
  const { conversations = [] } = await get('conversations.twilio.com', '/v1/Conversations');
  return [...services, ...contents, ...conversations].filter(
    ({ friendly_name }) => friendly_name === 'parity',
  );
}

const OUT_OF_REACH = Object.entries(FACTS).flatMap(([fact, { outOfReach }]) => (outOfReach ? [fact] : []));
const WITH_A_USER = [
  ...['messages-newest-first', 'validity-accepted', 'sandbox-order-text', 'sandbox-code-text'],
  ...['inbound-dated-late', 'media-sid', 'service-sid-unasked', 'redaction'],
  'date-sent-by-day',
  ...['unapproved-text-limits', 'unapproved-call-to-action', 'unapproved-four-buttons'],
];

test('each fact has a step that tells it, or says why none does', () => {
  const told = new Set(STEPS.flatMap(({ facts }) => Object.keys(facts ?? {})));
  expect(Object.keys(FACTS).filter((fact) => told.has(fact) === OUT_OF_REACH.includes(fact))).toEqual([]);
});

test('emulator against emulator: no difference, and nobody else is asked', async () => {
  const { code, text } = await parity();
  expect(text).toContain(`${STEPS.length} steps against a second emulator: no differences.`);
  expect(code).toBe(0);
  expect(await asked()).toBe(0);
});

test('another account that behaves the same: no difference, all that can be reached is confirmed, nothing is left', async () => {
  await control.post('inbound', { from: USER, body: 'Grace here', deliver: false });
  const { code, json, text } = await live('--yes', '--user', USER, '--json');
  expect((json as Told).differences).toEqual([]);
  expect(verdicts(json as Told, 'differs')).toEqual([]);
  expect(verdicts(json as Told, 'not reached')).toEqual(OUT_OF_REACH);
  expect(code).toBe(0);
  expect(await leftOver()).toEqual([]);
  for (const secret of [account.authToken, account.accountSid, 'Grace', USER])
    expect(text).not.toContain(secret);
});

test('a user who has not written is asked to, and it goes on when the message is there', async () => {
  const running = live('--yes', '--user', USER);
  const isWaiting = async () => {
    const { requests } = await control.get<{ requests: { query: string }[] }>('requests');
    return requests.some(({ query }) => new URLSearchParams(query).get('From') === USER);
  };
  while (!(await isWaiting())) await new Promise((resolve) => setImmediate(resolve));
  await control.post('inbound', { from: USER, body: 'Here I am', deliver: false });
  const { code, text } = await running;
  expect(text).toContain(`Now write any message from ${USER} to ${emulator.sender}`);
  expect(code).toBe(0);
});

test('with nobody to write to, no message is sent, and the facts that need one are not reached', async () => {
  const { code, json } = await live('--yes', '--json');
  expect(verdicts(json as Told, 'not reached').sort()).toEqual([...WITH_A_USER, ...OUT_OF_REACH].sort());
  expect(code).toBe(0);
  expect((await control.get<{ messages: unknown[] }>('messages')).messages).toEqual([]);
});

test('a code that differs is printed, its fact differs, and the exit code is 1', async () => {
  const match = { service: 'sync', method: 'POST', path: '/Documents$' };
  await control.post('faults', { target: 'api', match, do: 'status', status: 409, code: 54302, skip: 1 });
  const { code, text } = await live('--yes');
  expect(text).toContain(
    'a document under a taken name: body.code is 54301 in the emulator and 54302 at Twilio',
  );
  expect(text).toContain(`${FACTS['document-name-taken'].sentence}`);
  expect(text).toMatch(/differs +M +Creating a Sync document under a taken name/);
  expect(text.match(/^.*differs .*$/gm)).toHaveLength(1);
  expect(text).toContain('1 difference.');
  expect(code).toBe(1);
});

test.each<[string, string, object]>([
  ['date-sent-by-day', 'the messages to the user after today, 23:59:59', { dateSentByDay: false }],
])('an account that reads %s otherwise differs in that alone', async (fact, step, config) => {
  await control.post('config', config);
  await control.post('inbound', { from: USER, body: 'Grace here', deliver: false });
  const { code, json } = await live('--yes', '--user', USER, '--json');
  const told = json as Told;
  expect([code, told.differences.map((difference) => difference.step), verdicts(told, 'differs')]).toEqual([
    1,
    [step],
    [fact],
  ]);
});

test('what cannot be made is said for each step that needed it', async () => {
  const match = { service: 'sync', method: 'POST', path: '/v1/Services$' };
  await control.post('faults', { target: 'api', match, do: 'status', status: 400, code: 54050 });
  const { code, json } = await live('--yes', '--json');
  const told = json as Told;
  expect(told.differences).toContainEqual({
    step: 'a document under a taken name',
    at: 'status',
    emulator: 409,
    twilio: null,
  });
  expect(verdicts(told, 'not reached')).toContain('document-name-taken');
  expect(verdicts(told, 'confirmed')).toEqual([
    ...['sender-unknown', 'length-in-utf-16'],
    ...['functions-service-name-taken', 'conversation-binding-taken', 'conversation-closed'],
    ...['conversation-lets-go', 'webhook-rules-listed'],
    ...['build-node18', 'build-runtime-handler', 'build-default-runtime'],
  ]);
  expect(code).toBe(1);
});

test('a connection that breaks is one sentence, and what was made is removed nevertheless', async () => {
  const match = { service: 'sync', method: 'POST', path: '/Maps$' };
  await control.post('faults', { target: 'api', match, do: 'drop-before', times: 0 });
  const { code, text } = await live('--yes');
  expect(text).toContain('There was no answer over the network');
  expect(code).toBe(1);
  expect(await leftOver()).toEqual([]);
});

test.each<[string, readonly string[], string]>([
  ['without an agreement', ['--live', '--env', settings.path], 'There is nobody to ask'],
  ['without credentials', ['--live', '--env', '/nowhere/.env', '--yes'], '/nowhere/.env does not exist.'],
  ['with a user but not live', ['--user', USER], '--user goes with --live only'],
  ['with a user who is none', ['--live', '--user', '+4915112345678'], 'is no WhatsApp address'],
])('%s nothing is asked, and the reason is said', async (_sentence, args, reason) => {
  const { code, text } = await parity(...args);
  expect(text).toContain(reason);
  expect([code, await asked()]).toEqual([1, 0]);
});

test('a dry run names the steps, and asks nothing', async () => {
  const { code, json } = await live('--dry-run', '--user', USER, '--json');
  expect(json).toEqual({ steps: STEPS.map(({ name }) => name) });
  expect([code, await asked()]).toEqual([0, 0]);
});
