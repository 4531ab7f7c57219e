/**
 * Reads the parameters of `POST Messages` and refuses what Twilio refuses at once, with Twilio's codes. It must not
 * judge what only WhatsApp can judge later: the window, approval, and the content of the values.
 */

import type { Parameters } from '../../server/parameters';
import { notImitatedHere, TwilioError } from '../../server/twilio-error';
import type { Wiring } from '../../settings';
import { isWebUrl } from '../../whatsapp/webhook-url';
import { type ContentTemplate, type ContentTemplates, render } from '../content/content-templates';
import type { MessagingServices } from '../messaging-services';

/** https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource */
export const CREATE_PARAMETERS = [
  'To',
  'From',
  'MessagingServiceSid',
  'Body',
  'MediaUrl',
  'ContentSid',
  'ContentVariables',
  'StatusCallback',
  'ValidityPeriod',
  'SendAt',
  'ScheduleType',
  // Known to Twilio, accepted, without effect here:
  'ApplicationSid',
  'MaxPrice',
  'ProvideFeedback',
  'Attempt',
  'ForceDelivery',
  'ContentRetention',
  'AddressRetention',
  'SmartEncoded',
  'PersistentAction',
  'TrafficType',
  'ShortenUrls',
  'SendAsMms',
  'MessageIntent',
  'RiskCheck',
  'FallbackFrom',
] as const;

export interface MessageRequest {
  to: string;
  from: string | null;
  messagingServiceSid: string | null;
  body: string;
  mediaUrls: string[];
  template: ContentTemplate | null;
  contentVariables: string | null;
  usedSampleValues: boolean;
  statusCallback: string | null;
  /** Only TwiML can ask for another one than POST. */
  statusCallbackMethod?: 'GET' | 'POST';
  validityPeriod: number | null;
  sendAt: number | null;
}

/** A phone number or a business-scoped user id, `CC.<id>` or `CC.ENT.<id>`. */
export const USER_ADDRESS = /^whatsapp:(?:\+[1-9]\d{6,14}|[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128})$/;
export const SENDER_ADDRESS = /^whatsapp:\+[1-9]\d{6,14}$/;

/** 21623: https://www.twilio.com/docs/messaging/api/media-resource */
const MAX_MEDIA = 10;
/** 21658: https://www.twilio.com/docs/api/errors/21658 */
const MAX_VALUE_CHARACTERS = 1600;
/** 21609: https://www.twilio.com/docs/api/errors/21609 */
const MAX_CALLBACK_CHARACTERS = 4000;

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

function refuse(code: number, message: string): TwilioError {
  return new TwilioError(400, code, message);
}

/** 21656: every value a text that is not empty. https://www.twilio.com/docs/api/errors/21656 */
export function parseContentVariables(text: string | null): Map<string, string> {
  const values = new Map<string, string>();
  if (text === null) return values;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw refuse(21656, 'The ContentVariables Parameter is invalid: it is not JSON.');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw refuse(21656, 'The ContentVariables Parameter is invalid: it is not a JSON object.');
  }
  for (const [name, value] of Object.entries(parsed)) {
    if (typeof value !== 'string' || value === '') {
      throw refuse(
        21656,
        `The ContentVariables Parameter is invalid: "${name}" must be text that is not empty.`,
      );
    }
    if (value.length > MAX_VALUE_CHARACTERS) {
      throw refuse(21658, `The ContentVariables Parameter exceeds the 1600 character limit in "${name}".`);
    }
    values.set(name, value);
  }
  return values;
}

/** 35111, 35118, 35114, 35126: https://www.twilio.com/docs/messaging/features/message-scheduling */
function parseSendAt(form: Parameters, messagingServiceSid: string | null, now: number): number | null {
  const sendAt = form.get('SendAt');
  const scheduleType = form.get('ScheduleType');
  if (sendAt === undefined && scheduleType === undefined) return null;
  if (messagingServiceSid === null)
    throw refuse(35118, 'MessagingServiceSid is required to schedule a message');
  if (scheduleType !== 'fixed')
    throw refuse(35126, "The ScheduleType value provided is not supported: use 'fixed'");
  if (sendAt === undefined) throw refuse(35111, 'SendAt timestamp is missing');
  const at = Date.parse(sendAt);
  const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(sendAt);
  if (!iso || Number.isNaN(at) || at - now <= 5 * MINUTE || at - now > 35 * DAY) {
    throw refuse(35114, 'SendAt time must be more than 5 minutes and at most 35 days in the future');
  }
  return at;
}

export function parseMessageRequest(
  form: Parameters,
  templates: ContentTemplates,
  services: MessagingServices,
  wiring: Wiring,
  now: number,
): MessageRequest {
  const { to, from, messagingServiceSid } = parseParties(form, services, wiring);
  const { template, contentVariables, givenBody, mediaUrls } = parseContent(form, templates);
  const rendered = template
    ? render(template, parseContentVariables(contentVariables))
    : { text: givenBody, usedSampleValues: false };
  return {
    to,
    from,
    messagingServiceSid,
    // With a ContentSid, Body and MediaUrl have no effect.
    body: rendered.text,
    mediaUrls: template ? [] : mediaUrls,
    template,
    contentVariables,
    usedSampleValues: rendered.usedSampleValues,
    statusCallback: parseStatusCallback(form),
    validityPeriod: parseValidityPeriod(form),
    sendAt: parseSendAt(form, messagingServiceSid, now),
  };
}

