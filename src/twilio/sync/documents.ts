/**
 * Sync Documents as this software uses them: blind writes that say the same each time, and changes under a lock, which
 * is the revision (`If-Match`, error 54103). It must not know what the documents mean.
 */
import { randomBytes } from 'node:crypto';
import { Failure } from '../../use-cases/failure';
import { asFailure, asTwilioFailure, isStatus, type TwilioSdk } from '../client';
import { invalidCursor } from '../page-cursor';

const SERVICE = 'Twilio Sync';
/** Two containers that meet at one record are through after two rounds; a storm of them gets an error instead of a loop. */
const MAX_ROUNDS = 6;

export interface VersionedDocument {
  readonly data: unknown;
  readonly revision: string;
}

/**
 * Records by name, each with a revision. Every method throws a Failure `STATE_UNAVAILABLE` where Sync cannot be reached.
 * TTLs are in seconds; 0 keeps for good.
 */
export interface VersionedRecords {
  fetch(name: string): Promise<VersionedDocument | undefined>;
  /** @returns false where there is no such record */
  overwrite(name: string, data: object, ttl: number): Promise<boolean>;
  /** @returns false where the name is taken (54301, 54208) */
  create(name: string, data: object, ttl: number): Promise<boolean>;
  /** @returns false where somebody else changed it since `revision`, or removed it */
  replace(name: string, data: object, ttl: number, revision: string): Promise<boolean>;
  /** A record that is not there is as good as removed. */
  remove(name: string): Promise<void>;
}

export interface SyncDocuments extends VersionedRecords {
  page(
    limit: number,
    position: { pageToken?: string; pageNumber?: number },
  ): Promise<{
    readonly documents: readonly { readonly name: string; readonly data: unknown }[];
    readonly nextPageUrl: string | null;
  }>;
}

export function syncDocuments(sdk: TwilioSdk, serviceSid: string): SyncDocuments {
  const documents = sdk.sync.v1.services(serviceSid).documents;

  return {
    async fetch(name) {
      try {
        const document = await documents(name).fetch();
        return { data: document.data, revision: document.revision };
      } catch (error) {
        if (isStatus(error, 404)) return undefined;
        throw asFailure(error, SERVICE);
      }
    },

    overwrite: (name, data, ttl) => overwriteOnce(() => documents(name).update({ data, ttl })),

    create: (name, data, ttl) =>
      readingBack(
        data,
        (signed) => documents.create({ uniqueName: name, data: signed, ttl }),
        () => documents(name).fetch(),
      ).catch((error: unknown) => {
        if (isStatus(error, 409)) return false;
        if (isStatus(error, 404)) throw noSuchService();
        throw asFailure(error, SERVICE);
      }),

    replace: (name, data, ttl, revision) =>
      readingBack(
        data,
        (signed) => documents(name).update({ data: signed, ttl, ifMatch: revision }),
        () => documents(name).fetch(),
      ).catch((error: unknown) => {
        if (isStatus(error, 412) || isStatus(error, 404)) return false;
        throw asFailure(error, SERVICE);
      }),

    remove: (name) => removeOnce(() => documents(name).remove()),

    async page(limit, position) {
      try {
        const page = await documents.page({ pageSize: limit, ...position });
        return {
          documents: page.instances.map((document) => ({
            name: document.uniqueName ?? '',
            data: document.data,
          })),
          nextPageUrl: page.nextPageUrl ?? null,
        };
      } catch (error) {
        if (isStatus(error, 400) && Object.keys(position).length > 0) throw invalidCursor();
        if (isStatus(error, 404)) throw noSuchService();
        throw asFailure(error, SERVICE);
      }
    },
  };
}

/**
 * A blind write. It is repeated once after a transient fault, which does no harm: it says the same again.
 * @returns false where there is no such record
 */
export async function overwriteOnce(update: () => Promise<unknown>): Promise<boolean> {
  try {
    await update().catch((error: unknown) => {
      if (!isTransient(error)) throw error;
      return update();
    });
    return true;
  } catch (error) {
    if (isStatus(error, 404)) return false;
    throw asFailure(error, SERVICE);
  }
}

/** A removal, repeated once after a transient fault. What is not there is as good as removed. */
export async function removeOnce(remove: () => Promise<unknown>): Promise<void> {
  try {
    await remove().catch((error: unknown) => {
      if (!isTransient(error)) throw error;
      return remove();
    });
  } catch (error) {
    if (!isStatus(error, 404)) throw asFailure(error, SERVICE);
  }
}

/**
 * A write whose answer may be lost although it took effect: then the record is read, and the writer's mark in it tells.
 * Without that, somebody who holds a lock would not know it.
 * @param write is given the data with a mark of this write
 * @returns true; where it certainly took no effect, or nobody can tell, it throws what the SDK threw
 */
export async function readingBack(
  data: object,
  write: (signed: object) => Promise<unknown>,
  read: () => Promise<{ readonly data: unknown }>,
): Promise<true> {
  const writer = randomBytes(9).toString('base64url');
  try {
    await write({ ...data, writer });
    return true;
  } catch (error) {
    if (!isTransient(error)) throw error;
    const stored = await read().catch(() => undefined);
    if (Object(stored?.data).writer === writer) return true;
    throw error;
  }
}

/** The rounds of a change under a lock: `attempt` answers undefined where somebody else was faster. */
export async function underLock<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const result = await attempt();
    if (result !== undefined) return result;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 40 * 2 ** round));
  }
  throw new Failure('STATE_UNAVAILABLE', 'Too many callers changed the same record at once; try again.');
}

function isTransient(error: unknown): boolean {
  const failure = asTwilioFailure(error);
  return failure.kind !== 'answered' || failure.status >= 500;
}

/** What a 404 means where no single object was asked for. */
export function noSuchService(): Failure {
  return new Failure(
    'MISCONFIGURED',
    'SYNC_SERVICE_SID names no Sync service of this account: set it to one (IS…).',
    [{ field: 'SYNC_SERVICE_SID', message: 'Set it to the SID of a Sync service of this account (IS…).' }],
  );
}
