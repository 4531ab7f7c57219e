/** Everything by the keyboard alone: token, list, composer, templates, and on a narrow screen the way back. */
import type { Page } from 'playwright-core';
import { becomes, openPage, row, useChromium } from './dashboard-page';
import { TOKEN, useOfflineService } from './offline-service';

const offline = useOfflineService();
const browser = useChromium();

beforeAll(async () => {
  await offline.inbound('+491700000001', { profileName: 'Ada' });
  await offline.advance(24 * 60 * 60);
  await offline.inbound('+491700000002', { profileName: 'Bob' });
});

/** Presses Tab until something is focused that fits. @throws where nothing does */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press('Tab');
    if ((await page.locator(`${selector}:focus`).count()) > 0) return;
  }
  throw new Error(`Tab does not reach ${selector}.`);
}

test('a person can go from the token to a message and a template by keyboard', async () => {
  const { page, context, errors } = await openPage(browser, `${offline.url}/index.html`);
  await page.locator('#token:focus').waitFor();
  await page.keyboard.type(TOKEN);
  await page.keyboard.press('Enter');
  await row(page, 'Bob').waitFor();

  await tabTo(page, '#windows');
  await page.keyboard.press('End');
  await page.keyboard.press('Home');
  const active = () => page.locator('#windows').getAttribute('aria-activedescendant');
  await becomes(async () => page.locator(`#${await active()}`).textContent(), expect.stringContaining('Bob'));
  await page.keyboard.press('Enter');
  // The focus goes where one works.
  await page.locator('#text:focus').waitFor();
  await page.keyboard.type('By hand');
  await page.getByText('Will go out as a free-form message').waitFor();
  await tabTo(page, 'button[type=submit]');
  // While the preview of the last letter is on its way the button does nothing.
  await page.locator('button[type=submit]:focus:not([aria-disabled])').waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('Sent as a free-form message.').waitFor();

  await page.keyboard.press('Escape');
  await page.locator('#windows:focus').waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Ada' }).waitFor();
  await page.locator('#template-search:focus').waitFor();
  await page.keyboard.type('lesson_code');
  await tabTo(page, 'input[name=template]');
  await page.keyboard.press('Space');
  await page.locator('#placeholder-0:focus').waitFor();
  await page.keyboard.type('hacker');
  await page.keyboard.press('Tab');
  await page.keyboard.type('1337');
  // What is said may still be about the digits before the last.
  await page
    .locator('.verdict:not([data-stale])', { hasText: 'Will go out as a template message' })
    .waitFor();
  await page.keyboard.press('Control+Enter');
  await page.getByText('Sent as a template message.').waitFor();
  expect((await offline.messagesTo('whatsapp:+491700000001')).map(({ text }) => text)).toEqual([
    'Your hacker code is 1337.',
  ]);
  expect(errors).toEqual([]);
  await context.close();
});

test('a person can go from pane to pane and back by keyboard on a phone', async () => {
  const { page, context } = await openPage(browser, `${offline.url}/index.html`, {
    viewport: { width: 390, height: 844 },
  });
  await page.locator('#token:focus').waitFor();
  await page.keyboard.type(TOKEN);
  await page.keyboard.press('Enter');
  await row(page, 'Bob').waitFor();
  await tabTo(page, '#windows');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Bob' }).waitFor();
  await becomes(() => page.locator('#windows').isVisible(), false);
  await page.goBack();
  await page.locator('#windows:focus').waitFor();
  expect(new URL(page.url()).hash).toMatch(/^(?:#\/)?$/);
  expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
  await context.close();
});
