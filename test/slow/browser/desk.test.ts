/**
 * What an agent does all day: who needs an answer, what they said, what became of the answer. Addresses, reload, drafts,
 * two tabs, a token that may only read, erasing somebody.
 */
import type { Page } from 'playwright-core';
import { becomes, drawn, openDashboard, openPage, row, typeToken, useChromium } from './dashboard-page';
import { SENDER, TOKEN, useOfflineService } from './offline-service';

const ADA = '+491701234567';
const BOB = '+447700900123';
const READER = 'reports-token-that-is-no-secret';
/** The default of WINDOW_MARGIN_SECONDS. */
const MARGIN_SECONDS = 300;

const offline = useOfflineService({
  API_TOKENS: `ada:adas-token-that-is-no-secret,reports:${READER}:read`,
});
const browser = useChromium();

beforeEach(async () => {
  await offline.control('reset', {});
});

const delivery = (fault: object) => offline.control('faults', { target: 'delivery', times: 1, ...fault });
const message = (page: Page) => page.getByLabel('Message', { exact: true });
const thread = (page: Page) => page.getByRole('log', { name: 'Conversation' });
const followed = (page: Page) => page.locator('.result .say');

async function send(page: Page, text: string): Promise<void> {
  await message(page).fill(text);
  await page.getByText('Will go out as a free-form message').waitFor();
  await page.getByRole('button', { name: 'Send message' }).click();
}

/** The browser's own, which no test may ask; another window is in front. */
const STUBBED_NOTIFICATION = `
  window.notified = [];
  window.Notification = class {
    static permission = 'default';
    static async requestPermission() {
      return (this.permission = 'granted');
    }
    constructor(title) {
      if (Notification.permission === 'granted') window.notified.push(title);
      window.newest = this;
    }
    close() {}
  };
  document.hasFocus = () => false;
`;

test('a browser that shows no notifications of a page is not asked for them, and the page says so', async () => {
  const { page, context } = await openPage(browser, 'about:blank');
  await page.addInitScript({
    content: `window.Notification = class {
      static permission = 'default';
      constructor() {
        throw new TypeError('Illegal constructor. Use ServiceWorkerRegistration.showNotification() instead.');
      }
    };`,
  });
  await page.goto(`${offline.url}/index.html`);
  await typeToken(page, TOKEN);
  await page.getByText('No notifications here').waitFor();
  expect(await page.getByRole('button', { name: 'Notify me' }).count()).toBe(0);
  await context.close();
});

test('a message that comes while another window is in front is told by name alone, once somebody allowed it', async () => {
  await offline.inbound(ADA, { profileName: 'Ada', body: 'Hello' });
  const { page, context, errors } = await openPage(browser, 'about:blank');
  await page.addInitScript({ content: STUBBED_NOTIFICATION });
  await page.goto(`${offline.url}/index.html`);
  await typeToken(page, TOKEN);
  await row(page, /Ada/).waitFor();
  const notified = () => page.evaluate('notified');
  await offline.inbound(ADA, { profileName: 'Ada', body: 'Nobody asked yet' });
  await row(page, /Ada.*Nobody asked yet/).waitFor();
  const before = await notified();
  await page.getByRole('button', { name: 'Notify me' }).click();
  await page.getByRole('button', { name: 'Notify me' }).waitFor({ state: 'detached' });
  await offline.inbound(BOB, { profileName: 'Bob', body: 'A secret' });
  await row(page, /Bob.*New.*A secret/).waitFor();
  expect([before, await notified(), errors]).toEqual([[], ['Bob wrote'], []]);
  await page.evaluate('newest.onclick()');
  await page.getByRole('heading', { name: 'Bob' }).waitFor();
  await context.close();
});

