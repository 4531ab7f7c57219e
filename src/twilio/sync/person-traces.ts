/**
 * Looks through all that this software keeps in Sync: Documents and Lists by their names, items of the Maps by the
 * addresses and message SIDs in them, because their keys are hashes. What others keep in the same service is passed over.
 */
import { type MessageSid, parseMessageSid } from '../../domain/twilio-sid';
import {
  filingName,
  type Pair,
  parseExternalUserId,
  parseWhatsAppAddress,
  type WhatsAppAddress,
} from '../../domain/whatsapp-address';
import type { PersonTraces, TracedRecord, Traces } from '../../use-cases/ports/person-traces';
import { asFailure, isStatus, type TwilioSdk } from '../client';
import { cursorOf, positionOf } from '../page-cursor';
import type { SyncDocuments, VersionedRecords } from './documents';
import { MAP_NAMES } from './spread-items';

const SERVICE = 'Twilio Sync';
const PAGE = 100;
/** Maps that are looked through at the same time. */
const AT_ONCE = 8;
/** In seconds: a call that was cut short is repeated by then, or the operator looks after it. */
const KEEP_MARK_SECONDS = 24 * 3600;

export function syncPersonTraces(
  sdk: TwilioSdk,
  serviceSid: string,
  documents: SyncDocuments,
  items: VersionedRecords,
): PersonTraces {
  const service = sdk.sync.v1.services(serviceSid);

  return {
    async lookThrough(hasTime) {
      const [inDocuments, inLists, inMaps] = await Promise.all([
        documentTraces(hasTime),
        listTraces(hasTime),
        mapTraces(hasTime),
      ]);
      return {
        pairs: [...inDocuments.pairs, ...inLists.pairs],
        links: inDocuments.links,
        records: [...inDocuments.records, ...inMaps.records],
        isComplete: inDocuments.isComplete && inLists.isComplete && inMaps.isComplete,
      };
    },

    async erase({ id }) {
      // Version 0.1 kept such records as Documents.
      const [kind, name] = splitId(id);
      await (kind === DOCUMENT ? documents : items).remove(name);
    },

    async begin(person, names) {
      const name = markName(person);
      const written = await documents.create(name, { names }, KEEP_MARK_SECONDS);
      if (!written) await documents.overwrite(name, { names }, KEEP_MARK_SECONDS);
    },

    async unfinished(person) {
      const data: unknown = (await documents.fetch(markName(person)))?.data;
      const names = typeof data === 'object' && data !== null && 'names' in data ? data.names : [];
      return Array.isArray(names) ? names.flatMap((name) => parseWhatsAppAddress(String(name)) ?? []) : [];
    },

    finish: (person) => documents.remove(markName(person)),
  };

  async function documentTraces(hasTime: () => boolean): Promise<Traces> {
    const found: { name: string; data: unknown }[] = [];
    const isComplete = await allPages(hasTime, async (position) => {
      const page = await documents.page(PAGE, positionOf(position));
      found.push(...page.documents);
      return page.nextPageUrl;
    });
    return {
      pairs: found.flatMap(({ name }) => pairIn(name) ?? []),
      links: found.flatMap(({ name, data }) => linkIn(name, data)),
      records: found.flatMap(({ name, data }) =>
        /^(?:send|key)\./.test(name) ? [recordOf(DOCUMENT, name, data)] : [],
      ),
      isComplete,
    };
  }

  async function listTraces(hasTime: () => boolean): Promise<Pick<Traces, 'pairs' | 'isComplete'>> {
    const pairs: Pair[] = [];
    const isComplete = await allPages(hasTime, async (position) => {
      const page = await service.syncLists.page({ pageSize: PAGE, ...positionOf(position) });
      pairs.push(...page.instances.flatMap(({ uniqueName }) => pairIn(uniqueName ?? '') ?? []));
      return page.nextPageUrl ?? null;
    });
    return { pairs, isComplete };
  }

  async function mapTraces(hasTime: () => boolean): Promise<Pick<Traces, 'records' | 'isComplete'>> {
    const records: TracedRecord[] = [];
    let isComplete = true;
    const waiting = [...MAP_NAMES];
    const work = async () => {
      for (let map = waiting.shift(); map !== undefined; map = waiting.shift()) {
        if (!(await mapItems(map, hasTime, records))) isComplete = false;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return { records, isComplete };
  }

  function mapItems(map: string, hasTime: () => boolean, records: TracedRecord[]): Promise<boolean> {
    return allPages(hasTime, async (position) => {
      try {
        const page = await service
          .syncMaps(map)
          .syncMapItems.page({ pageSize: PAGE, ...positionOf(position) });
        const own = page.instances.filter(({ key }) => !STAYS.test(key));
        records.push(...own.map(({ key, data }) => recordOf(ITEM, key, data)));
        return page.nextPageUrl ?? null;
      } catch (error) {
        // A Map is made when its first item is.
        if (isStatus(error, 404)) return null;
        throw error;
      }
    });
  }
}

/** @returns whether the last page was reached */
async function allPages(
  hasTime: () => boolean,
  read: (position: string | null) => Promise<string | null>,
): Promise<boolean> {
  let position: string | null = null;
  try {
    do {
      if (!hasTime()) return false;
      const nextPageUrl = await read(position);
      position = nextPageUrl === null ? null : cursorOf(nextPageUrl);
    } while (position !== null);
    return true;
  } catch (error) {
    throw asFailure(error, SERVICE);
  }
}

const markName = (person: WhatsAppAddress) => `forget.${filingName(person)}`;

/** Of a window or a queue: `window.SENDER.USER`, where the sender is a number and the user may be a BSUID. */
function pairIn(name: string): Pair | undefined {
  const [, senderName = '', userName = ''] = /^(?:window|guard|held)\.(\d+)\.(.+)$/.exec(name) ?? [];
  const sender = parseWhatsAppAddress(`whatsapp:+${senderName}`);
  const user = filedAddress(userName);
  return sender && user ? { sender, user } : undefined;
}

function filedAddress(name: string): WhatsAppAddress | undefined {
  return parseWhatsAppAddress(/^\d/.test(name) ? `whatsapp:+${name}` : `whatsapp:${name}`);
}

function linkIn(name: string, data: unknown): Traces['links'] {
  const [, senderName, userName = ''] = /^link\.(?:(\d+)\.)?(.+)$/.exec(name) ?? [];
  const externalUserId = parseExternalUserId(userName);
  const written = Object(data);
  const phone = parseWhatsAppAddress(String(written.phone));
  if (!externalUserId || !phone) return [];
  const sender = senderName === undefined ? undefined : parseWhatsAppAddress(`whatsapp:+${senderName}`);
  const bsuid = parseExternalUserId(String(written.externalUserId));
  return [{ externalUserId, phone, ...(sender && { sender }), ...(bsuid && { with: bsuid }) }];
}

/**
 * The BSUID of a number goes with its link. The lock of a repair names nobody, only two MessageSids: it stays for its week,
 * because a status callback that comes again would repair the message a second time without it.
 */
const STAYS = /^(?:number|repair)\./;

const DOCUMENT = 'document';
const ITEM = 'item';

function splitId(id: string): readonly [kind: string, name: string] {
  const colon = id.indexOf(':');
  return [id.slice(0, colon), id.slice(colon + 1)];
}

function recordOf(kind: string, name: string, data: unknown): TracedRecord {
  const text = `${name} ${JSON.stringify(data)}`;
  return { id: `${kind}:${name}`, addresses: addressesIn(text), messageSids: messageSidsIn(text) };
}

function addressesIn(text: string): readonly WhatsAppAddress[] {
  return [...text.matchAll(/whatsapp:\+?[A-Za-z0-9.]+/g)].flatMap(
    ([address]) => parseWhatsAppAddress(address) ?? [],
  );
}

function messageSidsIn(text: string): readonly MessageSid[] {
  return [...text.matchAll(/\b(?:SM|MM)[0-9a-fA-F]{32}\b/g)].flatMap(([sid]) => parseMessageSid(sid) ?? []);
}
