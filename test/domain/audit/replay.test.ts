/** What the audit counts: at each boundary one before, on it and one after, in any order, and against a second computation. */
import fc from 'fast-check';
import type { LogRow } from '../../../src/domain/audit/log-row';
import { Audit, type AuditOptions, type AuditReport } from '../../../src/domain/audit/replay';
import { readPrices } from '../../../src/domain/prices';
import { parseWhatsAppAddress, type WhatsAppAddress } from '../../../src/domain/whatsapp-address';
import { naiveCounts, type PlainRow } from './naive-audit';

const START = Date.parse('2026-11-02T10:00:00Z');
const DAY = 24 * 3_600_000;
const TEMPLATES = [{ name: 'code', text: 'Your {{1}} code is {{2}}.', category: 'UTILITY' }];

function address(text: string): WhatsAppAddress {
  const parsed = parseWhatsAppAddress(text);
  if (!parsed) throw new Error(`${text} is no address.`);
  return parsed;
}
const SENDER = address('whatsapp:+14155238886');
const USER = address('whatsapp:+15551234567');

let lines = 1;
/** @param ms after the start */
function row(direction: LogRow['direction'], ms: number, rest: Partial<LogRow> = {}): LogRow {
  lines += 1;
  return {
    line: lines,
    at: START + ms,
    direction,
    sender: SENDER,
    user: USER,
    body: 'Hello',
    hasMedia: false,
    status: direction === 'inbound' ? 'received' : 'delivered',
    errorCode: null,
    sid: '',
    ...rest,
  };
}
const wrote = (ms: number, rest?: Partial<LogRow>) => row('inbound', ms, rest);
const sent = (ms: number, rest?: Partial<LogRow>) => row('outbound', ms, rest);
const refused = (ms: number, rest?: Partial<LogRow>) =>
  sent(ms, { status: 'undelivered', errorCode: 63016, ...rest });

function audited(rows: readonly LogRow[], options: AuditOptions = { templates: TEMPLATES }) {
  const audit = new Audit(options);
  for (const logged of rows) audit.add(logged);
  return { audit, report: audit.report() };
}
const reportOf = (rows: readonly LogRow[]): AuditReport => audited(rows).report;

test('the audit of an empty log counts nothing', () => {
  expect(reportOf([])).toMatchObject({
    period: { from: null, to: null },
    inbound: 0,
    outbound: 0,
    bursts: { messages: 0, avoidable: 0 },
    serviceMessages: [],
    cost: null,
    problems: [],
  });
});

test.each([
  [DAY - 1, 1],
  [DAY, 0],
  [DAY + 1, 0],
])('a 63016 is false less than 24 hours after an inbound message, so %d ms after it: %d', (ms, falsely) => {
  expect(reportOf([wrote(0), refused(ms)])).toMatchObject({
    rejectedForWindow: 1,
    falselyRejected: falsely,
    nearMisses: 0,
  });
});

test('does not count a 63016 before the first inbound message as false', () => {
  expect(reportOf([refused(0), wrote(1)])).toMatchObject({ rejectedForWindow: 1, falselyRejected: 0 });
});

test.each([
  [DAY - 300_001, 0],
  [DAY - 300_000, 1],
  [DAY - 299_999, 1],
  [DAY - 1, 1],
  [DAY, 0],
])(
  'a message in the last five minutes of a window is a near miss, so %d ms after its opening: %d',
  (ms, near) => {
    expect(reportOf([wrote(0), sent(ms)]).nearMisses).toBe(near);
  },
);

test.each([
  [9999, 1],
  [10_000, 1],
  [10_001, 0],
])('a message at most 10 seconds after another is avoidable, so %d ms after it: %d', (ms, avoidable) => {
  expect(reportOf([sent(0), sent(ms)]).bursts).toEqual({ messages: 2 * avoidable, avoidable });
});

test('counts each message of a run of bursts once, and ends the run at an inbound message or another person', () => {
  const other = { user: address('whatsapp:+15551234568') };
  expect(reportOf([sent(0), sent(10_000), sent(20_000), sent(21_000, other)]).bursts).toEqual({
    messages: 3,
    avoidable: 2,
  });
  expect(reportOf([sent(0), wrote(1000), sent(2000)]).bursts).toEqual({ messages: 0, avoidable: 0 });
});

test.each([
  [DAY - 300_001, 1],
  [DAY - 300_000, 0],
])(
  'a template’s text %d ms after an inbound message counts as a template where a text was allowed: %d',
  (ms, count) => {
    expect(reportOf([wrote(0), sent(ms, { body: 'Your pizza code is 7.' })]).templatesWhileOpen).toBe(count);
  },
);

