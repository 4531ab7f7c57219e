/** What is in Sync when a restore begins, found by its name. It decides nothing. */
import type { Entry, EntryOf } from '../backup/entries';

export interface Present {
  document(name: string): EntryOf<'document'> | undefined;
  hasList(name: string): boolean;
  hasMap(name: string): boolean;
  mapItem(map: string, key: string): EntryOf<'map-item'> | undefined;
  /** Whether the list has an item with this mark, which no other held message has. */
  hasHeld(list: string, mark: unknown): boolean;
}

export function presentIn(entries: readonly Entry[]): Present {
  const documents = new Map<string, EntryOf<'document'>>();
  const items = new Map<string, EntryOf<'map-item'>>();
  const lists = new Set<string>();
  const maps = new Set<string>();
  const marks = new Set<string>();
  for (const entry of entries) {
    if (entry.kind === 'document') documents.set(entry.name, entry);
    else if (entry.kind === 'list') lists.add(entry.name);
    else if (entry.kind === 'map') maps.add(entry.name);
    else if (entry.kind === 'map-item') items.set(`${entry.name} ${entry.key}`, entry);
    else marks.add(`${entry.name} ${entry.data.mark}`);
  }
  return {
    document: (name) => documents.get(name),
    hasList: (name) => lists.has(name),
    hasMap: (name) => maps.has(name),
    mapItem: (map, key) => items.get(`${map} ${key}`),
    hasHeld: (list, mark) => mark !== undefined && marks.has(`${list} ${mark}`),
  };
}
