/** What is said before and after the click, and beside which field a problem stands. */
import { readSend, type ThreadMessage } from '../../src/assets/dashboard/service/answers';
import { kindInWords, maySendAgain, whatNext } from '../../src/assets/dashboard/words/message-words';
import {
  previewVerdict,
  problemsByPlaceholder,
  resultVerdict,
} from '../../src/assets/dashboard/words/verdict';

const decision = (action: string, reason: string) => ({ action, reason, explanation: 'Because.' });

test.each([
  ['free-form', 'WINDOW_OPEN', 'go', 'Will go out as a free-form message'],
  ['template', 'TEMPLATE_REQUESTED', 'go', 'Will go out as a template message'],
  ['template', 'BODY_MATCHES_TEMPLATE', 'go', 'Your text is a template and will go out as one'],
  ['hold', 'WINDOW_CLOSED', 'later', 'Will be held until they answer'],
  ['refuse', 'OPTED_OUT', 'stop', 'Will be refused'],
])('before sending, the dashboard explains the decision %s for %s', (action, reason, tone, headline) => {
  const answer = readSend({ outcome: 'dry-run', decision: decision(action, reason) });
  expect(previewVerdict(answer, false)).toEqual({ tone, headline, explanation: '', details: 'Because.' });
});

test('before sending, the dashboard refuses a user who said STOP, even if a warm function does not know it yet', () => {
  const open = readSend({ outcome: 'dry-run', decision: decision('free-form', 'WINDOW_OPEN') });
  expect(previewVerdict(open, true)).toMatchObject({ tone: 'stop', headline: 'They have said STOP' });
  const refused = readSend({ outcome: 'dry-run', decision: decision('refuse', 'OPTED_OUT') });
  expect(previewVerdict(refused, true)).toMatchObject({ tone: 'stop', headline: 'Will be refused' });
});

test.each([
  [
    { outcome: 'sent', decision: decision('free-form', 'WINDOW_OPEN') },
    'wait',
    'Sent as a free-form message.',
  ],
  [{ outcome: 'held', decision: decision('hold', 'WINDOW_CLOSED') }, 'later', 'Held until they answer.'],
  [
    { outcome: 'held', decision: decision('hold', 'WINDOW_CLOSED'), message: { sid: 'SM1' } },
    'later',
    'Held until they answer; a template that asks for it went out.',
  ],
  [
    { outcome: 'held', decision: decision('template', 'WINDOW_CLOSED'), message: null },
    'later',
    'Held until they answer; no template went out.',
  ],
  [
    { outcome: 'sent', decision: decision('template', 'WINDOW_CLOSED'), held: { id: '1' } },
    'wait',
    'Sent as a template message. Your text is held until they answer.',
  ],
  [{ outcome: 'refused', decision: decision('refuse', 'OPTED_OUT') }, 'stop', 'Refused: nothing was sent.'],
  [{ outcome: 'failed', error: { code: 'TWILIO_REJECTED', message: 'No.' } }, 'stop', 'Not sent.'],
])('after sending, the dashboard explains the result %j', (json, tone, headline) => {
  expect(resultVerdict(readSend(json))).toMatchObject({ tone, headline });
});

test.each([
  [{ amount: 0.055, currency: 'USD', asOf: '2026-10-01' }, 'Cost: 0.055 USD by the prices of 2026-10-01.'],
  [{ amount: 3, currency: 'EUR', asOf: null }, 'Cost: 3 EUR.'],
  [{ amount: '3', currency: 'EUR' }, ''],
  [null, ''],
])('before and after sending, the dashboard shows a known cost: %j', (cost, words) => {
  const open = { decision: decision('free-form', 'WINDOW_OPEN'), cost };
  const before = previewVerdict(readSend({ ...open, outcome: 'dry-run' }), false);
  const after = resultVerdict(readSend({ ...open, outcome: 'sent', message: { sid: 'SM1' } }));
  expect([before.explanation, after.explanation]).toEqual([
    words,
    ['Queued at Twilio.', words].filter(Boolean).join(' '),
  ]);
});

