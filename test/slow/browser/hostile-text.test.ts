/** What users and template authors wrote is shown as text, whatever it looks like. */
import { becomes, foreign, openDashboard, openPage, row, useChromium } from './dashboard-page';
import { useOfflineService } from './offline-service';

const EVIL = '<img src=x onerror="window.broken=1"><script>window.broken=1</script>';
const USER = '+491701234567';

const offline = useOfflineService();
const browser = useChromium();

beforeAll(async () => {
  await offline.inbound(USER, { profileName: EVIL, body: EVIL });
  await offline.control('templates', { friendlyName: `evil ${EVIL}`, body: `Hello {{1}} ${EVIL}` });
});

test('the dashboard shows HTML in a name, a text, a template and its values as text', async () => {
  const { page, context, errors, requests } = await openDashboard(browser, offline);
  await row(page, /Open/).click();
  await becomes(() => row(page, /Open/).locator('.row-name').textContent(), EVIL);
  await becomes(() => page.locator('.head-name').textContent(), EVIL);
  await page.getByLabel('Message', { exact: true }).fill(EVIL);
  await page.getByText('Will go out as a free-form message').waitFor();
  await page.getByRole('button', { name: 'Send message' }).click();
  await page.getByText('Sent as a free-form message.').waitFor();
  await page.getByRole('radio', { name: 'Template', exact: true }).check();
  await page.getByRole('radio', { name: 'evil' }).check();
  await page.getByLabel('{{1}}').fill(EVIL);
  await page.getByText('Will go out as a template message').waitFor();
  await becomes(() => page.locator('.preview .bubble-text').textContent(), `Hello ${EVIL} ${EVIL}`);
  await page.getByRole('button', { name: 'Send template' }).click();
  await page.getByText('Sent as a template message.').waitFor();
  // The browser itself refuses markup by text (trusted types), so this would be an exception.
  await expect(page.evaluate(`document.body.innerHTML = '<b>x</b>'`)).rejects.toThrow(/TrustedHTML/);
  expect(await page.evaluate('window.broken')).toBeUndefined();
  expect(await page.locator('img:not([src="favicon.svg"])').count()).toBe(0);
  expect(errors.filter((error) => !error.includes('TrustedHTML'))).toEqual([]);
  expect(foreign(requests)).toEqual([]);
  await context.close();
});

test('the phone shows HTML in a message as text', async () => {
  const { page, context, errors } = await openPage(browser, `${offline.emulatorUrl}/`);
  await page.locator('#messages').getByText(EVIL, { exact: true }).first().waitFor();
  expect(await page.evaluate('window.broken')).toBeUndefined();
  expect(errors).toEqual([]);
  await context.close();
});
