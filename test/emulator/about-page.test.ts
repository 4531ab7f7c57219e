/** The page on the emulator itself: what stands at its front, what it counts, and that it loads nothing. */
import { createEmulator } from '../../emulator/emulator';
import { Control, clientOf, useEmulator } from './emulator-client';

const withPhone = useEmulator();
const alone = createEmulator({ port: 0, statusCallbackDelayMs: 0, frontPage: 'about' });
beforeAll(() => alone.start());
afterAll(() => alone.stop());

const front = (url: string) => fetch(url, { redirect: 'manual' });
/** What the table's row of this name shows. */
const shown = (page: string, name: string) =>
  new RegExp(`<tr><th scope="row">${name}</th><td[^>]*><code>([^<]*)</code>`).exec(page)?.[1];

test('the emulator alone shows what it is at its front, and beside functions it shows the phone', async () => {
  const beside = await front(`${withPhone.emulator.url}/`);
  const aloneAnswer = await front(`${alone.url}/`);
  const own = await front(`${withPhone.emulator.url}/_emulator/`);
  expect([
    [beside.status, beside.headers.get('location')],
    [aloneAnswer.status, aloneAnswer.headers.get('content-type')],
    own.status,
  ]).toEqual([[302, '/_emulator/phone/'], [200, 'text/html; charset=utf-8'], 200]);
});

test('the page counts what the emulator knows, and shows how it is set now', async () => {
  const control = new Control(alone);
  const client = clientOf(alone);
  await control.post('config', { latencyMs: 3, statusCallback: 'http://localhost:1/<b>' });
  await control.post('inbound', { from: 'whatsapp:+15551234567', deliver: false });
  await client.messages.create({ from: alone.sender, to: 'whatsapp:+15551234567', body: 'Hello' });
  const service = client.sync.v1.services(alone.syncServiceSid);
  await service.syncMaps.create({ uniqueName: 'a map' });
  await service.syncMaps('a map').syncMapItems.create({ key: 'a key', data: {} });
  const page = await (await front(`${alone.url}/`)).text();
  const names = ['messages of people', 'messages to people', 'windows that are open', 'items in them'];
  const settings = ['requests to sync', 'latencyMs', 'statusCallback', 'account SID'];
  expect([...names, ...settings].map((name) => shown(page, name))).toEqual([
    ...['1', '1', '1', '1'],
    ...['2', '3', 'http://localhost:1/&#60;b&#62;', alone.accountSid],
  ]);
});

test('the page has every route and every difference of the README, and nothing from elsewhere', async () => {
  const page = await (await front(`${alone.url}/`)).text();
  const routes = alone.routes.map(({ method, service }) => `<code>${method} ${service} /`);
  expect(routes.filter((route) => !page.includes(route))).toEqual([]);
  expect(page).toContain('<h2 id="still-kinder-than-twilio">Still kinder than Twilio</h2>');
  const loaded = [...page.matchAll(/<(?:script|img|iframe|link)\b[^>]*>|url\([^)]*\)|@import/g)].map(
    ([tag]) => tag,
  );
  expect(loaded).toEqual(['<link rel="icon" href="data:," />']);
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  const hrefs = [...page.matchAll(/<a href="([^"]+)"/g)].map(([, href = '']) => href);
  const dead = hrefs.filter((href) =>
    href.startsWith('#') ? !ids.includes(href.slice(1)) : !/^https:\/\/|^\/_emulator\//.test(href),
  );
  expect([hrefs.length > 5, dead]).toEqual([true, []]);
});
