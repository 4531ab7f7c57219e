/** Ways to make the functions break a promise without touching them: their requests to Twilio and its answers are changed. */
import { PlatformResponse } from '../../../verify/built-functions/load';
import type { Sabotage } from '../../../verify/simulate/play';
import type { Tamper, WireAnswer, WireRequest } from '../../../verify/simulate/twilio-line';
import { MINUTE } from './small-trace';

type Wanted = (request: WireRequest) => boolean;

export function isMessageCreation({ method, url }: WireRequest): boolean {
  return method === 'POST' && url.endsWith('/Messages.json');
}

export function isMessageLookUp({ method, url }: WireRequest): boolean {
  return method === 'GET' && /\/Messages\/\w+\.json/.test(url);
}

export function isMessageList({ method, url }: WireRequest): boolean {
  return method === 'GET' && url.includes('/Messages.json');
}

export function isWindowRead({ method, url }: WireRequest): boolean {
  return method === 'GET' && /\/Documents\/(?:window|guard)\./.test(url);
}

export function isWindowWrite({ method, url }: WireRequest): boolean {
  return method === 'POST' && /\/Documents\/window\./.test(url);
}

export function isLinkRead({ method, url }: WireRequest): boolean {
  return method === 'GET' && /\/Documents\/link\./.test(url);
}

export function isItemList({ method, url }: WireRequest): boolean {
  return method === 'GET' && /\/Lists\/[^/]+\/Items/.test(url);
}

export function isItemRemoval({ method, url }: WireRequest): boolean {
  return method === 'DELETE' && url.includes('/Lists/');
}

export function answering(wanted: Wanted, change: (answer: WireAnswer) => WireAnswer): Tamper {
  return async (request, pass) => (wanted(request) ? change(await pass(request)) : pass(request));
}

/** Says that it was done, and does nothing. */
export function swallowing(wanted: Wanted, status: number): Tamper {
  return async (request, pass) =>
    wanted(request) ? { status, headers: {}, text: status === 204 ? '' : '{}' } : pass(request);
}

export function both(first: Tamper, second: Tamper): Tamper {
  return (request, pass) => first(request, (passed) => second(passed, pass));
}

export async function twice(request: WireRequest, pass: (request: WireRequest) => Promise<WireAnswer>) {
  if (isMessageCreation(request)) await pass(request);
  return pass(request);
}

/** Of an answer that went well. */
export function withJson(
  change: (json: Record<string, unknown>) => object,
): (answer: WireAnswer) => WireAnswer {
  return (answer) => {
    if (answer.status !== 200) return answer;
    const json = JSON.parse(answer.text) as Record<string, unknown>;
    return { ...answer, text: JSON.stringify({ ...json, ...change(json) }) };
  };
}

export function sinceNow({ data }: Record<string, unknown>): object {
  return { data: { ...(data as object), lastInboundAt: new Date(Date.now() - MINUTE).toISOString() } };
}

export const writtenNow = () => ({
  date_created: new Date().toUTCString(),
  date_sent: new Date().toUTCString(),
});
export const noMessages = () => ({ messages: [] });
export const noItems = () => ({ items: [] });
/** The queue is ordered by when a text was accepted. */
export const backwards = ({ items }: Record<string, unknown>) => ({
  items: (items as { data: { heldAt: string } }[]).map(({ data, ...item }) => ({
    ...item,
    data: { ...data, acceptedAt: new Date(4e12 - Date.parse(data.heldAt)).toISOString() },
  })),
});

export function approvingAll(answer: WireAnswer): WireAnswer {
  return { ...answer, text: answer.text.replaceAll('"paused"', '"approved"') };
}

export function withoutVariables(request: WireRequest): WireRequest {
  const form = new URLSearchParams(request.body);
  form.delete('ContentVariables');
  return { ...request, body: form.toString() };
}

export function withoutKey(event: object): object {
  return { ...event, idempotencyKey: '' };
}

export function insteadOf(path: string, status: number): NonNullable<Sabotage['wrap']> {
  return (wrapped, handler) =>
    wrapped === path
      ? async (_context, _event, callback) => callback(null, new PlatformResponse().setStatusCode(status))
      : handler;
}
