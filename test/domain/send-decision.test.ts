/** The decision table of the README, row by row. */
import { NO_FACTS, type WindowFacts, windowAt } from '../../src/domain/customer-service-window';
import { explain } from '../../src/domain/decision-explanation';
import { type Decision, decide, type KnownState, type SendIntent } from '../../src/domain/send-decision';

const T = Date.parse('2026-03-01T10:00:00Z');
const wrote: WindowFacts = { lastInboundAt: T, closedByWhatsApp: false, source: 'sync' };
const at = (facts: WindowFacts, hours: number, optedOut = false): KnownState => ({
  known: true,
  window: windowAt(facts, T + hours * 3_600_000, 300),
  optedOut,
});
const open = at(wrote, 1);
const closing = at(wrote, 23.95);
const closed = at(wrote, 24);
const never = at(NO_FACTS, 1);
const closedByWhatsApp = at({ lastInboundAt: T, closedByWhatsApp: true, source: 'whatsapp' }, 1);
const optedOut = at(wrote, 1, true);
const unknown: KnownState = { known: false };

const body: SendIntent = { freeForm: true, template: false, whenClosed: 'template' };
const both: SendIntent = { freeForm: true, template: true, whenClosed: 'template' };
const template: SendIntent = { freeForm: false, template: true, whenClosed: 'template' };
const hold = (wish: SendIntent): SendIntent => ({ ...wish, whenClosed: 'hold' });
const refuse = (wish: SendIntent): SendIntent => ({ ...wish, whenClosed: 'refuse' });

const rows: [string, SendIntent, KnownState, Decision][] = [
  ['a body in an open window', body, open, { action: 'free-form', reason: 'WINDOW_OPEN' }],
  ['a body with a template in an open window', both, open, { action: 'free-form', reason: 'WINDOW_OPEN' }],
  [
    'a template in an open window',
    template,
    open,
    { action: 'template', reason: 'TEMPLATE_REQUESTED', holdBody: false },
  ],
  [
    'a template in a closed window',
    template,
    closed,
    { action: 'template', reason: 'TEMPLATE_REQUESTED', holdBody: false },
  ],
  [
    'a template for a stranger',
    template,
    never,
    { action: 'template', reason: 'TEMPLATE_REQUESTED', holdBody: false },
  ],
  ['a body in a closed window', body, closed, { action: 'refuse', reason: 'WINDOW_CLOSED' }],
  ['a body within the margin', body, closing, { action: 'refuse', reason: 'WINDOW_CLOSING' }],
  ['a body for a stranger', body, never, { action: 'refuse', reason: 'NO_INBOUND' }],
  [
    'a body after WhatsApp closed the window',
    body,
    closedByWhatsApp,
    { action: 'refuse', reason: 'CLOSED_BY_WHATSAPP' },
  ],
  [
    'a body to hold in a closed window',
    hold(body),
    closed,
    { action: 'hold', reason: 'WINDOW_CLOSED', asking: false },
  ],
  [
    'a body to refuse in a closed window',
    refuse(body),
    closed,
    { action: 'refuse', reason: 'WINDOW_CLOSED' },
  ],
  ['both in a closed window', both, closed, { action: 'template', reason: 'WINDOW_CLOSED', holdBody: false }],
  [
    'both within the margin',
    both,
    closing,
    { action: 'template', reason: 'WINDOW_CLOSING', holdBody: false },
  ],
  ['both for a stranger', both, never, { action: 'template', reason: 'NO_INBOUND', holdBody: false }],
  ['both, to hold', hold(both), closed, { action: 'template', reason: 'WINDOW_CLOSED', holdBody: true }],
  ['both, to refuse', refuse(both), closed, { action: 'refuse', reason: 'WINDOW_CLOSED' }],
  ['a body to one who said STOP', body, optedOut, { action: 'refuse', reason: 'OPTED_OUT' }],
  ['a template to one who said STOP', template, optedOut, { action: 'refuse', reason: 'OPTED_OUT' }],
  ['a body to hold for one who said STOP', hold(body), optedOut, { action: 'refuse', reason: 'OPTED_OUT' }],
  ['a body when nothing is known', body, unknown, { action: 'refuse', reason: 'STATE_UNAVAILABLE' }],
  [
    'a body to hold when nothing is known',
    hold(body),
    unknown,
    { action: 'refuse', reason: 'STATE_UNAVAILABLE' },
  ],
  [
    'both when nothing is known',
    both,
    unknown,
    { action: 'template', reason: 'STATE_UNAVAILABLE', holdBody: false },
  ],
  [
    'a template when nothing is known',
    template,
    unknown,
    { action: 'template', reason: 'STATE_UNAVAILABLE', holdBody: false },
  ],
];

test.each(rows)('%s', (_sentence, wish, standing, decision) => {
  expect(decide(wish, standing)).toEqual(decision);
});

test.each(rows)('%s is explained in one sentence', (_sentence, wish, standing) => {
  const decision = decide(wish, standing);
  const sentence = explain(decision, standing.known ? standing.window : null);
  expect(sentence).toMatch(/^[A-Z].*\.$/);
  expect(sentence).not.toMatch(/undefined|null|unknown time|\[object/);
});
