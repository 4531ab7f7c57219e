/** A trace is what its seed says, has everything in it that goes wrong, and is played alike every time. */
import { figuresOf } from '../../../verify/simulate/figures';
import { play } from '../../../verify/simulate/play';
import { Random } from '../../../verify/simulate/random';
import type { Trace } from '../../../verify/simulate/trace-event';
import { VirtualTime } from '../../../verify/simulate/virtual-time';
import { writeTrace } from '../../../verify/simulate/write-trace';

const SIZE = { seed: 'trace', users: 50, days: 30, events: 10_000, marginSeconds: 300 };

test('a trace is the same for the same seed, and another one for another seed', () => {
  expect(writeTrace(SIZE)).toEqual(writeTrace(SIZE));
  expect(writeTrace(SIZE).events).not.toEqual(writeTrace({ ...SIZE, seed: 'other' }).events);
});

test('a trace has the requested size, is in order of time, and gives every user a name of their own', () => {
  const { users, events } = writeTrace(SIZE);
  const times = events.map(({ at }) => at);
  expect({ users: users.length, events: events.length }).toEqual({ users: 50, events: 10_000 });
  expect(times).toEqual([...times].sort((a, b) => a - b));
  const names = users.flatMap(({ phone, bsuid }) => [phone, ...(bsuid === null ? [] : [bsuid])]);
  expect(new Set(names).size).toBe(names.length);
});

test('a trace contains everything that a trace can contain', () => {
  const { users, events } = writeTrace(SIZE);
  const seen = new Set(events.flatMap(thingsIn));
  const expected = [
    ...['inbound', 'send', 'window', 'cancel', 'template', 'outage', 'log lag', 'restart'],
    ...['STOP', 'START', 'late webhook', 'repeated webhook', 'lost webhook', 'window not opened'],
    ...['body', 'body and template', 'template', 'template text', 'template when closed', 'hold', 'refuse'],
    ...['scheduled', 'keyed', 'again at once', 'again later', 'by bsuid', 'hit by a fault'],
    ...['false-63016', 'status', 'queue', 'late', 'drop', 'callback duplicate', 'callback reorder'],
  ];
  expect(expected.filter((thing) => !seen.has(thing))).toEqual([]);
  expect(users.some(({ hidesPhoneFrom }) => hidesPhoneFrom !== null)).toBe(true);
});

test('a trace is played in the same way every time', async () => {
  const trace = writeTrace({ ...SIZE, events: 300, users: 3 });
  const [first, second] = [figuresOf(await play(trace)), figuresOf(await play(trace))];
  expect(second.figures).toEqual(first.figures);
});

test('time and chance are real again after a trace was played', async () => {
  const { Date: date, setTimeout: timeout } = globalThis;
  const random = Math.random;
  await play(writeTrace({ ...SIZE, events: 5, users: 1 }));
  expect([globalThis.Date, globalThis.setTimeout, Math.random]).toEqual([date, timeout, random]);
});

test('virtual time runs timers in order of their time, and those of one time in the order they were set', async () => {
  const time = new VirtualTime(1000);
  const random = new Random('timers');
  const seen: number[] = [];
  const due = Array.from({ length: 200 }, () => random.whole(0, 50));
  for (const [index, ms] of due.entries()) time.at(1000 + ms, () => seen.push(index));
  await time.run();
  const expected = due.map((_, index) => index).sort((a, b) => (due[a] ?? 0) - (due[b] ?? 0) || a - b);
  expect(seen).toEqual(expected);
});

type TraceEvent = Trace['events'][number];
type Event<Kind> = Extract<TraceEvent, { readonly kind: Kind }>;

function thingsIn(event: TraceEvent): readonly string[] {
  if (event.kind === 'inbound') return thingsInInbound(event);
  return event.kind === 'send' ? thingsInSend(event) : [event.kind];
}

function thingsInInbound(event: Event<'inbound'>): readonly string[] {
  const [first, second] = event.webhookAfterMs;
  const word = event.body.toUpperCase();
  return [
    event.kind,
    word === 'STOP' || word === 'START' ? word : '',
    first === undefined ? 'lost webhook' : first > 60_000 ? 'late webhook' : '',
    second === undefined ? '' : 'repeated webhook',
    event.opensWindow ? '' : 'window not opened',
  ];
}

function thingsInSend(event: Event<'send'>): readonly string[] {
  return [
    ...[event.kind, event.content, event.delivery?.do ?? '', `callback ${event.callbacks?.do}`],
    ...[event.whenClosed === 'template' ? 'template when closed' : event.whenClosed],
    ...[event.sendInMs === null ? '' : 'scheduled', event.keyed ? 'keyed' : '', `again ${event.again}`],
    ...[event.to === 'bsuid' ? 'by bsuid' : '', event.callFault ? 'hit by a fault' : ''],
  ];
}
