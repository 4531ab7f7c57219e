/** Somebody who said STOP: the page says so beside the window, nothing goes out, and START takes it back. */
import { becomes, openDashboard, row, useChromium } from './dashboard-page';
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
  // Slower than the page's own second: what it asks again must be answered, not be asked anew.
  let asked = 0;
  await page.route('**/send-message', async (route) => {
    asked += 1;
    await new Promise((resolve) => setTimeout(resolve, 1300));
    await route.continue();
  });
  await row(page, /Ada.*Open/).click();
  await message.fill('Good news');
  await page.getByText('Will go out as a free-form message').waitFor();

  await offline.inbound(USER, { profileName: 'Ada', body: 'STOP' });
  await row(page, /Ada.*Opted out/).waitFor();
  await person.getByText('They asked not to be written to (STOP)').waitFor();
  await send.waitFor({ state: 'detached' });
  expect(await message.count()).toBe(0);
  // Whoever was typing goes on for a moment, and presses no key that works anywhere.
  await page.locator('.instead:focus').waitFor();
  await page.keyboard.type('/j');
  await page.locator('.instead:focus').waitFor();
  await becomes(() => page.locator('[data-count="opted-out"]').textContent(), '1');
  expect(await offline.messagesTo(USER)).toEqual([]);

  await offline.inbound(USER, { profileName: 'Ada', body: 'START' });
  await row(page, /Ada.*Opted out/).waitFor({ state: 'detached' });
  await becomes(() => message.inputValue(), 'Good news');
  await page.locator('#text:focus').waitFor();
  await page.getByText('Will go out as a free-form message').waitFor();
  expect(asked).toBe(2);
  await send.click();
  await page.getByText('Sent as a free-form message.').waitFor();
  expect((await offline.messagesTo(USER)).map(({ text }) => text)).toEqual(['Good news']);
  expect(errors).toEqual([]);
  await context.close();
});
