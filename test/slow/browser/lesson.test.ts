/** The whole lesson, played by clicks on the offline page: phone and dashboard side by side. */
import type { FrameLocator, Page } from 'playwright-core';
import { startOfflineService } from '../../../scripts/offline/offline-service';
import { becomes, foreign, openPage, useChromium, type Watched } from './dashboard-page';
import { TOKEN, useOfflineService } from './offline-service';

const offline = useOfflineService({}, startOfflineService);
const browser = useChromium();
let watched: Watched;
let page: Page;
let dashboard: FrameLocator;

beforeAll(async () => {
  watched = await openPage(browser, `${offline.emulatorUrl}/`, { viewport: { width: 1440, height: 900 } });
  page = watched.page;
  dashboard = page.frameLocator('iframe');
});

const phone = () => page.getByRole('region', { name: 'Your business' });
const lastOnPhone = () => page.locator('#messages li').last();

async function write(text: string): Promise<void> {
  await phone().getByLabel('Message as the user').fill(text);
  await phone().getByRole('button', { name: 'Send', exact: true }).click();
}

test('the page hands its token to the desk by itself', async () => {
  await dashboard.getByText('Nobody has written yet.').waitFor();
  await becomes(() => page.locator('#token').textContent(), TOKEN);
  expect(watched.requests.filter((url) => url.includes(TOKEN))).toEqual([]);
});

test('a message from the phone opens the window, and free text goes out', async () => {
  await write('Where is my code?');
  await dashboard.getByRole('option', { name: /Ada.*Open/ }).click();
  await dashboard.getByLabel('Message', { exact: true }).fill('One moment, Ada.');
  await dashboard.getByText('Will go out as a free-form message').waitFor();
  await dashboard.getByRole('button', { name: 'Send message' }).click();
  await dashboard.getByText('Sent as a free-form message.').waitFor();
  await phone().getByText('One moment, Ada.').waitFor();
  await phone().getByRole('img', { name: 'read' }).waitFor();
  await becomes(() => dashboard.getByLabel('Message', { exact: true }).inputValue(), '');
});

test('a day later only a template goes out: the half-written text is kept, and the fields are filled', async () => {
  await dashboard.getByLabel('Message', { exact: true }).fill('Sorry for the wait');
  await page.getByRole('button', { name: '1 day later' }).click();
  await dashboard.getByRole('option', { name: /Ada.*Closed/ }).waitFor();
  await becomes(() => dashboard.getByLabel('Your text, kept').inputValue(), 'Sorry for the wait');

  await dashboard.getByRole('radio', { name: /lesson_code/ }).check();
  const preview = dashboard.getByRole('region', { name: 'Preview' });
  await preview.getByText('{{1}}').waitFor();
  await dashboard.getByLabel('{{1}}').fill('hacker');
  // For a moment after the first keystrokes both fields may still be told to be empty.
  await dashboard.getByText('Is empty: give it a text.').last().waitFor();
  const button = dashboard.getByRole('button', { name: 'Send template' });
  await becomes(() => button.getAttribute('aria-disabled'), 'true');
  await dashboard.getByLabel('{{2}}').fill('1337');
  await preview.getByText('Your hacker code is 1337.').waitFor();
  await dashboard.getByText('Will go out as a template message').waitFor();
  await dashboard.getByRole('button', { name: 'Send template' }).click();
  // What is said of it makes room for the kept text once it arrived; in the conversation it stays.
  await dashboard.getByRole('log', { name: 'Conversation' }).getByText('Your hacker code is 1337.').waitFor();
  await phone().getByText('Your hacker code is 1337.').waitFor();
  expect(await dashboard.getByLabel('Your text, kept').inputValue()).toBe('Sorry for the wait');
});

test('the answer opens the window again, and the kept text can go', async () => {
  await write('Thank you');
  await dashboard.getByRole('option', { name: /Ada.*Open/ }).waitFor();
  const message = dashboard.getByLabel('Message', { exact: true });
  await becomes(() => message.inputValue(), 'Sorry for the wait');
  await dashboard.getByText('Will go out as a free-form message').waitFor();
  await dashboard.getByRole('button', { name: 'Send message' }).click();
  await phone().getByText('Sorry for the wait').waitFor();
});

