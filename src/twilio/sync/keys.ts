/** Idempotency keys as Sync Documents: a create that fails with "exists" (54301) is the lock. */
import { createHash } from 'node:crypto';
import type { KeyState, SendKey, SendKeys } from '../../use-cases/ports/send-keys';
import type { SyncDocuments } from './documents';

/** How long a key is remembered, in seconds. */
const KEEP_SECONDS = 48 * 3600;

/** Hashed, because a key may have characters that a path may not (the SDK does not encode them). */
const nameOf = (key: string) => `key.${createHash('sha256').update(key).digest('hex').slice(0, 48)}`;

export function syncSendKeys(documents: SyncDocuments): SendKeys {
  return {
    async take(key, mine) {
      if (await documents.create(nameOf(key), mine, KEEP_SECONDS)) return undefined;
      return asSendKey((await documents.fetch(nameOf(key)))?.data) ?? mine;
    },
    async read(key) {
      return asSendKey((await documents.fetch(nameOf(key)))?.data);
    },
    async takeOver(key, since, mine) {
      const document = await documents.fetch(nameOf(key));
      const current = asSendKey(document?.data)?.value;
      if (!document || !current || current.state === 'done' || current.since !== since) return false;
      return documents.replace(nameOf(key), mine, KEEP_SECONDS, document.revision);
    },
    async settle(key, settled) {
      await documents.overwrite(nameOf(key), settled, KEEP_SECONDS);
    },
    async free(key) {
      await documents.remove(nameOf(key));
    },
  };
}

function asSendKey(data: unknown): SendKey | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const { fingerprint, value } = data as { fingerprint?: unknown; value?: KeyState };
  if (typeof fingerprint !== 'string' || typeof value !== 'object' || value === null) return undefined;
  return ['done', 'pending', 'unknown'].includes(value.state) ? { fingerprint, value } : undefined;
}
