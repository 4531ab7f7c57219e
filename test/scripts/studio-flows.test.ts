/**
 * This project's flows walked through as Studio would: the Run Function widgets call the built functions, signed, with
 * the flow's own parameters, and the splits are decided by what the functions answer. It must not know what they decide.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../scripts/offline/twilio-run';
import { type Flow, readFlow, type State, type Transition } from '../../scripts/studio-flows/flow';
import { HOUR_MS, iso, NOON, newUser, SENDER, useService } from '../functions/service';

const service = useService();

beforeEach(async () => {
  await service.control('reset', {});
  await service.freeze(NOON);
});

function flowOf(name: string): Flow {
  const read = readFlow(readFileSync(join(ROOT, 'flows', name), 'utf8'));
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.flow;
}

interface Walk {
  /** The widgets in their order. */
  readonly path: readonly string[];
  /** What the last widget says, its Liquid filled in. */
  readonly texts: Readonly<Record<string, string>>;
}

/** From the trigger until a widget has nowhere to go. */
async function walk(flow: Flow, user: string): Promise<Walk> {
  const context: Record<string, unknown> = {
    contact: { channel: { address: user } },
    flow: { channel: { address: SENDER } },
    widgets: {},
  };
  const path: string[] = [];
  let state: State | undefined = flow.states.find(({ name }) => name === flow.initial_state);
  let last: State | undefined;
  for (; state; state = flow.states.find(({ name }) => name === nextOf(last, context))) {
    path.push(state.name);
    last = state;
    if (state.type === 'run-function') await runFunction(state, context);
  }
  const variables = (last?.properties.variables ?? []) as readonly { key: string; value: string }[];
  return {
    path,
    texts: Object.fromEntries(variables.map(({ key, value }) => [key, filled(value, context)])),
  };
}

async function runFunction(state: State, context: Record<string, unknown>): Promise<void> {
  const parameters = state.properties.parameters as readonly { key: string; value: string }[];
  const { pathname } = new URL(String(state.properties.url));
  const form = Object.fromEntries(parameters.map(({ key, value }) => [key, filled(value, context)]));
  const { status, json } = await service.studio<object>(pathname, form);
  (context.widgets as Record<string, object>)[state.name] = {
    parsed: json,
    event: status === 200 ? 'success' : 'fail',
  };
}

function nextOf(state: State | undefined, context: Record<string, unknown>): string | null | undefined {
  if (!state) return undefined;
  const chosen: Transition | undefined =
    state.type === 'trigger'
      ? state.transitions.find(({ event }) => event === 'incomingMessage')
      : state.type === 'run-function'
        ? state.transitions.find(({ event }) => event === valueAt(`widgets.${state.name}.event`, context))
        : state.type === 'split-based-on'
          ? (state.transitions.find((transition) => isMet(transition, context)) ??
            state.transitions.find(({ event }) => event === 'noMatch'))
          : undefined;
  return chosen?.next;
}

function isMet({ conditions }: Transition, context: object): boolean {
  return (conditions ?? []).some(({ type, arguments: [input = ''], value }) => {
    const actual = filled(input, context);
    return type === 'is_not_blank' ? actual !== '' : actual === value;
  });
}

function filled(text: string, context: object): string {
  return text.replace(/\{\{\s*([\w.-]+)\s*\}\}/g, (_all, path: string) =>
    String(valueAt(path, context) ?? ''),
  );
}

function valueAt(path: string, context: object): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (value as Readonly<Record<string, unknown>> | null)?.[key], context);
}

describe('the flow answer-by-window', () => {
  test.each([
    ['somebody who just wrote gets the free-form message', 0, 'send_free_form'],
    ['a minute before the margin, still', 24 * HOUR_MS - 360_000, 'send_free_form'],
    ['at the margin, the template', 24 * HOUR_MS - 300_000, 'send_template'],
    ['a day later, the template', 24 * HOUR_MS, 'send_template'],
  ])('takes the right path: %s', async (_sentence, laterMs, end) => {
    const user = newUser();
    await service.inbound(user);
    await service.advance(laterMs);
    expect((await walk(flowOf('answer-by-window.json'), user)).path).toEqual([
      'Trigger',
      'window',
      'split_on_window',
      end,
    ]);
  });
});

describe('the flow send-and-hold', () => {
  const flow = flowOf('send-and-hold.json');
  const texts = async (user: string) => (await service.outbound(user)).map(({ text }) => text);
  const FREE_FORM = 'Your appointment is on 12/1 at 3pm. Shall we keep it?';
  const TEMPLATE = 'Your appointment is coming up on 12/1 at 3pm';

  test('sends the text to somebody who just wrote', async () => {
    const user = newUser();
    await service.inbound(user);
    expect(await walk(flow, user)).toEqual({
      path: ['Trigger', 'send', 'split_on_outcome', 'split_on_held', 'was_sent'],
      texts: { message_sid: expect.stringMatching(/^SM/) },
    });
    expect(await texts(user)).toEqual([FREE_FORM]);
  });

  test('sends the template once to somebody silent, and the texts when they answer', async () => {
    const user = newUser();
    const heldUntil = { held_until: iso(NOON + 7 * 24 * HOUR_MS) };
    expect(await walk(flow, user)).toEqual({
      path: ['Trigger', 'send', 'split_on_outcome', 'split_on_held', 'is_held'],
      texts: heldUntil,
    });
    expect(await walk(flow, user)).toEqual({
      path: ['Trigger', 'send', 'split_on_outcome', 'is_held'],
      texts: heldUntil,
    });
    expect(await texts(user)).toEqual([TEMPLATE]);
    await service.inbound(user);
    expect(await texts(user)).toEqual([TEMPLATE, FREE_FORM, FREE_FORM]);
  });

  test('sends nothing to somebody who said STOP', async () => {
    const user = newUser();
    await service.inbound(user, { body: 'STOP' });
    expect(await walk(flow, user)).toEqual({
      path: ['Trigger', 'send', 'split_on_outcome', 'was_refused'],
      texts: { refused_because: 'OPTED_OUT' },
    });
    expect(await texts(user)).toEqual([]);
  });
});
