/** /message-status: takes every status that Twilio reports, opens no window by it, and refuses what is no report. */
import { newUser, SENDER, useService } from './service';

const service = useService();
const callback = (changes: object) => ({
  MessageSid: `SM${'f'.repeat(32)}`,
  From: SENDER,
  To: newUser(),
  ...changes,
});

test.each([
  ...['accepted', 'queued', 'sending', 'sent', 'delivered', 'read', 'scheduled', 'canceled', 'receiving'],
  ...['partially_delivered', 'undelivered', 'failed'],
])('the status %s is accepted and opens no window', async (MessageStatus) => {
  const parameters = callback({ MessageStatus });
  const response = await service.signed('/message-status', parameters);
  expect([response.status, await response.json()]).toEqual([200, { error: null }]);
  const { json } = await service.post<{ window: { state: string } }>('/window', { to: parameters.To });
  expect(json.window.state).toBe('never');
});

test.each([
  ['an error that has an empty message', { MessageStatus: 'failed', ErrorCode: '63003', ErrorMessage: '' }],
  ['unknown parameters', { MessageStatus: 'delivered', Zukunft: 'ja' }],
  [
    'the fields of a read receipt',
    { MessageStatus: 'read', EventType: 'READ', ChannelToAddress: '+49155XXXX' },
  ],
  ['the older name of the status', { SmsStatus: 'delivered' }],
  ['the older name of the SID', { MessageSid: '', SmsSid: `SM${'f'.repeat(32)}`, MessageStatus: 'sent' }],
])('a status callback with %s is accepted', async (_says, changes) => {
  const response = await service.signed('/message-status', callback(changes));
  expect([response.status, await response.json()]).toEqual([200, { error: null }]);
});

test.each([
  ['no SID', callback({ MessageSid: '', MessageStatus: 'sent' }), ['MessageSid']],
  ['a malformed SID', callback({ MessageSid: 'SM1', MessageStatus: 'sent' }), ['MessageSid']],
  ['no status', callback({}), ['MessageStatus']],
  ['a status that is a sentence', callback({ MessageStatus: 'It went well.' }), ['MessageStatus']],
  [
    'an error code that is no number',
    callback({ MessageStatus: 'failed', ErrorCode: '63016x' }),
    ['ErrorCode'],
  ],
  [
    'everything wrong at once',
    { MessageStatus: 'A', ErrorCode: 'B' },
    ['ErrorCode', 'MessageSid', 'MessageStatus'],
  ],
])(
  'a status callback with %s is answered with 400 and the parameter’s name, and has no effect',
  async (_says, parameters, names) => {
    const { answer, requests } = await service.requestsOf(() =>
      service.signed('/message-status', parameters),
    );
    const { error } = (await answer.json()) as { error: { code: string; problems: { field: string }[] } };
    expect([answer.status, error.code, error.problems.map(({ field }) => field).sort(), requests]).toEqual([
      400,
      'INVALID_REQUEST',
      names,
      [],
    ]);
  },
);
