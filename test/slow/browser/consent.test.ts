/** Somebody who said STOP: the page says so beside the window, nothing goes out, and START takes it back. */
import { openDashboard, row, useChromium } from './dashboard-page';
import { useOfflineService } from './offline-service';

const USER = 'whatsapp:+491701234567';

const offline = useOfflineService();
const browser = useChromium();

beforeAll(async () => {
  await offline.inbound(USER, { profileName: 'Ada' });
});

test('STOP while a draft stands: the composer goes, a sentence stands in its place, and START brings the draft back', async () => {
  const { page, context, errors } = await openDashboard(browser, offline);
  const person = page.getByRole('region', { name: 'The chosen person' });
  const send = page.getByRole('button', { name: 'Send message' });
  const message = page.getByLabel('Message', { exact: true });
  await row(page, /Ada.*Open/).click();
  await message.fill('Good news');
  await page.getByText('Will go out as a free-form message').waitFor();

  await offline.inbound(USER, { profileName: 'Ada', body: 'STOP' });
  await row(page, /Ada.*Opted out/).waitFor();
  await person.getByText('They asked not to be written to (STOP)').waitFor();
  await send.waitFor({ state: 'detached' });
  expect(await message.count()).toBe(0);
  expect(await page.locator('[data-count="opted-out"]').textContent()).toBe('1');
  expect(await offline.messagesTo(USER)).toEqual([]);

  await offline.inbound(USER, { profileName: 'Ada', body: 'START' });
  await row(page, /Ada.*Opted out/).waitFor({ state: 'detached' });
  expect(await message.inputValue()).toBe('Good news');
  await page.getByText('Will go out as a free-form message').waitFor();
  await send.click();
  await page.getByText('Sent as a free-form message.').waitFor();
  expect((await offline.messagesTo(USER)).map(({ text }) => text)).toEqual(['Good news']);
  expect(errors).toEqual([]);
  await context.close();
});
