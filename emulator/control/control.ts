/**
 * The emulator's own routes under /_emulator/: moving the clock, writing as a user, setting faults, reading what
 * happened. JSON in and out, no credentials. Nothing here exists at Twilio, so software under test must not call it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Account } from '../account';
import { deliveredMedia, deliveredText, type MessageRecord } from '../api/messages/message-log';
import type { Clock } from '../clock';
import { configure } from './configure';
import { writeIntoConversation } from './conversation';
import { shownDeployments } from './deployments';
import { faultFrom } from './faults';
import { ControlError, Fields } from './fields';
import { callFrom, inboundFrom } from './inbound';
import { setOptOut, setOptOutWords } from './opt-outs';
import { setSender } from './senders';
import { createTemplate, createTemplates, setTemplate, shownTemplate } from './templates';
import { addWebhookRule, shownWebhookRules } from './webhook-rules';

export interface ControlContext {
  account(): Account;
  clock: Clock;
  reset(functionsUrl: string | undefined): void;
}

interface ControlCall {
  context: ControlContext;
  account: Account;
  body: Fields;
  query: Fields;
  /** What follows the route's name in the path. */
  rest: string;
}

type Handler = (call: ControlCall) => unknown;

/** How long `/_emulator/idle` waits before it says what is still under way. */
const IDLE_TIMEOUT_MS = 20_000;
/** A replay is one event repeated; more than this is a mistake in a script. */
const MAX_REPLAYS = 1000;

function shownMessage(message: MessageRecord): Record<string, unknown> {
  return {
    sid: message.sid,
    direction: message.direction,
    from: message.from,
    to: message.to,
    text: deliveredText(message),
    media: deliveredMedia(message),
    status: message.status,
    statuses: message.statuses,
    delivered: message.delivered,
    errorCode: message.errorCode,
    contentSid: message.contentSid,
    contentVariables: message.contentVariables,
    usedSampleValues: message.usedSampleValues,
    statusCallback: message.statusCallback,
    messagingServiceSid: message.messagingServiceSid,
    validityPeriod: message.validityPeriod,
    sendAt: message.sendAt === null ? null : new Date(message.sendAt).toISOString(),
    createdAt: new Date(message.createdAt).toISOString(),
  };
}

function setClock(call: ControlCall): unknown {
  const { body, context } = call;
  const advanceSeconds = body.number('advanceSeconds');
  const advanceMs = body.number('advanceMs');
  const set = body.text('set');
  const freeze = body.boolean('freeze');
  body.done();
  if ([advanceSeconds, advanceMs, set, freeze].every((field) => field === undefined)) {
    throw new ControlError(400, 'One of advanceSeconds, advanceMs, set, freeze is required.');
  }
  // Frozen first and let go last, so that "set and freeze" means exactly that instant.
  if (freeze === true) context.clock.freeze(true);
  if (set !== undefined) {
    const at = Date.parse(set);
    if (Number.isNaN(at)) throw body.wrong('set', 'must be an ISO date');
    context.clock.set(at);
  }
  const byMs = Math.round((advanceSeconds ?? 0) * 1000 + (advanceMs ?? 0));
  if (byMs !== 0) context.clock.advance(byMs);
  if (freeze === false) context.clock.freeze(false);
  return context.clock.state();
}

/** An inbound message's webhook, or that of a conversation's message. */
async function replayOnce({ account }: ControlCall, messageSid: string) {
  return (await account.inbound.replay(messageSid)) ?? account.conversationEvents.replay(messageSid);
}

async function writeAsUser(call: ControlCall): Promise<unknown> {
  const replayed = call.body.text('messageSid');
  if (replayed !== undefined) {
    call.body.done();
    const webhooks = await replayOnce(call, replayed);
    if (webhooks === null) throw new ControlError(404, `No inbound message ${replayed} was written.`);
    return { messageSid: replayed, webhooks };
  }
  return call.account.inbound.receive(inboundFrom(call.body, call.account.wiring));
}

