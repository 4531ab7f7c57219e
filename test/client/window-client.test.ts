/** The client against the built functions and the emulator. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { WindowClient, WindowError } from '../../client/window-client.ts';
import { HOUR_MS, NOON, newUser, SENDER, useService } from '../functions/service';

const service = useService();
let client: WindowClient;
beforeAll(() => {
  client = new WindowClient({ url: `${service.url}/`, token: service.token });
});
beforeEach(() => service.freeze(NOON));

const thrown = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

describe('the client with the running service', () => {
  test('sends while the window is open, and returns a refusal as a result once it is closed', async () => {
    const to = newUser();
    await service.inbound(to);
    const open = await client.send({ to, body: 'Hello' });
    await service.advance(25 * HOUR_MS);
    const closed = await client.send({ to, body: 'Hello' });
    expect([open.outcome, open.error, closed.outcome, closed.error?.code]).toEqual([
      ...['sent', null, 'refused', 'WINDOW_NOT_OPEN'],
    ]);
    expect((await service.outbound(to)).map(({ text }) => text)).toEqual(['Hello']);
  });

  test('returns all problems of the request and of the template as a result', async () => {
    const to = newUser();
    const answers = [
      await client.send({ to: 'Ada' }),
      await client.send({ to, template: 'lesson_code', contentVariables: { 1: '' } }),
    ];
    expect(answers.map(({ error }) => [error?.code, error?.problems.map(({ field }) => field)])).toEqual([
      ['INVALID_REQUEST', ['to', 'body']],
      ['TEMPLATE_PROBLEM', ['contentVariables.1', 'contentVariables.2']],
    ]);
  });

  test('reads a window, templates and held messages, and cancels a held message once', async () => {
    const to = newUser();
    await service.inbound(to);
    expect(await client.window({ to })).toMatchObject({ freeFormAllowed: true, window: { state: 'open' } });
    expect((await client.templates()).map(({ name }) => name)).toContain('please_answer');
    await service.advance(25 * HOUR_MS);
    await client.send({ to, body: 'News', whenClosed: 'hold' });
    const { held } = await client.held({ to });
    expect(held.map(({ body }) => body)).toEqual(['News']);
    const id = held[0]?.id ?? '';
    expect([await client.cancelHeld({ to, id }), await client.cancelHeld({ to, id })]).toEqual([true, false]);
    expect((await client.held({ to })).held).toEqual([]);
  });

  test('reads all windows, one page at a time', async () => {
    await service.control('reset', {});
    const users = [newUser(), newUser(), newUser()];
    for (const user of users) await service.inbound(user);
    const seen: string[] = [];
    let pages = 0;
    for await (const page of client.windows({ limit: 1 })) {
      pages += 1;
      seen.push(...page.windows.map(({ user }) => user));
    }
    expect(seen.sort()).toEqual([...users].sort());
    expect(pages).toBeGreaterThanOrEqual(3);
  });

  test('throws a WindowError with the code where the token or a parameter is wrong', async () => {
    const stranger = new WindowClient({ url: service.url, token: 'a-token-that-nobody-gave-out' });
    const errors = [
      await thrown(stranger.window({ to: newUser() })),
      await thrown(stranger.send({ to: newUser(), body: 'Hello' })),
      await thrown(client.window({ to: 'Ada' })),
    ];
    expect(errors.map((error) => error instanceof WindowError && [error.code, error.status])).toEqual([
      ['UNAUTHORIZED', 401],
      ['UNAUTHORIZED', 401],
      ['INVALID_REQUEST', 400],
    ]);
  });

  test('sends a message once under its key where the answer to the first attempt is lost', async () => {
    const to = newUser();
    await service.inbound(to);
    let calls = 0;
    const losesFirst: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      calls += 1;
      if (calls === 1) throw new TypeError('fetch failed');
      return response;
    };
    const persistent = new WindowClient({
      url: service.url,
      token: service.token,
      fetch: losesFirst,
      pauseMs: 1,
    });
    const answer = await persistent.send({ to, body: 'Once', idempotencyKey: 'lost-answer' });
    expect([calls, answer.outcome]).toEqual([2, 'sent']);
    expect((await service.outbound(to)).map(({ text }) => text)).toEqual(['Once']);
  });
});

test('the client runs as one module without imports, as in a browser or another project', async () => {
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, '../../client/window-client.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
  });
  const module = outputFiles[0]?.text ?? '';
  expect(module).not.toMatch(/^import /m);
  const user = newUser();
  await service.inbound(user);
  const script = `${module}
    const client = new WindowClient({ url: '${service.url}', token: '${service.token}' });
    console.log((await client.window({ to: '${user}', from: '${SENDER}' })).window.state);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  expect(stdout.trim()).toBe('open');
});
