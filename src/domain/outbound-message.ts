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

/** Of a text below a picture or a video (https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/image-messages). */
export const MAX_CAPTION_CHARACTERS = 1024;

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
 * @returns one message for each attachment, in order, the text with the first where it takes one, else before it; never none
 */
export function partsOf(message: FreeFormMessage): readonly [FreeFormMessage, ...FreeFormMessage[]] {
  const { body, mediaUrls } = message;
  const [first, ...others] = mediaUrls;
  if (first === undefined) return [message];
  const attachments = (urls: readonly string[]) =>
    urls.map((url): FreeFormMessage => ({ kind: 'free-form', body: '', mediaUrls: [url] }));
  if (body !== '' && !takesCaption(first, body))
    return [{ ...message, mediaUrls: [] }, ...attachments(mediaUrls)];
  return [{ ...message, mediaUrls: [first] }, ...attachments(others)];
}

/**
 * How the addresses end of what Twilio delivers without its text: WhatsApp has no captions of audio, stickers and contact
 * cards, and Twilio sets none of documents (the page above: "Filenames and Captions", "Supported MIME Types").
 */
const ENDS_WITHOUT_CAPTION = new Set(
  'aac amr 3gp m4a mp3 mpga oga ogg opus webp vcf pdf doc docx ppt pptx xls xlsx txt csv'.split(' '),
);

/**
 * Whether a text arrives with an attachment. Twilio learns the kind when it fetches the address; here its ending tells.
 * One without a known ending is taken for a picture: most are, it is what Twilio itself is asked for by one call, and a
 * caller who knows better can send the text by itself.
 */
function takesCaption(url: string, body: string): boolean {
  const [path = ''] = url.split(/[?#]/);
  const [, ending = ''] = /\.([a-z0-9]+)$/i.exec(path) ?? [];
  return body.length <= MAX_CAPTION_CHARACTERS && !ENDS_WITHOUT_CAPTION.has(ending.toLowerCase());
}
