/**
 * The audit page in a real browser, with the network cut: it reads a file that is chosen, dropped or its own sample, and
 * counts what the hand-made month has beside it. Opened from disk it does the same.
 */
import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { ROOT } from '../../../scripts/offline/twilio-run';
import { runScript } from '../scripts/script-run';
import { becomes, openPage, useChromium, type Watched } from './dashboard-page';

const PAGE = join(ROOT, 'dist/assets/audit.html');
const FOLDER = join(ROOT, 'src/assets/audit');
const SAMPLE = join(FOLDER, 'sample-month.csv');
const TEMPLATES = join(FOLDER, 'sample-templates.json');
const COUNTS = JSON.parse(readFileSync(join(FOLDER, 'sample-month.counts.json'), 'utf8'));

/** By the names under which the page shows them. */
const SHOWN = {
  'Lost to error 63016': COUNTS.rejectedForWindow,
  '… though the window was open': COUNTS.falselyRejected,
  'Near misses': COUNTS.nearMisses,
  'Templates while a text was allowed': COUNTS.templatesWhileOpen,
  'Avoidable messages': COUNTS.bursts.avoidable,
  'Windows closed unanswered': COUNTS.unanswered,
  'Of unknown form': COUNTS.unknownForm,
  'Free-form messages': 11,
};

const browser = useChromium();
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    createReadStream(PAGE).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  url = `http://localhost:${(server.address() as AddressInfo).port}/audit.html`;
});
afterAll(async () => {
  server?.close();
});

/** Loaded, and from then on without any network. */
async function openCutOff(address = url, options: BrowserContextOptions = {}): Promise<Watched> {
  const watched = await openPage(browser, address, options);
  await watched.context.setOffline(true);
  watched.requests.length = 0;
  return watched;
}

async function countsOn(page: Page): Promise<Record<string, number>> {
  await page.getByRole('heading', { name: 'The counts' }).waitFor();
  const names = await page.locator('#counts dt').allTextContents();
  const counts = await page.locator('#counts .count').allTextContents();
  return Object.fromEntries(names.map((name, index) => [name, Number(counts[index])]));
}

const problemLines = (page: Page) => page.getByText(/^Line (?:4|9|42): /);

test('the audit page shows the counts of the hand-made month for a chosen file and templates, and makes no request', async () => {
  const { page, context, errors, requests } = await openCutOff();
  await page.getByText('Nothing leaves this page').waitFor();
  await page.getByLabel('Templates (optional)').setInputFiles(TEMPLATES);
  await page.getByLabel('Message log (CSV)').setInputFiles(SAMPLE);
  await page.getByText('Read sample-month.csv.').waitFor();
  await becomes(() => countsOn(page), SHOWN);
  await page.getByText('From 2026-11-02 to 2026-11-30: 12 inbound and 22 outbound messages.').waitFor();
  await becomes(() => problemLines(page).count(), 3);
  const senders = page.locator('#senders tbody tr');
  await becomes(() => senders.allTextContents(), ['+14…8862026-119', '+15…1112026-112']);
  expect([errors, requests]).toEqual([[], []]);
  await context.close();
});

test('the audit page opened from disk shows the invented month with one click', async () => {
  const { page, context, errors, requests } = await openCutOff(pathToFileURL(PAGE).href);
  await page.getByRole('button', { name: 'Show an invented month' }).click();
  await becomes(() => countsOn(page), SHOWN);
  expect([errors, requests]).toEqual([[], []]);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download its CSV' }).click();
  const csv = await buffer(await (await download).createReadStream());
  expect(csv.toString('utf8')).toBe(readFileSync(SAMPLE, 'utf8'));
  await context.close();
});

test('the audit page reads a dropped file, and says what it does not know without templates', async () => {
  const { page, context, errors } = await openCutOff();
  const text = readFileSync(SAMPLE, 'utf8');
  const data = await page.evaluateHandle(
    `(() => { const transfer = new DataTransfer(); transfer.items.add(new File([${JSON.stringify(text)}], 'log.csv')); return transfer; })()`,
  );
  await page.dispatchEvent('body', 'drop', { dataTransfer: data });
  await becomes(() => countsOn(page), {
    ...SHOWN,
    'Templates while a text was allowed': 0,
    'Free-form messages': 12,
  });
  await page.getByText('No templates were given').waitFor();
  expect(errors).toEqual([]);
  await context.close();
});