test.each([
  ['an empty body', { body: '' }, 1],
  ['a body of white space', { body: ' \n' }, 1],
  ['a message with a picture', { body: '', hasMedia: true }, 0],
  ['a message with a text', { body: 'x' }, 0],
])(
  'counts the form of an outbound message as unknown where it has neither text nor media: %s',
  (_what, rest, count) => {
    expect(reportOf([sent(0, rest)]).unknownForm).toBe(count);
    expect(reportOf([wrote(0, rest)]).unknownForm).toBe(0);
  },
);

test.each([
  [
    'closes one ms after the log ends',
    [wrote(0), sent(DAY - 1, { user: address('whatsapp:+15551234568') })],
    0,
  ],
  ['closes as the log ends', [wrote(0), sent(DAY, { user: address('whatsapp:+15551234568') })], 1],
  ['is answered in its last ms', [wrote(0), sent(DAY - 1), wrote(3 * DAY)], 0],
  ['is answered as it closes', [wrote(0), sent(DAY), sent(3 * DAY)], 1],
  ['is opened twice by two messages', [wrote(0), wrote(DAY), sent(DAY + 1)], 1],
  ['is kept open by a second message', [wrote(0), wrote(DAY - 1), sent(DAY)], 0],
  ['is answered in the same second', [wrote(0), sent(0), sent(3 * DAY)], 0],
])(
  'counts a window as unanswered where the user’s message was the last before it closed: a window that %s',
  (_how, rows, count) => {
    expect(reportOf(rows).unanswered).toBe(count);
  },
);

test('counts delivered free-form messages within a window as service messages, by sender and month of UTC', () => {
  const lastSecond = Date.parse('2026-11-30T23:59:59Z') - START;
  const other = { sender: address('whatsapp:+15550001111') };
  const rows = [
    wrote(lastSecond - 1000),
    sent(lastSecond),
    sent(lastSecond + 1000),
    sent(lastSecond + 2000, { body: '', hasMedia: true }),
    sent(lastSecond + 3000, { status: 'failed', errorCode: 63024 }),
    sent(lastSecond + 4000, { status: 'undelivered' }),
    sent(lastSecond + 5000, { body: 'Your pizza code is 7.' }),
    sent(lastSecond + 6000, { body: '' }),
    sent(lastSecond + 3 * DAY),
    wrote(0, other),
    sent(1, other),
  ];
  expect(reportOf(rows).serviceMessages).toEqual([
    { sender: 'whatsapp:+14155238886', month: '2026-11', count: 1 },
    { sender: 'whatsapp:+14155238886', month: '2026-12', count: 2 },
    { sender: 'whatsapp:+15550001111', month: '2026-11', count: 1 },
  ]);
});

test.each([
  ['Argentina', 'whatsapp:+541123456789', 'whatsapp:+5491123456789'],
  ['Brazil', 'whatsapp:+551187654321', 'whatsapp:+5511987654321'],
  ['Mexico', 'whatsapp:+525512345678', 'whatsapp:+5215512345678'],
])('counts both spellings of a number as one person: %s', (_where, one, other) => {
  const rows = [wrote(0, { user: address(one) }), refused(1000, { user: address(other) })];
  expect(reportOf(rows).falselyRejected).toBe(1);
});

test('counts a message that was exported twice once, and names its second line', () => {
  const message = sent(0, { sid: 'SM1', line: 5 });
  const found = reportOf([message, sent(0, { sid: 'SM2', line: 6 }), { ...message, line: 9 }]);
  expect([found.outbound, found.bursts.messages, found.problems]).toEqual([
    2,
    2,
    [{ line: 9, message: expect.stringContaining('repeats line 5') }],
  ]);
});

test('opens windows from rows before the period, and does not count those rows', () => {
  const audit = new Audit();
  for (const logged of [wrote(0), sent(1), refused(5000), refused(6000), wrote(9000)]) audit.add(logged);
  expect(audit.report({ period: { from: START + 5000, to: START + 8000 } })).toMatchObject({
    period: { from: new Date(START + 5000).toISOString(), to: new Date(START + 8000).toISOString() },
    inbound: 0,
    outbound: 2,
    falselyRejected: 2,
    bursts: { messages: 2, avoidable: 1 },
  });
});

