/** Idempotency keys as items of Sync Maps: a create that fails with "exists" (54208) is the lock. */
import { createHash } from 'node:crypto';
import type { KeyState, SendKey, SendKeys } from '../../use-cases/ports/send-keys';
import type { VersionedRecords } from './documents';

/** How long a key is remembered, in seconds. */
const KEEP_SECONDS = 48 * 3600;

/** Hashed, because a key may have characters that a path may not (the SDK does not encode them). */
const nameOf = (key: string) => `key.${createHash('sha256').update(key).digest('hex').slice(0, 48)}`;

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
      if (!item || !current || current.state === 'done' || current.since !== since) return false;
      return items.replace(nameOf(key), mine, KEEP_SECONDS, item.revision);
    },
    async settle(key, settled) {
      await items.overwrite(nameOf(key), settled, KEEP_SECONDS);
    },
    async free(key) {
      await items.remove(nameOf(key));
    },
  };
}

function asSendKey(data: unknown): SendKey | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const { fingerprint, value } = data as { fingerprint?: unknown; value?: KeyState };
  if (typeof fingerprint !== 'string' || typeof value !== 'object' || value === null) return undefined;
  return ['done', 'pending', 'unknown'].includes(value.state) ? { fingerprint, value } : undefined;
}
