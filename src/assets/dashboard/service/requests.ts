/** What the service is asked with. Types only: how it travels is `service.ts`. */

export interface PairName {
  /** '' is the service's default sender: it takes an empty parameter for one that was left out. */
  readonly sender: string;
  readonly user: string;
}

/** The body of POST /send-message, as far as this page uses it. */
export interface SendRequest {
  readonly to: string;
  readonly from: string;
  readonly body?: string;
  readonly template?: string;
  readonly contentVariables?: Readonly<Record<string, string>>;
  readonly whenClosed?: 'template' | 'hold' | 'refuse';
  readonly idempotencyKey?: string;
  readonly dryRun?: boolean;
}
