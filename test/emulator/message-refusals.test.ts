/** What `POST Messages` refuses at once, a row each, with Twilio's own codes. */
import type { MessageListInstanceCreateOptions } from 'twilio/lib/rest/api/v2010/account/message';
import { refusal, useEmulator } from './emulator-client';

const { emulator, client, control } = useEmulator();
const user = 'whatsapp:+15551234567';
const from = emulator.sender;
const contentSid = 'HX00000000000000000000000000000001';
const now = Date.parse('2026-03-01T12:00:00Z');
const minutes = (count: number) => new Date(now + count * 60_000);
const media = (count: number) => Array.from({ length: count }, (_, at) => `https://example.com/${at}.png`);
const callbackOf = (length: number) => 'http://127.0.0.1:9/'.padEnd(length, 'a');
const scheduled = {
  to: user,
  body: 'b',
  messagingServiceSid: emulator.messagingServiceSid,
  scheduleType: 'fixed' as const,
};

beforeEach(() => control.post('clock', { set: '2026-03-01T12:00:00Z', freeze: true }));

const rows: [string, MessageListInstanceCreateOptions, number | 'succeeded'][] = [
  ['no recipient is refused', { to: '', from, body: 'b' }, 21604],
  ['neither sender nor messaging service is refused', { to: user, body: 'b' }, 21603],
  [
    'an unknown messaging service is refused',
    { to: user, messagingServiceSid: `MG${'9'.repeat(32)}`, body: 'b' },
    21701,
  ],
  ['a recipient that is no number is refused', { to: 'whatsapp:hello', from, body: 'b' }, 21211],
  ['a plain number from a WhatsApp sender is refused', { to: '+15551234567', from, body: 'b' }, 21910],
  [
    'a WhatsApp recipient from a plain number is refused',
    { to: user, from: '+14155238886', body: 'b' },
    21910,
  ],
  [
    'a sender that is not the account’s is refused',
    { to: user, from: 'whatsapp:+19998887777', body: 'b' },
    63007,
  ],
  ['neither text nor media nor template is refused', { to: user, from }, 21619],
  ['a text of 1,600 characters is accepted', { to: user, from, body: 'b'.repeat(1600) }, 'succeeded'],
  ['a text of 1,601 characters is refused', { to: user, from, body: 'b'.repeat(1601) }, 21617],
  ['the sender as the recipient is refused', { to: from, from, body: 'b' }, 21266],
  ['ten media are accepted', { to: user, from, mediaUrl: media(10) }, 'succeeded'],
  ['eleven media are refused', { to: user, from, mediaUrl: media(11) }, 21623],
  [
    'a status callback of 4,000 characters is accepted',
    { to: user, from, body: 'b', statusCallback: callbackOf(4000) },
    'succeeded',
  ],
  [
    'a status callback of 4,001 characters is refused',
    { to: user, from, body: 'b', statusCallback: callbackOf(4001) },
    21609,
  ],
  [
    'a status callback at a host with an underscore is refused',
    { to: user, from, body: 'b', statusCallback: 'http://my_host.localhost/a' },
    21609,
  ],
  ['a malformed media URL is refused', { to: user, from, mediaUrl: ['cat.jpg'] }, 21620],
  [
    'a malformed status callback is refused',
    { to: user, from, body: 'b', statusCallback: 'callback' },
    21609,
  ],
  ['variables without a template are refused', { to: user, from, body: 'b', contentVariables: '{}' }, 21654],
  ['an unknown template is refused', { to: user, from, contentSid: `HX${'9'.repeat(32)}` }, 21655],
  ['variables that are not JSON are refused', { to: user, from, contentSid, contentVariables: '{' }, 21656],
  ['variables that are a list are refused', { to: user, from, contentSid, contentVariables: '["a"]' }, 21656],
  ['an empty value is refused', { to: user, from, contentSid, contentVariables: '{"1":""}' }, 21656],
  [
    'a value of 1,601 characters is refused',
    { to: user, from, contentSid, contentVariables: JSON.stringify({ 1: 'a'.repeat(1601) }) },
    21658,
  ],
  ['a value that is null is refused', { to: user, from, contentSid, contentVariables: '{"1":null}' }, 21656],
  ['a validity of 0 seconds is refused', { to: user, from, body: 'b', validityPeriod: 0 }, 21624],
  ['a validity of ten hours is accepted', { to: user, from, body: 'b', validityPeriod: 36_000 }, 'succeeded'],
  [
    'a validity of ten hours and a second is refused',
    { to: user, from, body: 'b', validityPeriod: 36_001 },
    21624,
  ],
  [
    'a schedule without a messaging service is refused',
    { to: user, from, body: 'b', scheduleType: 'fixed', sendAt: minutes(60) },
    35118,
  ],
  ['a schedule without a time is refused', { ...scheduled }, 35111],
  [
    'a time without a schedule type is refused',
    { to: user, body: 'b', messagingServiceSid: emulator.messagingServiceSid, sendAt: minutes(60) },
    35126,
  ],
  ['a schedule five minutes ahead is refused', { ...scheduled, sendAt: minutes(5) }, 35114],
  ['a schedule a second more ahead is accepted', { ...scheduled, sendAt: minutes(5 + 1 / 60) }, 'succeeded'],
  ['a schedule 35 days ahead is accepted', { ...scheduled, sendAt: minutes(35 * 24 * 60) }, 'succeeded'],
  [
    'a schedule a second over 35 days ahead is refused',
    { ...scheduled, sendAt: minutes(35 * 24 * 60 + 1 / 60) },
    35114,
  ],
  [
    'a person without a phone number is accepted',
    { to: 'whatsapp:US.13491208655302741918', from, body: 'b' },
    'succeeded',
  ],
];

test.each(rows)('the emulator checks a new message as Twilio does: %s', async (_what, params, code) => {
  const expected = code === 'succeeded' ? code : { status: 400, code };
  expect(await refusal(client.messages.create(params))).toEqual(expected);
  const { messages } = await control.get<{ messages: unknown[] }>('messages');
  expect(messages.length).toBe(code === 'succeeded' ? 1 : 0);
});

test.each([
  [
    'it is unknown',
    (sid: string) => client.messages(sid.replace(/.$/, 'x')).fetch(),
    { status: 404, code: 20404 },
  ],
  [
    'it is cancelled after it was sent',
    (sid: string) => client.messages(sid).update({ status: 'canceled' }),
    { status: 409, code: 30409 },
  ],
  [
    'its text is replaced',
    (sid: string) => client.messages(sid).update({ body: 'other' }),
    { status: 400, code: 30400 },
  ],
])('the emulator refuses a change of a message as Twilio does: %s', async (_what, call, expected) => {
  const { sid } = await client.messages.create({ to: user, from, body: 'b' });
  await control.idle();
  expect(await refusal(call(sid))).toEqual(expected);
});
