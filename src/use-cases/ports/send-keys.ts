/** Port: idempotency keys. One key stands for one request and its one result. */
import type { MessageSid } from '../../domain/twilio-sid';
import type { SendResult } from '../send/send-request';

export type KeyState =
  | { readonly state: 'done'; readonly result: SendResult }
  /** As version 0.1 kept it: the HTTP answer that went out. */
  | { readonly state: 'answered'; readonly status: number; readonly json: object }
  /** Under way, or left behind by a container that died, since then (milliseconds since the epoch). */
  | { readonly state: 'pending'; readonly since: number }
  /** Begun then; Twilio did not say, until `answeredAt`, whether it took the message. */
  | { readonly state: 'unknown'; readonly since: number; readonly answeredAt: number };

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
  /**
   * Notes that a message was sent under this key, so that no other key is answered with it.
   * @returns false where it was sent under another one
   */
  claim(messageSid: MessageSid, key: string): Promise<boolean>;
}
