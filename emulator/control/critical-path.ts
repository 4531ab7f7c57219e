/**
 * How many requests of the log followed one another: what latency is paid for. Each API call has to take a while
 * (`latencyMs`), so that what waits for another shows in the times. It must not judge the number.
 */
import type { RequestEntry } from '../server/request-log';

type Timed = Pick<RequestEntry, 'startedMs' | 'ms'>;

/** @returns the length of the longest chain of requests that each began when the one before had ended */
export function criticalPath(requests: readonly Timed[]): number {
  const ordered = [...requests].sort((a, b) => a.startedMs - b.startedMs);
  const length = new Map<Timed, number>();
  for (const request of ordered) {
    const before = ordered.filter((other) => other.startedMs + other.ms <= request.startedMs);
    length.set(request, 1 + Math.max(0, ...before.map((other) => length.get(other) ?? 0)));
  }
  return Math.max(0, ...length.values());
}
