/** The settings that control may change while the emulator runs. It must not give any of them a meaning. */
import { USER_ID_PARAMETERS, type Wiring } from '../settings';
import type { Fields } from './fields';

export function configure(body: Fields, wiring: Wiring): Wiring {
  const functionsUrl = body.text('functionsUrl');
  const given: { [Name in keyof Wiring]: Wiring[Name] | undefined } = {
    functionsUrl: functionsUrl?.replace(/\/$/, ''),
    incomingUrl: body.textOrNull('incomingUrl'),
    fallbackUrl: body.textOrNull('fallbackUrl'),
    statusCallback: body.textOrNull('statusCallback'),
    senders: body.list('senders')?.map(String),
    rateLimits: body.boolean('rateLimits'),
    latencyMs: body.number('latencyMs'),
    optOutRefusal: body.oneOf('optOutRefusal', ['answer', 'callback']),
    advancedOptOut: body.boolean('advancedOptOut'),
    userIdParameter: body.oneOf('userIdParameter', USER_ID_PARAMETERS),
    creationLimit: body.boolean('creationLimit'),
    discardBodies: body.boolean('discardBodies'),
    logLagSeconds: body.number('logLagSeconds'),
    dateSentByDay: body.boolean('dateSentByDay'),
    pairLimit: body.boolean('pairLimit'),
    callToActionNeedsApproval: body.boolean('callToActionNeedsApproval'),
    unapprovedTextKeepsLimits: body.boolean('unapprovedTextKeepsLimits'),
  };
  body.done();
  const changes = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.assign(wiring, Object.fromEntries(changes));
}
