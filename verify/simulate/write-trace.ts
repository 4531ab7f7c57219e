/**
 * Writes a trace from a seed, in a human rhythm: users write in bursts by day, agents answer, come back later, most of
 * all around the moment at which the window closes; campaigns go out to many; and now and then something goes wrong.
 * It plays nothing, and knows nothing of what comes of it.
 */
import { Random } from './random';
import {
  CALL_FAULTS,
  type CallbackFault,
  type CallFault,
  type DeliveryFault,
  type InboundEvent,
  type SendEvent,
  type Trace,
  type TraceEvent,
  type User,
} from './trace-event';

export interface TraceSize {
  readonly seed: string;
  readonly users: number;
  readonly days: number;
  readonly events: number;
  readonly marginSeconds: number;
  readonly releaseHeld?: 'each' | 'together';
  /**
   * When those who write around the end of a window do: within seconds of it and of the margin's beginning, where
   * mistakes show; or all, at any moment of its last 40 minutes, and one in ten of these messages waits in a queue, so
   * that margins can be compared.
   */
  readonly edge?: 'sharp' | 'spread';
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** An event before it has its place in the trace. */
type Draft<E = TraceEvent> = E extends TraceEvent ? Omit<E, 'id'> : never;

export function writeTrace(size: TraceSize): Trace {
  const { seed, marginSeconds, releaseHeld = 'each' } = size;
  const random = new Random(`${seed}.users`);
  const users = Array.from({ length: size.users }, (_, index) => writeUser(random, index, size.days * DAY));
  const troubles = writeTroubles(new Random(`${seed}.troubles`), size);
  const end = size.days * DAY;
  const drafts: Draft[] = [];
  const add = (more: readonly Draft[]) => drafts.push(...more.filter(({ at }) => at < end));
  add(troubles);
  const life = new Random(`${seed}.life`);
  // Some write all the time, most hardly ever.
  const weights = users.map(() => life.logNormal(1, 0.8));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const ladder = weights.map((weight) => weight / total);
  for (let turn = 0; drafts.length < size.events; turn++) {
    if (turn % 400 === 399) {
      add(writeCampaign(life, users, size.days));
      continue;
    }
    const user = chooseBy(life, ladder);
    add(writeConversation(life, user, users[user], size));
  }
  const kept = drafts.slice(0, size.events).sort((a, b) => a.at - b.at);
  const events = kept.map((draft, id) => ({ ...draft, id, at: Math.round(draft.at) }));
  return { seed, marginSeconds, ...(releaseHeld === 'together' && { releaseHeld }), users, events };
}

const COUNTRIES = [
  ['+4915', 'DE'],
  ['+447', 'GB'],
  ['+1415555', 'US'],
  ['+346', 'ES'],
  ['+9198', 'IN'],
] as const;

function writeUser(random: Random, index: number, endMs: number): User {
  const [prefix, country] = random.pick(COUNTRIES);
  const digits = String(index).padStart(12 - prefix.length, '0');
  const bsuid = random.chance(0.5) ? `${country}.1349${String(index).padStart(10, '0')}` : null;
  const hides = bsuid !== null && random.chance(0.4);
  const from = random.chance(0.3) ? 0 : Math.round(random.between(0.1, 0.9) * endMs);
  return {
    phone: `whatsapp:${prefix}${digits}`,
    bsuid,
    hidesPhoneFrom: hides ? from : null,
  };
}

function chooseBy(random: Random, shares: readonly number[]): number {
  let left = random.next();
  for (const [index, share] of shares.entries()) {
    left -= share;
    if (left < 0) return index;
  }
  return shares.length - 1;
}

/** A moment at which people are awake. */
function writeTimeOfDay(random: Random, days: number): number {
  return random.whole(0, days - 1) * DAY + random.between(7, 23) * HOUR;
}

/** A user writes, is answered, and is written to again when the window is about to close or has closed. */
function writeConversation(random: Random, user: number, who: User | undefined, size: TraceSize): Draft[] {
  const drafts: Draft[] = [];
  const at = writeTimeOfDay(random, size.days);
  let last = at;
  const lines = random.whole(1, 4);
  for (let line = 0; line < lines; line++) {
    drafts.push(writeInbound(random, user, last));
    if (random.chance(0.7)) drafts.push(writeSend(random, user, last + random.between(1, 90) * SECOND));
    if (line < lines - 1) last += random.logNormal(25 * SECOND, 1);
  }
  const answers = random.whole(0, 2);
  for (let count = 0; count < answers; count++) {
    drafts.push(writeSend(random, user, last + random.logNormal(10 * MINUTE, 1.5)));
  }
  drafts.push(...writeAtEnd(random, user, last, size));
  if (random.chance(0.25)) drafts.push(writeSend(random, user, last + random.between(1, 6) * DAY));
  if (random.chance(0.15)) {
    const when = last + random.logNormal(2 * HOUR, 2);
    drafts.push({
      kind: 'window',
      user,
      at: when,
      to: toName(random),
      callFault: writeCallFault(random, 0.01),
    });
  }
  if (random.chance(0.05)) {
    const when = last + random.between(1, 3) * DAY;
    drafts.push({
      kind: 'cancel',
      user,
      at: when,
      to: toName(random),
      callFault: writeCallFault(random, 0.05),
    });
  }
  if (random.chance(0.02)) drafts.push(...writeStop(random, user, last + random.between(1, 30) * MINUTE));
  return drafts.map((draft) => byKnownName(draft, who));
}

/** Around the moment at which the window closes, a day after the user's last message. */
function writeAtEnd(random: Random, user: number, last: number, size: TraceSize): Draft[] {
  if (size.edge === 'spread') {
    const send = writeSend(random, user, last + DAY + writeEdge(random, size));
    return [{ ...send, delivery: random.chance(0.1) ? writeQueue(random) : null }];
  }
  if (!random.chance(0.35)) return [];
  const at = last + DAY + writeEdge(random, size);
  return random.chance(0.8)
    ? [writeSend(random, user, at)]
    : [{ kind: 'window', user, at, to: toName(random), callFault: null }];
}

/** A user withdraws consent, is written to all the same, and mostly gives it again. */
function writeStop(random: Random, user: number, stop: number): Draft[] {
  const drafts: Draft[] = [
    writeInbound(random, user, stop, random.pick(['STOP', 'Stop.', 'unsubscribe'])),
    writeSend(random, user, stop + random.between(0, 3) * MINUTE),
    writeSend(random, user, stop + random.between(0.1, 3) * DAY),
  ];
  if (!random.chance(0.8)) return drafts;
  const start = stop + random.logNormal(8 * HOUR, 1);
  return [
    ...drafts,
    writeInbound(random, user, start, random.pick(['START', 'unstop'])),
    writeSend(random, user, start + random.between(0.1, 5) * MINUTE),
  ];
}

/** Whoever has, or shows, one name only is written to by that. */
function byKnownName(draft: Draft, who: User | undefined): Draft {
  if (!('to' in draft)) return draft;
  if (who?.bsuid == null) return { ...draft, to: 'phone' };
  return who.hidesPhoneFrom === 0 ? { ...draft, to: 'bsuid' } : draft;
}

/** Milliseconds from the end of a window, before it where negative. */
function writeEdge(random: Random, { edge, marginSeconds }: TraceSize): number {
  if (edge === 'spread') return random.between(-40, 1) * MINUTE;
  const from = random.chance(0.5) ? -marginSeconds * SECOND : 0;
  const off = random.chance(0.5)
    ? random.pick([-SECOND, -1, 0, 1, SECOND])
    : random.between(-90, 90) * SECOND;
  return from + off;
}

function writeCampaign(random: Random, users: readonly User[], days: number): Draft[] {
  const at = writeTimeOfDay(random, days);
  const reached = Math.max(1, Math.floor(users.length / 20));
  return Array.from({ length: reached }, () => {
    const user = random.whole(0, users.length - 1);
    const send = writeSend(random, user, at + random.between(0, 20) * SECOND);
    return byKnownName({ ...send, to: 'phone', keyed: true, sendInMs: null }, users[user]);
  });
}

const toName = (random: Random) => (random.chance(0.3) ? 'bsuid' : 'phone');

const SMALL_TALK = [
  'Hello',
  'Where is my order?',
  'thanks!',
  'ok',
  'please stop by',
  'yes',
  'Can I stop it?',
  '',
];

function writeInbound(random: Random, user: number, at: number, body?: string): Draft<InboundEvent> {
  const type =
    body === undefined && random.chance(0.25)
      ? random.pick(['image', 'location', 'reaction', 'button'] as const)
      : 'text';
  const first = random.logNormal(250, 0.7);
  const late = random.chance(0.01) ? random.logNormal(20 * MINUTE, 2) : 0;
  const again = random.chance(0.02)
    ? [first + late + random.pick([0, 5, random.logNormal(10 * MINUTE, 2.5)])]
    : [];
  const isLost = random.chance(0.001);
  return {
    kind: 'inbound',
    user,
    at,
    type,
    body: body ?? (type === 'text' || type === 'button' ? random.pick(SMALL_TALK) : ''),
    opensWindow: !random.chance(0.001),
    webhookAfterMs: isLost ? [] : [first + late, ...again].map(Math.round),
    callFault: writeCallFault(random, 0.01),
  };
}

function writeSend(random: Random, user: number, at: number): Draft<SendEvent> {
  const content = random.pick([
    'body',
    'body',
    'body and template',
    'body and template',
    'body and template',
    'template',
    'template text',
  ] as const);
  const keyed = random.chance(0.5);
  const delivery = writeDeliveryFault(random);
  return {
    kind: 'send',
    user,
    at,
    to: toName(random),
    content,
    template: random.chance(0.15) ? 'lesson_order' : 'lesson_code',
    whenClosed: random.pick(['template', 'hold', 'hold', 'refuse']),
    sendInMs: random.chance(0.04) ? Math.round(random.logNormal(6 * HOUR, 1.3) + 6 * MINUTE) : null,
    keyed,
    again: keyed && random.chance(0.08) ? random.pick(['at once', 'later'] as const) : 'no',
    callFault: writeCallFault(random, 0.02),
    delivery,
    callbacks: writeCallbackFault(random),
    callbackFault: writeCallFault(random, delivery?.do === 'false-63016' ? 0.2 : 0.002),
  };
}

function writeCallFault(random: Random, probability: number): CallFault | null {
  if (!random.chance(probability)) return null;
  return { how: random.pick(CALL_FAULTS), at: random.whole(1, 6), times: random.chance(0.8) ? 1 : 4 };
}

function writeDeliveryFault(random: Random): DeliveryFault | null {
  if (!random.chance(0.03)) return null;
  const what = random.next();
  if (what < 0.4) return { do: 'false-63016' };
  if (what < 0.75) return writeQueue(random);
  if (what < 0.85) return { do: 'late', seconds: Math.round(random.logNormal(300, 1.5)) };
  if (what < 0.95) return { do: 'status', code: random.pick([63024, 63049, 63032, 63018, 63017, 63010]) };
  return { do: 'drop' };
}

/** Half of those that wait do so for more than two minutes, one in twenty for more than an hour. */
function writeQueue(random: Random): DeliveryFault {
  return { do: 'queue', seconds: Math.round(Math.min(36_000, random.logNormal(120, 2))) };
}

function writeCallbackFault(random: Random): CallbackFault | null {
  if (!random.chance(0.03)) return null;
  const status = random.pick(['sent', 'delivered', 'undelivered', 'undelivered', 'failed', 'failed']);
  const what = random.pick(['drop', 'duplicate', 'duplicate', 'reorder', 'late'] as const);
  return {
    do: what,
    status,
    ...(what === 'late' && { seconds: Math.round(random.logNormal(60, 1.5)) }),
    ...(what === 'duplicate' && { concurrently: random.chance(0.5) }),
  };
}

/** What befalls everybody. */
function writeTroubles(random: Random, { days, events }: TraceSize): Draft[] {
  const at = () => random.between(0, days * DAY);
  // A share of the trace, so that a short one is not all trouble.
  const some = (perThousand: number) => Array.from({ length: Math.ceil((events * perThousand) / 1000) });
  const restarts = some(4).map(() => ({ kind: 'restart' as const, at: at(), share: random.between(0.2, 1) }));
  const outages = some(0.3).map(() => ({
    kind: 'outage' as const,
    at: writeTimeOfDay(random, days),
    service: random.pick(['sync', 'sync', 'api', 'content'] as const),
    how: random.pick(['HTTP 500', '429', 'hangs before', 'cut before', 'cut after'] as const),
    share: random.pick([0.2, 0.5, 1]),
    forMs: random.between(10 * SECOND, 4 * MINUTE),
  }));
  const lags = some(0.2).map(() => ({
    kind: 'log lag' as const,
    at: writeTimeOfDay(random, days),
    lagMs: random.between(2, 30) * SECOND,
    forMs: random.between(5, 30) * MINUTE,
  }));
  const pauses = some(0.05).flatMap(() => {
    const from = at();
    const template = random.pick(['lesson_order', 'lesson_order', 'lesson_code']);
    return [
      { kind: 'template' as const, at: from, template, status: 'paused' as const },
      {
        kind: 'template' as const,
        at: from + random.between(0.5, 8) * HOUR,
        template,
        status: 'approved' as const,
      },
    ];
  });
  return [...restarts, ...outages, ...lags, ...pauses];
}
