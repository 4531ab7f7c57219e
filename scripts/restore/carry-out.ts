/**
 * Carries out what a restore has planned, at a rate that Sync takes, in an order that a kill may cut anywhere: opt-outs
 * come first and plain records last. Each write is made under the revision that the plan was made for, or as a creation
 * that fails where the name is taken, so nothing that came meanwhile is lost.
 */
import type { TwilioSdk } from '../account/account';
import { isNotFound } from '../account/former-webhooks';
import type { Entry, EntryOf } from '../backup/entries';
import { inTurn } from '../command/in-turn';
import type { Output } from '../command/output';
import { type Planned, pairOf, restricts } from './plan';

/** Sync creates fewer than 20 objects a second: https://www.twilio.com/docs/sync/limits */
const OBJECTS_PER_SECOND = 15;
/** Items are no objects, and are spread over many maps and lists, each of which takes 20 a second. */
const ITEMS_PER_SECOND = 60;
/** The longest that Sync keeps anything (54011). */
const MAX_TTL_SECONDS = 31_536_000;

export type Done = 'create' | 'overwrite' | 'changedMeanwhile';

interface Place {
  readonly sdk: TwilioSdk;
  readonly serviceSid: string;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Told before a queue is made, so that a repeated restore fills it. */
  onQueue(name: string): void;
}

/** @returns what was done with each, in no particular order */
export async function carryOut(
  planned: readonly Planned[],
  place: Place,
  output: Pick<Output, 'progress'>,
): Promise<readonly Done[]> {
  const due = planned.filter(({ step }) => step === 'create' || step === 'overwrite');
  const stages = [
    due.filter(({ entry }) => stageOf(entry) === 'guard'),
    due.filter(({ entry }) => stageOf(entry) === 'other'),
    due.filter(({ entry }) => stageOf(entry) === 'item'),
    due.filter(({ entry }) => stageOf(entry) === 'window'),
  ];
  const bar = output.progress('Writing to Sync', due.length);
  const results: Done[] = [];
  let before = 0;
  try {
    for (const [index, stage] of stages.entries()) {
      const rate = index === 2 ? ITEMS_PER_SECOND : OBJECTS_PER_SECOND;
      const done = await inTurn(
        stage,
        rate,
        (one) => write(one, place),
        (count) => bar.at(before + count, `${before + count} of ${due.length}`),
      );
      before += stage.length;
      results.push(...done);
    }
  } finally {
    bar.end(before === due.length ? 'Done.' : `Stopped after ${before} of ${due.length} or more.`);
  }
  return results;
}

function stageOf({ kind, name }: Entry): 'guard' | 'other' | 'item' | 'window' {
  if (kind === 'list-item' || kind === 'map-item') return 'item';
  if (kind !== 'document') return 'other';
  if (name.startsWith('guard.')) return 'guard';
  return name.startsWith('window.') ? 'window' : 'other';
}

async function write({ entry, step, revision }: Planned, place: Place): Promise<Done> {
  const done: Done = step === 'overwrite' ? 'overwrite' : 'create';
  try {
    if (step === 'create' && (await hasBegunToWrite(entry, place))) return 'changedMeanwhile';
    await writeEntry(entry, revision, place);
    return done;
  } catch (error) {
    // Made (54301, 54208), changed (54103, 54205) or removed by somebody else, who was later.
    if (isStatus(error, 409) || isStatus(error, 412) || isStatus(error, 404)) return 'changedMeanwhile';
    throw error;
  }
}

/** Whether the functions have made a plain record since the plan, where a restricted one is to be created. */
async function hasBegunToWrite(entry: Entry, { sdk, serviceSid }: Place): Promise<boolean> {
  if (entry.kind !== 'document' || stageOf(entry) !== 'guard') return false;
  const plain = `window.${pairOf(entry.name)}`;
  const found = await sdk.sync.v1.services(serviceSid).documents(plain).fetch().catch(unlessGone);
  return found !== undefined;
}

async function writeEntry(entry: Entry, revision: string | null, place: Place): Promise<void> {
  const service = place.sdk.sync.v1.services(place.serviceSid);
  const ttl = ttlOf(entry, place.now());
  switch (entry.kind) {
    case 'document':
      return writeDocument(entry, revision, ttl, place);
    case 'list':
      place.onQueue(entry.name);
      await service.syncLists.create({ uniqueName: entry.name, ttl });
      return;
    case 'map':
      await service.syncMaps.create({ uniqueName: entry.name, ttl });
      return;
    case 'list-item':
      await service.syncLists(entry.name).syncListItems.create({ data: entry.data, itemTtl: ttl });
      return;
    case 'map-item': {
      const { syncMapItems } = service.syncMaps(entry.name);
      const { key, data } = entry;
      if (revision === null) await syncMapItems.create({ key, data, itemTtl: ttl });
      else await syncMapItems(key).update({ data, itemTtl: ttl, ifMatch: revision });
    }
  }
}

async function writeDocument(
  entry: EntryOf<'document'>,
  revision: string | null,
  ttl: number,
  { sdk, serviceSid }: Place,
): Promise<void> {
  const { documents } = sdk.sync.v1.services(serviceSid);
  const { name, data } = entry;
  const remove = (other: string) => documents(other).remove().catch(unlessGone);
  const pair = pairOf(name);
  const plain = `window.${pair}`;
  const isGuard = name.startsWith('guard.') && restricts(entry);
  // As the functions restrict a pair: first no plain record may stand that says otherwise, and none afterwards.
  if (isGuard) await remove(plain);
  if (revision === null) await documents.create({ uniqueName: name, data, ttl });
  else await documents(name).update({ data, ttl, ifMatch: revision });
  if (isGuard) await remove(plain);
  if (name !== plain) return;
  // A STOP may have come since: then the plain record must not stand beside the restricted one.
  const guard = await documents(`guard.${pair}`).fetch().catch(unlessGone);
  if (guard && restricts({ data: Object(guard.data) })) await remove(plain);
}

function unlessGone(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
}

/** 0 keeps for good. */
function ttlOf({ expiresAt }: { readonly expiresAt: number | null }, now: number): number {
  if (expiresAt === null) return 0;
  return Math.min(MAX_TTL_SECONDS, Math.max(1, Math.ceil((expiresAt - now) / 1000)));
}

function isStatus(error: unknown, status: number): boolean {
  return typeof error === 'object' && error !== null && 'status' in error && error.status === status;
}
