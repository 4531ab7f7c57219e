/**
 * Values that a caller should not send and will: texts, numbers and times at every boundary, and whatever JSON can hold.
 * They are values only; nothing here knows which of them is allowed.
 */
import fc from 'fast-check';
import { SENDER } from '../functions/service';

/** The clock of the in-process attack stands here at first, and boundaries of times are counted from it. */
export const START = Date.parse('2031-05-05T12:00:00.000Z');
/** In every text that belongs to a person, so that it can be looked for where it must not be. */
export const PRIVATE = 'quokka';

export const USERS = [
  'whatsapp:+4915550000001',
  'whatsapp:+12125550123',
  // Two spellings of one person, a business-scoped user id, and one for all accounts of a company.
  'whatsapp:+5491155550001',
  'whatsapp:+541155550001',
  'whatsapp:US.13491208655302741918',
  'whatsapp:US.ENT.11815799212886844830',
] as const;

const around = (edge: number) => fc.constantFrom(edge - 1, edge, edge + 1);

const nastyText = fc.constantFrom(
  ...[
    '',
    ' ',
    '\t\n',
    '\u0000',
    'a\u001bb',
    '\u2028',
    '\ufeff',
    '\ud800',
    'a\udc00b',
    '😀',
    'ＳＴＯＰ',
    'STOP',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'request',
    'null',
    'undefined',
    'NaN',
    'true',
  ],
  ...[
    '{{1}}',
    '{{{1}}}',
    '%00',
    '%',
    '+',
    '../../Services',
    '<script>',
    '[object Object]',
    '-0',
    '1e999',
    '0x10',
  ],
  ...['{"1":', '{}', '[]', '"', '\\', '٣', '١٠', '🏳️‍🌈'],
);

export const text = fc.oneof(
  nastyText,
  fc.string({ maxLength: 12 }),
  // Any UTF-16, halves of characters included.
  fc.array(fc.nat(0xffff), { maxLength: 12 }).map((units) => String.fromCharCode(...units)),
);

const longText = fc
  .tuple(fc.constantFrom('x', '😀', ' ', 'é', '{{1}}'), fc.oneof(around(1600), around(1024), around(100)))
  .map(([unit, length]) => `${PRIVATE}${unit.repeat(length)}`.slice(0, length));

/** Rare, because each costs as much as a hundred others. */
const hugeText = fc.constantFrom('x'.repeat(100_000), '{'.repeat(20_000), '\ud800'.repeat(5000));

export const json: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    fc.constantFrom<unknown>(null, true, false, 0, -1, 1, 1.5, 1e21, 2 ** 53, -(2 ** 31)),
    fc.integer(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(nastyText, fc.constantFrom('1', '2', 'headers')), tie('value'), { maxKeys: 3 }),
  ),
})).value;

const digits = (length: number) => `+${'9876543219876543219'.slice(0, length)}`;
const letters = (length: number) => 'a1B2'.repeat(40).slice(0, length);

export const address = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...USERS) },
  { weight: 2, arbitrary: fc.constantFrom(...USERS).map((user) => user.replace('whatsapp:', '')) },
  fc.oneof(around(7), around(15)).map(digits),
  fc.oneof(around(1), around(128)).map((length) => `whatsapp:US.${letters(length)}`),
  fc.constantFrom(SENDER, 'whatsapp:DE.ENT.1a2B', 'whatsapp:+0155512345678', 'WHATSAPP:+15557654321'),
  fc.constantFrom(' 15557654321', '+1 555 123 4567', 'whatsapp:+15557654321\n', '+٤٩١٥٥٥٠٠٠٠٠٠١'),
);

const body = fc.oneof(
  { weight: 4, arbitrary: text.map((words) => `${PRIVATE} ${words}`) },
  { weight: 2, arbitrary: fc.constantFrom('Your quokka code is 1337.', 'Your quokka code is {{2}}.') },
  longText,
  text,
);

const template = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...['lesson_code', 'please_answer', 'lesson_pending', 'summer_sale', 'named_greeting', 'welcome'],
      ...['pick_a_slot', 'lesson_order', 'appointment_reminder'],
    ),
  },
  fc.constantFrom(
    `HX${'0'.repeat(31)}1`,
    `HX${'f'.repeat(32)}`,
    `HX${'0'.repeat(31)}`,
    `hx${'0'.repeat(32)}`,
  ),
  around(512).map((length) => 'n'.repeat(length)),
  text,
);

