/**
 * An oracle that never complains proves nothing. Here the functions are sabotaged, one promise at a time, and each time
 * the row of that promise must say so; with the same trace and sound functions, no row may. And each row with a name is
 * counted for its own cause.
 */
import { figuresOf } from '../../../verify/simulate/figures';
import { ROW_NAMES, ROWS, type RowName } from '../../../verify/simulate/oracle/rows';
import { play, type Sabotage } from '../../../verify/simulate/play';
import type { Trace } from '../../../verify/simulate/trace-event';
import {
  answering,
  approvingAll,
  backwards,
  both,
  insteadOf,
  isItemList,
  isItemRemoval,
  isLinkRead,
  isMessageCreation,
  isMessageList,
  isMessageLookUp,
  isWindowRead,
  isWindowWrite,
  noItems,
  noMessages,
  sinceNow,
  swallowing,
  twice,
  withJson,
  withoutKey,
  withoutVariables,
  writtenNow,
} from './sabotage';
import { askWindow, DAY, HOUR, inbound, MINUTE, SECOND, send, traceOf } from './small-trace';

interface Case {
  /** What the functions do wrong. */
  readonly wrong: string;
  readonly sabotage: Sabotage;
  readonly trace: Trace;
  /** Rows that must notice. */
  readonly rows: readonly RowName[];
}

const held = { whenClosed: 'hold' } as const;
const withTemplate = { content: 'body and template' } as const;

const CASES: readonly Case[] = [
  {
    wrong: 'the margin is ignored',
    sabotage: { environment: { WINDOW_MARGIN_SECONDS: '0' } },
    trace: traceOf(inbound(0), askWindow(DAY - MINUTE), send(DAY - 5)),
    rows: ['refused', 'wrongWindow'],
  },
  {
    wrong: 'free-form always',
    sabotage: { tamper: answering(isWindowRead, withJson(sinceNow)) },
    trace: traceOf(inbound(0), send(2 * DAY)),
    rows: ['refused', 'wrongWindow'],
  },
  {
    wrong: 'a template always',
    sabotage: { environment: { WINDOW_MARGIN_SECONDS: '86399' } },
    trace: traceOf(inbound(0), send(HOUR, withTemplate)),
    rows: ['needless', 'wrongWindow'],
  },
  {
    wrong: 'a late webhook opens the window again',
    sabotage: { tamper: answering(isMessageLookUp, withJson(writtenNow)) },
    trace: traceOf(inbound(0, { webhookAfterMs: [250, 20 * HOUR] }), askWindow(26 * HOUR), send(27 * HOUR)),
    rows: ['refused', 'wrongWindow'],
  },
  {
    wrong: 'what the user wrote is not stored',
    sabotage: { tamper: swallowing(isWindowWrite, 200) },
    trace: traceOf(
      inbound(0),
      askWindow(HOUR),
      inbound(2 * DAY),
      askWindow(2 * DAY + MINUTE),
      send(2 * DAY + HOUR, withTemplate),
    ),
    rows: ['needless', 'wrongWindow'],
  },
  {
    wrong: 'STOP is ignored',
    sabotage: { environment: { STOP_WORDS: 'NEVERSAID' } },
    trace: traceOf(inbound(0), inbound(MINUTE, { body: 'STOP' }), askWindow(HOUR), send(2 * HOUR)),
    rows: ['afterStop', 'wrongWindow'],
  },
  {
    wrong: 'what is held goes out again and again',
    sabotage: {
      tamper: both(swallowing(isItemRemoval, 204), answering(isMessageList, withJson(noMessages))),
    },
    trace: traceOf(send(0, held), inbound(HOUR), inbound(2 * HOUR)),
    rows: ['doubled'],
  },
  {
    wrong: 'a message is handed to Twilio twice',
    sabotage: { tamper: (request, pass) => twice(request, pass) },
    trace: traceOf(inbound(0), send(MINUTE)),
    rows: ['doubled'],
  },
  {
    wrong: 'what is held goes out in the wrong order',
    sabotage: { tamper: answering(isItemList, withJson(backwards)) },
    trace: traceOf(send(0, held), send(MINUTE, held), inbound(HOUR)),
    rows: ['disordered'],
  },
  {
    wrong: 'what is held goes out in the wrong order within one message',
    sabotage: { tamper: answering(isItemList, withJson(backwards)) },
    trace: {
      ...traceOf(send(0, held), send(MINUTE, held), inbound(HOUR)),
      releaseHeld: 'together',
    },
    rows: ['disordered'],
  },
  {
    wrong: 'what is held is forgotten',
    sabotage: { tamper: answering(isItemList, withJson(noItems)) },
    trace: traceOf(send(0, held), inbound(HOUR)),
    rows: ['lost'],
  },
  {
    wrong: 'a 63016 is not repaired',
    sabotage: { wrap: insteadOf('/message-status', 200) },
    trace: traceOf(inbound(0), send(MINUTE, { ...withTemplate, delivery: { do: 'false-63016' } })),
    rows: ['lost'],
  },
  {
    wrong: 'a paused template counts as approved',
    sabotage: { tamper: answering(({ service }) => service === 'content', approvingAll) },
    trace: traceOf(
      { kind: 'template', template: 'lesson_code', status: 'paused', at: 0 },
      send(HOUR, { content: 'template' }),
    ),
    rows: ['templateRefused'],
  },
  {
    wrong: 'the values of a template are left out',
    sabotage: {
      tamper: (request, pass) => pass(isMessageCreation(request) ? withoutVariables(request) : request),
    },
    trace: traceOf(send(0, { content: 'template' })),
    rows: ['sampleValues'],
  },
  {
    wrong: 'the idempotency key is ignored',
    sabotage: {
      wrap: (_path, handler) => (context, event, callback) => handler(context, withoutKey(event), callback),
    },
    trace: traceOf(inbound(0), send(MINUTE, { keyed: true, again: 'later' })),
    rows: ['keyBroken', 'doubled'],
  },
  {
    wrong: 'a function fails by itself',
    sabotage: { wrap: insteadOf('/window', 500) },
    trace: traceOf(askWindow(0)),
    rows: ['ownError'],
  },
  {
    wrong: 'a function never answers',
    sabotage: { wrap: (path, handler) => (path === '/window' ? async () => undefined : handler) },
    trace: traceOf(askWindow(0)),
    rows: ['ownError'],
  },
  {
    wrong: 'a BSUID and a phone number are not known to be one person',
    sabotage: { tamper: answering(isLinkRead, () => ({ status: 404, headers: {}, text: '{"code":20404}' })) },
    trace: traceOf(inbound(0), send(HOUR, { ...withTemplate, to: 'bsuid' })),
    rows: ['needless'],
  },
];

