/** A simulated day with two hundred people: who was answered, who waits, whose window is about to close, in one look. */
import { becomes, openDashboard, row, useChromium } from './dashboard-page';
import { TOKEN, useOfflineService } from './offline-service';

const PEOPLE = 200;
/** They write one after the other, over 25 hours. */
const PAUSE_SECONDS = (25 * 60 * 60) / PEOPLE;

const offline = useOfflineService();
const browser = useChromium();

beforeAll(async () => {
  await offline.control('config', { creationLimit: false });
  await offline.control('clock', { freeze: true });
  for (let index = 0; index < PEOPLE; index += 1) {
    const to = numberOf(index);
    await offline.inbound(to, { profileName: `Person ${index}`, body: `Question ${index}` });
    if (index % 2 === 0) await answer(to, `Answer ${index}`);
    await offline.advance(PAUSE_SECONDS);
  }
  await offline.control('idle');
}, 300_000);

const numberOf = (index: number) => `+4917000${String(index).padStart(5, '0')}`;

async function answer(to: string, body: string): Promise<void> {
  const response = await fetch(`${offline.url}/send-message`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ to, body }),
  });
  expect(response.status).toBe(200);
}

test('the counts are right, whoever is lost first stands first, and an answer moves them on', async () => {
  const { page, context, errors } = await openDashboard(browser, offline);
  const count = (filter: string) => page.locator(`[data-count="${filter}"]`);
  await page.locator('#progress:empty').waitFor({ state: 'attached' });
  // Nine wrote 24 hours ago or more; the sixteen after them have two hours or less.
  const counts = { all: '200', answer: '100', closed: '9', soon: '16', failed: '0', held: '0' };
  for (const [filter, words] of Object.entries(counts)) {
    await count(filter).getByText(words, { exact: true }).waitFor();
  }
  await becomes(() => page.locator('[aria-posinset="1"] .row-name').textContent(), 'Person 9');
  await row(page, /Person 9\b.*Question 9\b.*Closing soon/).click();
  await page.getByRole('log', { name: 'Conversation' }).getByText('Question 9').waitFor();
  await page.getByLabel('Message', { exact: true }).fill('Here is your answer.');
  await page.getByText('Will go out as a free-form message').waitFor();
  await page.keyboard.press('Control+Enter');
  await page.locator('.result').getByText('Read.').waitFor();
  await count('answer').getByText('99', { exact: true }).waitFor();
  await page.locator('[aria-posinset="1"]', { hasText: 'Person 11' }).waitFor();

  await page.getByRole('radio', { name: /^Needs answer/ }).check();
  await page.getByLabel('Search by name, number or text').fill('question 199');
  await row(page, /Person 199/).waitFor();
  await becomes(() => page.getByRole('option').count(), 1);

  await offline.advance(24 * 60 * 60);
  await count('closed').getByText('1', { exact: true }).waitFor();
  await row(page, /Person 199.*Needs an answer/).waitFor();
  expect(errors).toEqual([]);
  await context.close();
});
