/** Which request reaches which route: credentials, hosts, what is not imitated, and misspelt parameters. */
import { useEmulator } from './emulator-client';

const { emulator } = useEmulator();
const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const rightly = () => basic(emulator.accountSid, emulator.authToken);

async function ask(
  method: string,
  path: string,
  options: { host?: string; authorization?: string; form?: string } = {},
) {
  const response = await fetch(`${emulator.url}${path}`, {
    method,
    headers: {
      authorization: options.authorization ?? rightly(),
      ...(options.host ? { 'x-emulator-host': options.host } : {}),
      ...(options.form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    },
    ...(options.form === undefined ? {} : { body: options.form }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test.each([
  ['a wrong token', basic('AC00000000000000000000000000000001', 'wrong')],
  ['another account', basic('AC00000000000000000000000000000002', emulator.authToken)],
  ['no credentials', ''],
])('the emulator refuses %s with 20003', async (_what, authorization) => {
  expect(await ask('GET', '/v1/Services/default', { authorization })).toEqual({
    status: 401,
    body: {
      code: 20003,
      message: 'Authenticate',
      more_info: 'https://www.twilio.com/docs/errors/20003',
      status: 401,
    },
  });
});

test.each([
  ['by its host', '/v1/Services/default', 'sync.twilio.com', 200],
  ['by a regional host', '/v1/Services/default', 'sync.dublin.ie1.twilio.com', 200],
  ['by its path alone', '/v1/Services/default', undefined, 200],
  ['at its own product’s host only', '/v1/Services/default', 'verify.twilio.com', 501],
  [
    'a message by its path alone',
    '/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json',
    undefined,
    200,
  ],
  ['content by its path alone', '/v1/Content', undefined, 200],
  ['senders by their path alone', '/v2/Channels/Senders?Channel=whatsapp', undefined, 200],
  ['another product of the same path by its host', '/v1/Services', 'serverless.twilio.com', 200],
])('the emulator finds an API %s', async (_what, path, host, status) => {
  expect((await ask('GET', path, host ? { host } : {})).status).toBe(status);
});

test('the emulator answers what it does not imitate with an error that names it', async () => {
  expect(await ask('GET', '/v1/Services/default/Streams', { host: 'sync.twilio.com' })).toEqual({
    status: 501,
    body: {
      code: 20501,
      emulator_code: 'EMULATOR_NOT_IMITATED',
      message:
        'GET sync.twilio.com/v1/Services/default/Streams is not imitated by this emulator. emulator/README.md lists what is.',
      more_info: 'https://www.twilio.com/docs/errors/',
      status: 501,
    },
  });
});

const messages = '/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json';

test.each([
  ['a misspelt form parameter', 'POST', messages, 'To=whatsapp%3A%2B1555&Boddy=b', 'Boddy'],
  ['a parameter of another resource', 'POST', '/v1/Services/default/Documents', 'ItemTtl=60', 'ItemTtl'],
  ['a misspelt query parameter', 'GET', `${messages}?Form=whatsapp%3A%2B1555`, undefined, 'Form'],
  ['a query where none is known', 'GET', '/v1/Services/default?PageSize=1', undefined, 'PageSize'],
])('the emulator refuses %s and names it', async (_what, method, path, form, name) => {
  const { status, body } = await ask(method, path, form === undefined ? {} : { form });
  expect([status, body.code, body.emulator_code]).toEqual([400, 20001, 'EMULATOR_UNKNOWN_PARAMETER']);
  expect(body.message).toContain(`"${name}"`);
});

test('the emulator answers 404 for another account’s messages', async () => {
  const path = '/2010-04-01/Accounts/AC00000000000000000000000000000002/Messages.json';
  const { status, body } = await ask('GET', path);
  expect([status, body.code]).toEqual([404, 20404]);
});
