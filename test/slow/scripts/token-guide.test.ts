/**
 * docs/guide/tokens.md, rehearsed from its first command to its last: the old and the new token are both valid in between,
 * and at the end the old one is refused.
 */
import { codeBlocks, documentText } from '../docs/document';
import { DOMAIN, GuideClone, type OfflineStart } from './guide-clone';

const blocks = codeBlocks(documentText('docs/guide/tokens.md'), 'sh');

let clone: GuideClone;
let start: OfflineStart;
beforeAll(async () => {
  clone = await GuideClone.start();
  start = await clone.startOffline('npm start');
  await play('npm run setup');
});
afterAll(async () => {
  await start?.stop();
  await clone.stop();
});

/** The page says that each command takes `--offline`. */
async function play(block: string): Promise<string> {
  const offline = block.replace(/^npm run (\w+)(?: --)?/gm, 'npm run $1 -- --offline');
  const { code, text } = await start.shell(offline);
  expect({ block, code, text }).toEqual({ block, code: 0, text });
  return text;
}

/** As the settings file has it. */
async function tokenOf(name: string): Promise<string> {
  const { text } = await start.shell("sed -n 's/^API_TOKENS=//p' .env.rehearsal");
  const entry = text
    .trim()
    .split(',')
    .find((one) => one.startsWith(`${name}:`));
  return entry?.split(':')[1] ?? '';
}

/** What a caller with this token is answered by what is deployed: to look, and to send. */
async function statuses(token: string): Promise<readonly string[]> {
  const url = `http://${DOMAIN}.localhost:4010`;
  const ask = `curl -s -o /dev/null -w '%{http_code} ' -H 'Authorization: Bearer ${token}'`;
  const { text } = await start.shell(
    `${ask} ${url}/windows\n${ask} ${url}/send-message -d to=%2B15551234567 -d template=please_answer`,
  );
  return text.trim().split(' ');
}

test('the guide on tokens, played offline: old and new are valid in between, and the old one is refused at the end', async () => {
  expect(blocks.length).toBe(3);
  const [make = '', renew = '', revoke = ''] = blocks;
  await play(make);
  const [first, reports] = [await tokenOf('ada'), await tokenOf('reports')];
  expect([await statuses(first), await statuses(reports)]).toEqual([
    ['200', '200'],
    ['200', '403'],
  ]);

  const spoken = await play(renew);
  const second = await tokenOf('ada');
  expect([second === first, await tokenOf('ada.old'), await statuses(first), await statuses(second)]).toEqual(
    [false, first, ['200', '200'], ['200', '200']],
  );

  await play(revoke);
  expect([await statuses(first), await statuses(second), await statuses(reports)]).toEqual([
    ['401', '401'],
    ['200', '200'],
    ['200', '403'],
  ]);
  for (const token of [first, second, reports]) expect(spoken).not.toContain(token);
});