test('measures the delay of an answer from the first message that waited for it', () => {
  const filled = ({ answeredAfter }: AuditReport) => answeredAfter.filter(({ count }) => count > 0);
  expect(filled(reportOf([wrote(0), wrote(240_000), sent(300_000)]))).toEqual([{ upTo: '5 min', count: 1 }]);
  expect(filled(reportOf([wrote(0), wrote(240_000), sent(300_001)]))).toEqual([{ upTo: '15 min', count: 1 }]);
});

test('says row by row what this service would have done', () => {
  const rows = [
    sent(0),
    wrote(1000),
    refused(2000),
    sent(DAY),
    sent(2 * DAY),
    sent(2 * DAY + 60_000, { body: 'Your pizza code is 7.' }),
    wrote(3 * DAY, { body: 'STOP' }),
    sent(3 * DAY + 1000),
  ];
  const { audit } = audited(rows);
  const decisions = rows.map((_, index) => audit.rows.at(index)?.decision);
  expect(decisions).toEqual(['hold', 'none', 'again', 'hold', 'hold', 'template', 'none', 'refuse']);
  expect(audit.rows.at(2)).toEqual({
    line: rows[2]?.line,
    at: START + 2000,
    direction: 'outbound',
    sender: SENDER,
    user: USER,
    lastInboundAt: START + 1000,
    decision: 'again',
    findings: 2,
  });
});

test('counts Twilio’s price for every message and Meta’s for what was delivered beyond the free ones of the month', () => {
  const read = readPrices({
    asOf: '2026-10-01',
    currency: 'USD',
    twilio: { outbound: 0.005, inbound: 0.005, failed: 0.001 },
    meta: { '*': { service: 0.01, utility: 0.02 } },
    freeServicePerSenderAndMonth: 2,
  });
  if (!read.ok) throw new Error('The prices cannot be read.');
  const rows = [
    wrote(0),
    sent(1000),
    sent(20_000),
    sent(40_000),
    sent(45_000),
    refused(60_000, { status: 'failed' }),
    refused(80_000),
    sent(100_000, { body: 'Your pizza code is 7.' }),
    sent(2 * DAY),
  ];
  const { audit } = audited(rows);
  // In and 4 texts, 1 template, 1 of unknown form: 7 x 0.005; 1 failed. Meta: 2 of 4 texts, 1 template.
  expect(audit.report({ prices: read.prices }).cost).toEqual({
    amount: 0.076,
    currency: 'USD',
    twilio: 0.036,
    meta: 0.04,
    avoidable: 0.015,
    messagesWithoutPrice: 1,
    asOf: '2026-10-01',
  });
});

const gap = fc.constantFrom(0, 1, 9, 10, 11, 3600, 86_099, 86_100, 86_101, 86_399, 86_400, 86_401, 200_000);
const plainRow = fc.record({
  gap,
  isInbound: fc.boolean(),
  pair: fc.constantFrom('a', 'b'),
  kind: fc.constantFrom<PlainRow['kind']>('text', 'text', 'template', 'empty', 'media'),
  is63016: fc.boolean(),
});

test('the counts agree with those of a second, simple computation for rows in any order', () => {
  const plays = fc.array(plainRow, { minLength: 1, maxLength: 40 }).chain((played) => {
    let seconds = 0;
    const rows = played.map(({ gap: more, isInbound, is63016, ...rest }) => {
      seconds += more;
      return { ...rest, seconds, isInbound, is63016: is63016 && !isInbound };
    });
    return fc.shuffledSubarray(rows, { minLength: rows.length });
  });
  fc.assert(
    fc.property(plays, (rows) => {
      const logged = rows.map(({ seconds, isInbound, pair, kind, is63016 }) =>
        row(isInbound ? 'inbound' : 'outbound', seconds * 1000, {
          user: address(`whatsapp:+1555000000${pair === 'a' ? 1 : 2}`),
          body: kind === 'text' ? 'Hi' : kind === 'template' ? 'Your pizza code is 7.' : '',
          hasMedia: kind === 'media',
          ...(is63016 && { errorCode: 63016, status: 'undelivered' }),
        }),
      );
      const { period: _, cost: __, problems, closedFor, answeredAfter: ___, ...counts } = reportOf(logged);
      expect({
        ...counts,
        serviceMessages: counts.serviceMessages.reduce((sum, { count }) => sum + count, 0),
      }).toEqual(naiveCounts(rows));
      expect(problems).toEqual([]);
      const closed = closedFor.reduce((sum, { count }) => sum + count, 0);
      expect(closed).toBe(counts.rejectedForWindow - counts.falselyRejected);
    }),
    { numRuns: 2000 },
  );
});
