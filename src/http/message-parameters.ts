/**
 * The parameters of Twilio's `POST Messages` (https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource)
 * read into a request of ours, each problem with Twilio's own error code.
 */
import { MAX_BODY_CHARACTERS, MAX_MEDIA } from '../domain/outbound-message';
import { WHEN_CLOSED } from '../domain/send-decision';
import { parseContentSid } from '../domain/twilio-sid';
import type { WhatsAppAddress } from '../domain/whatsapp-address';
import { isPhone, parseWhatsAppAddress } from '../domain/whatsapp-address';
import { Failure } from '../use-cases/failure';
import type { TemplateRequest } from '../use-cases/send/choose-template';
import type { SendRequest } from '../use-cases/send/send-request';
import { isIdempotencyKey, isMediaUrl, isoTime, MAX_URL_CHARACTERS, textProblem } from './parameter-rules';
import type { Parameters } from './parameters';
import { contentOf, readStatusCallback, readVariables, sendAtProblem } from './send-parameters';

const KNOWN: ReadonlySet<string> = new Set([
  ...['To', 'From', 'MessagingServiceSid', 'Body', 'MediaUrl', 'ContentSid', 'ContentVariables'],
  ...['StatusCallback', 'SendAt', 'ScheduleType', 'ValidityPeriod', 'WhenClosed', 'IdempotencyKey'],
]);

/** A problem and Twilio's code for it. */
interface CodedProblem {
  readonly field: string;
  readonly message: string;
  readonly code: number;
}

/** All that is wrong with a request; the code is that of the first. */
export class InvalidMessage extends Failure {
  constructor(readonly coded: readonly [CodedProblem, ...CodedProblem[]]) {
    const [first, ...others] = coded;
    super('INVALID_REQUEST', first.message, others, first.code);
  }
}

export interface MessageSettings {
  readonly sender: WhatsAppAddress;
  readonly messagingServiceSid: string | null;
  readonly ownHost: string;
}

/**
 * @param idempotencyKeyHeader of the request's header `Idempotency-Key`
 * @param now milliseconds since the epoch
 * @throws InvalidMessage with all problems
 */
export function readMessageParameters(
  parameters: Parameters,
  idempotencyKeyHeader: string | null,
  settings: MessageSettings,
  now: number,
): SendRequest {
  const problems: CodedProblem[] = [];
  const refuse = (code: number, field: string, message: string) => problems.push({ code, field, message });
  const text = (name: string): string | null => {
    const value = parameters.raw(name);
    if (value === undefined) return null;
    if (typeof value === 'string') return value;
    refuse(20001, name, `${name} must be one text.`);
    return null;
  };
  refuseUnknown(parameters, refuse);
  const user = readTo(text('To'), refuse);
  const sender = readSender(text('From'), text('MessagingServiceSid'), settings, refuse);
  // https://www.twilio.com/docs/api/errors/21266
  if (user !== undefined && user === sender) refuse(21266, 'To', 'To is the sender itself.');
  const body = readBody(text('Body'), refuse);
  const mediaUrls = readMedia(parameters.raw('MediaUrl'), refuse);
  const template = readTemplate(parameters, text('ContentSid'), refuse);
  const sendAt = readSendAt(text('SendAt'), text('ScheduleType'), settings, now, refuse);
  const validSeconds = readValidity(text('ValidityPeriod'), refuse);
  const whenClosed = WHEN_CLOSED.find((choice) => choice === (text('WhenClosed') ?? 'template'));
  if (!whenClosed) refuse(20001, 'WhenClosed', `WhenClosed must be one of ${WHEN_CLOSED.join(', ')}.`);
  const key = readKey(text('IdempotencyKey') ?? idempotencyKeyHeader, refuse);
  const callback = readStatusCallback(text('StatusCallback') ?? undefined, settings.ownHost);
  if (callback.problem !== null) refuse(21609, 'StatusCallback', `StatusCallback ${callback.problem}`);

  const isEmpty = body.trim() === '' && mediaUrls.length === 0;
  const message = isEmpty ? null : { kind: 'free-form' as const, body, mediaUrls };
  const content = contentOf(message, template);
  if (!content && parameters.raw('ContentSid') === undefined) {
    refuse(21619, 'Body', 'Give Body, MediaUrl or ContentSid: there is nothing to send.');
  }
  const [first, ...others] = problems;
  if (first) throw new InvalidMessage([first, ...others]);
  if (!user || !sender || !content || !whenClosed)
    throw new Failure('INVALID_REQUEST', 'The request is incomplete.');
  return {
    ...{ pair: { sender, user }, content, language: null, whenClosed, sendAt, validSeconds, key },
    statusCallback: callback.url,
    dryRun: false,
  };
}

type Refuse = (code: number, field: string, message: string) => void;

function refuseUnknown(parameters: Parameters, refuse: Refuse): void {
  for (const name of parameters.all().keys()) {
    if (KNOWN.has(name)) continue;
    const shown = name.slice(0, 40);
    refuse(20001, shown, `${shown} is a parameter that this service does not know.`);
  }
}

