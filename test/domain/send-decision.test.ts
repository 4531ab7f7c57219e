/** The decision table of the README, row by row. */
import { NO_FACTS, type WindowFacts, windowAt } from '../../src/domain/customer-service-window';
import { explain } from '../../src/domain/decision-explanation';
import {
  asRecognised,
  type Content,
  decide,
  decisionOf,
  type KnownState,
  mayBeRecognised,
  type Plan,
  type WhenClosed,
  withoutAskingAgain,
  withPrompt,
} from '../../src/domain/send-decision';

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

/** A template stands for itself here: what is decided does not depend on it. */
type Intent = readonly [Content<string>, WhenClosed];
const message = { kind: 'free-form', body: 'Hello', mediaUrls: [] } as const;
const body: Intent = [{ kind: 'free-form', message, template: null }, 'template'];
const both: Intent = [{ kind: 'free-form', message, template: 'greeting' }, 'template'];
const template: Intent = [{ kind: 'template', template: 'greeting' }, 'template'];
const hold = ([content]: Intent): Intent => [content, 'hold'];
const refuse = ([content]: Intent): Intent => [content, 'refuse'];
const windowIn = (state: KnownState) => (state.known ? state.window : windowAt(NO_FACTS, T, 300));
const freeForm: Plan<string> = {
  action: 'free-form',
  reason: 'WINDOW_OPEN',
  message,
  window: windowIn(open),
};
const greeting = (
  reason: Extract<Plan<string>, { action: 'template' }>['reason'],
  isHeld = false,
): Plan<string> => ({
  action: 'template',
  reason,
  template: 'greeting',
  hold: isHeld ? message : null,
});

const rows: [string, Intent, KnownState, Plan<string>][] = [
  ['a body in an open window', body, open, freeForm],
  ['a body with a template in an open window', both, open, freeForm],
  ['a template in an open window', template, open, greeting('TEMPLATE_REQUESTED')],
  ['a template in a closed window', template, closed, greeting('TEMPLATE_REQUESTED')],
  ['a template for a stranger', template, never, greeting('TEMPLATE_REQUESTED')],
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
    { action: 'hold', reason: 'WINDOW_CLOSED', message, prompt: null },
  ],
  [
    'a body to refuse in a closed window',
    refuse(body),
    closed,
    { action: 'refuse', reason: 'WINDOW_CLOSED' },
  ],
  ['a body with a template in a closed window', both, closed, greeting('WINDOW_CLOSED')],
  ['a body with a template within the margin', both, closing, greeting('WINDOW_CLOSING')],
  ['a body with a template for a stranger', both, never, greeting('NO_INBOUND')],
  ['a body to hold with a template in a closed window', hold(both), closed, greeting('WINDOW_CLOSED', true)],
  [
    'a body to refuse with a template in a closed window',
    refuse(both),
    closed,
    { action: 'refuse', reason: 'WINDOW_CLOSED' },
  ],
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
  ['a body with a template when nothing is known', both, unknown, greeting('STATE_UNAVAILABLE')],
  ['a template when nothing is known', template, unknown, greeting('STATE_UNAVAILABLE')],
];

test.each(rows)('decides what happens to %s', (_sentence, [content, whenClosed], state, plan) => {
  expect(decide(content, whenClosed, state)).toEqual(plan);
});

test.each(rows)('explains in one sentence the decision on %s', (_sentence, [content, whenClosed], state) => {
  const decision = decisionOf(decide(content, whenClosed, state));
  const sentence = explain(decision, state.known ? state.window : null);
  expect(sentence).toMatch(/^[A-Z].*\.$/);
  expect(sentence).not.toMatch(/undefined|null|unknown time|\[object/);
});

const window = windowIn(closed);
const holding: Plan<string> = { action: 'hold', reason: 'WINDOW_CLOSED', message, prompt: null };
const refusing: Plan<string> = { action: 'refuse', reason: 'WINDOW_CLOSED' };
const optedOutRefusal: Plan<string> = { action: 'refuse', reason: 'OPTED_OUT' };
const unknownRefusal: Plan<string> = { action: 'refuse', reason: 'STATE_UNAVAILABLE' };

test.each([
  ['a free-form plan', freeForm, false],
  ['a template plan', greeting('WINDOW_CLOSED'), false],
  ['a plan that holds', holding, true],
  ['a plan that refuses for the window', refusing, true],
  ['a plan that refuses for a STOP', optedOutRefusal, false],
  ['a plan that refuses because the state is unknown', unknownRefusal, false],
])(
  'only a plan that holds or refuses for the window lets its text be recognized as a template: %s',
  (_sentence, plan, expected) => {
    expect(mayBeRecognised(plan)).toBe(expected);
  },
);

test('a text that is recognized goes out as the template, and nothing is held', () => {
  expect(asRecognised('greeting')).toEqual(greeting('BODY_MATCHES_TEMPLATE'));
});

test.each([
  ['a template with a text to hold only holds the text', greeting('WINDOW_CLOSED', true), holding],
  ['a template without a text to hold goes out', greeting('WINDOW_CLOSED'), greeting('WINDOW_CLOSED')],
  ['a held text stays held', holding, holding],
  ['a free-form message stays one', freeForm, freeForm],
])('sends no second reply prompt while one is unanswered: %s', (_sentence, plan, expected) => {
  expect(withoutAskingAgain(plan, window)).toEqual(expected);
});

test.each([
  ['a plan that holds', holding, { ...holding, prompt: 'question' }],
  ['a template plan', greeting('WINDOW_CLOSED', true), greeting('WINDOW_CLOSED', true)],
  ['a refusal', refusing, refusing],
])('adds a reply prompt only to a plan that holds a text: %s', (_sentence, plan, expected) => {
  expect(withPrompt(plan, 'question')).toEqual(expected);
});

test.each([
  ['a free-form plan', freeForm, { action: 'free-form', reason: 'WINDOW_OPEN' }],
  [
    'a template that holds the text',
    greeting('WINDOW_CLOSED', true),
    { action: 'template', reason: 'WINDOW_CLOSED', holdBody: true },
  ],
  [
    'a hold with a reply prompt',
    withPrompt(holding, 'question'),
    { action: 'hold', reason: 'WINDOW_CLOSED', withPrompt: true },
  ],
  ['a refusal', refusing, refusing],
])('the decision leaves out the plan’s message: %s', (_sentence, plan, decision) => {
  expect(decisionOf(plan)).toEqual(decision);
});
