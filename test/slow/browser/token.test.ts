/** The token: asked for once per tab, never in an address, never kept longer than the tab. */
import { becomes, openDashboard, openPage, row, typeToken, useChromium } from './dashboard-page';
import { TOKEN, useOfflineService } from './offline-service';

const offline = useOfflineService();
const browser = useChromium();

beforeAll(async () => {
  await offline.inbound('+491701234567', { profileName: 'Ada' });
});

test('a wrong one is refused in words, shows nothing, and the right one then works', async () => {
  const { page, context, errors } = await openPage(browser, `${offline.url}/index.html`);
  await typeToken(page, 'a-wrong-token-of-enough-characters');
  await page.getByRole('alert').getByText('The service did not take this token.').waitFor();
  await becomes(() => page.getByLabel('API token').getAttribute('aria-invalid'), 'true');
  expect(await page.evaluate('sessionStorage.length')).toBe(0);
  expect(await page.locator('#app').count()).toBe(0);
  await typeToken(page, TOKEN);
  await row(page, 'Ada').waitFor();
  expect(errors).toEqual([]);
  await context.close();
});

test('it is kept for the tab alone and travels in a header only', async () => {
  const { page, context, requests } = await openDashboard(browser, offline);
  await row(page, 'Ada').click();
  await page.reload();
  await row(page, 'Ada').waitFor();
  expect(requests.filter((url) => url.includes(TOKEN))).toEqual([]);
  expect(page.url()).toBe(`${offline.url}/index.html#/+491701234567`);
  expect(await context.cookies()).toEqual([]);
  expect(await page.evaluate('localStorage.length')).toBe(0);
  expect(await page.evaluate('sessionStorage.getItem("api-token")')).toBe(TOKEN);
  expect(await page.evaluate('Object.keys(sessionStorage).sort()')).toEqual(['api-token']);

  const other = await context.newPage();
  await other.goto(page.url());
  await other.getByLabel('API token').waitFor();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('API token').waitFor();
  expect(await page.evaluate('sessionStorage.length')).toBe(0);
  await context.close();
});

test('whoever chooses so stays signed in on this computer, until they sign out', async () => {
  const { page, context } = await openPage(browser, `${offline.url}/index.html`);
  await page.getByLabel('Stay signed in on this computer').check();
  await typeToken(page, TOKEN);
  await row(page, 'Ada').waitFor();
  const other = await context.newPage();
  await other.goto(page.url());
  await row(other, 'Ada').waitFor();
  await other.getByRole('button', { name: 'Sign out' }).click();
  await other.getByLabel('API token').waitFor();
  expect(await other.evaluate('localStorage.length')).toBe(0);
  await context.close();
});

test('a service without a token says so instead of blaming the one that was typed', async () => {
  const { page, context } = await openPage(browser, `${offline.url}/index.html`);
  const error = {
    code: 'UNAUTHORIZED',
    message: 'API_TOKEN is not set, so everyone is refused.',
    problems: [],
  };
  await page.route('**/windows?**', (route) => route.fulfill({ status: 401, json: { error } }));
  await typeToken(page, TOKEN);
  await page.getByRole('alert').getByText('API_TOKEN is not set').waitFor();
  await context.close();
});