test('the conversation, both ways, with its day, and the box follows what was sent until it is read', async () => {
  await offline.inbound(ADA, { profileName: 'Ada', body: 'Where is my order?' });
  await offline.inbound(ADA, {
    ...{ profileName: 'Ada', body: '' },
    media: [{ url: 'https://example.com/label.jpg', contentType: 'image/jpeg' }],
  });
  const { page, context, errors } = await openDashboard(browser, offline);
  await row(page, /Ada.*1 attachment.*Needs an answer/).click();
  await thread(page).getByText('Where is my order?').waitFor();
  await thread(page).getByText('Picture').waitFor();
  await becomes(() => thread(page).locator('.day').count(), 1);
  await send(page, 'On its way.');
  await followed(page).getByText('Sent as a free-form message.').waitFor();
  await followed(page).getByText('Read.').waitFor();
  await becomes(() => followed(page).getAttribute('data-tone'), 'go');
  await thread(page)
    .locator('[data-direction=outbound]', { hasText: 'On its way.' })
    .getByText('Read')
    .waitFor();
  await row(page, /You: On its way\..*Open/).waitFor();
  await becomes(() => page.locator('[data-count=answer]').textContent(), '0');
  expect(errors).toEqual([]);
  await context.close();
});

test('earlier messages come above what is being read, which stays in its place', async () => {
  for (let index = 0; index < 30; index += 1)
    await offline.inbound(ADA, { profileName: 'Ada', body: `Number ${index}.` });
  const { page, context } = await openDashboard(browser, offline);
  await row(page, /Ada/).click();
  await thread(page).getByText('Number 29.').waitFor();
  const oldest = thread(page).getByText('Number 10.');
  await oldest.scrollIntoViewIfNeeded();
  await drawn(page);
  const before = await oldest.boundingBox();
  await page.getByRole('button', { name: 'Earlier messages' }).press('Enter');
  await thread(page).getByText('Number 0.').waitFor();
  await drawn(page);
  expect(Math.abs(((await oldest.boundingBox())?.y ?? 0) - (before?.y ?? 0))).toBeLessThan(60);
  await page.locator('.thread:focus').waitFor();
  await context.close();
});

test('a 63024 after "Sent": nothing green is left, and it is sent again under another key', async () => {
  await offline.inbound(ADA, { profileName: 'Ada' });
  await delivery({ do: 'status', code: 63024 });
  const { page, context } = await openDashboard(browser, offline);
  const keys: string[] = [];
  await page.route('**/send-message', (route) => {
    const { idempotencyKey } = route.request().postDataJSON() as { readonly idempotencyKey?: string };
    if (idempotencyKey !== undefined) keys.push(idempotencyKey);
    return route.continue();
  });
  await row(page, /Ada/).click();
  await send(page, 'Hello Ada');
  await followed(page).getByText('Not delivered: This address cannot receive WhatsApp messages.').waitFor();
  await becomes(() => followed(page).getAttribute('data-tone'), 'stop');
  expect(await page.getByText('Sent as a free-form message.').count()).toBe(0);
  await thread(page).getByText('Not delivered (63024)').waitFor();
  await row(page, /Ada.*Failed/).waitFor();
  await becomes(() => page.locator('[data-count=failed]').textContent(), '1');

  await followed(page).getByRole('button', { name: 'Send again' }).click();
  await followed(page).getByText('Read.').waitFor();
  expect(new Set(keys).size).toBe(2);
  expect((await offline.messagesTo(`whatsapp:${ADA}`)).map(({ text, status }) => [text, status])).toEqual([
    ['Hello Ada', 'undelivered'],
    ['Hello Ada', 'read'],
  ]);
  await context.close();
});