test('a text that is a template word for word is recognised when the window closes', async () => {
  await dashboard.getByLabel('Message', { exact: true }).fill('Your appointment is coming up on Monday at 9');
  await page.getByRole('button', { name: '1 day later' }).click();
  await dashboard.getByText('Your text is this template: it is filled in below.').waitFor();
  await becomes(() => dashboard.getByLabel('{{1}}').inputValue(), 'Monday');
  await becomes(() => dashboard.getByLabel('{{2}}').inputValue(), '9');
  await dashboard.getByText('Will go out as a template message').waitFor();
  await dashboard.getByRole('button', { name: 'Send template' }).click();
  await phone().getByText('Your appointment is coming up on Monday at 9').waitFor();
});

test('the phone sends a location, taps a button, says STOP and START', async () => {
  await phone().getByRole('button', { name: 'Send a location' }).click();
  await dashboard.getByRole('option', { name: /Ada.*Open/ }).waitFor();
  const { sid } = await offline.twilio('/v1/Content', {
    body: JSON.stringify({
      friendly_name: 'does_it_suit',
      language: 'en',
      variables: {},
      types: {
        'twilio/quick-reply': {
          body: 'Does Monday suit you?',
          actions: [{ type: 'QUICK_REPLY', title: 'Yes, it does', id: 'yes' }],
        },
      },
    }),
  });
  const sent = await fetch(`${offline.url}/send-message`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ to: '+491701234567', template: sid }),
  });
  expect(sent.status).toBe(200);
  await phone().getByRole('button', { name: 'Yes, it does' }).click();
  await lastOnPhone().getByText('Yes, it does').waitFor();
  await phone().getByRole('button', { name: 'Say STOP' }).click();
  await lastOnPhone().getByText('STOP').waitFor();
  await dashboard.getByRole('option', { name: /Ada.*Opted out/ }).waitFor();
  await phone().getByRole('button', { name: 'Say START' }).click();
  await lastOnPhone().getByText('START').waitFor();
  await dashboard.getByRole('option', { name: /Ada.*Open/ }).waitFor();
});

test('what WhatsApp refuses outside the window is shown as never arrived', async () => {
  await page.getByRole('button', { name: '1 day later' }).click();
  await offline.twilio('/2010-04-01/Accounts/{AccountSid}/Messages.json', {
    body: new URLSearchParams({
      To: 'whatsapp:+491701234567',
      From: 'whatsapp:+14155238886',
      Body: 'Too late',
    }),
  });
  await phone().getByText('63016, never arrived').waitFor();
});

test('the clock goes to just before the margin, from where the turn can be watched', async () => {
  await write('Here again');
  // It stands still until the desk has seen the moment before.
  await offline.control('clock', { freeze: true });
  await page.getByRole('button', { name: 'To the last 5 minutes' }).click();
  await dashboard.getByRole('option', { name: /Ada.*5 min 0\d s.*Open/ }).waitFor();
  await offline.control('clock', { freeze: false });
  await dashboard.getByRole('option', { name: /Ada.*Closing/ }).waitFor();
  await page.getByRole('button', { name: 'Start over' }).click();
  await phone().getByText('Nothing written yet').waitFor();
});

test('at 390 pixels the page fits, desk and phone one above the other', async () => {
  const narrow = await openPage(browser, `${offline.emulatorUrl}/`, {
    viewport: { width: 390, height: 844 },
  });
  const desk = narrow.page.frameLocator('iframe');
  // What the other page asked may have come after the start over and left its person behind.
  await desk.getByText('Nobody has written yet.').or(desk.getByRole('option').first()).waitFor();
  expect(await narrow.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
  await narrow.context.close();
});

test('nothing went wrong on the way, and no other site was asked', () => {
  expect(watched.errors).toEqual([]);
  expect(foreign(watched.requests)).toEqual([]);
});
