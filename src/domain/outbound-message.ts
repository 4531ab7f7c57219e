/**
 * What may leave: a free-form message or a template message, never a mixture of both, because Twilio ignores or refuses
 * Body and MediaUrl beside a ContentSid (https://www.twilio.com/docs/content/send-templates-created-with-the-content-template-builder).
 */
import type { ContentSid } from './twilio-sid';

/**
 * How far ahead Twilio schedules, in milliseconds: "more than 5 minutes and at most 35 days"
 * (https://www.twilio.com/docs/messaging/features/message-scheduling).
 */
export const MIN_AHEAD_MS = 5 * 60 * 1000;
export const MAX_AHEAD_MS = 35 * 24 * 3600 * 1000;

/** Twilio refuses a longer Body with error 21617. */
export const MAX_BODY_CHARACTERS = 1600;

/** As many attachments as one call may have: each is a message of its own, see `partsOf`. */
export const MAX_MEDIA = 10;

export interface FreeFormMessage {
  readonly kind: 'free-form';
  readonly body: string;
  readonly mediaUrls: readonly string[];
}

export interface TemplateMessage {
  readonly kind: 'template';
  readonly contentSid: ContentSid;
  /** Every placeholder of the template with its text; empty only where the template has none. */
  readonly contentVariables: Readonly<Record<string, string>>;
}

export type OutboundMessage = FreeFormMessage | TemplateMessage;

/** One text of several, in order, with an empty line between. */
export function joinTexts(texts: readonly string[]): string {
  return texts.join('\n\n');
}

/**
 * The messages that a free-form message becomes. A WhatsApp message carries one attachment: of several MediaUrl Twilio
 * delivers the first and drops the others silently (https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages).
 * @returns one message for each attachment, in order, the text with the first; never none
 */
export function partsOf(message: FreeFormMessage): readonly [FreeFormMessage, ...FreeFormMessage[]] {
  const [first, ...others] = message.mediaUrls;
  if (first === undefined) return [message];
  return [
    { ...message, mediaUrls: [first] },
    ...others.map((url): FreeFormMessage => ({ kind: 'free-form', body: '', mediaUrls: [url] })),
  ];
}
