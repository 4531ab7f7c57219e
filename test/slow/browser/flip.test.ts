/** The windows turn at the very moment, by the service's clock and without asking it, and back by a new inbound message. */
import type { Page } from 'playwright-core';
import { becomes, openDashboard, row, typeToken, useChromium } from './dashboard-page';
import { TOKEN, useOfflineService } from './offline-service';

const DAY = 24 * 60 * 60;
const MARGIN = 300;
const USER = '+491701234567';

const offline = useOfflineService();
const browser = useChromium();

beforeEach(async () => {
  await offline.control('reset', {});
});

test('the dashboard changes to open, closing and closed on the millisecond, even while the service cannot be reached', async () => {
  // Both clocks stand still, a wrong reader's clock among them; only the test moves the page's.
  // Within a second, because the page counts by whole ones.
  await offline.control('clock', { set: '2031-05-05T12:00:00.500Z', freeze: true });
  await offline.inbound(USER, { profileName: 'Ada' });
  await offline.advance(DAY - MARGIN - 60);
  const context = await browser.newContext();
  const page = await context.newPage();
  const wrong = Date.parse('2001-02-03T04:05:06Z');
  await page.clock.install({ time: wrong });
  // It went on for a moment, and is not turned back.
  await page.clock.pauseAt(wrong + 60 * 60 * 1000);
  await page.goto(`${offline.url}/index.html`);
  await typeToken(page, TOKEN);
  await row(page, /Ada.*6 min 00 s/).click();
  await page.getByText('Write freely until').waitFor();
  await page.route('**/*', (route) => route.abort());

  await page.clock.runFor(60_000 - 1);
  expect(await stateOf(page)).toEqual(['Open', 'Free text']);
  await page.clock.runFor(1);
  await becomes(() => stateOf(page), ['Closing', 'Template']);
  await becomes(() => row(page, 'Ada').textContent(), expect.stringContaining('5 min 00 s'));
  await page.clock.runFor(MARGIN * 1000 - 1);
  await becomes(() => row(page, 'Ada').textContent(), expect.stringMatching(/(?<!\d)0 s/));
  expect(await stateOf(page)).toEqual(['Closing', 'Template']);
  await page.clock.runFor(1);
  await becomes(() => stateOf(page), ['Closed', 'Template']);
  await context.close();
});

test('a new inbound message turns the window open on the dashboard, and the composer with it', async () => {
  await offline.inbound(USER, { profileName: 'Ada' });
  const { page, context, errors } = await openDashboard(browser, offline);
  await row(page, /Ada.*Open/).click();
  await page.getByLabel('Message', { exact: true }).fill('half a sente');
  await offline.advance(DAY);
  await row(page, /Ada.*Closed/).waitFor();
  await page.getByLabel('Your text, kept').waitFor();
  await offline.inbound(USER, { profileName: 'Ada' });
  await row(page, /Ada.*Open/).waitFor();
  await page.getByLabel('Message', { exact: true }).waitFor();
  await becomes(() => page.getByLabel('Message', { exact: true }).inputValue(), 'half a sente');
  expect(errors).toEqual([]);
  await context.close();
});

test('rows of the dashboard that change places as their windows close look closed', async () => {
  await offline.inbound(USER, { profileName: 'Ada' });
  await offline.inbound('+491701234568', { profileName: 'Bob' });
  const { page, context } = await openDashboard(browser, offline);
  await row(page, /Bob.*Open|Bob.*answer/).waitFor();
  await offline.advance(DAY + 600);
  await row(page, /Bob.*1\d min ago/).waitFor();
  const areMuted = `[...document.querySelectorAll('.row')].map((row) =>
    ['.row-left', '.row-about'].map((part) => getComputedStyle(row.querySelector(part)).color))
    .map(([left, about]) => left === about)`;
  await becomes(() => page.evaluate(areMuted), [true, true]);
  await context.close();
});

test('the composer’s mode that a person chose stays when the window turns', async () => {
  await offline.inbound(USER, { profileName: 'Ada' });
  await offline.advance(DAY);
  const { page, context } = await openDashboard(browser, offline);
  await row(page, /Ada.*Closed/).click();
  await page.getByRole('radio', { name: 'Hold text' }).check();
  await page.getByRole('radio', { name: 'Template', exact: true }).check();
  await offline.inbound(USER, { profileName: 'Ada' });
  await row(page, /Ada.*Open/).waitFor();
  await page.getByText('Write freely until').waitFor();
  expect(await page.getByRole('radio', { name: 'Template', exact: true }).isChecked()).toBe(true);
  await context.close();
});

test('the dashboard lists windows that close soonest first, then closed ones, latest first', async () => {
  for (const [index, name] of ['Zoe', 'Yara', 'Xenia'].entries()) {
    await offline.inbound(`+49170000000${index}`, { profileName: name });
    await offline.advance(3600);
  }
  await offline.advance(DAY - 2 * 3600);
  const { page, context } = await openDashboard(browser, offline);
  await row(page, /Zoe.*Closed/).waitFor();
  const order = async () => {
    const names = await page.getByRole('option').locator('.row-name').allTextContents();
    // A request of the page before may have arrived after the reset and left its pair behind.
    return names.filter((name) => !name.startsWith('+'));
  };
  await becomes(order, ['Xenia', 'Yara', 'Zoe']);
  await context.close();
});

async function stateOf(page: Page): Promise<readonly (string | null)[]> {
  return [
    await page.locator('.head .state').textContent(),
    await page.locator('.mode:has(:checked)').textContent(),
  ];
}
