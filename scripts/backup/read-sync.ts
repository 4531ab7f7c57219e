/** Reads all that this project keeps in a Sync service, page by page. It changes nothing. */
import type { TwilioSdk } from '../account/account';
import { isNotFound } from '../account/former-webhooks';
import { isOwnObject } from '../account/own-sync-objects';
import type { Output } from '../command/output';
import { countsInWords, countsOf, type Entry } from './entries';

const PAGE_SIZE = 100;
/** Lists and maps whose items are read at the same time. */
const AT_ONCE = 8;

/** @throws what the SDK throws */
export async function readSync(
  sdk: TwilioSdk,
  serviceSid: string,
  output: Pick<Output, 'progress'>,
): Promise<readonly Entry[]> {
  const service = sdk.sync.v1.services(serviceSid);
  // The SDK writes into what it is given: lists that are read at the same time must not share it.
  const paging = () => ({ pageSize: PAGE_SIZE });
  const documents = await service.documents.list(paging());
  const entries: Entry[] = documents.flatMap((document) =>
    isOwnObject(document.uniqueName)
      ? [{ kind: 'document' as const, name: document.uniqueName, ...stored(document) }]
      : [],
  );
  const lists = (await service.syncLists.list(paging())).filter(({ uniqueName }) => isOwnObject(uniqueName));
  const maps = (await service.syncMaps.list(paging())).filter(({ uniqueName }) => isOwnObject(uniqueName));
  const collections = [
    ...lists.map((list) => ({ kind: 'list' as const, ...collection(list) })),
    ...maps.map((map) => ({ kind: 'map' as const, ...collection(map) })),
  ];
  const bar = output.progress('Reading Sync', collections.length);
  const items: Entry[] = [];
  for (let done = 0; done < collections.length; done += AT_ONCE) {
    bar.at(done, `${done} of ${collections.length} lists and maps`);
    const some = collections.slice(done, done + AT_ONCE);
    const read = some.map(({ kind, name }) => (kind === 'list' ? listItems(name) : mapItems(name)));
    items.push(...(await Promise.all(read)).flat());
  }
  const all = [...entries, ...collections, ...items];
  bar.end(`Sync has ${countsInWords(countsOf(all))} of this project.`);
  return all;

  async function listItems(name: string): Promise<Entry[]> {
    const found = await service.syncLists(name).syncListItems.list(paging()).catch(noneWhereGone);
    return found.map((item) => ({ kind: 'list-item', name, index: item.index, ...stored(item) }));
  }

  async function mapItems(name: string): Promise<Entry[]> {
    const found = await service.syncMaps(name).syncMapItems.list(paging()).catch(noneWhereGone);
    return found.map((item) => ({ kind: 'map-item', name, key: item.key, ...stored(item) }));
  }
}

/** Removed while the others were read. */
function noneWhereGone(error: unknown): never[] {
  if (isNotFound(error)) return [];
  throw error;
}

function stored(object: {
  readonly data: unknown;
  readonly dateUpdated: Date;
  readonly dateExpires: Date | null;
  readonly revision: string;
}) {
  return {
    data: { ...Object(object.data) },
    updatedAt: object.dateUpdated.getTime(),
    expiresAt: object.dateExpires?.getTime() ?? null,
    revision: object.revision,
  };
}

function collection(object: { readonly uniqueName: string; readonly dateExpires: Date | null }) {
  return { name: object.uniqueName, expiresAt: object.dateExpires?.getTime() ?? null };
}
