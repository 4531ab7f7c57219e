/**
 * What a deploy would upload, by the toolkit's own lister on `dist`: every function and asset with its visibility and
 * its address. A file more or one less, or one that lost its `.protected`, shows here.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { fsHelpers } from '@twilio-labs/serverless-api';

const DIST = join(__dirname, '../dist');

/** Whoever keeps prices of their own in this folder deploys them, readable by the functions alone. */
const PRICES = existsSync(join(__dirname, '../prices.json')) ? ['private /prices.json'] : [];

const listed = () =>
  fsHelpers.getListOfFunctionsAndAssets(DIST, {
    functionsFolderNames: ['functions'],
    assetsFolderNames: ['assets'],
  });
const surface = (resources: readonly { access: string; path: string }[]) =>
  resources.map(({ access, path }) => `${access} ${path}`).sort();

test('the deployed functions are exactly these', async () => {
  // A build for an account has one address more, see below.
  const functions = (await listed()).functions.filter(({ path }) => !path.startsWith('/2010-04-01/'));
  expect(surface(functions)).toEqual([
    'protected /conversations/message-added',
    'protected /incoming-message',
    'protected /message-status',
    'protected /studio/contact',
    'protected /studio/send-message',
    'protected /studio/window',
    'public /contact',
    'public /forget',
    'public /held-messages',
    'public /messages',
    'public /recent-messages',
    'public /send-message',
    'public /templates',
    'public /thread',
    'public /window',
    'public /windows',
  ]);
});

test('the deployed assets are exactly these', async () => {
  expect(surface((await listed()).assets)).toEqual([
    ...PRICES,
    'public /api.html',
    // What the platform serves at the address without a path.
    'public /assets/index.html',
    'public /audit.html',
    'public /dashboard.css',
    'public /dashboard.js',
    'public /favicon.svg',
    'public /index.html',
  ]);
});

test('the dashboard’s script stays under 40 kB, gzipped, and the page within what a slow network brings in 6 seconds', async () => {
  const { assets } = await listed();
  const size = (name: string, pack: (content: Buffer) => Buffer = (content) => content) => {
    const asset = assets.find(({ path }) => path === name);
    return pack(Buffer.from(String(asset?.content ?? ''))).length;
  };
  expect(size('/dashboard.js')).toBeGreaterThan(10_000);
  expect(size('/dashboard.js', gzipSync)).toBeLessThan(40_000);
  // At 50 kB a second and 800 ms for each of three rounds (page; script and style; first rows), 6 s are 180 kB: 30 rows
  // take 20 of them. Nothing here counts on compression.
  expect(size('/index.html') + size('/dashboard.js') + size('/dashboard.css')).toBeLessThan(160_000);
});

test('no deployed asset contains data, a secret or a source map', async () => {
  const { assets } = await listed();
  const env = readFileSync(join(__dirname, '../.env.offline'), 'utf8');
  const values = [...env.matchAll(/^(?:AUTH_TOKEN|API_TOKEN|ACCOUNT_SID)=(.+)$/gm)].map(
    (match) => match[1] ?? '',
  );
  expect(values).toHaveLength(3);
  for (const asset of assets) {
    const text = String(asset.content);
    expect([
      asset.path,
      values.filter((value) => text.includes(value)),
      text.includes('sourceMappingURL'),
    ]).toEqual([asset.path, [], false]);
  }
});

test('every deployed function is one file that needs only the production dependencies', async () => {
  const { functions } = await listed();
  const required = new Set(
    functions.flatMap(({ content }) =>
      [...String(content).matchAll(/\brequire\("([^"]+)"\)/g)].map((match) =>
        (match[1] ?? '').replace(/^node:/, ''),
      ),
    ),
  );
  const manifest = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const builtin = (await import('node:module')).builtinModules;
  const foreign = [...required].filter((name) => !builtin.includes(name) && !(name in manifest.dependencies));
  expect([foreign, [...required].filter((name) => name.startsWith('.'))]).toEqual([[], []]);
  expect(required).toContain('twilio');
});

test('a build for an account serves /messages where the SDK looks for that account’s Messages API', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'built-'));
  const accountSid = `AC${'1'.repeat(32)}`;
  const env = { ...process.env, ACCOUNT_SID: accountSid };
  execFileSync(process.execPath, ['build.mjs', '--out', folder], { cwd: join(__dirname, '..'), env });
  const { functions } = await fsHelpers.getListOfFunctionsAndAssets(folder, {
    functionsFolderNames: ['functions'],
    assetsFolderNames: ['assets'],
  });
  rmSync(folder, { recursive: true, force: true });
  const textOf = (wanted: string) => String(functions.find(({ path }) => path === wanted)?.content);
  const address = `/2010-04-01/Accounts/${accountSid}/Messages.json`;
  expect(surface(functions)).toContain(`public ${address}`);
  expect(textOf(address)).toBe(textOf('/messages'));
});
