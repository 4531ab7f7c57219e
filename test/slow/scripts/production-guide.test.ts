/**
 * docs/guide/production.md, followed from its first command to its last in a clone of this project: the emulator plays the
 * account, and what a person does in between, in the Console or on the phone, is done here.
 */
import { codeBlocks, documentText } from '../docs/document';
import { DOMAIN, follow, GuideClone, type Step } from './guide-clone';

const SENDER = 'whatsapp:+15550001111';
const USER = 'whatsapp:+15551234567';

/** The commands between two steps that a person takes, in the order of the guide. The first ones are the rehearsal's. */
const blocks = codeBlocks(documentText('docs/guide/production.md'), 'sh');
const REHEARSAL_BLOCKS = 4;

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
  { begins: 'npm run setup', shows: /next: npm run deploy.*, then npm run setup.* again/ },
  {
    begins: 'npm run deploy -- --dry-run',
    shows: new RegExp(`live at ${DOMAIN.replaceAll('.', '\\.')}`),
    after: () => clone.startFunctions(),
  },
  {
    begins: `npm run setup -- --domain ${DOMAIN}`,
    shows: new RegExp(`POST, paste[\\s\\S]*https://${DOMAIN}/incoming-message#rc=3&rp=ct,rt,4xx,5xx`),
  },
  {
    begins: 'npm run doctor',
    shows: /– not checked\s+webhook[\s\S]* 0 broken/,
    after: () => clone.control.post('inbound', { from: USER, body: 'Hello' }),
  },
  { begins: 'TOKEN=', shows: /"freeFormAllowed":true[\s\S]*"outcome":"sent"/ },
  {
    begins: 'npm run setup -- --submit',
    before: () => {
      clone.set('WHATSAPP_SENDER', SENDER);
      return clone.control.post('senders', { sender: SENDER });
    },
    shows: /done: the webhook is changed[\s\S]*please_answer received[\s\S]* 0 broken/,
    after: () => clone.control.post('templates/please_answer', { status: 'approved' }),
  },
  {
    begins: 'npm run setup',
    shows:
      / {2}FALLBACK_TEMPLATE=please_answer[\s\S]*✓ ok\s+webhook\s+The webhook of the sender leads here[\s\S]* 0 broken/,
  },
  {
    begins: 'npm run teardown -- --dry-run',
    shows: /webhook of the sender: back to none[\s\S]*done: Functions service[\s\S]*done: Sync service/,
  },
];

const rehearsal: readonly Step[] = [
  { begins: 'npm start', shows: /^ready /m },
  {
    begins: 'npm run setup -- --offline',
    shows: new RegExp(
      `next: npm run deploy -- --offline[\\s\\S]*live at ${DOMAIN}[\\s\\S]*it is pasted for you[\\s\\S]* 0 broken`,
    ),
  },
  { begins: 'TOKEN=', shows: /"webhooks":\[\{[^}]*"status":200[\s\S]*"outcome":"sent"/ },
  {
    begins: 'npm run teardown -- --offline --dry-run',
    shows: /Functions service whatsapp-window[\s\S]*done: Sync service whatsapp-window/,
  },
];

test('the guide has these commands and no others', () => {
  const all = [...rehearsal, ...steps];
  expect(blocks.map((block, index) => block.slice(0, all[index]?.begins.length ?? 0))).toEqual(
    all.map(({ begins }) => begins),
  );
});

test('the rehearsal, from a clone to the teardown, needs no account and nothing to type', async () => {
  const start = await clone.startOffline(blocks[0] ?? '');
  try {
    await follow(
      { shell: (block) => start.shell(block) },
      blocks.slice(1, REHEARSAL_BLOCKS),
      rehearsal.slice(1),
    );
  } finally {
    await start.stop();
  }
});

test('followed from its first command to its last, every one ends well and shows what the guide says', async () => {
  await follow(clone, blocks.slice(REHEARSAL_BLOCKS), steps);
  expect(await clone.sent()).toEqual([expect.objectContaining({ text: 'Welcome', delivered: true })]);
}, 600_000);
