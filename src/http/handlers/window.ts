/** What /window and its Studio twin do alike. */
import { isOpen } from '../../domain/customer-service-window';
import type { WhatsAppAddress } from '../../domain/whatsapp-address';
import { readPerson } from '../../use-cases/contacts/read-person';
import type { Failure } from '../../use-cases/failure';
import { type Answer, errorJson, windowJson } from '../answers';
import type { Call } from '../endpoint';
import { pairHash } from '../pair-hash';

/** The names that /window knows. */
export const WINDOW_PARAMETERS = ['to', 'from'] as const;

export async function respondToWindow(call: Call): Promise<Answer> {
  const { parameters, services, settings, now } = call;
  const user = parameters.to();
  const sender = parameters.from(settings);
  parameters.finish(WINDOW_PARAMETERS);
  // `finish` throws where `to` was not readable.
  const pair = { sender, user: user as WhatsAppAddress };
  const at = { now, marginSeconds: settings.marginSeconds };
  const { window, optedOut } = await readPerson(services, pair, at, { remember: true, fresh: true });
  const freeFormAllowed = isOpen(window) && !optedOut;
  return {
    status: 200,
    json: {
      window: windowJson(window),
      freeFormAllowed,
      templateRequired: !freeFormAllowed,
      optedOut,
      error: null,
    },
    log: { pair: pairHash(settings.authToken, pair), state: window.state, source: window.source },
  };
}

/** Without knowledge only a template is safe. */
export function windowFailedJson(failure: Failure): object {
  return {
    window: null,
    freeFormAllowed: false,
    templateRequired: true,
    optedOut: null,
    error: errorJson(failure),
  };
}
