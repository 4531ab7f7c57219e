/**
 * The kinds of work that are interrupted: what is there before, and the call or webhook that is cut short. A further kind
 * is one more entry here. It must not say how a kind is interrupted, nor what must come of it.
 */

import type { CallParameters } from './stage';
import { BSUID, PHONE, type Story } from './story';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

export interface Work {
  readonly name: string;
  /** Settings of the functions beyond the usual ones. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly prepare: (story: Story) => Promise<unknown>;
  /** Makes the invocation that is interrupted, and ends when it did. */
  readonly begin: (story: Story) => Promise<unknown>;
  /** Which invocation that is: the first that fits. */
  readonly isFor: (path: string, parameters: CallParameters) => boolean;
}

const isSend = (path: string) => path === '/send-message';
const isInbound = (path: string) => path === '/incoming-message';
const isRefusal = (path: string, { ErrorCode }: CallParameters) =>
  path === '/message-status' && ErrorCode === '63016';

const isForTheMoment = (path: string, { ErrorCode }: CallParameters) =>
  path === '/message-status' && ErrorCode === '63018';

const HOLD = { whenClosed: 'hold' } as const;
const KEY = { idempotencyKey: 'key-1' } as const;
const TEMPLATE = { template: 'welcome', language: 'en' } as const;
const nothing = async () => undefined;

/** They wrote a minute ago. */
async function open(story: Story): Promise<void> {
  await story.write('hi');
  await story.stage.pause(MINUTE_MS);
}

/** They wrote the day before yesterday. */
async function closed(story: Story): Promise<void> {
  await story.write('hi');
  await story.stage.pause(30 * HOUR_MS);
}

async function held(story: Story, count: number): Promise<void> {
  await closed(story);
  for (let turn = 0; turn < count; turn += 1) await story.send(HOLD);
  await story.stage.pause(MINUTE_MS);
}

/** Two texts are held in an open window: their release was refused. */
async function stopped(story: Story): Promise<void> {
  await held(story, 2);
  story.refuseMessages(0, 0);
  await story.write('ok');
  story.takeMessagesAgain();
  await story.stage.pause(MINUTE_MS);
}

/** The person is known under both names. */
async function linked(story: Story): Promise<void> {
  await story.write('hi', 'both');
  await story.stage.pause(30 * HOUR_MS);
}

/** WhatsApp did not open the window, and nobody is told. */
async function openForUsOnly(story: Story): Promise<void> {
  story.isWindowKnown = false;
  await story.write('hi', 'phone', false);
  await story.stage.pause(5 * HOUR_MS);
}