async function replay(call: ControlCall): Promise<unknown> {
  const messageSid = call.body.requiredText('messageSid');
  const times = call.body.number('times') ?? 1;
  const concurrently = call.body.boolean('concurrently') ?? false;
  call.body.done();
  if (!Number.isInteger(times) || times < 1 || times > MAX_REPLAYS) {
    throw call.body.wrong('times', `must be a whole number from 1 to ${MAX_REPLAYS}`);
  }
  const once = async () => {
    const webhooks = await replayOnce(call, messageSid);
    if (webhooks === null) throw new ControlError(404, `No inbound message ${messageSid} was written.`);
    return webhooks;
  };
  if (concurrently) {
    return { messageSid, webhooks: (await Promise.all(Array.from({ length: times }, once))).flat() };
  }
  const webhooks = [];
  for (let count = 0; count < times; count++) webhooks.push(...(await once()));
  return { messageSid, webhooks };
}

async function idle(call: ControlCall): Promise<unknown> {
  const timeoutMs = call.query.number('timeoutMs') ?? IDLE_TIMEOUT_MS;
  call.query.done();
  if (await call.account.activity.idle(timeoutMs)) return { idle: true };
  throw new ControlError(503, `Still under way: ${call.account.activity.pending().slice(0, 10).join('; ')}.`);
}

function dumpSync(call: ControlCall): unknown {
  call.query.done();
  const now = call.context.clock.now();
  const dated = (object: { expiresAt: number | null; revision: string }) => ({
    revision: object.revision,
    expiresAt: object.expiresAt === null ? null : new Date(object.expiresAt).toISOString(),
  });
  const everything = { from: null, exclusive: false, descending: false };
  const services = call.account.sync.all();
  return {
    documents: services.flatMap((service) =>
      service.documents.page(null, Number.POSITIVE_INFINITY, now).map((document) => ({
        sid: document.sid,
        uniqueName: document.uniqueName,
        data: document.data.value,
        ...dated(document),
      })),
    ),
    lists: services.flatMap((service) =>
      service.lists.page(null, Number.POSITIVE_INFINITY, now).map((list) => ({
        sid: list.sid,
        uniqueName: list.uniqueName,
        ...dated(list),
        items: list.items
          .page(everything, Number.POSITIVE_INFINITY, now)
          .map((item) => ({ index: item.key, data: item.data.value, ...dated(item) })),
      })),
    ),
    maps: services.flatMap((service) =>
      service.maps.page(null, Number.POSITIVE_INFINITY, now).map((map) => ({
        sid: map.sid,
        uniqueName: map.uniqueName,
        ...dated(map),
        items: map.items
          .page(everything, Number.POSITIVE_INFINITY, now)
          .map((item) => ({ key: item.key, data: item.data.value, ...dated(item) })),
      })),
    ),
  };
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  'POST reset': ({ body, context }) => {
    const functionsUrl = body.text('functionsUrl');
    body.done();
    context.reset(functionsUrl?.replace(/\/$/, ''));
    return { reset: true };
  },
  'GET clock': ({ context }) => context.clock.state(),
  'POST clock': setClock,
  'GET config': ({ account }) => account.wiring,
  'POST config': ({ body, account }) => configure(body, account.wiring),
  'POST inbound': writeAsUser,
  'POST replay': replay,
  'POST conversation': ({ body, account }) => writeIntoConversation(body, account),
  'POST call': ({ body, account, context }) => {
    const { from, to } = callFrom(body, account.wiring);
    account.whatsapp.received(to, [from], context.clock.now(), true);
    return { called: true };
  },
  'GET requests': ({ query, account }) => {
    const since = query.number('since') ?? 0;
    query.done();
    return { requests: account.requests.since(since), counts: account.requests.totals() };
  },
  'DELETE requests': ({ account }) => {
    account.requests.clear();
    return { cleared: true };
  },
  'GET messages': ({ query, account }) => {
    const to = query.text('to');
    const from = query.text('from');
    query.done();
    const messages = [...account.messages.newest(from, to)].reverse();
    return { messages: messages.map(shownMessage) };
  },
  'GET webhooks': ({ query, account }) => {
    query.done();
    return { webhooks: account.webhooks.list() };
  },
  'DELETE webhooks': ({ account }) => {
    account.webhooks.clear();
    return { cleared: true };
  },
  'GET webhook-rules': ({ account }) => shownWebhookRules(account.webhookRules),
  'POST webhook-rules': ({ body, account }) => addWebhookRule(body, account.webhookRules),
  'DELETE webhook-rules': ({ account }) => {
    account.webhookRules.clear();
    return { cleared: true };
  },
  'GET windows': ({ query, account, context }) => {
    query.done();
    return { windows: account.whatsapp.windows(context.clock.now()) };
  },
  'GET phone': ({ query, account }) => {
    const user = query.requiredText('user');
    query.done();
    return { user, messages: account.whatsapp.phone(user) };
  },
  'GET faults': ({ account }) => account.faults.list(),
  'POST faults': ({ body, account }) => account.faults.add(faultFrom(body)),
  'DELETE faults': ({ account }) => {
    account.faults.clear();
    return { cleared: true };
  },
  'GET templates': ({ account }) => ({ templates: account.templates.all().map(shownTemplate) }),
  'POST templates': ({ body, account, context }) =>
    shownTemplate(createTemplate(body, account.templates, context.clock.now())),
  'POST templates/bulk': ({ body, account, context }) =>
    createTemplates(body, account.templates, context.clock.now()),
  'POST templates/': ({ body, account, rest, context }) => ({
    templates: setTemplate(rest, body, account.templates, context.clock.now()).map(shownTemplate),
  }),
  'POST senders': ({ body, account }) => setSender(body, account.senders, account.wiring),
  'POST opt-outs': ({ body, account }) => setOptOut(body, account.optOuts, account.wiring.senders),
  'GET opt-out-words': ({ account }) => ({ words: account.advancedOptOut.words }),
  'POST opt-out-words': ({ body, account }) => setOptOutWords(body, account.advancedOptOut),
  'GET deployments': ({ account }) => ({ deployments: shownDeployments(account.serverless) }),
  'GET idle': idle,
  'GET sync': dumpSync,
};

