/**
 * Twilio's own shapes, for programs that were written for its Messages API: the Message resource
 * (https://www.twilio.com/docs/messaging/api/message-resource) and the error object
 * (https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions). Nothing is decided here.
 */
import { partsOf } from '../domain/outbound-message';
import type { Failure, FailureCode } from '../use-cases/failure';
import type { SendRequest, SendResult } from '../use-cases/send/send-request';

/** HTTP status and Twilio's error code of a failure; what has a code of Twilio's own keeps that. */
const ERRORS: Readonly<Record<FailureCode, readonly [status: number, code: number]>> = {
  INVALID_REQUEST: [400, 20001],
  UNAUTHORIZED: [401, 20003],
  FORBIDDEN: [403, 20403],
  NOT_FOUND: [404, 20404],
  METHOD_NOT_ALLOWED: [405, 20004],
  // https://www.twilio.com/docs/api/errors/63016: at once, where Twilio tells it minutes later.
  WINDOW_NOT_OPEN: [400, 63016],
  // https://www.twilio.com/docs/api/errors/21610
  OPTED_OUT: [400, 21610],
  HELD_LIMIT_REACHED: [409, 20409],
  BEING_SENT: [409, 20409],
  IDEMPOTENCY_CONFLICT: [409, 20409],
  TEMPLATE_PROBLEM: [400, 21655],
  RATE_LIMITED: [429, 20429],
  MISCONFIGURED: [500, 20500],
  INTERNAL_ERROR: [500, 20500],
  TWILIO_REJECTED: [400, 20001],
  OUTCOME_UNKNOWN: [500, 20500],
  STATE_UNAVAILABLE: [503, 20503],
};

export function messageErrorStatus(failure: Failure): number {
  return ERRORS[failure.code][0];
}

/** A template that WhatsApp has stopped: https://www.twilio.com/docs/api/errors/63041 and the two beside it. */
const STOPPED: readonly (readonly [status: string, code: number])[] = [
  ['rejected', 63040],
  ['paused', 63041],
  ['disabled', 63042],
];

function codeOf({ code, problems, twilioCode }: Failure): number {
  if (twilioCode !== null) return twilioCode;
  if (code === 'TEMPLATE_PROBLEM') {
    const stopped = STOPPED.find(([status]) =>
      problems.some(({ message }) => message.includes(`its status is ${status}`)),
    );
    if (stopped) return stopped[1];
    // https://www.twilio.com/docs/api/errors/21656: the content variables
    if (problems.some(({ field }) => field.startsWith('contentVariables'))) return 21656;
  }
  return ERRORS[code][1];
}

/** @param code of the first problem, where the request itself is wrong and Twilio has a code for it */
export function messageErrorJson(failure: Failure, code: number = codeOf(failure)): object {
  const details = failure.problems.map(({ message }) => message).filter((text) => text !== failure.message);
  return {
    code,
    message: [failure.message, ...details].join(' '),
    more_info: `https://www.twilio.com/docs/errors/${code}`,
    status: messageErrorStatus(failure),
  };
}

/** Twilio's form of a date: RFC 2822. @param time milliseconds since the epoch */
const rfc2822 = (time: number) => new Date(time).toUTCString().replace('GMT', '+0000');

/**
 * @param now milliseconds since the epoch
 * @returns what Twilio would have answered. A text that is held and asks nobody has no message yet: its `sid` is null and
 * its status `accepted`, and `held` says more
 */
export function messageResource(
  { pair, content, sendAt }: SendRequest,
  { messages, held, preview, failure }: SendResult,
  {
    accountSid,
    messagingServiceSid,
  }: { readonly accountSid: string; readonly messagingServiceSid: string | null },
  now: number,
): object {
  const [message] = messages;
  const sid = message?.sid ?? null;
  const uri = sid && `/2010-04-01/Accounts/${accountSid}/Messages/${sid}.json`;
  const isFreeForm = content.kind === 'free-form' && message?.contentSid == null;
  const body = isFreeForm && content.kind === 'free-form' ? content.message.body : (preview?.text ?? '');
  const media = isFreeForm && content.kind === 'free-form' ? partsOf(content.message)[0].mediaUrls.length : 0;
  return {
    ...{ body, direction: 'outbound-api', from: pair.sender, to: pair.user, sid, uri },
    num_segments: sendAt === null ? '1' : '0',
    num_media: String(media),
    status: message?.status ?? 'accepted',
    ...{ date_created: rfc2822(now), date_updated: rfc2822(now), date_sent: null },
    ...{ error_code: null, error_message: null, price: null, price_unit: null },
    account_sid: accountSid,
    messaging_service_sid: sendAt === null ? null : messagingServiceSid,
    api_version: '2010-04-01',
    subresource_uris: uri === null ? {} : { media: uri.replace(/\.json$/, '/Media.json') },
    // What Twilio does not have: further attachments are further messages, a text may wait, not all of it may have worked.
    further_sids: messages.slice(1).map((other) => other.sid),
    held: held && { id: held.id, expires_at: new Date(held.expiresAt).toISOString() },
    warning: failure?.message ?? null,
  };
}
