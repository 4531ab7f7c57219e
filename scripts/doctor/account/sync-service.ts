/** Whether the Sync service is there, and how much is kept in it. */
import { syncDocuments } from '../../../src/twilio/sync/documents';
import { counted } from '../../command/counted';
import { forTheSameAccount } from '../../command/npm-run';
import { noSyncService } from '../../setup/sync-service';
import { broken, type Check, ok } from '../check';

const PAGE_SIZE = 100;
/** 20,000 documents: enough to know that there are many. */
const MAX_PAGES = 200;

/** What the names of the documents begin with, and what is kept there. */
const KINDS: Readonly<Record<string, readonly [one: string, several: string]>> = {
  window: ['window', 'windows'],
  guard: ['person with restrictions (STOP, held messages)', 'people with restrictions (STOP, held messages)'],
  link: ['link between a phone number and a BSUID', 'links between a phone number and a BSUID'],
};
const OTHERS = ['other document of this project', 'other documents of this project'] as const;

export const syncService: Check = {
  name: 'Sync',
  why: 'It holds who wrote when; without it every send is a guess.',
  async look(account) {
    const sdk = account.sdk();
    const sid = account.syncServiceSid();
    const isThere = await sdk.sync.v1
      .services(sid)
      .fetch()
      .then(
        () => true,
        (error: { readonly status?: unknown }) => {
          if (error.status === 404) return false;
          throw error;
        },
      );
    if (!isThere) {
      const { message, nextStep } = noSyncService(account.options);
      return broken(message, forTheSameAccount(account.options, nextStep));
    }
    const documents = syncDocuments(sdk, sid);
    const counts = new Map<readonly [string, string], number>();
    let total = 0;
    let isAll = false;
    let position: { pageToken?: string; pageNumber?: number } = {};
    for (let page = 0; page < MAX_PAGES && !isAll; page += 1) {
      const { documents: found, nextPageUrl } = await documents.page(PAGE_SIZE, position);
      for (const { name } of found) {
        const kind = KINDS[name.split('.')[0] ?? ''] ?? OTHERS;
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
      }
      total += found.length;
      isAll = nextPageUrl === null;
      if (nextPageUrl !== null) position = positionIn(nextPageUrl);
    }
    const list = [...counts].map(([kind, count]) => counted(count, ...kind)).join(', ');
    if (total === 0) return ok('It is reachable and empty.');
    return ok(
      `It is reachable and keeps ${isAll ? '' : 'more than '}${counted(total, 'document')}: ${list}.`,
    );
  },
};

function positionIn(nextPageUrl: string): { pageToken: string; pageNumber: number } {
  const { searchParams } = new URL(nextPageUrl);
  return {
    pageToken: searchParams.get('PageToken') ?? '',
    pageNumber: Number(searchParams.get('Page') ?? 0),
  };
}
