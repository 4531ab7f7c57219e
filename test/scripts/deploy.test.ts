/**
 * `npm run deploy` up to the upload: what it would upload, and that nothing is uploaded where something is wrong. What is
 * uploaded then is in test/slow, because the tool that does it is a process of its own.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { useDeploy } from './deploy-stage';

const { control, scratch, change, runDeploy, deploy, writes, built } = useDeploy();
beforeEach(async () => {
  await control.post('reset');
  change();
});

test('a dry run lists what would be uploaded, asks for nothing, and needs no network', async () => {
  const run = await runDeploy(['--json', '--dry-run'], { emulatorUrl: 'http://127.0.0.1:9' });
  const files = await built();
  const surface = (list: typeof files.functions) =>
    list.map(({ path, visibility }) => ({ access: visibility, path }));
  expect([run.code, run.json]).toEqual([
    0,
    {
      dryRun: true,
      service: 'whatsapp-window',
      environment: 'dev',
      runtime: 'node22',
      dependencies: { '@twilio/runtime-handler': '2.1.2', twilio: '6.2.0' },
      functions: surface(files.functions),
      assets: surface(files.assets),
      variables: ['API_TOKEN', 'STOP_WORDS', 'SYNC_SERVICE_SID', 'WHATSAPP_SENDER'],
      notDeployed: ['EMULATOR_PORT', 'NPM_TOKEN'],
    },
  ]);
});

test('a price file that is wrong stops it before anything is asked or built, and everything is named', async () => {
  const prices = join(scratch, 'wrong-prices.json');
  writeFileSync(prices, '{"asOf":"soon","currency":"EUR","twilio":{},"meta":{"Germany":{}}}');
  const run = await deploy('--yes', '--prices', prices);
  expect(run.code).toBe(1);
  for (const field of ['asOf', 'twilio.outbound', 'meta.Germany']) expect(run.text).toContain(`${field}: `);
  const missing = await deploy('--yes', '--prices', join(scratch, 'not-there.json'));
  expect([missing.code, missing.text]).toEqual([1, expect.stringContaining('There is no file')]);
  expect(await writes()).toEqual([]);
});

describe('nothing is uploaded, and the sentence says why', () => {
  test.each([
    [
      'settings that are missing or malformed, all at once',
      () => change({ SYNC_SERVICE_SID: '', WHATSAPP_SENDER: 'me' }),
      ['--yes'],
      /SYNC_SERVICE_SID is missing[\s\S]*WHATSAPP_SENDER is malformed[\s\S]*npm run setup/,
    ],
    [
      'the token of the offline service',
      () => change({ API_TOKEN: 'offline-token-that-is-no-secret' }),
      ['--yes'],
      /trying things offline[\s\S]*run npm run setup/,
    ],
    [
      'that token under a name',
      () => change({ API_TOKENS: 'ada:offline-token-that-is-no-secret' }),
      ['--yes'],
      /API_TOKENS, ada is the one for trying things offline[\s\S]*Put another in its place/,
    ],
    [
      'a FORWARD_URL with http://, without encryption',
      () => change({ FORWARD_URL: 'http://bot.example.com/in' }),
      ['--yes'],
      /FORWARD_URL is malformed: set it to an https:\/\/ address/,
    ],
    [
      'a variable that is too long',
      () => change({ FORWARD_URL: `https://example.com/${'a'.repeat(431)}` }),
      ['--yes'],
      /450 bytes a variable, and longer are: FORWARD_URL/,
    ],
    [
      'wrong credentials',
      () => change({ AUTH_TOKEN: 'wrong-token-000' }),
      ['--yes'],
      /does not accept ACCOUNT_SID and AUTH_TOKEN/,
    ],
    ['nobody to ask', () => undefined, [], /There is nobody to ask: Deploy this to the account AC/],
    [
      'a handler that is not pinned',
      () => undefined,
      ['--yes', '--runtime-handler', '^2.1.2'],
      /without an exact version: @twilio\/runtime-handler/,
    ],
  ])('%s', async (_what, prepare, args, sentence) => {
    await prepare();
    const run = await deploy(...args);
    expect([run.code, await writes(), run.text]).toEqual([1, [], expect.stringMatching(sentence)]);
    expect(run.text).not.toMatch(/\n\s+at /);
  });
});
