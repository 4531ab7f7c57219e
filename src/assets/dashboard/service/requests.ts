/** What the service is asked with, as far as this page does. Types only: how it travels is `service.ts`. */
import type * as Json from '../../../../client/requests';

export interface PairName {
  /** '' is the service's default sender: it takes an empty parameter for one that was left out. */
  readonly sender: string;
  readonly user: string;
}

/** The body of POST /send-message. The sender is always named: a person is a pair. */
export interface SendRequest
  extends Pick<
    Json.SendRequest,
    'to' | 'body' | 'template' | 'contentVariables' | 'whenClosed' | 'idempotencyKey' | 'dryRun'
  > {
  readonly from: string;
}
