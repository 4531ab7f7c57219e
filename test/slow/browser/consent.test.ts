/** Somebody who said STOP: the page says so beside the window, nothing goes out, and START takes it back. */
import type { Browser } from 'playwright-core';
import { launchChromium } from '../../../scripts/offline/chromium';
import { openDashboard, row } from './dashboard-page';
import { type Stand, startStand } from './stand';

const USER = 'whatsapp:+491701234567';

let stand: Stand;
let browser: Browser;

beforeAll(async () => {
  stand = await startStand();
  browser = await launchChromium();
  await stand.inbound(USER, { profileName: 'Ada' });
});

afterAll(async () => {
  await browser?.close();
  await stand?.stop();
});

test('STOP while someone writes: what was said before is taken back, until START', async () => {
  const { page, context, errors } = await openDashboard(browser, stand);
  const person = page.getByRole('region', { name: 'The chosen person' });
  const send = page.getByRole('button', { name: 'Send message' });
  await row(page, /Ada.*Open/).click();
  await page.getByLabel('Message', { exact: true }).fill('Good news');
  await page.getByText('Will go out as a free-form message').waitFor();

  await stand.inbound(USER, { profileName: 'Ada', body: 'STOP' });
  await row(page, /Ada.*Opted out/).waitFor();
  await person.getByText('They asked not to be written to (STOP)').waitFor();
  // A warm function may believe the open window for a minute more: the page does not.
  await page.getByText(/They have said STOP|Will be refused/).waitFor();
  expect(await send.getAttribute('aria-disabled')).toBe('true');

  await page.getByRole('radio', { name: 'Template', exact: true }).check();
  await page.getByRole('radio', { name: /please_answer/ }).check();
  await page.getByText(/They have said STOP|Will be refused/).waitFor();
  expect(await page.getByRole('button', { name: 'Send template' }).getAttribute('aria-disabled')).toBe(
    'true',
  );
  expect(await stand.messagesTo(USER)).toEqual([]);

  await page.getByRole('radio', { name: 'Free text', exact: true }).check();
  await stand.inbound(USER, { profileName: 'Ada', body: 'START' });
  await row(page, /Ada.*Opted out/).waitFor({ state: 'detached' });
  await page.getByText('Will go out as a free-form message').waitFor();
  await send.click();
  await page.getByText('Sent as a free-form message.').waitFor();
  expect((await stand.messagesTo(USER)).map(({ text }) => text)).toEqual(['Good news']);
  expect(errors).toEqual([]);
  await context.close();
});
