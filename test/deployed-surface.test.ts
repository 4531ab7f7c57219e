/**
 * What a deploy would upload, by the toolkit's own lister on `dist`: every function and asset with its visibility and
 * its address. A file more or one less, or one that lost its `.protected`, shows here.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fsHelpers } from '@twilio-labs/serverless-api';

const DIST = join(__dirname, '../dist');

const listed = () =>
  fsHelpers.getListOfFunctionsAndAssets(DIST, {
    functionsFolderNames: ['functions'],
    assetsFolderNames: ['assets'],
  });
const surface = (resources: readonly { access: string; path: string }[]) =>
  resources.map(({ access, path }) => `${access} ${path}`).sort();

test('the functions are these, and no others', async () => {
  expect(surface((await listed()).functions)).toEqual([
    'protected /conversations/message-added',
    'protected /incoming-message',
    'protected /message-status',
    'protected /studio/contact',
    'protected /studio/send-message',
    'protected /studio/window',
    'public /contact',
    'public /forget',
    'public /held-messages',
    'public /send-message',
    'public /templates',
    'public /thread',
    'public /window',
    'public /windows',
  ]);
});

test('the assets are these, and no others', async () => {
  expect(surface((await listed()).assets)).toEqual([
    'public /audit.html',
    'public /dashboard.css',
    'public /dashboard.js',
    'public /favicon.svg',
    'public /index.html',
  ]);
});

test('no asset holds data, a secret or a source map', async () => {
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

test('every function is one file that needs nothing but the production dependencies', async () => {
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
