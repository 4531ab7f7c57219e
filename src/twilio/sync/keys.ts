/** Idempotency keys as items of Sync Maps: a create that fails with "exists" (54208) is the lock. */
import { createHash } from 'node:crypto';
import type { MessageSid } from '../../domain/twilio-sid';
import { Failure, type FailureCode } from '../../use-cases/failure';
import type { KeyState, SendKey, SendKeys } from '../../use-cases/ports/send-keys';
import type { SendResult } from '../../use-cases/send/send-request';
import type { VersionedRecords } from './documents';

/** How long a key is remembered, in seconds. */
const KEEP_SECONDS = 48 * 3600;

/** Hashed, because a key may have characters that a path may not (the SDK does not encode them). */
const nameOf = (key: string) => `key.${createHash('sha256').update(key).digest('hex').slice(0, 48)}`;

/** Under which key a message was sent. */
const sentName = (messageSid: MessageSid) => `sent.${messageSid}`;

export function syncSendKeys(items: VersionedRecords): SendKeys {
  return {
    async take(key, mine) {
      if (await items.create(nameOf(key), mine, KEEP_SECONDS)) return undefined;
      return asSendKey((await items.fetch(nameOf(key)))?.data) ?? mine;
    },
    async read(key) {
      return asSendKey((await items.fetch(nameOf(key)))?.data);
    },
    async takeOver(key, since, mine) {
      const item = await items.fetch(nameOf(key));
      const current = asSendKey(item?.data)?.value;
      const isLeft = current?.state === 'pending' || current?.state === 'unknown';
      if (!item || !isLeft || current.since !== since) return false;
      return items.replace(nameOf(key), mine, KEEP_SECONDS, item.revision);
    },
    async settle(key, settled) {
      await items.overwrite(nameOf(key), toData(settled), KEEP_SECONDS);
    },
    async claim(messageSid, key) {
      const name = sentName(messageSid);
      const claim = nameOf(key);
      if (await items.create(name, { key: claim }, KEEP_SECONDS)) return true;
      return Object((await items.fetch(name))?.data).key === claim;
    },
    async free(key) {
      await items.remove(nameOf(key));
    },
  };
}

/** A Failure is an Error, of which JSON would keep nothing. */
interface StoredFailure {
  readonly code: FailureCode;
  readonly message: string;
  readonly problems: Failure['problems'];
  readonly twilioCode: number | null;
}

function toData({ fingerprint, value }: SendKey): object {
  if (value.state !== 'done') return { fingerprint, value };
  const { failure, ...result } = value.result;
  const stored: StoredFailure | null = failure && {
    ...{ code: failure.code, message: failure.message },
    ...{ problems: failure.problems, twilioCode: failure.twilioCode },
  };
  return { fingerprint, value: { state: 'done', result: { ...result, failure: stored } } };
}

/** Written by `toData` only, or by version 0.1. */
function asSendKey(data: unknown): SendKey | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const { fingerprint, value } = data as { fingerprint?: unknown; value?: StoredValue | null };
  if (typeof fingerprint !== 'string' || typeof value !== 'object' || value === null) return undefined;
  const state = asState(value);
  return state && { fingerprint, value: state };
}

type StoredResult = Omit<SendResult, 'failure'> & { readonly failure: StoredFailure | null };

interface StoredValue {
  readonly state: unknown;
  readonly since?: number;
  readonly answeredAt?: number;
  readonly result?: StoredResult;
  /** Version 0.1. */
  readonly status?: number;
  readonly answer?: object;
}

function asState({ state, since = 0, answeredAt = since, ...value }: StoredValue): KeyState | undefined {
  if (state === 'pending') return { state, since };
  if (state === 'unknown') return { state, since, answeredAt };
  if (state !== 'done') return undefined;
  if (value.status !== undefined && value.answer !== undefined) {
    return { state: 'answered', status: value.status, json: value.answer };
  }
  const { result } = value;
  if (result === undefined) return undefined;
  const { failure: stored } = result;
  const failure = stored && new Failure(stored.code, stored.message, stored.problems, stored.twilioCode);
  return { state, result: { ...result, failure } };
}
