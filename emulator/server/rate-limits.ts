/**
 * Sync's limits per object: 20 reads and 20 writes a second each, with a burst of ten seconds' worth, fewer for
 * objects over 1 KiB (https://www.twilio.com/docs/sync/limits). A List or a Map is one object, whatever the number of
 * its items. A frozen clock that stands still must not hold up the refill, unless that is asked for; see `Clock.elapsed`.
 */
import type { Clock } from '../clock';
import type { Wiring } from '../settings';
import { TwilioError } from './twilio-error';

const PER_SECOND = 20;
const BURST = PER_SECOND * 10;
/** "Fewer than 20" objects of a service may be created a second, for ten seconds more in a burst. */
const CREATED_PER_SECOND = 19;

interface Bucket {
  tokens: number;
  at: number;
}

/** One object's two allowances. Most objects are touched rarely, so a bucket exists only once it is used. */
export interface Allowance {
  read?: Bucket;
  write?: Bucket;
}

export class RateLimits {
  constructor(
    private readonly clock: Clock,
    private readonly wiring: Wiring,
    private readonly byClock: boolean,
  ) {}

  /** 54009 over HTTP 429: documents, lists and maps created in one service. Items are no objects. */
  create(creations: Allowance): void {
    if (!this.wiring.creationLimit) return;
    if (!this.take(creations, 'write', 1, CREATED_PER_SECOND)) {
      throw new TwilioError(
        429,
        54009,
        'Rate limit exceeded: too many Sync objects created in this service.',
      );
    }
  }

  /** 54009 over HTTP 429. An object of 10 KiB costs ten times as much: 2 a second instead of 20. */
  spend(allowance: Allowance, kind: 'read' | 'write', bytes: number): void {
    if (!this.wiring.rateLimits) return;
    const cost = Math.max(1, bytes / 1024);
    if (this.take(allowance, kind, cost, PER_SECOND)) return;
    throw new TwilioError(429, 54009, `Rate limit exceeded: too many ${kind}s of one Sync object.`);
  }

  /** False if the allowance does not cover the cost; then nothing is taken. */
  private take(allowance: Allowance, kind: 'read' | 'write', cost: number, perSecond: number): boolean {
    const now = this.byClock ? this.clock.now() : this.clock.elapsed();
    const bucket = allowance[kind] ?? { tokens: BURST, at: now };
    allowance[kind] = bucket;
    bucket.tokens = Math.min(BURST, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
    bucket.at = now;
    if (bucket.tokens < cost) return false;
    bucket.tokens -= cost;
    return true;
  }
}
