/**
 * What the functions do with Twilio, played through HTTP: every function in every mode that makes requests of its own.
 * A play only acts; what its requests should be is in Twilio's documents. A function or mode that is new gets a line here.
 */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DAY_MS, HOUR_MS, newUser, SENDER, type Service } from '../../functions/service';
import { runScript, settingsFile } from '../scripts/script-run';

export interface FunctionPlay {
  readonly name: string;
  readonly act: (service: Service) => Promise<unknown>;
}

const TEMPLATE = { template: 'lesson_code', contentVariables: { 1: 'hacker', 2: '1337' } };
let numbers = 0;
const fresh = (prefix: string) => {
  numbers += 1;
  return `${prefix}${1000 + numbers}`;
};

async function openUser(service: Service): Promise<string> {
  const to = newUser();
  await service.inbound(to, { body: 'hi' });
  return to;
}

const windowPath = (to: string) => `/window?to=${encodeURIComponent(to)}`;
const heldPath = (to: string) => `/held-messages?to=${encodeURIComponent(to)}`;

/** A request to Sync, or to the message log, fails once with this status and code. */
const fault = (service: Service, match: object, status: number, code: number, times = 1) =>
  service.fault({ match, do: 'status', status, code, times });

export const FUNCTION_PLAYS: readonly FunctionPlay[] = [
  { name: '/incoming-message of somebody new', act: (service) => openUser(service) },
  {
    name: '/incoming-message of somebody known',
    act: async (service) => service.inbound(await openUser(service), { body: 'again' }),
  },
  {
    name: '/incoming-message, STOP and then START',
    async act(service) {
      const user = await openUser(service);
      await service.inbound(user, { body: 'STOP' });
      await service.send({ to: user, body: 'Hello' });
      await service.inbound(user, { body: 'START' });
    },
  },
  {
    name: '/incoming-message with no text',
    act: (service) => service.inbound(newUser(), { type: 'location', latitude: 52.37, longitude: 4.9 }),
  },
  {
    name: '/incoming-message by phone and BSUID, then by BSUID alone, and a message back',
    async act(service) {
      const bsuid = fresh('DE.');
      await service.inbound(newUser(), { body: 'hi', externalUserId: bsuid });
      await service.inbound(`whatsapp:${bsuid}`, { body: 'hi', externalUserId: bsuid });
      await service.send({ to: `whatsapp:${bsuid}`, body: 'Hello' });
      await service.get(windowPath(`whatsapp:${fresh('DE.')}`));
    },
  },
  {
    name: '/incoming-message twice at once, and a late replay',
    async act(service) {
      const user = newUser();
      const { messageSid } = await service.inbound(user, { body: 'hi' });
      await service.control('replay', { messageSid, times: 2, concurrently: true });
      await service.advance(2 * DAY_MS);
      await service.control('replay', { messageSid, times: 1 });
    },
  },
  {
    name: '/incoming-message while Sync limits the rate',
    async act(service) {
      const user = await openUser(service);
      await fault(service, { service: 'sync', method: 'POST' }, 429, 54009);
      await service.inbound(user, { body: 'again' });
    },
  },
  {
    name: '/messages, a text with a template beside it',
    async act(service) {
      const fields = { From: SENDER, Body: 'Hello', ContentSid: 'HX00000000000000000000000000000004' };
      for (const To of [await openUser(service), newUser()]) {
        await service.fetch('/messages', {
          method: 'POST',
          headers: { authorization: `Bearer ${service.token}` },
          body: new URLSearchParams({ ...fields, To }),
        });
      }
    },
  },
  {
    name: '/send-message, free-form',
    act: async (service) => service.send({ to: await openUser(service), body: 'Hello & "goodbye" + ü 👍' }),
  },
  {
    name: '/send-message, free-form shortly before the window closes',
    async act(service) {
      const to = await openUser(service);
      await service.advance(20 * HOUR_MS);
      await service.send({ to, body: 'Hello' });
    },
  },
  {
    name: '/send-message, one medium',
    act: async (service) =>
      service.send({ to: await openUser(service), mediaUrl: 'https://media.example/1.jpg' }),
  },
  {
    name: '/send-message, a text and several media',
    act: async (service) =>
      service.send({
        to: await openUser(service),
        body: 'Look',
        mediaUrl: ['https://media.example/1.jpg', 'https://media.example/2.jpg'],
      }),
  },
  {
    name: '/send-message, a template by name',
    act: (service) => service.send({ to: newUser(), ...TEMPLATE }),
  },
  {
    name: '/send-message, a template by Content SID',
    act: (service) =>
      service.send({
        to: newUser(),
        template: 'HX00000000000000000000000000000001',
        contentVariables: { 1: 'hacker', 2: '1337' },
      }),
  },
  {
    name: '/send-message, a template without variables',
    act: (service) => service.send({ to: newUser(), template: 'please_answer' }),
  },
  {
    name: '/send-message, a Content SID that names nothing',
    act: (service) => service.send({ to: newUser(), template: 'HX000000000000000000000000000000ff' }),
  },
  {
    name: '/send-message, a body recognised as a template',
    act: (service) => service.send({ to: newUser(), body: 'Your hacker code is 1337.' }),
  },
  {
    name: '/send-message, refused and tried',
    async act(service) {
      await service.send({ to: newUser(), body: 'Hello', whenClosed: 'refuse' });
      await service.send({ to: newUser(), ...TEMPLATE, dryRun: true });
    },
  },
  {
    name: '/send-message, held and released',
    async act(service) {
      const to = newUser();
      for (const body of ['One', 'Two']) await service.send({ to, body, whenClosed: 'hold' });
      await service.inbound(to, { body: 'yes' });
      await service.outbound(to);
    },
  },
  {
    name: '/send-message, a template now and the text when the user answers',
    async act(service) {
      const to = newUser();
      await service.send({ to, body: 'One', whenClosed: 'hold', ...TEMPLATE });
      await service.inbound(to, { body: 'yes' });
    },
  },
  {
    name: '/send-message, scheduled free-form and template',
    async act(service) {
      const sendAt = new Date(Date.now() + 30 * DAY_MS);
      await service.freeze(sendAt.getTime() - HOUR_MS);
      await service.send({ to: await openUser(service), body: 'Later', sendAt: sendAt.toISOString() });
      await service.send({ to: newUser(), ...TEMPLATE, sendAt: sendAt.toISOString() });
      await service.control('clock', { freeze: false });
    },
  },
  {
    name: '/send-message, an idempotency key three times',
    async act(service) {
      const request = { to: await openUser(service), body: 'Hello', idempotencyKey: fresh('key:') };
      await service.send(request);
      await service.send(request);
      await service.send({ ...request, body: 'Other' });
    },
  },
  {
    name: '/send-message, an idempotency key whose first call never heard from Twilio',
    async act(service) {
      const request = { to: await openUser(service), body: 'Hello', idempotencyKey: fresh('key:') };
      await fault(service, { service: 'api', method: 'POST' }, 500, 20500);
      await service.send(request);
      await service.send(request);
    },
  },
  {
    name: '/send-message that Twilio refuses',
    async act(service) {
      await fault(service, { service: 'api', method: 'POST' }, 400, 21211);
      await service.send({ to: await openUser(service), body: 'Hello' });
      await fault(service, { service: 'api', method: 'POST' }, 400, 21609);
      await service.send({ to: await openUser(service), body: 'Hello' });
      await service.send({ to: await openUser(service), from: 'whatsapp:+15550009999', ...TEMPLATE });
    },
  },
  {
    name: '/send-message while Sync is away',
    async act(service) {
      await fault(service, { service: 'sync' }, 503, 20503, 0);
      await service.send({ to: newUser(), ...TEMPLATE });
      await service.send({ to: newUser(), body: 'Hello' });
    },
  },
  {
    name: '/window of somebody unknown, known, and known to the message log only',
    async act(service) {
      await service.get(windowPath(newUser()));
      await service.get(windowPath(await openUser(service)));
      const unheard = newUser();
      await service.inbound(unheard, { body: 'hi', deliver: false });
      await service.get(windowPath(unheard));
      await service.get(windowPath('whatsapp:+5491123456789'));
    },
  },
  {
    name: '/studio/window and /studio/send-message',
    async act(service) {
      const to = await openUser(service);
      await service.studio('/studio/window', { to });
      await service.studio('/studio/send-message', { to, body: 'Hello' });
    },
  },
  {
    name: '/windows, page after page, and a cursor that is none',
    async act(service) {
      for (let count = 0; count < 3; count += 1) await openUser(service);
      const { json } = await service.get('/windows?limit=2');
      await service.get(`/windows?limit=2&cursor=${encodeURIComponent(String(json.nextCursor))}`);
      await service.get('/windows?cursor=nonsense');
    },
  },
  {
    name: '/windows that close soon',
    async act(service) {
      await openUser(service);
      await service.get('/windows?closingWithin=86400&limit=2');
    },
  },
  {
    name: '/contact and /studio/contact, a call told twice',
    async act(service) {
      const to = newUser();
      const call = {
        CallSid: `CA${'0'.repeat(32)}`,
        From: to,
        To: SENDER,
        Direction: 'inbound',
        CallStatus: 'completed',
      };
      await service.post('/contact', { to });
      for (let times = 0; times < 2; times += 1) await service.studio('/studio/contact', call);
    },
  },
  {
    name: '/conversations/message-added, of a new participant and of a known one',
    async act(service) {
      const from = newUser();
      for (let times = 0; times < 2; times += 1) await service.control('conversation', { from });
    },
  },
  {
    name: 'npm run broadcast, and /send-message for each of its rows',
    async act(service) {
      const settings = settingsFile({ API_TOKEN: service.token });
      const file = join(dirname(settings.path), 'rows.csv');
      writeFileSync(
        file,
        `to,body,template,contentVariables\n${await openUser(service)},Hello,,\n${newUser()},,lesson_code,"{""1"":""a"",""2"":""b""}"\n`,
      );
      const args = [file, '--yes', '--url', service.url, '--env', settings.path];
      const { code, text } = await runScript('broadcast', args, { emulatorUrl: 'http://localhost:9' });
      settings.remove();
      if (code !== 0) throw new Error(`npm run broadcast ended with ${code}:\n${text}`);
    },
  },
  {
    name: '/templates, more than a page of them',
    async act(service) {
      await service.get('/templates');
      await service.control('templates/bulk', { count: 600 });
      await service.advance(HOUR_MS);
      await service.get('/templates');
    },
  },
  {
    name: '/thread over more than a page of the log',
    async act(service) {
      const to = await openUser(service);
      for (let count = 0; count < 101; count += 1)
        await service.control('inbound', { from: to, deliver: false });
      let cursor: unknown = null;
      do {
        const from = typeof cursor === 'string' ? `&cursor=${encodeURIComponent(cursor)}` : '';
        const { json } = await service.get(`/thread?to=${encodeURIComponent(to)}&limit=100${from}`);
        cursor = json.nextCursor;
      } while (cursor !== null);
    },
  },
  {
    name: '/windows since a moment, and of one person',
    async act(service) {
      const to = await openUser(service);
      await service.get('/windows?since=2031-05-05T11:00:00Z');
      await service.get(`/windows?to=${encodeURIComponent(to)}`);
    },
  },
  {
    name: '/forget, with everything that can be stored, and of somebody who opted out',
    async act(service) {
      const [to, stopped] = [newUser(), newUser()];
      await service.inbound(to, { externalUserId: fresh('DE.') });
      await service.send({ to, body: 'One', idempotencyKey: fresh('key-') });
      await service.send({ to, body: 'Two', mediaUrl: 'https://media.example/1.jpg' });
      await service.inbound(stopped, { body: 'STOP' });
      const held = newUser();
      await service.send({ to: held, body: 'News', whenClosed: 'hold' });
      for (const user of [to, stopped, held]) await service.post('/forget', { to: user });
    },
  },
  {
    name: '/held-messages of one pair, of all, and one cancelled twice',
    async act(service) {
      const to = newUser();
      await service.send({ to, body: 'One', whenClosed: 'hold' });
      await service.get(heldPath(to));
      await service.get(heldPath(newUser()));
      for (let others = 0; others < 21; others += 1)
        await service.send({ to: newUser(), body: 'One', whenClosed: 'hold' });
      const { json } = await service.get('/held-messages');
      await service.get(`/held-messages?cursor=${encodeURIComponent(String(json.nextCursor))}`);
      for (let times = 0; times < 2; times += 1) await service.post('/held-messages', { to, cancel: '0' });
    },
  },
  {
    name: '/message-status, a false 63016: one more try',
    async act(service) {
      const to = await openUser(service);
      await service.control('faults', { target: 'delivery', match: { to }, do: 'false-63016' });
      await service.send({ to, body: 'Hello' });
      await service.outbound(to);
    },
  },
  {
    name: '/message-status, a true 63016: the window is closed, the template goes out and the text is held',
    async act(service) {
      const to = newUser();
      await service.inbound(to, { body: 'hi', opensWindow: false });
      await service.advance(5 * HOUR_MS);
      await service.send({ to, body: 'Hello' });
      await service.outbound(to);
      await service.inbound(to, { body: 'yes' });
    },
  },
  {
    name: '/message-status of a message that nobody here sent',
    act: (service) =>
      service.signed('/message-status?send=0123456789abcdef01234567', {
        MessageSid: 'SM000000000000000000000000000000ff',
        MessageStatus: 'undelivered',
        ErrorCode: '63016',
        From: 'whatsapp:+14155238886',
        To: newUser(),
      }),
  },
];
