/**
 * The emulator's README is held to its word: every route it calls imitated is and no other, every one it calls not imitated says so,
 * every curl in it can be pasted, and every control route has one.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { useEmulator } from './emulator-client';
import { useWebhookReceiver } from './webhook-receiver';

const { emulator, control } = useEmulator();
const functions = useWebhookReceiver();
const readme = readFileSync(join(__dirname, '../../emulator/README.md'), 'utf8');

function routesBetween(name: string): [string, string, string][] {
  const [, table = ''] = readme.split(`<!-- ${name} -->`);
  const rows = table.split('<!-- /')[0] ?? '';
  return [...rows.matchAll(/^\| `(\w+) ([\w-]+) (\/[^`]+)`/gm)].map((row) => [
    row[1] ?? '',
    row[2] ?? '',
    row[3] ?? '',
  ]);
}

/** SIDs where the kind of thing has one, and names that nothing has. */
function example(path: string): string {
  return path
    .replace('{AccountSid}', emulator.accountSid)
    .replace('{ServiceSid}', emulator.syncServiceSid)
    .replace(/\{\w+\}/g, '0');
}

async function statusAndCode(method: string, service: string, path: string): Promise<[number, unknown]> {
  const response = await fetch(`${emulator.url}${example(path)}`, {
    method,
    headers: {
      'x-emulator-host': `${service}.twilio.com`,
      authorization: `Basic ${Buffer.from(`${emulator.accountSid}:${emulator.authToken}`).toString('base64')}`,
    },
  });
  const text = await response.text();
  const body = (text === '' ? {} : JSON.parse(text)) as { emulator_code?: unknown };
  return [response.status, body.emulator_code];
}

test('the emulator’s README lists every route in its first table, and its second table has rows', () => {
  const nameless = (path: string) => path.replace(/\{\w+\}/g, '{}');
  const listed = routesBetween('imitated').map(([method, service, path]) => [
    method,
    service,
    nameless(path),
  ]);
  const there = emulator.routes.map(({ method, service, path }) => [method, service, nameless(path)]);
  expect(listed.sort()).toEqual(there.sort());
  expect(routesBetween('not imitated').length).toBeGreaterThan(5);
});

test.each(routesBetween('imitated'))(
  'the route %s %s %s works as the emulator’s README says',
  async (method, service, path) => {
    const [status, code] = await statusAndCode(method, service, path);
    expect(status).not.toBe(501);
    expect(status).not.toBe(500);
    expect(code).not.toBe('EMULATOR_NOT_IMITATED');
  },
);

test.each(routesBetween('not imitated'))(
  'the route %s %s %s answers that it is not imitated, as the emulator’s README says',
  async (method, service, path) => {
    expect(await statusAndCode(method, service, path)).toEqual([501, 'EMULATOR_NOT_IMITATED']);
  },
);

const curls = [
  ...readme.matchAll(/^curl (?:-X (\w+) )?localhost:4010\/_emulator\/(\S+)(?: -d '(.*)')?$/gm),
].map((match): [string, string, string | undefined] => [match[1] ?? 'GET', match[2] ?? '', match[3]]);

test.each(curls)('the README’s command works: curl %s %s %s', async (method, path, data) => {
  await control.post('config', { functionsUrl: functions.url });
  const { messageSid } = await control.post<{ messageSid: string }>('inbound', {
    from: 'whatsapp:+15551234567',
  });
  const body = data
    ?.replace('SM00000000000000000000000000000000', messageSid)
    .replaceAll('http://localhost:3000', functions.url);
  const answer = await control.call(method, path, body === undefined ? undefined : JSON.parse(body));
  expect(answer.status).toBe(200);
});

test('the emulator’s README has a curl command for every control route', async () => {
  const { body } = await control.call('GET', 'nothing');
  const listed =
    (body as { error: string }).error.split('There are: ')[1]?.replace(/\.$/, '').split(', ') ?? [];
  const shown = curls.map(([method, path]) => `${method} ${path.replace(/\?.*/, '')}`);
  const missing = listed.filter((route) =>
    route.endsWith('/') ? !shown.some((pasted) => pasted.startsWith(route)) : !shown.includes(route),
  );
  expect([listed.length > 20, missing]).toEqual([true, []]);
});
