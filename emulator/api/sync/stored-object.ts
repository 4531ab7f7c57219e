/**
 * What every stored thing in Sync has in common: a revision, a time to live, a size, and the checks on what a caller
 * may put in. It must not know documents from list items; each resource has its own file and its own error codes.
 */
import type { Parameters } from '../../server/parameters';
import type { Allowance } from '../../server/rate-limits';
import { isoDate } from '../../server/twilio-dates';
import { TwilioError } from '../../server/twilio-error';

/** https://www.twilio.com/docs/sync/limits: 16 KiB of data in one document or item. */
const MAX_DATA_BYTES = 16_384;
/** 54011: https://www.twilio.com/docs/api/errors/54011 */
const MAX_TTL_SECONDS = 31_536_000;

export interface SyncData {
  value: unknown;
  bytes: number;
}

export type ObjectHistory = Readonly<
  Pick<StoredObject, 'revision' | 'createdAt' | 'updatedAt' | 'expiresAt'>
>;

export class StoredObject {
  readonly allowance: Allowance = {};
  createdAt: number;
  updatedAt: number;
  expiresAt: number | null = null;
  private changes = 0;

  constructor(
    now: number,
    public data: SyncData,
  ) {
    this.createdAt = now;
    this.updatedAt = now;
  }

  /** An opaque text to callers; Twilio's are counted in hexadecimal as well. */
  get revision(): string {
    return this.changes.toString(16);
  }

  expired(now: number): boolean {
    return this.expiresAt !== null && now >= this.expiresAt;
  }

  changed(now: number): void {
    this.changes++;
    this.updatedAt = now;
  }

  /** 0 means "for ever". Left out, an update leaves the end where it was: Twilio does not extend it by itself. */
  setTtl(seconds: number | undefined, now: number): void {
    if (seconds !== undefined) this.expiresAt = seconds === 0 ? null : now + seconds * 1000;
  }

  /** Takes on the history of the object that it stands for again. */
  restore({ revision, createdAt, updatedAt, expiresAt }: ObjectHistory): void {
    this.changes = Number.parseInt(revision, 16);
    this.createdAt = createdAt;
    this.updatedAt = updatedAt;
    this.expiresAt = expiresAt;
  }

  dates(): Record<string, unknown> {
    return {
      date_created: isoDate(this.createdAt),
      date_updated: isoDate(this.updatedAt),
      date_expires: this.expiresAt === null ? null : isoDate(this.expiresAt),
    };
  }
}

/** Collections hold no data of their own. */
export const NO_DATA: SyncData = { value: {}, bytes: 2 };

/** 54008 is not JSON, 54006 is too large: https://www.twilio.com/docs/api/errors/54008, …/54006 */
export function parseData(text: string): SyncData {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_DATA_BYTES) {
    throw new TwilioError(
      413,
      54006,
      `Request entity too large: ${bytes} bytes of Data, at most ${MAX_DATA_BYTES}.`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TwilioError(400, 54008, 'Invalid JSON: the Data parameter does not parse.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TwilioError(400, 54008, 'Invalid JSON: the Data parameter must be a JSON object.');
  }
  return { value, bytes };
}

export function parseTtl(form: Parameters, ...names: string[]): number | undefined {
  for (const name of names) {
    const text = form.get(name);
    if (text === undefined || text === '') continue;
    const seconds = Number(text);
    if (!/^\d+$/.test(text) || seconds > MAX_TTL_SECONDS) {
      throw new TwilioError(
        400,
        54011,
        `Invalid TTL: ${name} must be a whole number from 0 to ${MAX_TTL_SECONDS}.`,
      );
    }
    return seconds;
  }
  return undefined;
}

/** 54302: https://www.twilio.com/docs/api/errors/54302 */
export function parseUniqueName(form: Parameters): string | null {
  const name = form.get('UniqueName');
  if (name === undefined) return null;
  if (name.length < 1 || name.length > 256 || /^[A-Za-z]{2}[0-9a-fA-F]{32}$/.test(name)) {
    throw new TwilioError(
      400,
      54302,
      'Invalid unique name: it must have 1 to 256 characters and must not look like a SID.',
    );
  }
  return name;
}

/** 54010: an update has to change something. https://www.twilio.com/docs/api/errors/54010 */
export function requireSome(form: Parameters): void {
  if (form.size === 0) throw new TwilioError(400, 54010, 'No parameters specified.');
}

/** `If-Match` makes a write conditional; a stale revision is 412 with the code of the kind of object. */
export function requireRevision(
  object: StoredObject,
  ifMatch: string | undefined,
  mismatchCode: number,
  what: string,
): void {
  if (ifMatch === undefined) return;
  const expected = ifMatch.replace(/^(?:W\/)?"(.*)"$/, '$1');
  if (expected === object.revision) return;
  throw new TwilioError(
    412,
    mismatchCode,
    `${what} revision mismatch: expected "${expected}", but it is "${object.revision}".`,
  );
}

/** The ETag that Twilio's REST answers carry is the revision. */
export function etag(object: StoredObject): Record<string, string> {
  return { ETag: object.revision };
}
