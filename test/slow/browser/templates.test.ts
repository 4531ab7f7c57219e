/** Templates in the composer: why one may not go now, and every problem beside the field that it belongs to. */
import { becomes, openDashboard, row, useChromium } from './dashboard-page';
import { useOfflineService } from './offline-service';

const offline = useOfflineService();
const browser = useChromium();

beforeAll(async () => {
  await offline.inbound('+12025550143', { profileName: 'Closed Clara' });
  await offline.advance(24 * 60 * 60);
  await offline.inbound('+491701234567', { profileName: 'Open Otto' });
});

test('the dashboard shows a template that may not be sent outside the window with the reason, and may send it inside', async () => {
  const { page, context } = await openDashboard(browser, offline);
  const pending = page.getByRole('radio', { name: /lesson_pending/ });
  await row(page, 'Clara').click();
  await page.getByText('Not now: its status is pending').waitFor();
  await becomes(() => pending.isDisabled(), true);
  await page.getByText('Not now: twilio/list-picker can only be sent inside').waitFor();
  await row(page, 'Otto').click();
  await page.getByRole('radio', { name: 'Template', exact: true }).check();
  await becomes(() => pending.isEnabled(), true);
  await context.close();
});

test('the dashboard shows problems beside their fields, and those of the template below', async () => {
  const { page, context } = await openDashboard(browser, offline);
  await row(page, 'Clara').click();
  await page.getByLabel('Choose a template').fill('brownies that nobody has');
  await page.getByText('No template like this.').waitFor();
  await page.getByLabel('Choose a template').fill('summer');
  await page.getByRole('radio', { name: /summer_sale/ }).check();
  await page.getByLabel('{{1}}').fill('     ');
  await page.getByLabel('{{2}}').fill('a     b');
  const problemOf = async (label: string) => {
    const id = await page.getByLabel(label).getAttribute('aria-describedby');
    return page.locator(`#${id}`);
  };
  await (await problemOf('{{2}}')).getByText('Must not contain more than 4 spaces in a row.').waitFor();
  await (await problemOf('{{1}}')).getByText('Is empty: give it a text.').waitFor();
  await page.getByText('WhatsApp does not deliver to US numbers').waitFor();
  await becomes(() => page.getByLabel('{{2}}').getAttribute('aria-invalid'), 'true');
  const button = page.getByRole('button', { name: 'Send template' });
  await becomes(() => button.getAttribute('aria-disabled'), 'true');
  await page.getByLabel('{{2}}').fill('20%');
  await (await problemOf('{{2}}')).getByText('Must not').waitFor({ state: 'detached' });
  await becomes(() => page.getByLabel('{{2}}').getAttribute('aria-invalid'), null);
  await context.close();
});

test('the dashboard keeps the values when another template is chosen, and has none for another person', async () => {
  const { page, context } = await openDashboard(browser, offline);
  await row(page, 'Clara').click();
  await page.getByRole('radio', { name: /lesson_code/ }).check();
  await page.getByLabel('{{1}}').fill('hacker');
  await page.getByRole('button', { name: 'Choose another' }).click();
  await page.getByRole('radio', { name: /lesson_order/ }).check();
  await becomes(() => page.getByLabel('{{1}}').inputValue(), 'hacker');
  // What was submitted as an example is shown, and the profile name is offered where one writes.
  await becomes(() => page.getByLabel('{{2}}').getAttribute('placeholder'), 'Such as 12 brownies');
  await page.getByLabel('{{2}}').focus();
  await page.getByRole('button', { name: 'Closed Clara', exact: true }).click();
  await becomes(() => page.getByLabel('{{2}}').inputValue(), 'Closed Clara');
  await row(page, 'Otto').click();
  await page.getByRole('radio', { name: 'Template', exact: true }).check();
  await page.getByRole('radio', { name: /lesson_code/ }).waitFor();
  expect(await page.getByRole('radio', { checked: true, name: /lesson/ }).count()).toBe(0);
  await row(page, 'Clara').click();
  await becomes(() => page.getByLabel('{{1}}').inputValue(), 'hacker');
  await context.close();
});

test('the dashboard shows how many characters are left or too many', async () => {
  const { page, context } = await openDashboard(browser, offline);
  await row(page, 'Otto').click();
  const message = page.getByLabel('Message', { exact: true });
  await message.fill('x'.repeat(1600));
  await page.getByText('0 characters left').waitFor();
  await page.getByText('Will go out as a free-form message').waitFor();
  await message.fill('x'.repeat(1601));
  await page.getByText('1 characters too many').waitFor();
  await becomes(() => message.getAttribute('aria-invalid'), 'true');
  const button = page.getByRole('button', { name: 'Send message' });
  await becomes(() => button.getAttribute('aria-disabled'), 'true');
  await context.close();
});
