/** Traces written by hand, for one user and a handful of events; what an event does not say is ordinary. */
import type {
  InboundEvent,
  SendEvent,
  Trace,
  TraceEvent,
  WindowEvent,
} from '../../../verify/simulate/trace-event';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

type Draft<E = TraceEvent> = E extends TraceEvent ? Omit<E, 'id'> : never;

export function traceOf(...events: readonly Draft[]): Trace {
  return {
    seed: 'by hand',
    marginSeconds: 300,
    users: [{ phone: 'whatsapp:+4915100000001', bsuid: 'DE.13490000000001', hidesPhoneFrom: null }],
    events: [...events].sort((a, b) => a.at - b.at).map((event, id) => ({ ...event, id })),
  };
}

export function inbound(at: number, more: Partial<InboundEvent> = {}): Draft<InboundEvent> {
  const usual = {
    type: 'text',
    body: 'Hello',
    opensWindow: true,
    webhookAfterMs: [250],
    callFault: null,
  } as const;
  return { kind: 'inbound', user: 0, at, ...usual, ...more };
}

export function send(at: number, more: Partial<SendEvent> = {}): Draft<SendEvent> {
  return {
    ...{ kind: 'send', user: 0, at, to: 'phone', content: 'body', template: 'lesson_code' },
    ...{ whenClosed: 'template', sendInMs: null, keyed: false, again: 'no' },
    ...{ callFault: null, delivery: null, callbacks: null, callbackFault: null },
    ...more,
  };
}

export function askWindow(at: number, more: Partial<WindowEvent> = {}): Draft<WindowEvent> {
  return { kind: 'window', user: 0, at, to: 'phone', callFault: null, ...more };
}
