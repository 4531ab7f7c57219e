/**
 * What may leave: a free-form message or a template message, never a mixture of both, because Twilio ignores or refuses
 * Body and MediaUrl beside a ContentSid (https://www.twilio.com/docs/content/send-templates-created-with-the-content-template-builder).
 */
import type { ContentSid } from './twilio-sid';

/** Twilio refuses a longer Body with error 21617. */
export const MAX_BODY_CHARACTERS = 1600;

/** Twilio takes at most this many MediaUrl in one message (error 21623 beyond it). */
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