function parseParties(
  form: Parameters,
  services: MessagingServices,
  wiring: Wiring,
): Pick<MessageRequest, 'to' | 'from' | 'messagingServiceSid'> {
  const to = form.get('To') ?? '';
  if (to === '') throw refuse(21604, "A 'To' phone number is required.");
  const given = form.get('From') ?? null;
  // A Messaging Service is taken in either parameter.
  const from = given?.startsWith('MG') ? null : given;
  const messagingServiceSid = form.get('MessagingServiceSid') ?? (from === null ? given : null);
  if (!from && !messagingServiceSid) {
    throw refuse(21603, "A 'From' phone number or a MessagingServiceSid is required.");
  }
  if (messagingServiceSid !== null && !services.get(messagingServiceSid)) {
    throw refuse(21701, `The Messaging Service ${messagingServiceSid} does not exist.`);
  }
  requireWhatsAppUser(to, from);
  // 21266: https://www.twilio.com/docs/api/errors/21266
  if (to === from) throw refuse(21266, "'To' and 'From' number cannot be the same");
  if (from !== null) requireSender(from, wiring);
  return { to, from, messagingServiceSid };
}

/** 21211, 21910: https://www.twilio.com/docs/api/errors/21211, https://www.twilio.com/docs/api/errors/21910 */
function requireWhatsAppUser(to: string, from: string | null): void {
  if (USER_ADDRESS.test(to)) return;
  if (to.startsWith('whatsapp:') || !/^\+[1-9]\d{6,14}$/.test(to)) {
    throw refuse(21211, `Invalid 'To' Phone Number: ${to}`);
  }
  // A plain number is SMS, and SMS is not imitated.
  throw from?.startsWith('whatsapp:')
    ? refuse(21910, "Invalid 'From' and 'To' pair. 'From' and 'To' should be of the same channel")
    : notImitatedHere('SMS is not imitated by this emulator; write "whatsapp:+…".');
}

/** 63007: https://www.twilio.com/docs/api/errors/63007 */
function requireSender(from: string, wiring: Wiring): void {
  if (!from.startsWith('whatsapp:')) {
    throw refuse(21910, "Invalid 'From' and 'To' pair. 'From' and 'To' should be of the same channel");
  }
  if (!wiring.senders.includes(from)) {
    throw refuse(63007, `Twilio could not find a Channel with the specified From address: ${from}`);
  }
}

function parseContent(form: Parameters, templates: ContentTemplates) {
  const contentSid = form.get('ContentSid') ?? null;
  const contentVariables = form.get('ContentVariables') ?? null;
  const givenBody = form.get('Body') ?? '';
  const mediaUrls = form.all('MediaUrl');
  if (contentSid === null && contentVariables !== null) throw refuse(21654, 'ContentSid Required');
  const template = contentSid === null ? null : (templates.get(contentSid) ?? null);
  if (contentSid !== null && template === null)
    throw refuse(21655, `The ContentSid is Invalid: ${contentSid}`);
  if (template === null && givenBody === '' && mediaUrls.length === 0) {
    throw refuse(21619, 'A text message body or media urls must be specified.');
  }
  if (givenBody.length > 1600) {
    throw refuse(21617, 'The concatenated message body exceeds the 1600 character limit');
  }
  requireMedia(mediaUrls);
  return { template, contentVariables, givenBody, mediaUrls };
}

function requireMedia(mediaUrls: readonly string[]): void {
  if (mediaUrls.length > MAX_MEDIA) {
    throw refuse(21623, `Number of media files exceeds allowed limit: ${mediaUrls.length}.`);
  }
  for (const url of mediaUrls) if (!isWebUrl(url)) throw refuse(21620, `Invalid media URL: ${url}`);
}

function parseStatusCallback(form: Parameters): string | null {
  const statusCallback = form.get('StatusCallback') ?? null;
  if (statusCallback === null) return null;
  const isTaken =
    isWebUrl(statusCallback) &&
    statusCallback.length <= MAX_CALLBACK_CHARACTERS &&
    !new URL(statusCallback).hostname.includes('_');
  if (isTaken) return statusCallback;
  throw refuse(21609, `The StatusCallback URL ${statusCallback} is not a valid URL`);
}

/** 21624: https://www.twilio.com/docs/api/errors/21624; the range is the message resource's. */
function parseValidityPeriod(form: Parameters): number | null {
  const validity = form.get('ValidityPeriod');
  if (validity === undefined) return null;
  if (/^\d+$/.test(validity) && Number(validity) >= 1 && Number(validity) <= 36_000) return Number(validity);
  throw refuse(21624, 'Invalid validity period value: it must be from 1 to 36000 seconds');
}
