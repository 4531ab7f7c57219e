/** What may come next to a person of whom some work was cut short. */
import type { Story } from './story';

const HOUR_MS = 3_600_000;

export interface NextEvent {
  readonly name: string;
  /** Whether it may come in the middle of other work, as well as after it. */
  readonly meets: boolean;
  readonly happen: (story: Story) => Promise<unknown>;
}

const HOLD = { whenClosed: 'hold' } as const;

/** The caller's last call again: with a key whatever was answered, without one only where it was not told of success. */
async function sameCallAgain(story: Story): Promise<void> {
  const intent = story.intents.at(-1);
  const isDone = intent?.calls.at(-1)?.status === 200;
  if (intent && (intent.parameters.idempotencyKey !== undefined || !isDone)) await story.again(intent);
}

export const NEXT_EVENTS: readonly NextEvent[] = [
  { name: 'nothing', meets: false, happen: async () => undefined },
  { name: 'same call again', meets: true, happen: sameCallAgain },
  {
    name: 'same call after 16 s',
    meets: false,
    async happen(story) {
      await story.stage.pause(16_000);
      await sameCallAgain(story);
    },
  },
  { name: 'another send', meets: true, happen: (story) => story.send() },
  { name: 'another keyed send', meets: true, happen: (story) => story.send({ idempotencyKey: 'key-2' }) },
  { name: 'another hold', meets: true, happen: (story) => story.send(HOLD) },
  {
    name: 'another hold after 30 s',
    meets: false,
    async happen(story) {
      await story.stage.pause(30_000);
      await story.send(HOLD);
    },
  },
  { name: 'inbound message', meets: true, happen: (story) => story.write('again') },
  { name: 'inbound message under both names', meets: true, happen: (story) => story.write('again', 'both') },
  { name: 'STOP', meets: true, happen: (story) => story.write('STOP') },
  { name: 'START', meets: true, happen: (story) => story.write('START') },
  { name: 'inbound webhook again', meets: true, happen: (story) => story.deliverInboundAgain() },
  {
    name: 'status callbacks again after 30 s',
    meets: false,
    async happen(story) {
      await story.stage.pause(30_000);
      await story.deliverCallbacksAgain();
    },
  },
  { name: 'status callbacks again', meets: true, happen: (story) => story.deliverCallbacksAgain() },
  { name: 'cancel', meets: true, happen: (story) => story.cancelFirst() },
  { name: '/window', meets: true, happen: (story) => story.readWindow() },
  { name: 'forget', meets: true, happen: (story) => story.forget() },
  { name: '15 s', meets: false, happen: (story) => story.stage.pause(15_000) },
  { name: 'a day', meets: false, happen: (story) => story.stage.pause(25 * HOUR_MS) },
];
