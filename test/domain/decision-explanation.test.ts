/** Decisions in words, whole: what a person reads who asks why a message did not leave. */
import { NO_FACTS, type WindowFacts, windowAt } from '../../src/domain/customer-service-window';
import { explain } from '../../src/domain/decision-explanation';
import type { Decision } from '../../src/domain/send-decision';

const NOON = Date.parse('2031-05-05T12:00:00Z');
const wrote: WindowFacts = {
  lastInboundAt: Date.parse('2031-05-05T06:00:00Z'),
  closedByWhatsApp: false,
  source: 'sync',
};
const window = windowAt(wrote, NOON, 300);
const never = windowAt(NO_FACTS, NOON, 300);
const CLOSED = 'The customer service window closed at 2031-05-06T06:00:00.000Z';

test.each<readonly [Decision, typeof window | null, string]>([
  [
    { action: 'free-form', reason: 'WINDOW_OPEN' },
    window,
    'The customer service window is open: the user wrote at 2031-05-05T06:00:00.000Z, and it closes at 2031-05-06T06:00:00.000Z.',
  ],
  [
    { action: 'free-form', reason: 'WINDOW_OPEN' },
    null,
    'The customer service window is open: the user wrote at an unknown time, and it closes at an unknown time.',
  ],
  [
    { action: 'template', reason: 'TEMPLATE_REQUESTED', holdBody: false },
    window,
    'Only a template was asked for, and it may be sent now.',
  ],
  [
    { action: 'template', reason: 'BODY_MATCHES_TEMPLATE', holdBody: false },
    window,
    'The customer service window is not open, but the text is word for word that of an approved template, so it goes out as that template.',
  ],
  [
    { action: 'refuse', reason: 'OPTED_OUT' },
    window,
    'The user asked not to be written to (STOP); nothing goes out until they opt in again (START).',
  ],
  [
    { action: 'template', reason: 'STATE_UNAVAILABLE', holdBody: false },
    null,
    'It could not be found out whether the customer service window is open; an approved template is safe either way. Nothing was held.',
  ],
  [
    { action: 'refuse', reason: 'STATE_UNAVAILABLE' },
    null,
    'It could not be found out whether the customer service window is open, and a free-form message might be lost silently; try again.',
  ],
  [
    { action: 'refuse', reason: 'NO_INBOUND' },
    never,
    'No message from this user to this sender is known, so no customer service window is open; only an approved template may be sent until the user writes again.',
  ],
  [
    { action: 'refuse', reason: 'CLOSED_BY_WHATSAPP' },
    window,
    'WhatsApp refused a free-form message (63016) and the user has not written since; only an approved template may be sent until the user writes again.',
  ],
  [
    { action: 'refuse', reason: 'WINDOW_CLOSING' },
    window,
    'The customer service window closes at 2031-05-06T06:00:00.000Z, within the safety margin; only an approved template may be sent until the user writes again.',
  ],
  [
    { action: 'hold', reason: 'WINDOW_CLOSING', withPrompt: false },
    null,
    'The customer service window closes at an unknown time, within the safety margin; the message is held until the user answers.',
  ],
  [
    { action: 'hold', reason: 'WINDOW_CLOSED', withPrompt: false },
    null,
    'The customer service window closed at an unknown time; the message is held until the user answers.',
  ],
  [
    { action: 'template', reason: 'WINDOW_CLOSED', holdBody: false },
    window,
    `${CLOSED}; the template goes out instead of the text.`,
  ],
  [
    { action: 'template', reason: 'WINDOW_CLOSED', holdBody: true },
    window,
    `${CLOSED}; the template goes out now, and the text is held until the user answers.`,
  ],
  [
    { action: 'hold', reason: 'WINDOW_CLOSED', withPrompt: false },
    window,
    `${CLOSED}; the message is held until the user answers.`,
  ],
  [
    { action: 'hold', reason: 'WINDOW_CLOSED', withPrompt: true },
    window,
    `${CLOSED}; the message is held until the user answers, and a template goes out now to ask them.`,
  ],
])('decision %# is explained to the developer in one sentence: %j', (decision, known, sentence) => {
  expect(explain(decision, known)).toBe(sentence);
});
