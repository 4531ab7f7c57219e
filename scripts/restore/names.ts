/** The names of one person, a number and BSUIDs, by the links and records of a backup and of Sync: records may be under each. */
import { filingName, parseWhatsAppAddress } from '../../src/domain/whatsapp-address';
import { type Entry, ofKind } from '../backup/entries';

/** @param pair as in the name of a record, `SENDER.USER` @returns the same of each name of that person, the given one first */
export type NamesOf = (pair: string) => readonly string[];

export function namesIn(entries: readonly Entry[]): NamesOf {
  const others = new Map<string, Set<string>>();
  const join = (a: string, b: string) => others.set(a, (others.get(a) ?? new Set()).add(b));
  for (const { name, data } of ofKind(entries, 'document')) {
    const [, kind = '', rest = ''] = /^(link|window|guard)\.(.+)$/.exec(name) ?? [];
    const other = String(kind === 'link' ? data.phone : (data.externalUserId ?? ''));
    const own = kind === 'link' ? rest : userIn(rest);
    const address = parseWhatsAppAddress(/^(?:whatsapp:|\+)/.test(other) ? other : `whatsapp:${other}`);
    if (kind === '' || !address) continue;
    join(own, filingName(address));
    join(filingName(address), own);
  }
  return (pair) => {
    const user = userIn(pair);
    const sender = pair.slice(0, pair.length - user.length);
    // A BSUID leads to its number, and this to further ones.
    const near = others.get(user) ?? [];
    const all = new Set([user, ...near, ...[...near].flatMap((name) => [...(others.get(name) ?? [])])]);
    return [...all].map((name) => `${sender}${name}`);
  };
}

const userIn = (pair: string) => pair.slice(pair.indexOf('.') + 1);