/** https://www.twilio.com/docs/api/errors/21617 */
function readBody(value: string | null, refuse: Refuse): string {
  const body = value ?? '';
  const problem = textProblem(body, MAX_BODY_CHARACTERS);
  if (problem) refuse(body.length > MAX_BODY_CHARACTERS ? 21617 : 20001, 'Body', `Body ${problem}`);
  return body;
}

function readKey(key: string | null, refuse: Refuse): string | null {
  if (key !== null && !isIdempotencyKey(key)) {
    refuse(20001, 'IdempotencyKey', 'IdempotencyKey must be 1 to 128 of the characters A-Z a-z 0-9 _ . : -');
  }
  return key;
}

/** https://www.twilio.com/docs/api/errors/21211 and 21604 */
function readTo(value: string | null, refuse: Refuse): WhatsAppAddress | undefined {
  if (value === null) {
    refuse(21604, 'To', "A 'To' address is required: whatsapp:+15551234567.");
    return undefined;
  }
  const address = value.startsWith('whatsapp:') ? parseWhatsAppAddress(value) : undefined;
  if (address) return address;
  refuse(
    21211,
    'To',
    value.startsWith('whatsapp:')
      ? 'To is no WhatsApp address such as whatsapp:+15551234567.'
      : 'To is not on WhatsApp. This service sends WhatsApp messages only: use a client for Twilio itself for everything else.',
  );
  return undefined;
}

/** https://www.twilio.com/docs/api/errors/21212, 21603 and 21705 */
function readSender(
  from: string | null,
  serviceSid: string | null,
  settings: MessageSettings,
  refuse: Refuse,
): WhatsAppAddress | undefined {
  if (serviceSid !== null && serviceSid !== settings.messagingServiceSid) {
    refuse(
      21705,
      'MessagingServiceSid',
      'MessagingServiceSid is not the MESSAGING_SERVICE_SID of this service.',
    );
  }
  if (from === null) {
    if (serviceSid !== null) return settings.sender;
    refuse(21603, 'From', "A 'From' address or a MessagingServiceSid is required.");
    return undefined;
  }
  const address = from.startsWith('whatsapp:') ? parseWhatsAppAddress(from) : undefined;
  if (address && isPhone(address)) return address;
  refuse(21212, 'From', 'From is no WhatsApp sender such as whatsapp:+15551234567.');
  return undefined;
}

/** https://www.twilio.com/docs/api/errors/21620 and 21623 */
function readMedia(value: unknown, refuse: Refuse): readonly string[] {
  if (value === undefined) return [];
  const urls: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (urls.length > MAX_MEDIA)
    refuse(21623, 'MediaUrl', `MediaUrl has ${urls.length} addresses; ${MAX_MEDIA} are allowed.`);
  return urls.flatMap((url) => {
    if (isMediaUrl(url)) return [url];
    const problem = typeof url === 'string' ? textProblem(url, MAX_URL_CHARACTERS) : undefined;
    refuse(
      21620,
      'MediaUrl',
      `MediaUrl ${problem ?? `must be https:// addresses of at most ${MAX_URL_CHARACTERS} characters.`}`,
    );
    return [];
  });
}

/** https://www.twilio.com/docs/api/errors/21655 and 21656 */
function readTemplate(parameters: Parameters, sid: string | null, refuse: Refuse): TemplateRequest | null {
  const variables = readVariables(parameters, 'ContentVariables', (field, message) =>
    refuse(21656, field, message),
  );
  if (sid === null) {
    if (parameters.raw('ContentVariables') !== undefined)
      refuse(21656, 'ContentVariables', 'ContentVariables fill a template: give ContentSid as well.');
    return null;
  }
  if (parseContentSid(sid)) return { ref: sid, language: null, variables };
  refuse(21655, 'ContentSid', 'ContentSid must be HX and 32 hexadecimal digits.');
  return null;
}

/** https://www.twilio.com/docs/api/errors/35111, 35114, 35118 and 35126 */
function readSendAt(
  value: string | null,
  scheduleType: string | null,
  { messagingServiceSid }: MessageSettings,
  now: number,
  refuse: Refuse,
): number | null {
  if (value === null && scheduleType === null) return null;
  if (scheduleType !== 'fixed')
    refuse(35126, 'ScheduleType', 'ScheduleType must be fixed where SendAt is given.');
  if (messagingServiceSid === null)
    refuse(
      35118,
      'MessagingServiceSid',
      'Scheduling needs MESSAGING_SERVICE_SID among the settings of this service.',
    );
  if (value === null) {
    refuse(35111, 'SendAt', 'SendAt is missing: give the time as ISO 8601 with a zone.');
    return null;
  }
  const time = isoTime(value);
  const problem =
    time === undefined ? 'SendAt must be ISO 8601 with a zone.' : sendAtProblem(time, now)?.message;
  if (problem) refuse(35114, 'SendAt', problem.replace(/^sendAt/, 'SendAt'));
  return time ?? null;
}

/** Twilio takes 1 to 36,000 seconds. */
function readValidity(value: string | null, refuse: Refuse): number | null {
  if (value === null) return null;
  const seconds = /^\d{1,6}$/.test(value) ? Number(value) : 0;
  if (seconds >= 1 && seconds <= 36_000) return seconds;
  refuse(20001, 'ValidityPeriod', 'ValidityPeriod must be a whole number of seconds from 1 to 36000.');
  return null;
}
