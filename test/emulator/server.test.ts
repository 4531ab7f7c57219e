/** The emulator's door: whom it answers, and what it says when it fails. */
import http from 'node:http';
import { Server } from '../../emulator/server/server';

let warnings: Error[] = [];
const server = new Server(async (_request, _body, response) => {
  if (_request.url === '/fails') throw new Error('the cause, in emulator/somewhere.ts:12:3');
  response.end('answered');
});
let port = 0;
beforeAll(async () => {
  jest.spyOn(process, 'emitWarning').mockImplementation((warning) => {
    warnings.push(warning as Error);
  });
  port = await server.listen(0);
});
afterAll(() => server.close());
beforeEach(() => {
  warnings = [];
});

/** `fetch` lets nobody choose the Host header. */
function ask(path: string, host: string): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    http
      .get({ port, host: '127.0.0.1', path, headers: { host } }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode, text }));
      })
      .on('error', reject);
  });
}

test.each([
  ['localhost:4010', 200],
  ['127.0.0.1', 200],
  ['[::1]:4010', 200],
  ['api.twilio.com', 200],
  ['sync.dublin.ie1.twilio.com:443', 200],
  ['evil.example', 403],
  ['localhost.evil.example:4010', 403],
  ['eviltwilio.com', 403],
  ['api.twilio.com.evil.example', 403],
  ['192.168.1.7:4010', 403],
])('the emulator answers who calls it by its own name or one of Twilio’s: %s', async (host, status) => {
  expect((await ask('/', host)).status).toBe(status);
});

test('the emulator answers an unexpected error without its cause, and warns of it where it runs', async () => {
  const { status, text } = await ask('/fails', 'localhost');
  expect([status, JSON.parse(text)]).toEqual([
    500,
    {
      code: 20500,
      message: 'The emulator failed; the cause is in the log of its process.',
      more_info: expect.stringMatching(/^https:\/\//),
      status: 500,
      emulator_code: 'EMULATOR_ERROR',
    },
  ]);
  expect(warnings.map(({ message }) => message)).toEqual(['the cause, in emulator/somewhere.ts:12:3']);
});
