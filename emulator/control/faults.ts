/**
 * Reads a fault from a control request. A combination that could never apply is refused: a test that waits for a
 * fault which cannot come would pass for the wrong reason.
 */

import { FAULTS_BY_TARGET, type Fault, type FaultMatch } from '../server/faults';
import { ControlError, type Fields } from './fields';

const MATCH_FIELDS = ['service', 'method', 'path', 'to', 'from', 'kind', 'messageStatus'] as const;

/** What Twilio answers most often with these statuses. */
const USUAL_CODES: Readonly<Record<number, number>> = { 429: 20429, 500: 20500, 503: 20503 };

export function faultFrom(body: Fields): Omit<Fault, 'id' | 'applied'> {
  const target = body.oneOf('target', ['api', 'webhook', 'delivery']);
  if (target === undefined) throw new ControlError(400, '"target" must be api, webhook or delivery.');
  const kinds = FAULTS_BY_TARGET[target];
  const what = body.oneOf('do', kinds);
  if (what === undefined) throw new ControlError(400, `"do" must be one of ${kinds.join(', ')}.`);

  const match: FaultMatch = {};
  const given = body.fields('match');
  for (const field of MATCH_FIELDS) {
    const value = given?.text(field);
    if (value !== undefined) match[field] = value;
  }
  given?.done();

  const status = body.number('status') ?? 500;
  const fault = {
    target,
    match,
    do: what,
    status,
    code: body.number('code') ?? USUAL_CODES[status] ?? 20500,
    delayMs: body.number('delayMs') ?? 0,
    seconds: body.number('seconds') ?? 0,
    concurrently: body.boolean('concurrently') ?? false,
    times: body.number('times') ?? 1,
    skip: body.number('skip') ?? 0,
  };
  body.done();
  return fault;
}
