/** docs/guide/sandbox.md, followed from its first command to its last in a clone of this project. */
import { DOMAIN, follow, GuideClone, type Step } from '../scripts/guide-clone';
import { codeBlocks, documentText } from './document';

const USER = 'whatsapp:+15551234567';
const blocks = codeBlocks(documentText('docs/guide/sandbox.md'), 'sh');

let clone: GuideClone;
beforeAll(async () => {
  clone = await GuideClone.start();
});
afterAll(() => clone.stop());

const steps: readonly Step[] = [
  {
    begins: 'cp .env.example .env',
    shows: /^$/,
    after: () => clone.enterAccount(),
  },
  {
    begins: 'npm run setup\nnpm run deploy',
    shows: new RegExp(`live at ${DOMAIN.replaceAll('.', '\\.')}`),
    after: () => clone.startFunctions(),
  },
  {
    begins: `npm run setup -- --domain ${DOMAIN}`,
    shows: new RegExp(`POST, paste[\\s\\S]*https://${DOMAIN}/incoming-message#rc=3&rp=ct,rt,4xx,5xx`),
    after: () => clone.control.post('inbound', { from: USER, body: 'Hello' }),
  },
  { begins: 'TOKEN=', shows: /"outcome":"sent"/ },
  { begins: 'npm run doctor', shows: /– not checked\s+webhook[\s\S]* 0 broken/ },
];

test('the page has these commands and no others', () => {
  expect(blocks.map((block, index) => block.slice(0, steps[index]?.begins.length ?? 0))).toEqual(
    steps.map(({ begins }) => begins),
  );
});

test('followed from its first command to its last, the message reaches the phone', async () => {
  await follow(clone, blocks, steps);
  expect(await clone.sent()).toEqual([expect.objectContaining({ text: 'Welcome', delivered: true })]);
}, 600_000);
