/** The states of the dashboard, one picture each: who wrote, what was done, and what has to be seen before it is taken. */
import type { Page } from 'playwright-core';
import { row } from '../../test/slow/browser/dashboard-page';
import { type OfflineService, TOKEN } from '../../test/slow/browser/offline-service';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Who wrote, how long before the picture, and what. */
const PEOPLE: readonly (readonly [name: string, number: string, secondsAgo: number, body: string])[] = [
  ['Linus Berg', '+46701234567', 40 * HOUR, 'Do you ship to Norway?'],
  ['Mary Jackson', '+12025550143', 27 * HOUR, 'Thanks, that helps a lot'],
  ['Alan Turing', '+447700900123', 24 * HOUR - 4 * MINUTE - 32, 'Can I still change the address?'],
  ['Grace Hopper', '+33612345678', 23 * HOUR - 20 * MINUTE, 'The second box is missing.'],
  ['Emmy Noether', '+4915112345678', 21 * HOUR + 46 * MINUTE, 'Where is my order?'],
  ['Katherine Johnson', '+13035550188', 17 * HOUR + 8 * MINUTE, 'When do you open on Friday?'],
  ['José Álvarez', '+34600111222', 9 * HOUR + 21 * MINUTE, 'And the invoice?'],
  ['Edsger Dijkstra', '+31612345678', 3 * HOUR + 50 * MINUTE, 'STOP'],
  ['Ada Lovelace', '+491701234567', 26 * MINUTE, 'Perfect, see you on Monday'],
];

async function answer(offline: OfflineService, to: string, body: string): Promise<void> {
  const response = await fetch(`${offline.url}/send-message`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ to, body }),
  });
  if (!response.ok) throw new Error(`${to}: ${response.status} ${await response.text()}`);
  await offline.control('idle');
}

/** Everybody at their places, on an evening in March. */
export async function seat(offline: OfflineService): Promise<void> {
  await offline.control('clock', { set: '2026-03-03T18:15:00Z', freeze: true });
  let before = PEOPLE[0]?.[2] ?? 0;
  for (const [profileName, number, secondsAgo, body] of PEOPLE) {
    await offline.advance(before - secondsAgo);
    before = secondsAgo;
    await offline.inbound(number, { profileName, body });
    if (profileName === 'Mary Jackson') await answer(offline, number, 'You are welcome. Have a good day!');
    if (profileName === 'Emmy Noether') {
      await talk(offline, number);
      before -= 2 * MINUTE;
    }
  }
  await offline.advance(before);
}

async function talk(offline: OfflineService, number: string): Promise<void> {
  await offline.advance(MINUTE);
  await answer(offline, number, 'It left Hamburg this morning and arrives tomorrow before noon.');
  await offline.advance(MINUTE);
  await offline.inbound(number, {
    profileName: 'Emmy Noether',
    body: 'Will somebody ring? Here is where the bell is.',
    media: [{ url: 'https://example.com/bell.jpg', contentType: 'image/jpeg' }],
  });
}

export interface Scenario {
  readonly name: string;
  readonly show: (page: Page, offline: OfflineService) => Promise<void>;
  /** Before anybody wrote, or without the token. */
  readonly begins?: 'signed-out' | 'empty';
}

const delivery = (offline: OfflineService, fault: object) =>
  offline.control('faults', { target: 'delivery', times: 1, ...fault });

async function write(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message', { exact: true }).fill(text);
  await page.getByText('Will go out as a free-form message').waitFor();
}

async function send(page: Page, text: string): Promise<void> {
  await write(page, text);
  await page.getByRole('button', { name: 'Send message' }).click();
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'sign-in',
    begins: 'signed-out',
    show: (page) => page.getByLabel('API token').waitFor(),
  },
  {
    name: 'empty',
    begins: 'empty',
    show: (page) => page.getByText('Nobody has written yet.').waitFor(),
  },
  { name: 'list', show: (page) => row(page, /Ada Lovelace/).waitFor() },
  {
    name: 'open',
    async show(page) {
      await row(page, /Emmy Noether/).click();
      await write(page, 'Yes: the driver rings before he comes.');
    },
  },
  {
    name: 'sent',
    async show(page) {
      await row(page, /José Álvarez/).click();
      await send(page, 'It is on its way to your mailbox.');
      await page.locator('.result').getByText('Read.').waitFor();
    },
  },
  {
    name: 'failed',
    async show(page, offline) {
      await delivery(offline, { do: 'status', code: 63024 });
      await row(page, /Ada Lovelace/).click();
      await send(page, 'See you on Monday!');
      await page.locator('.result').getByRole('button', { name: 'Send again' }).waitFor();
    },
  },
  {
    name: 'repaired',
    async show(page, offline) {
      await offline.inbound('+13035550188', { profileName: 'Katherine Johnson', body: 'Or on Saturday?' });
      await delivery(offline, { do: 'false-63016' });
      await row(page, /Katherine Johnson/).click();
      await send(page, 'On Friday we open at nine.');
      await page.getByRole('button', { name: 'Repaired by this message' }).last().waitFor();
    },
  },
  {
    name: 'closing',
    async show(page) {
      await row(page, /Alan Turing/).click();
      await page.getByRole('radio', { name: /lesson_code/ }).waitFor();
      await page.locator('.message').first().waitFor();
    },
  },
  {
    name: 'template',
    async show(page) {
      await row(page, /Mary Jackson/).click();
      await page.locator('.message').first().waitFor();
      await page.getByRole('radio', { name: /lesson_code/ }).check();
      await page.getByLabel('{{1}}').fill('hacker');
      await page.getByLabel('{{2}}').fill('1337');
      await page.getByText('Will go out as a template message').waitFor();
    },
  },
  {
    name: 'held',
    async show(page) {
      await row(page, /Linus Berg/).click();
      await page.getByRole('radio', { name: 'Hold text' }).check();
      await page
        .getByLabel('Text to hold until they answer')
        .fill('Yes, we ship to Norway within five days.');
      await page.getByText('Will be held until they answer').waitFor();
      await page.getByRole('button', { name: 'Hold message' }).click();
      await page.getByRole('heading', { name: 'Held messages' }).waitFor();
      await page.getByText('We have an answer for you').first().waitFor();
    },
  },
  {
    name: 'opted-out',
    async show(page) {
      await row(page, /Edsger Dijkstra/).click();
      await page.getByText('They asked not to be written to').waitFor();
      await page.locator('.message').first().waitFor();
    },
  },
  {
    name: 'away',
    async show(page) {
      await row(page, /Grace Hopper/).click();
      await page.locator('.message').first().waitFor();
      await page.route('**/*', (route) => route.abort());
      await page.getByText('The service does not answer.').first().waitFor();
    },
  },
];
