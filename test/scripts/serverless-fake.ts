/** The few GETs of Twilio's Serverless API that `npm run studio` needs, for a test. It must not know what asks. */
import { createServer, type Server } from 'node:http';

export interface FakeAccount {
  readonly services: readonly { readonly sid: string; readonly unique_name: string }[];
  readonly environments: readonly {
    readonly sid: string;
    readonly unique_name: string;
    readonly domain_suffix: string;
    readonly domain_name: string;
    readonly build_sid: string | null;
  }[];
  readonly functions: readonly { readonly path: string; readonly function_sid: string }[];
  readonly status?: number;
}

/** @returns the address and the end of it */
export async function serverlessFake(account: FakeAccount): Promise<{ url: string; stop(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://fake').pathname;
    const answer = account.status ? undefined : answerTo(path, account);
    response.writeHead(answer ? 200 : (account.status ?? 404), { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { code: account.status === 401 ? 20003 : 20404, message: 'No' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function answerTo(path: string, { services, environments, functions }: FakeAccount): object | undefined {
  if (path === '/v1/Services') return page('services', services);
  if (path.endsWith('/Environments')) return page('environments', environments);
  return /\/Builds\/ZB\w+$/.test(path) ? { sid: 'ZB', function_versions: functions } : undefined;
}

function page(key: string, items: readonly object[]): object {
  return { [key]: items, meta: { key, next_page_url: null } };
}
