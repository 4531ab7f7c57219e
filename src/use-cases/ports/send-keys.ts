/** Port: idempotency keys. One key stands for one request and its one answer. */

export type KeyState =
  /** The answer of a request that is settled. `answer` is the JSON that went out. */
  | { readonly state: 'done'; readonly status: number; readonly answer: object }
  /** Under way, or left behind by a container that died, since then (milliseconds since the epoch). */
  | { readonly state: 'pending'; readonly since: number }
  /** Begun then; Twilio did not say whether it took the message. */
  | {
      readonly state: 'unknown';
      readonly since: number;
      /** Messages that were in the log before, so none of them is it. */
      readonly notThese: readonly string[];
    };

export interface SendKey {
  /** Says which request the key was used for, without repeating it. */
  readonly fingerprint: string;
  readonly value: KeyState;
}

/** Every method throws a Failure `STATE_UNAVAILABLE` where the store cannot be reached. */
export interface SendKeys {
  /** @returns undefined where the key was free and is taken now; otherwise what it stands for */
  take(key: string, mine: SendKey): Promise<SendKey | undefined>;
  read(key: string): Promise<SendKey | undefined>;
  /** Takes over a key whose call began at `since` and did not settle. @returns false where somebody else was faster */
  takeOver(key: string, since: number, mine: SendKey): Promise<boolean>;
  settle(key: string, settled: SendKey): Promise<void>;
  /** Nothing was sent: the key may be used again. */
  free(key: string): Promise<void>;
}
