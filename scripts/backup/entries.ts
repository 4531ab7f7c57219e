/** What a backup of Sync consists of: documents, lists and maps by their names, and the items of these. */
import { z } from 'zod';
import { counted } from '../command/counted';

const STORED = {
  data: z.record(z.string(), z.unknown()),
  /** Milliseconds since the epoch, as Twilio says it: in whole seconds. */
  updatedAt: z.number(),
  /** Null: kept for good. */
  expiresAt: z.number().nullable(),
  revision: z.string(),
};
const COLLECTION = { name: z.string(), expiresAt: z.number().nullable() };

export const ENTRY = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('document'), name: z.string(), ...STORED }),
  z.object({ kind: z.literal('list'), ...COLLECTION }),
  z.object({ kind: z.literal('map'), ...COLLECTION }),
  z.object({ kind: z.literal('list-item'), name: z.string(), index: z.number(), ...STORED }),
  z.object({ kind: z.literal('map-item'), name: z.string(), key: z.string(), ...STORED }),
]);
export type Entry = z.infer<typeof ENTRY>;
export type EntryOf<Kind extends Entry['kind']> = Extract<Entry, { readonly kind: Kind }>;

export interface Counts {
  readonly documents: number;
  readonly lists: number;
  readonly maps: number;
  readonly items: number;
}

export function countsOf(entries: readonly Pick<Entry, 'kind'>[]): Counts {
  const count = (...kinds: Entry['kind'][]) => entries.filter(({ kind }) => kinds.includes(kind)).length;
  return {
    documents: count('document'),
    lists: count('list'),
    maps: count('map'),
    items: count('list-item', 'map-item'),
  };
}

export function countsInWords({ documents, lists, maps, items }: Counts): string {
  return [
    counted(documents, 'document'),
    counted(lists, 'list'),
    counted(maps, 'map'),
    counted(items, 'item'),
  ].join(', ');
}

export function ofKind<Kind extends Entry['kind']>(
  entries: readonly Entry[],
  kind: Kind,
): readonly EntryOf<Kind>[] {
  return entries.filter((entry): entry is EntryOf<Kind> => entry.kind === kind);
}
