/** What the service is asked with, as openapi.yaml names it. What is left out, or empty, has the service's default. */

export interface SendRequest {
  /** `whatsapp:+15551234567`, `+15551234567` or a BSUID such as `whatsapp:US.13491208655302741918`. */
  readonly to: string;
  /** The sender; default `WHATSAPP_SENDER`. */
  readonly from?: string | undefined;
  /** Free-form text, at most 1,600 characters. */
  readonly body?: string | undefined;
  /** An https address, or several. */
  readonly mediaUrl?: string | readonly string[] | undefined;
  /** Content SID or name of a template. */
  readonly template?: string | undefined;
  /** Chooses among templates of one name. */
  readonly language?: string | undefined;
  /** `{ "1": "hacker", "2": "1337" }` */
  readonly contentVariables?: Readonly<Record<string, string>> | undefined;
  readonly whenClosed?: 'template' | 'hold' | 'refuse' | undefined;
  /** ISO 8601 with a zone, more than 5 minutes and at most 35 days ahead. */
  readonly sendAt?: string | undefined;
  /** The same key sends once and answers the same. Only a call with one is repeated by this client. */
  readonly idempotencyKey?: string | undefined;
  /** Decides, sends nothing, stores nothing. */
  readonly dryRun?: boolean | undefined;
  /** An https address to which the status callbacks of this message go on. */
  readonly statusCallback?: string | undefined;
}

export interface PairRequest {
  readonly to: string;
  readonly from?: string | undefined;
}

export interface WindowsRequest {
  /** Windows in a page, 1 to 100; default 50. */
  readonly limit?: number | undefined;
  /** Where to begin: the `nextCursor` of an earlier page. */
  readonly cursor?: string | undefined;
  /** Only windows that close within so many seconds. */
  readonly closingWithin?: number | undefined;
  /** Only people who wrote, or were written to, since then. */
  readonly since?: string | undefined;
  /** Only this person. */
  readonly to?: string | undefined;
  /** With `to`, the sender. */
  readonly from?: string | undefined;
}

export interface HeldRequest {
  /** Without it, what is held for everybody, a page at a time. */
  readonly to?: string | undefined;
  readonly from?: string | undefined;
  readonly cursor?: string | undefined;
}

export interface CancelRequest extends PairRequest {
  /** The id of the held message. */
  readonly id: string;
}

export interface ThreadRequest extends PairRequest {
  /** Messages in a page; default 20. */
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  /** Whether to look up what is attached, a request to Twilio for each of the page's newest ten messages with attachments. */
  readonly media?: boolean | undefined;
}
