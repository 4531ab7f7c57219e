/** What a caller asks to have sent, and what came of it. */
import type { CustomerServiceWindow } from '../../domain/customer-service-window';
import type { Cost, Prices } from '../../domain/prices';
import type { Content, Decision, WhenClosed } from '../../domain/send-decision';
import type { Pair } from '../../domain/whatsapp-address';
import type { Moment } from '../contacts/read-person';
import type { Failure } from '../failure';
import type { HeldMessage } from '../ports/held-messages';
import type { SentMessage } from '../ports/messenger';
import type { ReadyTemplate, TemplateRequest } from './choose-template';

export interface SendRequest {
  readonly pair: Pair;
  readonly content: Content<TemplateRequest>;
  /** Chooses among templates that the body may be recognised as. */
  readonly language: string | null;
  readonly whenClosed: WhenClosed;
  /** Milliseconds since the epoch; null to send now. */
  readonly sendAt: number | null;
  /** Seconds after which it must not be delivered any more, where the caller says so. */
  readonly validSeconds: number | null;
  /** The address to which the status callbacks of what is sent go on. */
  readonly statusCallback: string | null;
  /** The idempotency key, where the call has one. */
  readonly key: string | null;
  /** Decide, send nothing, store nothing. */
  readonly dryRun: boolean;
}

export interface SendResult {
  readonly outcome: 'sent' | 'scheduled' | 'held' | 'refused' | 'dry-run' | 'failed';
  readonly decision: Decision | null;
  readonly window: CustomerServiceWindow | null;
  /** All that went out, in order: several attachments are several messages. */
  readonly messages: readonly SentMessage[];
  readonly held: Pick<HeldMessage, 'id' | 'expiresAt'> | null;
  /** What a template message says, filled; null for free-form messages. */
  readonly preview: ReadyTemplate | null;
  /** What it costs, or would, by the operator's prices; left out where that is not known. */
  readonly cost?: Cost;
  /** Why nothing was sent, or not all of it. */
  readonly failure: Failure | null;
}

/** What was done, apart from what was decided. */
export type Effects = Pick<SendResult, 'outcome' | 'messages' | 'held' | 'failure'> &
  Partial<Pick<SendResult, 'decision' | 'window' | 'preview'>>;

export interface SendOptions extends Moment {
  /** Seconds that a held message waits. */
  readonly holdTtlSeconds: number;
  /** The template that asks the user to answer, where the call names none. */
  readonly fallbackTemplate: string | null;
  /** Those of the operator's file; left out or null where there is none. */
  readonly prices?: Prices | null;
}

/** Nothing went out, nothing is held. */
export const NO_EFFECTS = { messages: [], held: null, failure: null } as const;