describe('after sending, the dashboard', () => {
  const sent = readSend({
    outcome: 'sent',
    decision: decision('free-form', 'WINDOW_OPEN'),
    message: { sid: 'SM1', status: 'queued' },
  });
  const logged = (status: string, error: ThreadMessage['error'] = null): ThreadMessage => ({
    ...{
      sid: 'SM1',
      direction: 'outbound',
      at: 0,
      body: 'Hi',
      mediaCount: 0,
      status,
      error,
      repairOf: null,
      media: null,
    },
  });

  test.each([
    ['queued', 'wait', 'Queued at Twilio.'],
    ['sent', 'wait', 'On its way.'],
    ['delivered', 'go', 'Delivered.'],
    ['read', 'go', 'Read.'],
  ])('shows the status %s in words', (status, tone, explanation) => {
    expect(resultVerdict(sent, logged(status))).toMatchObject({
      ...{ tone, explanation, headline: 'Sent as a free-form message.' },
    });
  });

  test('shows a failure’s reason and repair, and nothing green after it', () => {
    const error = { code: 63016, class: 'window', message: 'Too late.' } as const;
    expect(resultVerdict(sent, logged('undelivered', error), 'It was sent again.')).toEqual({
      tone: 'stop',
      headline: 'Not delivered: Too late.',
      explanation: 'It was sent again.',
      details: 'Error 63016. Because. SM1',
    });
  });

  test('shows a repair by the template, by the same text once more, or by holding the text', () => {
    const lost = logged('undelivered', { code: 63016, class: 'window', message: 'Too late.' });
    const repair = { ...logged('read'), sid: 'SM2', repairOf: 'SM1' };
    const busy = logged('failed', { code: 63018, class: 'transient', message: 'Too many.' });
    expect([
      whatNext(lost, [lost, { ...repair, body: 'We have an answer for you.' }], []),
      whatNext(lost, [lost, repair], []),
      whatNext(lost, [lost], [{ body: 'Hi' }]),
      whatNext(lost, [lost], [{ body: 'Another' }]),
      whatNext(busy, [busy], [{ body: 'Hi' }]),
    ]).toEqual([
      'A template was sent instead.',
      'It was sent again.',
      'The text is held until they answer.',
      null,
      'The text is tried again in a moment.',
    ]);
  });

  test('shows the texts of a joint message as held where they are held again one by one', () => {
    const lost = { ...logged('undelivered'), body: 'One\n\nTwo' };
    const held = (...bodies: readonly string[]) =>
      whatNext(
        lost,
        [lost],
        bodies.map((body) => ({ body })),
      );
    expect([
      held('Zero', 'One', 'Two', 'Three'),
      held('Two', 'One'),
      held('One', '', 'Two'),
      held('One'),
    ]).toEqual(['The text is held until they answer.', null, 'The text is held until they answer.', null]);
  });

  test.each([
    ['image/jpeg', 'Picture'],
    ['image/webp', 'Sticker'],
    ['video/mp4', 'Video'],
    ['audio/ogg; codecs=opus', 'Voice message'],
    ['audio/mpeg', 'Audio'],
    ['text/x-vcard', 'Contact card'],
    ['application/pdf', 'PDF document'],
    ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'Word document'],
    ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'Spreadsheet'],
    ['application/octet-stream', 'File'],
  ])('names the attachment %s', (contentType, words) => {
    expect(kindInWords(contentType)).toBe(words);
  });

  test.each([
    [63016, 'window', 1, true],
    [63016, 'window', 0, false],
    [63016, 'window', null, false],
    [63024, 'recipient', null, true],
    [63049, 'recipient', 1, false],
    [21610, 'recipient', 1, false],
    [63018, 'transient', 0, true],
    [63007, 'sender', 1, false],
    [63013, 'template', 1, false],
  ] as const)(
    'offers to send again what failed at 0 with %i (%s), window opened at: %p, as it should: %p',
    (code, kind, openedAt, offered) => {
      expect(maySendAgain(logged('failed', { code, class: kind, message: 'No.' }), openedAt)).toBe(offered);
    },
  );
});

test('the dashboard shows problems beside their placeholder, and the others together', () => {
  const problems = [
    { field: 'contentVariables.1', message: 'Placeholder {{1}} is empty: give it a text (21656).' },
    {
      field: 'contentVariables.name',
      message: 'The template "a" has no placeholder of this name; it has {{1}}.',
    },
    { field: 'template', message: 'The template "a" cannot be sent: its status is paused.' },
    { field: 'contentVariables', message: 'The filled text has 1,100 characters.' },
  ];
  const answer = readSend({ outcome: 'failed', error: { code: 'TEMPLATE_PROBLEM', message: '4', problems } });
  expect([...problemsByPlaceholder(answer)]).toEqual([
    ['1', ['Is empty: give it a text (21656).']],
    ['name', ['The template "a" has no placeholder of this name; it has {{1}}.']],
    ['', ['The template "a" cannot be sent: its status is paused.', 'The filled text has 1,100 characters.']],
  ]);
});

test('the dashboard accepts an answer of an unknown shape without an error', () => {
  for (const json of [null, 7, 'x', [], {}, { outcome: 4, decision: 'no', error: [] }]) {
    expect(previewVerdict(readSend(json), false).tone).toBe('stop');
  }
});
