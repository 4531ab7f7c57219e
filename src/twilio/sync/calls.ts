/** The calls that were heard of, as Sync Documents: a create that fails with "exists" (54301) is a call reported again. */
import type { SeenCalls } from '../../use-cases/ports/seen-calls';
import type { SyncDocuments } from './documents';

/** In seconds: twice as long as a window, so that a call is known for as long as it could open one. */
const KEEP_SECONDS = 48 * 3600;

export function syncSeenCalls(documents: SyncDocuments): SeenCalls {
  return {
    async startOf(callSid, startedAt) {
      const name = `call.${callSid}`;
      const data = { startedAt: new Date(startedAt).toISOString() };
      if (await documents.create(name, data, KEEP_SECONDS)) return startedAt;
      const first = (await documents.fetch(name))?.data as { startedAt?: unknown } | null | undefined;
      const time = Date.parse(String(first?.startedAt));
      return Number.isNaN(time) ? startedAt : time;
    },
  };
}
