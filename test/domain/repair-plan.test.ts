/** What is done about a refused text, row by row. */
import { NO_FACTS, type WindowFacts } from '../../src/domain/customer-service-window';
import { OUTSIDE_WINDOW, VALIDITY_EXPIRED } from '../../src/domain/error-class';
import type { FreeFormMessage } from '../../src/domain/outbound-message';
import { planRepair, type Refused } from '../../src/domain/repair-plan';

const NOW = Date.parse('2026-03-01T10:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const at = { now: NOW, marginSeconds: 300 };
const message: FreeFormMessage = { kind: 'free-form', body: 'Hello', mediaUrls: [] };
/** Sent a minute ago. */
const refused = (changes: Partial<Refused<string>> = {}): Refused<string> => ({
  ...{
    message,
    template: null,
    holdsText: false,
    attempt: 1,
    sentAt: NOW - MINUTE,
    errorCode: OUTSIDE_WINDOW,
  },
  ...changes,
});
const wrote = (ago: number, closedByWhatsApp = false): WindowFacts => ({
  ...{ lastInboundAt: NOW - ago, closedByWhatsApp, source: 'sync' },
});
const again = { action: 'send-again', message };
const hold = { action: 'hold', message, prompt: null };
const template = { action: 'template', template: 'greeting' };
const later = { action: 'send-later', message };
const givenUp = { action: 'none', reason: 'given-up' };
const unknown = { action: 'none', reason: 'text-unknown' };

test.each([
  ['a text refused a day after the last message is held', refused(), wrote(25 * HOUR), hold, true],
  ['a text refused where the user never wrote is held', refused(), NO_FACTS, hold, true],
  [
    'a text refused two hours after a message is held: WhatsApp knows better',
    refused(),
    wrote(2 * HOUR),
    hold,
    true,
  ],
  ['a text refused 59 minutes after a message is sent again', refused(), wrote(HOUR - MINUTE), again, false],
  ['a text refused an hour after a message is held', refused(), wrote(HOUR), hold, true],
  [
    'a text refused before the person wrote is sent again',
    refused({ sentAt: NOW - 3 * HOUR }),
    wrote(2 * HOUR),
    again,
    false,
  ],
  ['a text refused twice is not sent a third time', refused({ attempt: 2 }), wrote(MINUTE), hold, true],
  [
    'the template that the caller gave for a refusal goes out',
    refused({ template: 'greeting' }),
    wrote(25 * HOUR),
    template,
    true,
  ],
  [
    'a text that was to be held beside its template is held, and the template asks for the answer',
    refused({ template: 'greeting', holdsText: true }),
    wrote(25 * HOUR),
    { ...hold, prompt: 'greeting' },
    true,
  ],
  [
    'a template waits for the second refusal where the window is certainly open',
    refused({ template: 'greeting' }),
    wrote(MINUTE),
    again,
    false,
  ],
  [
    'a window that WhatsApp closed earlier does not contradict the refusal',
    refused(),
    wrote(MINUTE, true),
    hold,
    true,
  ],
  ['an unknown text is not repaired', refused({ message: null }), wrote(25 * HOUR), unknown, true],
  [
    'an unknown text refused in a certainly open window does not close that window',
    refused({ message: null }),
    wrote(MINUTE),
    unknown,
    false,
  ],
  [
    'a text that expired before delivery is sent again while the window is open, however long it has been',
    refused({ errorCode: VALIDITY_EXPIRED }),
    wrote(20 * HOUR),
    again,
    false,
  ],
  [
    'a text that expired before delivery is held once the window is closed, and does not close it',
    refused({ errorCode: VALIDITY_EXPIRED }),
    wrote(25 * HOUR),
    hold,
    false,
  ],
  [
    'a text that failed for the moment is sent later, however long ago the person wrote',
    refused({ errorCode: 63018 }),
    wrote(20 * HOUR),
    later,
    false,
  ],
  [
    'a text that failed for the moment is sent later, and its template stays for a refusal',
    refused({ errorCode: 63018, template: 'greeting' }),
    wrote(MINUTE),
    later,
    false,
  ],
  [
    'a text that failed for the moment four times is tried a fifth time',
    refused({ errorCode: 63010, attempt: 4 }),
    wrote(MINUTE),
    later,
    false,
  ],
  [
    'a text that failed for the moment five times is given up',
    refused({ errorCode: 63010, attempt: 5 }),
    wrote(MINUTE),
    givenUp,
    false,
  ],
  [
    'a text that failed for the moment a second before the margin is sent later',
    refused({ errorCode: 63018 }),
    wrote(24 * HOUR - 5 * MINUTE - 1000),
    later,
    false,
  ],
  [
    'a text that failed for the moment as the margin began is held, and does not close the window',
    refused({ errorCode: 63018 }),
    wrote(24 * HOUR - 5 * MINUTE),
    hold,
    false,
  ],
  [
    'a text that failed for the moment in a closed window goes out as its template',
    refused({ errorCode: 63018, template: 'greeting' }),
    wrote(25 * HOUR),
    template,
    false,
  ],
  [
    'an unknown text that failed for the moment is not repaired',
    refused({ errorCode: 63018, message: null }),
    wrote(MINUTE),
    unknown,
    false,
  ],
])('the repair of a refused message is planned: %s', (_sentence, refusal, facts, plan, closesWindow) => {
  expect(planRepair(refusal, { facts, isOptedOut: false }, at)).toEqual({ plan, closesWindow });
});

test('nothing is repaired for a user who said STOP', () => {
  expect(
    planRepair(refused({ template: 'greeting' }), { facts: wrote(MINUTE), isOptedOut: true }, at),
  ).toEqual({
    plan: { action: 'none', reason: 'opted-out' },
    closesWindow: false,
  });
});