export const WORKS: readonly Work[] = [
  {
    name: 'inbound message, new person',
    prepare: nothing,
    begin: (story) => story.writeOnce('hi'),
    isFor: isInbound,
  },
  {
    name: 'inbound message, known person',
    prepare: closed,
    begin: (story) => story.writeOnce('hello'),
    isFor: isInbound,
  },
  {
    name: 'inbound message that releases two texts',
    prepare: (story) => held(story, 2),
    begin: (story) => story.writeOnce('ok'),
    isFor: isInbound,
  },
  {
    name: 'inbound message that releases three texts together',
    environment: { RELEASE_HELD: 'together' },
    prepare: (story) => held(story, 3),
    begin: (story) => story.writeOnce('ok'),
    isFor: isInbound,
  },
  {
    name: 'inbound message by which two names become one, a text held under each',
    async prepare(story) {
      await held(story, 1);
      await story.send({ ...HOLD, to: BSUID });
      await story.stage.pause(MINUTE_MS);
    },
    begin: (story) => story.writeOnce('ok', 'both'),
    isFor: isInbound,
  },
  {
    name: 'inbound message under the BSUID that releases what is held under the number',
    async prepare(story) {
      await linked(story);
      await story.send(HOLD);
      await story.stage.pause(MINUTE_MS);
    },
    begin: (story) => story.writeOnce('ok', 'bsuid'),
    isFor: isInbound,
  },
  { name: 'STOP', prepare: open, begin: (story) => story.writeOnce('STOP'), isFor: isInbound },
  {
    name: 'STOP, two texts held',
    prepare: (story) => held(story, 2),
    begin: (story) => story.writeOnce('STOP'),
    isFor: isInbound,
  },
  {
    name: 'STOP, one message scheduled',
    async prepare(story) {
      await open(story);
      await story.send({ sendAt: new Date(story.stage.now() + 10 * HOUR_MS).toISOString() });
      await story.stage.pause(MINUTE_MS);
    },
    begin: (story) => story.writeOnce('STOP'),
    isFor: isInbound,
  },
  {
    name: 'STOP under the BSUID',
    prepare: linked,
    begin: (story) => story.writeOnce('STOP', 'bsuid'),
    isFor: isInbound,
  },
  {
    name: 'START',
    async prepare(story) {
      await open(story);
      await story.write('STOP');
      await story.stage.pause(MINUTE_MS);
    },
    begin: (story) => story.writeOnce('START'),
    isFor: isInbound,
  },
  {
    name: 'START under both names, a text held',
    async prepare(story) {
      await linked(story);
      await story.send(HOLD);
      await story.write('STOP', 'both');
      await story.stage.pause(MINUTE_MS);
    },
    begin: (story) => story.writeOnce('START', 'both'),
    isFor: isInbound,
  },
  { name: 'send', prepare: open, begin: (story) => story.send(), isFor: isSend },
  {
    name: 'send behind a release that was refused',
    prepare: stopped,
    begin: (story) => story.send(),
    isFor: isSend,
  },
  {
    name: 'send with a template beside, window open',
    prepare: open,
    begin: (story) => story.send(TEMPLATE),
    isFor: isSend,
  },
  {
    name: 'send with a template beside, window closed',
    prepare: closed,
    begin: (story) => story.send(TEMPLATE),
    isFor: isSend,
  },
  { name: 'send of two attachments', prepare: open, begin: (story) => story.send({}, 2), isFor: isSend },
  { name: 'keyed send', prepare: open, begin: (story) => story.send(KEY), isFor: isSend },
  {
    name: 'keyed send with a template beside',
    prepare: open,
    begin: (story) => story.send({ ...KEY, ...TEMPLATE }),
    isFor: isSend,
  },
  {
    name: 'schedule',
    prepare: open,
    begin: (story) => story.send({ sendAt: new Date(story.stage.now() + 10 * HOUR_MS).toISOString() }),
    isFor: isSend,
  },
  {
    name: 'keyed schedule',
    prepare: open,
    begin: (story) =>
      story.send({ ...KEY, sendAt: new Date(story.stage.now() + 10 * HOUR_MS).toISOString() }),
    isFor: isSend,
  },
  { name: 'hold and prompt', prepare: closed, begin: (story) => story.send(HOLD), isFor: isSend },
  {
    name: 'hold and prompt, person unknown',
    prepare: nothing,
    begin: (story) => story.send(HOLD),
    isFor: isSend,
  },
  {
    name: 'keyed hold and prompt',
    prepare: closed,
    begin: (story) => story.send({ ...HOLD, ...KEY }),
    isFor: isSend,
  },
  {
    name: 'keyed hold of two attachments',
    prepare: closed,
    begin: (story) => story.send({ ...HOLD, ...KEY }, 2),
    isFor: isSend,
  },
  {
    name: 'hold behind another',
    prepare: (story) => held(story, 1),
    begin: (story) => story.send(HOLD),
    isFor: isSend,
  },
  {
    name: 'hold under the BSUID of a known number',
    prepare: linked,
    begin: (story) => story.send({ ...HOLD, to: BSUID }),
    isFor: isSend,
  },
  {
    name: 'template now, text held',
    prepare: closed,
    begin: (story) => story.send({ ...HOLD, template: 'please_answer', contentVariables: '{}' }),
    isFor: isSend,
  },
  {
    name: 'release by a status callback',
    environment: { FORWARD_URL: 'https://bot.example.com/inbound' },
    prepare: (story) => held(story, 3),
    async begin(story) {
      story.refuseMessages(1, 4);
      await story.writeOnce('ok');
      await story.stage.pause(5000);
    },
    isFor: (path, { MessageStatus }) => path === '/message-status' && MessageStatus === 'sent',
  },
  {
    name: 'release by a read',
    prepare: stopped,
    begin: (story) => story.readWindow(),
    isFor: (path) => path === '/window',
  },
  {
    name: 'release by a call',
    prepare: (story) => held(story, 2),
    async begin(story) {
      await story.stage.account.whatsapp.received('whatsapp:+14155238886', [PHONE], story.stage.now(), true);
      await story.contact();
    },
    isFor: (path) => path === '/contact',
  },
  {
    name: 'repair by the template beside',
    prepare: openForUsOnly,
    async begin(story) {
      await story.send(TEMPLATE);
      await story.stage.pause(20_000);
    },
    isFor: isRefusal,
  },
  {
    name: 'repair by holding',
    prepare: openForUsOnly,
    async begin(story) {
      await story.send();
      await story.stage.pause(20_000);
    },
    isFor: isRefusal,
  },
  {
    name: 'repair by sending again',
    async prepare(story) {
      story.isWindowKnown = false;
      await open(story);
      story.refuseFalsely();
    },
    async begin(story) {
      await story.send();
      await story.stage.pause(20_000);
    },
    isFor: isRefusal,
  },
  {
    name: 'further try of a text that failed for the moment',
    prepare: open,
    async begin(story) {
      story.failForTheMoment(1);
      await story.send();
      await story.stage.pause(20_000);
    },
    isFor: isForTheMoment,
  },
  {
    name: 'further try of two of three released texts',
    prepare: (story) => held(story, 3),
    async begin(story) {
      story.failForTheMoment(2);
      await story.write('ok');
      await story.stage.pause(40_000);
    },
    isFor: isForTheMoment,
  },
  {
    name: 'next of two texts after a pause',
    prepare: open,
    async begin(story) {
      story.failForTheMoment(1);
      await story.send();
      await story.stage.pause(2000);
      await story.send();
      await story.stage.pause(40_000);
    },
    isFor: (path, { MessageStatus }) => path === '/message-status' && MessageStatus === 'sent',
  },
  {
    name: 'cancel one of two',
    prepare: (story) => held(story, 2),
    begin: (story) => story.cancelFirst(),
    isFor: (path, { cancel }) => path === '/held-messages' && cancel !== undefined,
  },
  {
    name: 'cancel the only one',
    prepare: (story) => held(story, 1),
    begin: (story) => story.cancelFirst(),
    isFor: (path, { cancel }) => path === '/held-messages' && cancel !== undefined,
  },
  {
    name: 'forget, a text held',
    async prepare(story) {
      await linked(story);
      await story.send(HOLD);
      await story.stage.pause(MINUTE_MS);
    },
    begin: (story) => story.forget(),
    isFor: (path) => path === '/forget',
  },
  {
    name: 'forget, opted out',
    async prepare(story) {
      await open(story);
      await story.write('STOP', 'both');
      await story.stage.pause(MINUTE_MS);
    },
    begin: (story) => story.forget(),
    isFor: (path) => path === '/forget',
  },
];