test.each(CASES)(
  'the oracle reports the rows $rows where the functions break a promise: $wrong',
  async ({ sabotage, trace, rows }) => {
    expect(await found(trace, {})).toEqual([]);
    expect(await found(trace, sabotage)).toEqual(expect.arrayContaining([...rows]));
  },
);

test('every row that must be 0 is counted in at least one of the broken plays', () => {
  const shown = new Set(CASES.flatMap(({ rows }) => rows));
  expect(ROW_NAMES.filter((row) => ROWS[row].mustBeZero && !shown.has(row))).toEqual([]);
});

test.each<[string, RowName, Trace]>([
  [
    'a false refusal with 63016',
    'refusedFalsely',
    traceOf(inbound(0), send(MINUTE, { delivery: { do: 'false-63016' } })),
  ],
  [
    'a refusal in a window that WhatsApp did not open',
    'refusedNotOpened',
    traceOf(inbound(0, { opensWindow: false }), send(MINUTE)),
  ],
  [
    'a refusal of a message that waited in Twilio’s queue',
    'refusedQueued',
    traceOf(inbound(0), send(DAY - HOUR, { delivery: { do: 'queue', seconds: 7200 } })),
  ],
  ['a template within the margin', 'needlessInMargin', traceOf(inbound(0), send(DAY - MINUTE, withTemplate))],
  [
    'a template while the webhook was on its way',
    'needlessOnItsWay',
    traceOf(
      inbound(0),
      inbound(2 * DAY, { webhookAfterMs: [5 * MINUTE] }),
      send(2 * DAY + MINUTE, withTemplate),
    ),
  ],
  [
    'a template where the webhook never came',
    'needlessLost',
    traceOf(send(0, withTemplate), inbound(MINUTE, { webhookAfterMs: [] }), send(HOUR, withTemplate)),
  ],
  ['a held text that nobody answered', 'expired', traceOf(send(0, held))],
  [
    'a message of which WhatsApp reported nothing',
    'vanished',
    traceOf(inbound(0), send(MINUTE, { delivery: { do: 'drop' } })),
  ],
  [
    'an error that is not about the window',
    'failedReported',
    traceOf(inbound(0), send(MINUTE, { delivery: { do: 'status', code: 63024 } })),
  ],
  [
    'a scheduled message that STOP cancelled',
    'cancelledByStop',
    traceOf(inbound(0), send(MINUTE, { sendInMs: HOUR }), inbound(2 * MINUTE, { body: 'STOP' })),
  ],
  [
    'a scheduled message that left because STOP could not cancel it',
    'afterStopScheduled',
    traceOf(
      inbound(0),
      send(MINUTE, { sendInMs: HOUR }),
      { kind: 'outage', service: 'api', how: 'HTTP 500', share: 1, forMs: MINUTE, at: 2 * MINUTE - SECOND },
      inbound(2 * MINUTE, { body: 'STOP' }),
    ),
  ],
  [
    'a message after a STOP that only another container knew',
    'afterStopRemembered',
    traceOf(
      inbound(0),
      send(MINUTE),
      inbound(MINUTE + 3 * SECOND, { body: 'STOP' }),
      send(MINUTE + 9 * SECOND),
    ),
  ],
  [
    'a message after a STOP while Sync and the message log were unavailable',
    'afterStopAway',
    traceOf(
      inbound(0),
      inbound(MINUTE, { body: 'STOP' }),
      send(HOUR + SECOND, { content: 'template', callFault: { at: 1, times: 8, how: 'HTTP 500' } }),
    ),
  ],
])('the oracle counts %s as %s, and as nothing that must be 0', async (_cause, row, trace) => {
  const { figures, failures } = figuresOf(await play(trace));
  expect({ count: figures.rows[row] > 0, failures }).toEqual({ count: true, failures: [] });
});

test('nothing leaves after a STOP that the message log has while Sync is unavailable', async () => {
  const trace = traceOf(
    inbound(0),
    inbound(MINUTE, { body: 'STOP' }),
    { kind: 'outage', service: 'sync', how: 'HTTP 500', share: 1, forMs: MINUTE, at: HOUR },
    send(HOUR + SECOND, withTemplate),
  );
  const { messages, ledger } = await play(trace);
  expect(messages.filter(({ direction }) => direction !== 'inbound')).toEqual([]);
  expect(ledger.sends.flatMap(({ attempts }) => attempts.map(({ answer }) => answer?.json.outcome))).toEqual([
    'refused',
  ]);
});

/** The rows that must be 0 and are not. */
async function found(trace: Trace, sabotage: Sabotage): Promise<readonly RowName[]> {
  const { failures } = figuresOf(await play(trace, sabotage));
  return [...new Set(failures.map(({ row }) => row))];
}