const variableValue = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<unknown>('quokka hacker', '1337', 7, true) },
  around(1024).map((length) => PRIVATE.repeat(200).slice(0, length)),
  fc.constantFrom('a\nb', 'a\tb', 'a     b', 'a    b', '{{2}}', '   '),
  json,
);
const variables = fc.oneof(
  { weight: 4, arbitrary: fc.record({ 1: variableValue, 2: variableValue }) },
  fc.dictionary(fc.oneof(text, fc.constantFrom('1', '2', '3', '4', 'first_name')), variableValue, {
    maxKeys: 5,
  }),
  around(100).map((count) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [String(i + 1), 'v'])),
  ),
);
const contentVariables = fc.oneof(
  variables,
  variables.map((object) => JSON.stringify(object)),
  fc.constantFrom<unknown>(
    '{"1":1e999,"2":"b"}',
    '{"__proto__":{"1":"a"},"2":"b"}',
    '[]',
    'null',
    '{"1":"\\ud800"}',
  ),
);

const DAY_MS = 86_400_000;
const sendAt = fc.oneof(
  fc
    .tuple(
      fc.oneof(around(5 * 60_000), around(35 * DAY_MS), around(DAY_MS), around(DAY_MS - 300_000), around(0)),
      fc.constantFrom('Z', '+00:00', '+0000', '-00:00', '', 'z', '+24:00', ' Z'),
    )
    .map(([ahead, zone]) => new Date(START + ahead).toISOString().replace('Z', zone)),
  fc.constantFrom(
    ...['2031-02-29T12:00:00Z', '2032-02-29T12:00:00Z', '2031-05-31T24:00:00Z', '2031-05-06T12:60:00Z'],
    ...['2031-05-06', '2031-5-6T12:00:00Z', '2031-05-06T12:00Z', '2031-05-06T12:00:00.000000001Z'],
    ...['0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '+275760-09-13T00:00:00Z', '2031-05-06T12:00:00,5Z'],
    ...['2031-05-06T12:00:00+14:00', '2031-05-06T12:00:00+99:99', 'tomorrow', '1936000000000'],
  ),
);

const mediaUrl = fc.oneof(
  fc.constantFrom<unknown>(
    ...[
      'https://example.com/quokka.jpg',
      'https://',
      'http://example.com/a',
      'https://user:pass@example.com/a',
    ],
    ...[
      'https://[::1',
      'https://example.com/ a',
      'HTTPS://example.com',
      'data:text/plain,a',
      'https://💩.la/a',
    ],
  ),
  around(10).map((count) => Array.from({ length: count }, (_, i) => `https://example.com/${i}`)),
  around(2000).map((length) => `https://example.com/${'a'.repeat(length)}`.slice(0, length)),
  fc.array(json, { maxLength: 3 }),
);

const cursor = fc
  .oneof(fc.record({ token: json, page: fc.oneof(fc.constantFrom('0', '1', '999999999', '-1'), json) }), json)
  .map((value) => Buffer.from(JSON.stringify(value)).toString('base64url'));

function sidOf(prefix: string): fc.Arbitrary<string> {
  return fc
    .oneof({ weight: 4, arbitrary: fc.constant(32) }, around(32))
    .map((length) => prefix + hex(length));
}

const hex = (length: number) => '0123456789abcdef'.repeat(3).slice(0, length);
const messageSid = fc
  .tuple(fc.constantFrom('SM', 'MM', 'sm', 'XX'), around(32))
  .map(([prefix, length]) => prefix + hex(length));

const contentSid = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(1, 3, 4, 5, 6, 7).map((n) => `HX${String(n).padStart(32, '0')}`) },
  sidOf('HX'),
);

/** Addresses that lead nowhere, or where nothing may be called. */
const statusCallback = fc.constantFrom(
  ...['https://quokka.invalid/status', 'https://10.0.0.1/', 'https://[::ffff:10.0.0.1]/', 'https://0x0a.1/'],
  ...[
    'http://example.com/',
    'https://me:pw@example.com/',
    'javascript:1',
    '//x',
    '',
    'https://[2002:a00:1::1]/',
  ],
);

