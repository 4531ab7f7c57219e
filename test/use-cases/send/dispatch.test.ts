/** The way out: what is handed to Twilio, what is stored beside it, and that neither waits for the other. */
import { windowAt } from '../../../src/domain/customer-service-window';
import type { OutboundMessage } from '../../../src/domain/outbound-message';
import type { FailureCode } from '../../../src/use-cases/failure';
import { dispatchMessage, type Outgoing } from '../../../src/use-cases/send/dispatch';
import {
  contentSid,
  DAY,
  failing,
  failure,
  HOUR,
  messageSid,
  NOON,
  phone,
  stage,
  text,
  wrote,
} from '../stage';

const template: OutboundMessage = {
  kind: 'template',
  contentSid: contentSid(1),
  contentVariables: { 1: 'Ada' },
};
const request = { ref: 'template_1', language: null, variables: { 1: 'Ada' } };
const outgoing = (changes: Partial<Outgoing> = {}): Outgoing => ({
  ...{ pair: phone, message: text('Hello'), template: null, sendAt: null, attempt: 1 },
  ...changes,
});

test.each<readonly [string, Partial<Outgoing>, object]>([
  ['a text', {}, { sentAs: { as: 'text', attempt: 1, acceptedAt: null } }],
  [
    'a text that is tried a second time',
    { attempt: 2 },
    { sentAs: { as: 'text', attempt: 2, acceptedAt: null } },
  ],
  [
    'a text that was accepted earlier',
    { acceptedAt: NOON - HOUR },
    { sentAs: { as: 'text', attempt: 1, acceptedAt: NOON - HOUR } },
  ],
  [
    'a text that was held, and repairs another',
    { releases: { id: '0', token: 't', isJoint: false }, repairs: [messageSid(5)] },
    {
      sentAs: { as: 'text', attempt: 1, acceptedAt: null },
      releases: { id: '0', token: 't', isJoint: false },
      repairs: [messageSid(5)],
    },
  ],
  [
    'a scheduled text',
    { sendAt: NOON + HOUR },
    { sentAs: { as: 'text', attempt: 1, acceptedAt: null }, sendAt: NOON + HOUR },
  ],
  ['a template', { message: template }, { sentAs: { as: 'template' }, message: template }],
])('%s is sent without storing anything', async (_says, changes, dispatch) => {
  const { ports, sent } = stage();
  const save = jest.spyOn(ports.sendRecords, 'save');
  await dispatchMessage(ports, outgoing(changes), NOON);
  expect([sent, save.mock.calls]).toEqual([
    [
      {
        ...{ pair: phone, message: text('Hello'), sendAt: null, validSeconds: null, continuesRelease: false },
        ...{ releases: null, repairs: [], statusCallbacks: [] },
        ...dispatch,
      },
    ],
    [],
  ]);
});

const media: OutboundMessage = { ...text('Hello'), mediaUrls: ['https://example.com/a.jpg'] };

test.each<readonly [string, Partial<Outgoing>, object, object]>([
  [
    'a text with the template for its repair',
    { template: request, attempt: 2 },
    {},
    { template: request, attempt: 2 },
  ],
  [
    'an attachment with more messages behind it',
    { message: media, continuesRelease: true },
    { message: media, continuesRelease: true },
    { freeForm: media },
  ],
  [
    'a scheduled attachment, stored with its time,',
    { message: media, sendAt: NOON + HOUR },
    { message: media, sendAt: NOON + HOUR },
    { freeForm: media, at: NOON + HOUR },
  ],
])('%s is sent, and stored for a repair', async (_says, changes, dispatch, record) => {
  const { ports, sent } = stage();
  const asked = outgoing(changes);
  const dispatched = await dispatchMessage(ports, asked, NOON);
  const [recordId = ''] = sent.map(({ sentAs }) => (sentAs.as === 'record' ? sentAs.id : ''));
  expect({ dispatched, sent, stored: await ports.sendRecords.read(recordId) }).toEqual({
    dispatched: {
      sid: messageSid(1),
      status: asked.sendAt === null ? 'queued' : 'scheduled',
      contentSid: null,
    },
    sent: [
      {
        ...{ pair: phone, message: text('Hello'), sendAt: null, validSeconds: null },
        sentAs: { as: 'record', id: recordId },
        ...{ continuesRelease: false, releases: null, repairs: [], statusCallbacks: [] },
        ...dispatch,
      },
    ],
    stored: {
      ...{
        id: recordId,
        pair: phone,
        at: NOON,
        acceptedAt: NOON,
        freeForm: text('Hello'),
        template: null,
        attempt: 1,
        parts: null,
        wasRepaired: false,
      },
      ...record,
    },
  });
});

describe('a message that would arrive when its window is closed', () => {
  const secondsLeft = (seconds: number) => windowAt(wrote(DAY - seconds * 1000), NOON, 0);

  test.each([
    [0, null],
    [1, 1],
    [2, 2],
    [35_999, 35_999],
    [36_000, null],
    [36_001, null],
  ])(
    'expires with the window if it is a text: %d seconds left give a validity of %p',
    async (seconds, validSeconds) => {
      const { ports, sent } = stage();
      await dispatchMessage(ports, outgoing({ window: secondsLeft(seconds) }), NOON);
      expect(sent.map((one) => one.validSeconds)).toEqual([validSeconds]);
    },
  );

  test('does not expire if it is a template, because that may arrive at any time', async () => {
    const { ports, sent } = stage();
    await dispatchMessage(ports, outgoing({ message: template, window: secondsLeft(60) }), NOON);
    expect(sent.map((one) => one.validSeconds)).toEqual([null]);
  });
});

test('sends a message also where its record cannot be stored', async () => {
  const { ports, sent } = stage();
  const sendRecords = { ...ports.sendRecords, save: failing('STATE_UNAVAILABLE') };
  await dispatchMessage({ ...ports, sendRecords }, outgoing({ template: request }), NOON);
  expect(sent.length).toBe(1);
});

test('sends a message and stores its record at the same time', async () => {
  const { ports } = stage();
  const begun: string[] = [];
  const never = (what: string) => () => {
    begun.push(what);
    return new Promise<never>(() => undefined);
  };
  const stuck = {
    windows: ports.windows,
    messenger: { ...ports.messenger, send: never('send') },
    sendRecords: { ...ports.sendRecords, save: never('save') },
  };
  void dispatchMessage(stuck, outgoing({ template: request }), NOON);
  await Promise.resolve();
  expect(begun.sort()).toEqual(['save', 'send']);
});

test.each<FailureCode>(['TWILIO_REJECTED', 'RATE_LIMITED', 'STATE_UNAVAILABLE', 'OUTCOME_UNKNOWN'])(
  'passes on Twilio’s failure unchanged: %s',
  async (code) => {
    const { ports } = stage();
    const refusing = { ...ports, messenger: { ...ports.messenger, send: failing(code) } };
    await expect(dispatchMessage(refusing, outgoing(), NOON)).rejects.toEqual(failure(code));
  },
);
