/**
 * A Studio flow as it is exported and imported: read from JSON against a schema. It must not know what a flow is for.
 */
import Ajv, { type ErrorObject } from 'ajv';
import { parseJson } from '../../src/domain/json-text';
import schema from './flow.schema.json';

export interface Transition {
  readonly event: string;
  readonly next?: string | null;
  readonly conditions?: readonly {
    readonly friendly_name: string;
    readonly arguments: readonly string[];
    readonly type: string;
    readonly value: string;
  }[];
}

/** What the editor calls a widget. */
export interface State {
  readonly name: string;
  readonly type: string;
  readonly transitions: readonly Transition[];
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface Flow {
  readonly initial_state: string;
  readonly states: readonly State[];
}

/** Something wrong with a flow, or, as a warning, something that will go wrong on WhatsApp. */
export interface FlowProblem {
  readonly level: 'error' | 'warning';
  /** The widget's name; null where it concerns the flow as a whole. */
  readonly widget: string | null;
  /** The field within the widget or the flow, such as `properties.url`. */
  readonly field: string;
  readonly message: string;
}

export type ReadFlow =
  | { readonly ok: true; readonly flow: Flow }
  | { readonly ok: false; readonly problems: readonly FlowProblem[] };

const validate = new Ajv({ allErrors: true, strictTypes: false }).compile<Flow>(schema);

/** Reads a flow, or says everything that is wrong with its form. */
export function readFlow(text: string): ReadFlow {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    return {
      ok: false,
      problems: [flowError('', 'This is no JSON: export the flow again ("Show Flow JSON").')],
    };
  }
  if (validate(value)) return { ok: true, flow: value };
  // An "if" only repeats that one of the branches below it failed.
  const errors = (validate.errors ?? []).filter(({ keyword }) => keyword !== 'if');
  return { ok: false, problems: errors.map((error) => asProblem(error, value)) };
}

export function flowError(field: string, message: string): FlowProblem {
  return { level: 'error', widget: null, field, message };
}

export function widgetError(state: State, field: string, message: string): FlowProblem {
  return { level: 'error', widget: state.name, field, message };
}

/** @param value what the schema was applied to, from which the widget's name is taken */
function asProblem(error: ErrorObject, value: unknown): FlowProblem {
  const [root, index, ...rest] = error.instancePath.split('/').slice(1);
  const missing = typeof error.params.missingProperty === 'string' ? [error.params.missingProperty] : [];
  const inWidget = root === 'states' && index !== undefined;
  const path = inWidget ? rest : error.instancePath.split('/').slice(1);
  const allowed = Array.isArray(error.params.allowedValues)
    ? `: ${error.params.allowedValues.join(', ')}`
    : '';
  return {
    level: 'error',
    widget: inWidget ? (nameOf(value, Number(index)) ?? `number ${Number(index) + 1}`) : null,
    field: [...path, ...missing].join('.'),
    message: missing.length > 0 ? 'This is missing.' : `This ${error.message}${allowed}.`,
  };
}

function nameOf(value: unknown, index: number): string | undefined {
  const { states } = value as { states: readonly { name?: unknown }[] };
  const name = states[index]?.name;
  return typeof name === 'string' && name !== '' ? name : undefined;
}
