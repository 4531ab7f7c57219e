/**
 * Idempotency keys for sends that name none. Agents repeat a call whose answer they did not get, so the same call gets
 * the same key for as long as this server runs, and for the rest of the hour if it is started again.
 */
import { createHash } from 'node:crypto';
import type { SendRequest } from '../../client/requests.ts';
import { plainAddress } from './permission';

export interface SendKeys {
  keyFor(request: SendRequest): string;
  /** Something left or is held under this key. */
  markDone(key: string): void;
  /** Whether an earlier call of this server did that: then this call did nothing new. */
  isDone(key: string): boolean;
}

const HOUR_MS = 3_600_000;
/** The service forgets keys after 48 hours; this is far more than an agent sends in that time. */
const MAX_REMEMBERED = 10_000;

/** @param now milliseconds since the epoch */
export function createSendKeys(now: () => number): SendKeys {
  const keys = new Map<string, string>();
  const done = new Set<string>();
  return {
    keyFor(request) {
      const fingerprint = fingerprintOf({ ...request, to: plainAddress(request.to) ?? request.to });
      const key = keys.get(fingerprint) ?? `mcp.${fingerprint}.${Math.floor(now() / HOUR_MS)}`;
      keys.set(fingerprint, key);
      forgetOldest(keys);
      return key;
    },
    markDone(key) {
      done.add(key);
      forgetOldest(done);
    },
    isDone: (key) => done.has(key),
  };
}

/** The same for the same content, in whichever order it is written. */
function fingerprintOf(request: object): string {
  const content = JSON.stringify(request, (_name, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash('sha256').update(content).digest('hex').slice(0, 32);
}

function forgetOldest(remembered: Map<string, string> | Set<string>): void {
  const [oldest] = remembered.keys();
  if (remembered.size > MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
}
