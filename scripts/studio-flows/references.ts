/** Liquid references to other widgets, `{{widgets.NAME.parsed.KEY}}`: whether there is such a widget, and such an answer. */
import { CALLED_FUNCTIONS } from './called-functions';
import { type Flow, type FlowProblem, type State, widgetError } from './flow';
import { functionCalls } from './run-function';

const LIQUID = /\{\{(.*?)\}\}|\{%(.*?)%\}/gs;
const REFERENCE = /\bwidgets\.([\w-]+)((?:\.[\w-]+)*)/g;
/** Only these keep an answer under `parsed` (https://www.twilio.com/docs/studio/widget-library/run-function, …/http-request). */
const ANSWERING = ['run-function', 'run-function-v2', 'make-http-request'];

export function referenceProblems(flow: Flow): readonly FlowProblem[] {
  const byName = new Map(flow.states.map((state) => [state.name, state]));
  const paths = new Map(functionCalls(flow).map(({ state, path }) => [state.name, path]));
  return flow.states.flatMap((state) =>
    textsOf(state).flatMap(([field, text]) =>
      [...text.matchAll(LIQUID)].flatMap(([, output, tag]) =>
        [...(output ?? tag ?? '').matchAll(REFERENCE)].flatMap(([reference, name = '', rest = '']) => {
          const message = problemOf(byName.get(name), paths.get(name), name, rest.split('.').slice(1));
          return message === null ? [] : [widgetError(state, field, `${reference}: ${message}`)];
        }),
      ),
    ),
  );
}

function problemOf(
  target: State | undefined,
  path: string | undefined,
  name: string,
  [kind, ...keys]: readonly string[],
): string | null {
  if (!target) return `there is no widget "${name}".`;
  if (kind !== 'parsed') return null;
  if (!ANSWERING.includes(target.type)) return `"${name}" calls no function, so it has no parsed answer.`;
  const called = path === undefined ? undefined : CALLED_FUNCTIONS[path];
  return called ? missingKey(called.answer, keys, path) : null;
}

/** @param path of the function that answers so */
function missingKey(whole: unknown, keys: readonly string[], path: string | undefined): string | null {
  let answer = whole;
  for (const key of keys) {
    // Of a list, or of the variables that a template happens to have, anything may be asked.
    if (Array.isArray(answer) || isEmpty(answer)) return null;
    if (!isRecord(answer) || !Object.hasOwn(answer, key)) {
      const there = isRecord(answer) ? Object.keys(answer).join(', ') : 'none';
      return `the answer of ${path} has no "${key}" here; its keys are: ${there}.`;
    }
    answer = answer[key];
  }
  return null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isEmpty(value: unknown): boolean {
  return isRecord(value) && Object.keys(value).length === 0;
}

/** Every text of a widget with the field that it stands in. */
function textsOf(state: State): readonly (readonly [string, string])[] {
  const texts: [string, string][] = [];
  const collect = (value: unknown, field: string) => {
    if (typeof value === 'string') texts.push([field, value]);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) collect(item, `${field}.${key}`);
    }
  };
  collect(state.properties, 'properties');
  collect(state.transitions, 'transitions');
  return texts;
}
