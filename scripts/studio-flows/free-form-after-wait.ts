/**
 * Free-form messages of a flow that WhatsApp may refuse (63016), because on some path to them the user may not have
 * written for 24 hours. Warnings only: the flow may be for another channel, and a wait may in truth be shorter.
 */
import { WINDOW_MS } from '../../src/domain/customer-service-window';
import type { Flow, FlowProblem, State, Transition } from './flow';
import { functionCalls } from './run-function';

const WINDOW_SECONDS = WINDOW_MS / 1000;
/** The user may never have written, or the wait has no end that is known. */
const TOO_LONG = WINDOW_SECONDS;
/** What the editor puts in for "stop waiting after" (https://www.twilio.com/docs/studio/widget-library/send-wait-reply). */
const DEFAULT_TIMEOUT = 3600;

/** @returns a warning for each free-form message that may come too late */
export function freeFormWarnings(flow: Flow): readonly FlowProblem[] {
  const silence = longestSilence(flow);
  return flow.states.flatMap((state) => {
    if (!isFreeForm(state) || (silence.get(state.name) ?? 0) < TOO_LONG) return [];
    return {
      level: 'warning',
      widget: state.name,
      field: 'properties.body',
      message:
        'The user may not have written for 24 hours when this is sent, and WhatsApp then refuses it (63016): split on the answer of /studio/window before it, or send it by /studio/send-message.',
    };
  });
}

function isFreeForm({ type, properties }: State): boolean {
  const isMessage = type === 'send-message' || type === 'send-and-wait-for-reply';
  return isMessage && properties.message_type !== 'content_template' && !properties.content_sid;
}

/** By widget, how many seconds ago the user last wrote when it is reached, at the worst; never more than 24 hours. */
function longestSilence(flow: Flow): ReadonlyMap<string, number> {
  const byName = new Map(flow.states.map((state) => [state.name, state]));
  const windows = new Set(
    functionCalls(flow).flatMap(({ state, path }) => (path === '/studio/window' ? [state.name] : [])),
  );
  const silence = new Map([[flow.initial_state, 0]]);
  const ahead = [flow.initial_state];
  // It ends: a widget is looked at again only where the silence before it grew, by a second at least, up to 24 hours.
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    const state = byName.get(name);
    if (!state) continue;
    for (const transition of state.transitions) {
      const { next } = transition;
      if (!next) continue;
      const after = Math.min(TOO_LONG, silenceAfter(state, transition, silence.get(name) ?? 0, windows));
      if (after <= (silence.get(next) ?? -1)) continue;
      silence.set(next, after);
      ahead.push(next);
    }
  }
  return silence;
}

function silenceAfter(
  state: State,
  transition: Transition,
  before: number,
  windows: ReadonlySet<string>,
): number {
  switch (state.type) {
    case 'trigger':
      // Over the REST API, or from another flow, the flow begins without a message.
      return transition.event === 'incomingMessage' || transition.event === 'incomingConversationMessage'
        ? 0
        : TOO_LONG;
    case 'send-and-wait-for-reply':
      if (transition.event === 'incomingMessage') return 0;
      return transition.event === 'timeout' ? before + timeoutOf(state) : before;
    case 'send-to-flex':
    case 'run-subflow':
      return TOO_LONG;
    case 'split-based-on':
      return splitOnWindow(state, transition, windows) ?? before;
    default:
      return before;
  }
}

function timeoutOf({ properties: { timeout } }: State): number {
  if (timeout === undefined || timeout === '') return DEFAULT_TIMEOUT;
  const seconds = Number(timeout);
  return Number.isFinite(seconds) ? seconds : TOO_LONG;
}

/** Behind a split on the answer of /studio/window it is known whether free-form is allowed. */
function splitOnWindow(
  { properties }: State,
  { event, conditions }: Transition,
  windows: ReadonlySet<string>,
): number | undefined {
  const asked = /\{\{-?\s*widgets\.([\w-]+)\.parsed\.(freeFormAllowed|templateRequired)\s*-?\}\}/.exec(
    String(properties.input),
  );
  if (!asked?.[1] || !windows.has(asked[1])) return undefined;
  const whenAllowed = asked[2] === 'freeFormAllowed' ? 'true' : 'false';
  const isAllowed =
    event === 'match' &&
    conditions?.some(({ type, value }) => type === 'equal_to' && value.trim() === whenAllowed);
  return isAllowed ? 0 : TOO_LONG;
}
