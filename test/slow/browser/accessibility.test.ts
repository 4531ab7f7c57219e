/** An accessibility engine looks at every state of the page, light and dark, and finds nothing. */
import type { AxeResults } from 'axe-core';
import { source as axeSource } from 'axe-core';
import type { Page } from 'playwright-core';
import { becomes, openPage, row, typeToken, useChromium } from './dashboard-page';
import { TOKEN, useOfflineService } from './offline-service';

const offline = useOfflineService();
const browser = useChromium();

async function seat(): Promise<void> {
  await offline.inbound('+491700000001', { profileName: 'Closed Clara' });
  await offline.advance(60 * 60);
  await offline.inbound('+491700000002', { profileName: 'Closing Carl' });
  await offline.advance(23 * 60 * 60 + 56 * 60);
  await offline.inbound('+491700000003', { profileName: 'Open Otto' });
  await offline.inbound('+491700000004', { profileName: 'Opted-out Olga', body: 'STOP' });
  await offline.inbound('+491700000005', { profileName: 'Failed Fred' });
  await offline.control('faults', { target: 'delivery', do: 'status', code: 63024, times: 1 });
  const response = await fetch(`${offline.url}/send-message`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ to: '+491700000005', body: 'Lost on its way' }),
  });
  expect(response.status).toBe(200);
  await offline.control('idle');
  // Nobody's window turns while an engine looks.
  await offline.control('clock', { freeze: true });
}

beforeAll(async () => {
  await seat();
});

async function findingsOf(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate(`'axe' in window`))) await page.evaluate(axeSource);
  const results = (await page.evaluate(
    `axe.run(document, { iframes: false, resultTypes: ['violations'] })`,
  )) as AxeResults;
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
  );
}

test('at 400 % zoom nothing is cut off, and the button is reached', async () => {
  // 1280 by 1024 pixels, four times as large.
  const { page, context } = await openPage(browser, `${offline.url}/index.html`, {
    viewport: { width: 320, height: 256 },
  });
  await typeToken(page, TOKEN);
  await row(page, /Otto/).click();
  await page.getByLabel('Message', { exact: true }).fill('Hello');
  await page.getByText('Will go out as a free-form message').waitFor();
  await page.getByRole('button', { name: 'Send message' }).scrollIntoViewIfNeeded();
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
  expect(await findingsOf(page)).toEqual([]);
  await context.close();
});

test('in forced colours the chosen row, the marks and the messages keep their borders', async () => {
  const { page, context } = await openPage(browser, `${offline.url}/index.html`, { forcedColors: 'active' });
  await typeToken(page, TOKEN);
  await row(page, /Otto/).click();
  await page.locator('.message-box').first().waitFor();
  const styleOf = (selector: string, property: string) =>
    page.evaluate(`getComputedStyle(document.querySelector(${JSON.stringify(selector)})).${property}`);
  await becomes(() => styleOf('.row[aria-selected=true]', 'outlineStyle'), 'solid');
  await becomes(() => styleOf('.message-box', 'borderTopStyle'), 'solid');
  await becomes(() => styleOf('.mark', 'borderTopStyle'), 'solid');
  await context.close();
});

test('the page on the emulator is accessible, and at 400 % zoom nothing is cut off', async () => {
  const findings = [];
  for (const [colorScheme, width] of [
    ['light', 1280],
    ['dark', 320],
  ] as const) {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 860 } });
    const page = await context.newPage();
    await page.goto(`${offline.emulatorUrl}/_emulator/`);
    findings.push(await findingsOf(page), await page.evaluate('document.documentElement.scrollWidth'));
    await context.close();
  }
  expect(findings).toEqual([[], 1280, [], 320]);
});

describe.each([
  ['light', 1280],
  ['dark', 1280],
  ['light', 390],
  ['dark', 390],
] as const)('in %s, %i pixels wide,', (colorScheme, width) => {
  test('every state of the dashboard is accessible', async () => {
    const { page, context } = await openPage(browser, `${offline.url}/index.html`, {
      colorScheme,
      viewport: { width, height: 860 },
      // A colour halfway between two is nobody's intention.
      reducedMotion: 'reduce',
    });
    const findings: Record<string, readonly string[]> = {};
    const choose = async (name: RegExp) => {
      const back = page.getByRole('link', { name: 'All people' });
      if (await back.isVisible()) await back.click();
      await row(page, name).click();
    };
    findings.gate = await findingsOf(page);
    await typeToken(page, 'a-wrong-token-of-enough-characters');
    await page.getByText('The service did not take this token.').waitFor();
    findings.wrongToken = await findingsOf(page);
    await typeToken(page, TOKEN);
    await row(page, /Otto/).waitFor();
    findings.list = await findingsOf(page);
    await choose(/Otto/);
    await page.getByLabel('Message', { exact: true }).fill('Hello');
    await page.getByText('Will go out as a free-form message').waitFor();
    findings.open = await findingsOf(page);
    await page.getByRole('button', { name: 'Send message' }).click();
    await page.getByText('Sent as a free-form message.').waitFor();
    findings.sent = await findingsOf(page);
    await choose(/Carl.*Closing/);
    await page.getByRole('radio', { name: /lesson_pending/ }).waitFor();
    findings.closing = await findingsOf(page);
    await choose(/Clara.*Closed/);
    await page.getByRole('radio', { name: /lesson_order/ }).check();
    await page.getByLabel('{{2}}').fill('two\u2003     of them');
    await page.getByText('more than 4 spaces').waitFor();
    findings.problems = await findingsOf(page);
    await page.getByRole('radio', { name: 'Template + text' }).check();
    await page.getByLabel('Text to hold until they answer').fill('Later');
    findings.both = await findingsOf(page);
    await page.getByRole('radio', { name: 'Hold text' }).check();
    await page.getByText('Will be held until they answer').waitFor();
    await page.getByRole('button', { name: 'Hold message' }).click();
    // The width before held the same text.
    await page.getByRole('button', { name: 'Cancel: Later' }).first().waitFor();
    findings.held = await findingsOf(page);
    await page.getByRole('button', { name: 'Erase Closed Clara…' }).click();
    await page.getByRole('dialog').getByText('Twilio keeps').waitFor();
    findings.erase = await findingsOf(page);
    await page.getByRole('button', { name: 'Keep' }).click();
    await choose(/Fred.*Failed/);
    await page.getByRole('log').getByRole('button', { name: 'Send again' }).waitFor();
    findings.failed = await findingsOf(page);
    await choose(/Olga.*Opted out/);
    await page.getByText('They asked not to be written to').waitFor();
    findings.optedOut = await findingsOf(page);
    await page.route('**/windows?**', (route) => route.abort());
    await page.getByText('The service does not answer.').first().waitFor();
    findings.away = await findingsOf(page);
    expect(findings).toEqual(Object.fromEntries(Object.keys(findings).map((state) => [state, []])));
    await context.close();
  });

  test('the play page is accessible', async () => {
    const { page, context } = await openPage(browser, `${offline.emulatorUrl}/`, {
      colorScheme,
      viewport: { width, height: 860 },
    });
    await page.getByText('Nothing written yet').waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await page.getByLabel('Message as the user').fill('Hello');
    await page.getByLabel('Message as the user').press('Enter');
    await page.locator('#messages li').first().waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await offline.control('reset', {});
    await context.close();
    await seat();
  });
});