test('the audit page lists messages row by row with a filter, and shortens numbers unless the person wants them', async () => {
  const { page, context } = await openCutOff();
  await page.getByRole('button', { name: 'Show an invented month' }).click();
  const rows = page.locator('#rows tbody tr');
  await becomes(() => rows.count(), 34);
  await page.getByLabel('Show', { exact: true }).selectOption({ label: 'Lost' });
  const texts = async () => (await rows.allTextContents()).map((text) => text.replace(/\s+/g, ' '));
  await becomes(texts, [
    expect.stringMatching(/\+34…222.*no message from the user is in the log before it/),
    expect.stringMatching(/\+55…321.*the window had been closed for 1 s/),
    expect.stringMatching(/\+49…567.*the window closes at that moment/),
  ]);
  await page.getByLabel('Whole phone numbers').check();
  await becomes(async () => (await texts())[2], expect.stringContaining('+491701234567'));
  await becomes(() => page.locator('#senders').textContent(), expect.stringContaining('+14155238886'));
  await page
    .getByLabel('Show', { exact: true })
    .selectOption({ label: 'Refused though the window was open' });
  await becomes(texts, [expect.stringContaining('Send the text, and once more after the refusal.')]);
  await context.close();
});

test('the audit’s plots say in words what they show, and one can go through their days', async () => {
  const { page, context } = await openCutOff();
  await page.getByRole('button', { name: 'Show an invented month' }).click();
  await page
    .getByRole('img', { name: /^From inbound to answer\. to 1 min: 4, to 5 min: 2, .*never: 3\.$/ })
    .waitFor();
  await page.getByRole('img', { name: /^Closed by how much\. to 5 min: 2, .*never: 1\.$/ }).waitFor();
  await page.getByRole('img', { name: 'Windows on 2026-11-02 (UTC): 1 people, 5 messages, 0' }).waitFor();
  await page.getByRole('button', { name: 'Day after' }).press('Enter');
  await page.getByRole('img', { name: 'Windows on 2026-11-03 (UTC): 1 people, 2 messages, 1' }).waitFor();
  await page.getByRole('button', { name: 'Day after' }).press('Enter');
  await page.getByRole('heading', { name: 'Windows on 2026-11-04 (UTC)' }).waitFor();
  await context.close();
});

test('the audit page that the command writes shows its audit at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-page-'));
  const html = join(folder, 'audit.html');
  const args = ['--csv', SAMPLE, '--templates', TEMPLATES, '--html', html, '--json'];
  const run = await runScript('audit', args, { emulatorUrl: 'http://localhost:9' });
  expect([run.code, run.json]).toMatchObject([0, COUNTS]);
  const { page, context, errors, requests } = await openCutOff(pathToFileURL(html).href);
  await becomes(() => countsOn(page), SHOWN);
  await becomes(() => page.locator('#rows tbody tr').count(), 34);
  expect([errors, requests]).toEqual([[], []]);
  await context.close();
  rmSync(folder, { recursive: true, force: true });
});

test('the audit page is not harmed by a file that is no export, or by texts that are HTML', async () => {
  const { page, context, errors } = await openCutOff();
  const input = page.getByLabel('Message log (CSV)');
  const file = (text: string) => ({ name: '<b>x</b>.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
  await input.setInputFiles(file('a,b\n1,2\n'));
  await page.getByRole('alert').getByText('<b>x</b>.csv: The first line does not name the columns').waitFor();
  const [header = ''] = readFileSync(SAMPLE, 'utf8').split('\n');
  const row =
    '"whatsapp:<img src=x onerror=alert(1)>","whatsapp:+15551234567","<script>","x","now","","","","","","outbound-api","",""';
  await input.setInputFiles(file(`${header}\n${row}\n`));
  await page.getByText('There is no WhatsApp message in it.').waitFor();
  await page.getByText(/^Line 2: /).waitFor();
  expect(await page.locator('#result img').count()).toBe(0);
  expect(errors).toEqual([]);
  await context.close();
});

test.each(['light', 'dark'] as const)(
  'the audit page has nothing out of reach or off the page at 390 px, %s',
  async (colorScheme) => {
    const { page, context } = await openCutOff(url, { viewport: { width: 390, height: 844 }, colorScheme });
    await page.getByRole('button', { name: 'Show an invented month' }).click();
    await page.locator('#rows tbody tr').first().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    // Over the debugger, not through the page, whose policy allows no script but its own.
    await page.evaluate(readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8'));
    const found = await page.evaluate(
      `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes.map(({ target }) => target).join()))`,
    );
    expect(found).toEqual([]);
    await context.close();
  },
);