/** Near what a parameter of this name takes; a name that is not listed gets anything. */
const BY_NAME: ReadonlyMap<string, fc.Arbitrary<unknown>> = new Map<string, fc.Arbitrary<unknown>>([
  ['to', address],
  ['from', fc.oneof({ weight: 3, arbitrary: fc.constant(SENDER) }, address)],
  ['body', body],
  ['mediaUrl', mediaUrl],
  ['template', template],
  ['language', fc.constantFrom('en', 'es', 'EN', 'pt_BR', 'x'.repeat(21))],
  ['contentVariables', contentVariables],
  ['whenClosed', fc.constantFrom('template', 'hold', 'refuse', 'Hold', 'maybe')],
  ['sendAt', sendAt],
  [
    'idempotencyKey',
    fc.oneof(
      fc.constantFrom('k1', 'k2', 'a b', 'ключ', '../k'),
      around(128).map((length) => 'k'.repeat(length)),
    ),
  ],
  ['dryRun', fc.constantFrom<unknown>(true, 'true', 'false', false, 'TRUE', 1, '1')],
  ['limit', fc.constantFrom<unknown>('0', '1', '100', '101', '1e1', '+5', '05', 5, 5.5, -1, '9'.repeat(10))],
  ['cursor', cursor],
  ['cancel', fc.constantFrom<unknown>('0', '1', '-1', '1e3', 0, '9'.repeat(15), '9'.repeat(16), '../0')],
  ['From', address],
  ['To', fc.oneof({ weight: 3, arbitrary: fc.constant(SENDER) }, address)],
  ['MessageSid', messageSid],
  [
    'MessageStatus',
    fc.constantFrom('delivered', 'undelivered', 'failed', 'sent', 'read', 'DELIVERED', 'a b'),
  ],
  ['SmsStatus', fc.constantFrom('received', 'received', 'sent', 'RECEIVED')],
  [
    'ErrorCode',
    fc.constantFrom('63016', '30036', '63013', '0', '-1', '9'.repeat(9), '9'.repeat(10), '63016.5'),
  ],
  ['Body', fc.oneof(fc.constantFrom('STOP', 'stop.', 'START', 'yes!', 'please stop'), body)],
  ['ProfileName', body],
  ['From:SENDER', fc.oneof({ weight: 5, arbitrary: fc.constant(SENDER) }, address)],
  ['To:USER', address],
  ['MediaUrl', mediaUrl],
  ['ContentSid', contentSid],
  ['ContentVariables', contentVariables],
  ['WhenClosed', fc.constantFrom('template', 'hold', 'refuse', 'Hold')],
  ['IdempotencyKey', fc.constantFrom('k1', 'k2', 'a b')],
  ['SendAt', sendAt],
  ['ScheduleType', fc.constantFrom('fixed', 'fixed', 'Fixed', '')],
  [
    'MessagingServiceSid',
    fc.oneof({ weight: 2, arbitrary: fc.constant(`MG${'0'.repeat(31)}1`) }, sidOf('MG')),
  ],
  ['ValidityPeriod', fc.oneof(around(1), around(36_000)).map(String)],
  ['StatusCallback', statusCallback],
  ['statusCallback', statusCallback],
  ['EventType', fc.constantFrom('onMessageAdded', 'onMessageAdded', 'onMessageUpdated', 'onmessageadded')],
  ['ConversationSid', sidOf('CH')],
  ['ParticipantSid', sidOf('MB')],
  ['ChatServiceSid', sidOf('IS')],
  ['Author', fc.oneof({ weight: 3, arbitrary: address }, fc.constantFrom('agent', '', PRIVATE))],
  ['Source', fc.constantFrom('WhatsApp', 'API', 'SDK', 'sdk')],
  ['DateCreated', sendAt],
  [
    'ExternalUserId',
    fc.constantFrom('US.13491208655302741918', 'whatsapp:US.2', '+15557654321', '__proto__'),
  ],
  ['ParentExternalUserId', fc.constantFrom('US.ENT.11815799212886844830', 'US.2', 'whatsapp:US.ENT.2', '')],
  // A well-formed id is waited for, so the repeated attack leaves it to the repairs of real messages.
  ['send', fc.oneof(fc.constantFrom(23, 25).map(hex), text)],
  ['then', fc.constantFrom('release', 'Release', 'nothing')],
]);

/** @returns what may be given for a parameter: near valid mostly, sometimes anything */
export function valueFor(name: string): fc.Arbitrary<unknown> {
  const near = BY_NAME.get(name) ?? text;
  return fc.oneof(
    { weight: 24, arbitrary: near },
    { weight: 3, arbitrary: json },
    { weight: 1, arbitrary: fc.array(near, { maxLength: 2 }) },
    { weight: 1, arbitrary: hugeText },
  );
}

/** @returns what may be set for a setting: near valid, or anything */
export function settingFor(name: string): fc.Arbitrary<string> {
  if (name.endsWith('_SECONDS'))
    return fc.oneof(
      fc.oneof(around(0), around(60), around(86_400), around(31_536_000)).map(String),
      fc.constantFrom('1e3', '300.5', '٣٠٠', '0x10', ' 300 '),
      text,
    );
  if (name.endsWith('_SID'))
    return fc
      .tuple(fc.constantFrom('AC', 'IS', 'MG', 'ac'), around(32).map(hex))
      .map((parts) => parts.join(''));
  if (name.endsWith('_URL'))
    return fc.constantFrom('javascript:1', 'https://', 'example.com', 'https://[::1');
  if (name.endsWith('_TOKEN'))
    return fc.oneof(around(8), around(24)).map((length) => 'secret_'.repeat(5).slice(0, length));
  const anything = fc.oneof(address, template, text, longText);
  // A template's name is neither a text nor a number of anybody's: an error may name it.
  if (name === 'FALLBACK_TEMPLATE')
    return anything.map((value) => value.replaceAll(PRIVATE, 'setting').replace(/\d{7,}/g, '1'));
  return anything.map((value) => value.replaceAll(PRIVATE, 'setting'));
}
