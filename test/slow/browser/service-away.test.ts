/** The service goes away and comes back: the page says so, goes on counting, and recovers by itself. */
import { becomes, openDashboard, openPage, row, typeToken, useChromium } from './dashboard-page';
import { TOKEN, useOfflineService } from './offline-service';

const offline = useOfflineService();
const browser = useChromium();

test('the dashboard says that the service is unavailable, and when it is back', async () => {
  await offline.inbound('+491701234567', { profileName: 'Ada' });
  const { page, context, errors } = await openDashboard(browser, offline);
  await row(page, /Ada.*Open/).click();
  await offline.goAway();
  const trouble = page.locator('#trouble');
  await trouble.getByText('The service does not answer.').waitFor();
  await trouble.getByText(/Last heard of it: .*Trying again in \d+ s\./).waitFor();
  await row(page, /Ada.*Open/).waitFor();
  await page.getByLabel('Message', { exact: true }).fill('Are you there?');
  await page.getByText('Preview unavailable').waitFor();
  const button = page.getByRole('button', { name: 'Send message' });
  await becomes(() => button.getAttribute('aria-disabled'), 'true');

  await offline.comeBack();
  await trouble.getByRole('button', { name: 'Try now' }).click();
  await trouble.waitFor({ state: 'hidden' });
  // Nobody has to type for it.
  await page.getByText('Will go out as a free-form message').waitFor();
  // Chromium reports every refused connection; the page itself has nothing to report.
  expect(errors.filter((error) => !error.includes('net::ERR_'))).toEqual([]);
  await context.close();
});

test('the dashboard recovers without a click once the service is back', async () => {
  const { page, context } = await openPage(browser, `${offline.url}/index.html#/+15551234567`);
  await page.route(/\/window$/, (route) => route.abort());
  await typeToken(page, TOKEN);
  await row(page, 'Ada').waitFor();
  await page.route('**/windows?**', (route) =>
    route.fulfill({ status: 502, body: '<html>Bad gateway</html>' }),
  );
  await page.getByText('The service answered 502 and nothing that can be read.').waitFor();
  await page.unroute('**/windows?**');
  await page.unroute(/\/window$/);
  await page.locator('#trouble').waitFor({ state: 'hidden' });
  // The address could not be followed before.
  await page.getByRole('heading', { name: '+1 555 123 4567' }).waitFor();
  await context.close();
});

test('the dashboard shows what the service says about its own failure', async () => {
  const { page, context } = await openDashboard(browser, offline);
  await row(page, 'Ada').waitFor();
  const json = {
    windows: [],
    nextCursor: null,
    error: { code: 'MISCONFIGURED', message: 'SYNC_SERVICE_SID is missing: set it.', problems: [] },
  };
  await page.route('**/windows?**', (route) => route.fulfill({ status: 500, json }));
  await page.getByText('SYNC_SERVICE_SID is missing: set it.').waitFor();
  await row(page, 'Ada').waitFor();
  await context.close();
});

test('a click whose answer is lost can be repeated, and the message leaves once', async () => {
  const { page, context } = await openDashboard(browser, offline);
  await row(page, 'Ada').click();
  await page.getByLabel('Message', { exact: true }).fill('Exactly once');
  await page.getByText('Will go out as a free-form message').waitFor();
  const keys: string[] = [];
  let lost = 0;
  await page.route('**/send-message', async (route) => {
    const { idempotencyKey } = route.request().postDataJSON() as { readonly idempotencyKey?: string };
    if (idempotencyKey === undefined) return route.continue();
    keys.push(idempotencyKey);
    if (lost > 0) return route.continue();
    lost += 1;
    await route.fetch();
    return route.abort();
  });
  await page.getByRole('button', { name: 'Send message' }).click();
  await page.getByText('It is not known whether this was sent.').waitFor();
  await page.getByText('Will go out as a free-form message').waitFor();
  await page.getByRole('button', { name: 'Send message' }).click();
  await page.getByText('Sent as a free-form message.').waitFor();
  expect(keys).toHaveLength(2);
  expect(keys[0]).toBe(keys[1]);
  await context.close();
});
