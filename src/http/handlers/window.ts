/** What /window and its Studio twin do alike. */

import type { WindowAnswer } from '../../../client/answers';
import { freeEntryUntil, isOpen } from '../../domain/customer-service-window';
import { readPerson } from '../../use-cases/contacts/read-person';
import type { Failure } from '../../use-cases/failure';
import { sweepHeld } from '../../use-cases/hold/sweep';
import { type Answer, errorJson, type Failed, isoOrNull, windowJson } from '../answers';
import type { Call } from '../endpoint';
import { pairHash } from '../pair-hash';

/** The names that /window knows. */
export const WINDOW_PARAMETERS = ['to', 'from'] as const;

export async function respondToWindow(call: Call): Promise<Answer<WindowAnswer>> {
  const { parameters, services, settings, now } = call;
  const user = parameters.to();
  const sender = parameters.from(settings);
  const pair = { sender, ...parameters.finish(WINDOW_PARAMETERS, { user }) };
  const at = { now, marginSeconds: settings.marginSeconds };
  const person = await readPerson(services, pair, at, { remember: true, fresh: true });
  await sweepHeld(services, pair, person, at);
  const { window, optedOut } = person;
  const freeFormAllowed = isOpen(window) && !optedOut;
  return {
    status: 200,
    json: {
      window: windowJson(window),
      freeFormAllowed,
      templateRequired: !freeFormAllowed,
      optedOut,
      freeEntryUntil: isoOrNull(freeEntryUntil(window, now)),
      error: null,
    },
    log: { pair: pairHash(settings.authToken, pair), state: window.state, source: window.source },
  };
}

interface WindowUnknown {
  readonly window: null;
  readonly freeFormAllowed: false;
  readonly templateRequired: true;
  readonly optedOut: null;
  readonly freeEntryUntil: null;
}

/** Without knowledge only a template is safe. */
export function windowFailedJson(failure: Failure): Failed<WindowUnknown> {
  return {
    window: null,
    freeFormAllowed: false,
    templateRequired: true,
    optedOut: null,
    freeEntryUntil: null,
    error: errorJson(failure),
  };
}
