/** Messages that wait for an answer: held from the composer, counted in the list, cancelled, released by an answer. */
import { openDashboard, row, useChromium } from './dashboard-page';
import { useOfflineService } from './offline-service';

const QUESTION = 'We have an answer for you. Reply to this message to read it.';
const USER = 'whatsapp:+491701234567';

const offline = useOfflineService();
const browser = useChromium();

beforeAll(async () => {
  await offline.inbound(USER, { profileName: 'Ada' });
  await offline.advance(24 * 60 * 60);
});

test('held, cancelled, held with a template, released by the answer', async () => {
  const { page, context, errors } = await openDashboard(browser, offline);
  const held = page.getByRole('region', { name: 'Held messages' });
  await row(page, /Ada.*Closed/).click();
  await page.getByText('Send a template; their answer opens 24 hours.').waitFor();

  await page.getByRole('radio', { name: 'Hold text' }).check();
  await page.getByLabel('Text to hold until they answer').fill('First');
  await page.getByText('Will be held until they answer').waitFor();
  await page.getByText(`A template asks for it: “${QUESTION}”`).waitFor();
  await page.getByRole('button', { name: 'Hold message' }).click();
  await page.getByText('Held until they answer; a template that asks for it went out.').waitFor();
  await held.getByText('First').waitFor();
  await row(page, /Ada.*1 held/).waitFor();

  await held.getByRole('button', { name: 'Cancel: First' }).click();
  await held.getByText('Cancelled: it will not be sent.').waitFor();
  await row(page, /Ada.*1 held/).waitFor({ state: 'detached' });

  await page.getByRole('radio', { name: 'Template + text' }).check();
  await page.getByLabel('Text to hold until they answer').fill('Second');
  await page.getByRole('radio', { name: /please_answer/ }).check();
  await page.getByText('Will go out as a template message').waitFor();
  await page.getByRole('button', { name: 'Send template, hold text' }).click();
  await page.getByText('Sent as a template message. Your text is held until they answer.').waitFor();
  await held.getByText('Second').waitFor();

  await page.getByLabel('Text to hold until they answer').fill('Third');
  await page.getByRole('radio', { name: /please_answer/ }).check();
  // They were asked already, and it is said before the click that no second template goes out.
  await page.getByText('Will be held until they answer').waitFor();
  await page.getByRole('button', { name: 'Hold message' }).click();
  await page.getByText('Held until they answer.', { exact: true }).waitFor();
  await row(page, /Ada.*2 held/).waitFor();

  await offline.inbound(USER, { profileName: 'Ada' });
  await row(page, /Ada.*Open/).waitFor();
  await held.waitFor({ state: 'detached' });
  const sent = await offline.messagesTo(USER);
  expect(sent.map(({ text }) => text)).toEqual([QUESTION, QUESTION, 'Second', 'Third']);
  expect(errors).toEqual([]);
  await context.close();
});

test('what was sent or expired meanwhile cannot be cancelled, and the page says so', async () => {
  const { page, context } = await openDashboard(browser, offline);
  const waiting = {
    ...{ id: 'h1', to: USER, from: 'whatsapp:+14155238886', body: 'Just released', mediaUrl: [] },
    ...{ heldAt: '2026-01-31T09:00:00Z', expiresAt: '2026-02-07T09:00:00Z' },
  };
  let held: readonly object[] = [waiting];
  await page.route('**/held-messages**', (route) => {
    if (route.request().method() === 'GET')
      return route.fulfill({ json: { held, nextCursor: null, error: null } });
    held = [];
    const error = { code: 'NOT_FOUND', message: 'It is no longer held.', problems: [] };
    return route.fulfill({ status: 404, json: { cancelled: false, error } });
  });
  await row(page, 'Ada').click();
  await page.getByRole('button', { name: 'Cancel: Just released' }).click();
  await page.getByText('It was no longer held: sent, expired or cancelled before.').waitFor();
  await page.getByText('Just released').waitFor({ state: 'detached' });
  await context.close();
});
