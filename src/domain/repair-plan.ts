/**
 * What to do about a free-form message that was not delivered because of the window, or for the moment only. Error 63016
 * has three meanings: the window is really closed, the window is open and WhatsApp was mistaken (right after a fresh inbound
 * message), and a template that may not be sent, which is not for this file. Error 30036 means that the message waited too
 * long. Transient errors, such as 63018, say nothing about the window.
 */
import { isOpen, type WindowFacts, windowAt } from './customer-service-window';
import { isTransient, OUTSIDE_WINDOW } from './error-class';
import type { FreeFormMessage } from './outbound-message';

export interface Refused<T> {
  /** Null where Twilio's log has no text for it (redacted, discarded): nothing empty is ever held or sent. */
  readonly message: FreeFormMessage | null;
  /** The template that the caller gave for this case. */
  readonly template: T | null;
  /** The caller wanted the text held beside that template, until the user answers. */
  readonly holdsText: boolean;
  /** 1 for what a caller sent, one more with each further try. */
  readonly attempt: number;
  /** When it was sent; milliseconds since the epoch. */
  readonly sentAt: number;
  /** Twilio's error code. */
  readonly errorCode: number;
}

export type RepairPlan<T> =
  | { readonly action: 'send-again'; readonly message: FreeFormMessage }
  | { readonly action: 'template'; readonly template: T }
  /** It takes its place in the person's queue, which goes on after a pause. */
  | { readonly action: 'send-later'; readonly message: FreeFormMessage }
  /** `prompt` asks for the answer; null for the account's own reply prompt. */
  | { readonly action: 'hold'; readonly message: FreeFormMessage; readonly prompt: T | null }
  | { readonly action: 'none'; readonly reason: 'opted-out' | 'text-unknown' | 'given-up' };

/** So recent an inbound message that the window must be open, whatever 63016 says. */
const SURELY_OPEN_MS = 60 * 60 * 1000;
/** Of a text that fails for the moment only. */
const MAX_TRIES = 5;

/**
 * @param facts of the person's newest inbound message
 * @returns the plan, and whether the refusal closes the window
 */
export function planRepair<T>(
  refused: Refused<T>,
  person: { readonly facts: WindowFacts; readonly isOptedOut: boolean },
  at: { readonly now: number; readonly marginSeconds: number },
): { readonly plan: RepairPlan<T>; readonly closesWindow: boolean } {
  const { message, template, holdsText, attempt, errorCode } = refused;
  if (person.isOptedOut) return { plan: { action: 'none', reason: 'opted-out' }, closesWindow: false };
  if (isTransient(errorCode) && isOpen(windowAt(person.facts, at.now, at.marginSeconds))) {
    return { plan: later(refused), closesWindow: false };
  }
  const isContradicted = contradicts(refused, person.facts, at);
  if (message !== null && attempt === 1 && isContradicted) {
    return { plan: { action: 'send-again', message }, closesWindow: false };
  }
  const closesWindow = errorCode === OUTSIDE_WINDOW && (message !== null || !isContradicted);
  if (message === null) return { plan: { action: 'none', reason: 'text-unknown' }, closesWindow };
  if (template !== null && !holdsText) return { plan: { action: 'template', template }, closesWindow };
  return { plan: { action: 'hold', message, prompt: template }, closesWindow };
}

function later<T>({ message, attempt }: Refused<T>): RepairPlan<T> {
  if (message === null) return { action: 'none', reason: 'text-unknown' };
  return attempt < MAX_TRIES ? { action: 'send-later', message } : { action: 'none', reason: 'given-up' };
}

/** Whether the window is open, whatever the refusal says: a text that came too late (30036) says nothing about it. */
function contradicts<T>(
  { sentAt, errorCode }: Refused<T>,
  facts: WindowFacts,
  { now, marginSeconds }: { readonly now: number; readonly marginSeconds: number },
): boolean {
  if (!isOpen(windowAt(facts, now, marginSeconds))) return false;
  if (errorCode !== OUTSIDE_WINDOW) return true;
  const { lastInboundAt } = facts;
  return lastInboundAt !== null && (now - lastInboundAt < SURELY_OPEN_MS || lastInboundAt > sentAt);
}