const PREFIX = '/_emulator/';

export function isControl(path: string): boolean {
  return path.startsWith(PREFIX);
}

function find(method: string, path: string): { handler: Handler; rest: string } | null {
  const name = path.slice(PREFIX.length);
  const exact = HANDLERS[`${method} ${name}`];
  if (exact) return { handler: exact, rest: '' };
  const slash = name.indexOf('/');
  const below = slash < 0 ? undefined : HANDLERS[`${method} ${name.slice(0, slash + 1)}`];
  return below ? { handler: below, rest: decodeURIComponent(name.slice(slash + 1)) } : null;
}

/** Pages served from this machine may look in; a page from elsewhere may not. */
function allowedOrigin(origin: string | undefined): string | null {
  return origin !== undefined && /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(origin)
    ? origin
    : null;
}

export async function serveControl(
  context: ControlContext,
  incoming: IncomingMessage,
  body: string,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(incoming.url ?? '/', 'http://emulator');
  const method = incoming.method ?? 'GET';
  const origin = allowedOrigin(incoming.headers.origin);
  const send = (status: number, answer: unknown): void => {
    const text = status === 204 ? '' : JSON.stringify(answer);
    response.writeHead(status, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(text),
      'Cache-Control': 'no-store',
      ...(origin === null
        ? {}
        : {
            'Access-Control-Allow-Origin': origin,
            'Access-Control-Allow-Methods': 'GET, POST, DELETE',
            'Access-Control-Allow-Headers': 'Content-Type',
            Vary: 'Origin',
          }),
    });
    response.end(text);
  };
  if (method === 'OPTIONS') return send(204, null);
  if (incoming.headers.origin !== undefined && origin === null) {
    return send(403, { error: 'Control is open to pages of this machine only.' });
  }
  try {
    const found = find(method, url.pathname);
    if (!found) {
      throw new ControlError(
        404,
        `${method} ${url.pathname} is no control route. There are: ${Object.keys(HANDLERS).join(', ')}.`,
      );
    }
    const call: ControlCall = {
      context,
      account: context.account(),
      body: Fields.fromBody(body),
      query: Fields.fromQuery(url.searchParams),
      rest: found.rest,
    };
    const answer = await found.handler(call);
    call.body.done();
    call.query.done();
    send(200, answer);
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    send(error.status, { error: error.message });
  }
}