test('a 63016 right after they wrote: it was sent again, and each message leads to the other', async () => {
  await offline.inbound(ADA, { profileName: 'Ada' });
  await delivery({ do: 'false-63016' });
  const { page, context } = await openDashboard(browser, offline);
  await row(page, /Ada/).click();
  await send(page, 'Once more');
  await followed(page).getByText('It was sent again.').waitFor();
  expect(await followed(page).getByRole('button', { name: 'Send again' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Repaired by this message' }).click();
  await page.locator('.message:focus', { hasText: 'Sent in place of a refused message' }).waitFor();
  await context.close();
});

test('a 63018, too many at once: the text is tried again by itself, and nobody is asked to', async () => {
  await offline.inbound(ADA, { profileName: 'Ada' });
  await delivery({ do: 'status', code: 63018 });
  const { page, context } = await openDashboard(browser, offline);
  await row(page, /Ada/).click();
  await send(page, 'In a moment');
  // For some seconds, which a slow machine may miss, it says that it is tried again in a moment.
  await followed(page).getByText('It was sent again.').waitFor();
  expect(await followed(page).getByRole('button', { name: 'Send again' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Repaired by this message' }).waitFor();
  await context.close();
});

test('a 63016 hours later: the window is closed, the text waits, and the page says so', async () => {
  await offline.inbound(ADA, { profileName: 'Ada', opensWindow: false });
  await offline.advance(5 * 60 * 60);
  const { page, context } = await openDashboard(browser, offline);
  await row(page, /Ada/).click();
  await send(page, 'Too late');
  await followed(page).getByText('The text is held until they answer.').waitFor();
  await page.getByRole('region', { name: 'Held messages' }).getByText('Too late').waitFor();
  await page.locator('.head .state').getByText('Closed').waitFor();
  await thread(page)
    .locator('.message', { hasText: 'We have an answer for you' })
    .getByText('Template')
    .waitFor();
  await context.close();
});

test('reload and link keep person, search, filter and draft; going back works', async () => {
  await offline.inbound(ADA, { profileName: 'Ada', body: 'I am Ada' });
  await offline.inbound(BOB, { profileName: 'Bob', body: 'I am Bob' });
  const { page, context, errors } = await openDashboard(browser, offline);
  await row(page, /Ada/).click();
  await message(page).fill('half a sente');
  await page.getByLabel('Search by name, number or text').fill('I am');
  await page.getByRole('radio', { name: /^Needs answer/ }).check();
  await row(page, /Bob/).click();
  await page.getByRole('heading', { name: 'Bob' }).waitFor();
  expect(new URL(page.url()).hash).toBe(`#/${BOB}`);
  await page.goBack();
  await page.getByRole('heading', { name: 'Ada' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Ada' }).waitFor();
  await becomes(() => message(page).inputValue(), 'half a sente');
  await becomes(() => page.getByLabel('Search by name, number or text').inputValue(), 'I am');
  await becomes(() => page.getByRole('radio', { name: /^Needs answer/ }).isChecked(), true);

  const link = await openPage(browser, `${offline.url}/index.html#/%2B15551234567`);
  await typeToken(link.page, 'offline-token-that-is-no-secret');
  await link.page.getByRole('heading', { name: '+1 555 123 4567' }).waitFor();
  await link.page.getByText('They have not written to this sender yet.').waitFor();
  expect([...errors, ...link.errors]).toEqual([]);
  await link.context.close();
  await context.close();
});

test('two tabs: what one sends the other shows, and a message that arrives is marked and counted until it is opened', async () => {
  await offline.inbound(ADA, { profileName: 'Ada' });
  const { page, context } = await openDashboard(browser, offline);
  const other = await openDashboard(browser, offline);
  await row(page, /Ada/).click();
  await row(other.page, /Ada/).click();
  await send(page, 'From the first tab');
  await thread(other.page).getByText('From the first tab').waitFor();

  await offline.inbound(BOB, { profileName: 'Bob', body: 'Anybody there?' });
  await row(other.page, /Bob.*New/).waitFor();
  await becomes(() => other.page.title(), expect.stringMatching(/^\(1\)/));
  await row(other.page, /Bob/).click();
  await becomes(() => other.page.title(), expect.stringMatching(/^Bob/));
  await row(other.page, /New/).waitFor({ state: 'detached' });
  await other.context.close();
  await context.close();
});

test('a token that may only read: who it is, no composer, no cancel, no erasing', async () => {
  await offline.inbound(ADA, { profileName: 'Ada' });
  await offline.advance(24 * 60 * 60);
  const held = await fetch(`${offline.url}/send-message`, {
    method: 'POST',
    headers: {
      Authorization: 'Bearer adas-token-that-is-no-secret',
      'Content-Type': 'application/json',
    },
    body: JSON.stringify({ to: ADA, from: SENDER, body: 'Held for you', whenClosed: 'hold' }),
  });
  expect(held.status).toBe(200);
  const { page, context, errors } = await openPage(browser, `${offline.url}/index.html`);
  await typeToken(page, READER);
  await page.getByText('reports').waitFor();
  await page.getByText('read only', { exact: true }).waitFor();
  await row(page, /Ada/).click();
  await page.getByRole('region', { name: 'Held messages' }).getByText('Held for you').waitFor();
  await page.getByText('Your token may only read').waitFor();
  expect(await page.getByRole('button', { name: /^(?:Send|Hold|Cancel|Erase)/ }).count()).toBe(0);
  expect(await page.getByRole('textbox').count()).toBe(0);
  expect(errors).toEqual([]);
  await context.close();
});

test('somebody is erased after the page has said what goes and what Twilio keeps', async () => {
  await offline.inbound(ADA, { profileName: 'Ada' });
  await offline.inbound(BOB, { profileName: 'Bob', to: 'whatsapp:+14155550199' });
  const { page, context, errors } = await openDashboard(browser, offline);
  await row(page, /Ada/).click();
  // There is more than one sender.
  await page.locator('.head-number').getByText('to +1 415 523 8886').waitFor();
  await page.getByRole('button', { name: 'Erase Ada…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Twilio keeps').waitFor();
  await dialog.getByRole('button', { name: 'Keep' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Erase Ada…' }).click();
  await dialog.getByRole('button', { name: 'Erase', exact: true }).click();
  await page.getByText('Erased from this service.').waitFor();
  await page.getByText(/Twilio's message log has 1 messages of this person/).waitFor();
  await row(page, /Bob/).waitFor();
  await row(page, /Ada/).waitFor({ state: 'detached' });
  expect(errors).toEqual([]);
  await context.close();
});

test.each([
  [1440, 900],
  [1024, 768],
])('at %i × %i Send is in view in every state', async (width, height) => {
  await offline.inbound(ADA, { profileName: 'Ada', body: 'x '.repeat(600) });
  await offline.inbound(BOB, { profileName: 'Bob' });
  const { page, context } = await openDashboard(browser, offline, { viewport: { width, height } });
  const isInView = async () => {
    await drawn(page);
    const box = await page.locator('.act button').boundingBox();
    return box !== null && box.y >= 0 && box.y + box.height <= height && box.x + box.width <= width;
  };
  const seen: Record<string, boolean> = {};
  await row(page, /Ada/).click();
  await message(page).fill('line\n'.repeat(60));
  await page.getByText('Will go out as a free-form message').waitFor();
  seen.long = await isInView();
  await delivery({ do: 'status', code: 63024 });
  await page.getByRole('button', { name: 'Send message' }).click();
  await followed(page).getByRole('button', { name: 'Send again' }).waitFor();
  await message(page).fill('line\n'.repeat(60));
  seen.failed = await isInView();
  await page.getByRole('radio', { name: 'Template', exact: true }).check();
  await page.getByRole('radio', { name: /lesson_order/ }).waitFor();
  seen.chooser = await isInView();
  await page.getByRole('radio', { name: /lesson_order/ }).check();
  await page.getByLabel('{{4}}').fill('a     b');
  await page.getByText('more than 4 spaces').waitFor();
  seen.problems = await isInView();
  await offline.advance(24 * 60 * 60 - MARGIN_SECONDS + 10);
  await page.locator('.head .state').getByText('Closing').waitFor();
  await page.getByRole('radio', { name: 'Template + text' }).check();
  seen.both = await isInView();
  await offline.advance(24 * 60 * 60);
  await page.locator('.head .state').getByText('Closed').waitFor();
  await page.getByRole('radio', { name: 'Hold text' }).check();
  seen.hold = await isInView();
  expect(seen).toEqual(Object.fromEntries(Object.keys(seen).map((state) => [state, true])));
  await context.close();
});

test('characters that turn directions do not reach beyond a name or a text', async () => {
  const evil = 'Ada \u202Egnp.exe\u2069';
  await offline.inbound(ADA, { profileName: evil, body: `see \u202Efdp.exe` });
  const { page, context } = await openDashboard(browser, offline);
  await row(page, /Ada/).click();
  await thread(page).getByText('see fdp.exe').waitFor();
  const texts = (await page.evaluate('document.documentElement.textContent + document.title')) as string;
  expect(/[\u202a-\u202e\u2066-\u2069]/.test(texts)).toBe(false);
  await context.close();
});

test('times are in the reader’s language and zone, a notice stands above, a number and a SID are copied, and one skips to the text', async () => {
  await offline.inbound(ADA, { profileName: 'Ada' });
  const { page, context, errors } = await openPage(browser, 'about:blank', {
    ...{ locale: 'de-DE', timezoneId: 'Asia/Tokyo', permissions: ['clipboard-read', 'clipboard-write'] },
  });
  await page.route('**/index.html', async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).replace(
      'name="notice" content=""',
      'name="notice" content="Staging"',
    );
    await route.fulfill({ response, body });
  });
  await page.goto(`${offline.url}/index.html`);
  await typeToken(page, TOKEN);
  await page.getByRole('complementary', { name: 'Notice' }).getByText('Staging').waitFor();
  await page.locator('.top-clock').getByText('Asia/Tokyo').waitFor();
  await row(page, /Ada/).click();
  const time = thread(page).locator('time');
  const at = Date.parse((await time.getAttribute('datetime')) ?? '');
  const inTokyo = (format: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('de-DE', { timeZone: 'Asia/Tokyo', ...format }).format(at);
  expect([await time.textContent(), await thread(page).locator('.day').textContent()]).toEqual([
    inTokyo({ hour: '2-digit', minute: '2-digit' }),
    inTokyo({ weekday: 'short', day: 'numeric', month: 'short' }),
  ]);

  const copied = () => page.evaluate('navigator.clipboard.readText()');
  await page.getByRole('button', { name: /^Copy number/ }).click();
  await becomes(copied, ADA);
  await page.getByRole('button', { name: /^Copy SID/ }).click();
  await becomes(copied, expect.stringMatching(/^SM[0-9a-f]{32}$/));
  await page.getByRole('button', { name: 'Skip to the conversation' }).press('Enter');
  await page.locator('#text:focus').waitFor();
  expect(errors).toEqual([]);
  await context.close();
});

test('the keys: slash to search, J and K through the list, Escape back', async () => {
  await offline.inbound(ADA, { profileName: 'Ada' });
  await offline.advance(60);
  await offline.inbound(BOB, { profileName: 'Bob' });
  const { page, context } = await openDashboard(browser, offline);
  // Whoever was clicked has the focus in the text; the keys that follow must not write into the next one's.
  await row(page, /Bob/).click();
  await page.locator('#text:focus').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('#windows:focus').waitFor();
  await page.keyboard.press('k');
  await page.getByRole('heading', { name: 'Ada' }).waitFor();
  await page.keyboard.press('j');
  await page.getByRole('heading', { name: 'Bob' }).waitFor();
  await page.keyboard.press('k');
  await page.getByRole('heading', { name: 'Ada' }).waitFor();
  await page.locator('#windows:focus').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('#text:focus').waitFor();
  await page.keyboard.type('jk/');
  await becomes(() => message(page).inputValue(), 'jk/');
  await page.keyboard.press('Escape');
  await page.locator('#windows:focus').waitFor();
  await page.keyboard.press('/');
  await page.locator('#search:focus').waitFor();
  await page.keyboard.type('Bob');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Bob' }).waitFor();
  await page.locator('#text:focus').waitFor();
  await context.close();
});
