/**
 * Which names are one person, in Twilio Sync: a Document per BSUID, for all senders, and one per parent id and sender. The
 * first is read with every inbound message that names a BSUID, and written once for each sender. From a number to its BSUID
 * it is an item of a Map, which is read only where the number has no record any more: Twilio's log knows what they wrote
 * under their BSUID by that alone.
 */
import {
  filingName,
  isParentId,
  type Pair,
  parseExternalUserId,
  parseWhatsAppAddress,
  type WhatsAppAddress,
} from '../../domain/whatsapp-address';
import type { NameLink, NameLinks } from '../../use-cases/ports/name-links';
import type { SyncDocuments, VersionedRecords } from './documents';

/** A BSUID and a phone number belong together as long as Sync keeps anything (54011). */
const KEEP_SECONDS = 31_536_000;

/** @param items where the other direction is kept */
export function syncNameLinks(documents: SyncDocuments, items: VersionedRecords): NameLinks {
  const revisions = new WeakMap<NameLink, string>();
  return {
    async read(name) {
      const document = await documents.fetch(nameOf(name));
      const link = document && parseLink(document.data);
      if (document && link) revisions.set(link, document.revision);
      return link;
    },

    async write(name, link, before) {
      const revision = before && revisions.get(before);
      return revision === undefined
        ? documents.create(nameOf(name), link, KEEP_SECONDS)
        : documents.replace(nameOf(name), link, KEEP_SECONDS, revision);
    },

    bsuidOf: async (phone) => parseBsuid((await items.fetch(numberName(phone)))?.data),

    async rememberBsuid(phone, externalUserId) {
      const [name, data] = [numberName(phone), { phone, externalUserId }];
      if (await items.create(name, data, KEEP_SECONDS)) return;
      await items.overwrite(name, data, KEEP_SECONDS);
    },

    async erase(name) {
      const document = await documents.fetch(nameOf(name));
      if (!document) return false;
      const phone = parseLink(document.data)?.phone;
      const isTheirs = phone && parseBsuid((await items.fetch(numberName(phone)))?.data) === name.user;
      if (isTheirs) await items.remove(numberName(phone));
      await documents.remove(nameOf(name));
      return true;
    },
  };
}

const nameOf = ({ sender, user }: Pair) =>
  isParentId(user) ? `link.${filingName(sender)}.${filingName(user)}` : `link.${filingName(user)}`;
const numberName = (phone: WhatsAppAddress) => `number.${filingName(phone)}`;

function parseBsuid(data: unknown): WhatsAppAddress | undefined {
  const { externalUserId } = Object(data);
  return parseExternalUserId(String(externalUserId));
}

/** Version 0.1 wrote no senders, and moved nothing. Such a link is there for a year at most after it was written. */
function parseLink(data: unknown): NameLink | undefined {
  const { phone, joined, parent, externalUserId } = Object(data);
  const number = parseWhatsAppAddress(String(phone));
  if (!number) return undefined;
  const parentId = parseExternalUserId(String(Object(parent).userId));
  const bsuid = parseExternalUserId(String(externalUserId));
  return {
    phone: number,
    joined: addresses(joined),
    ...(parentId && { parent: { userId: parentId, joined: addresses(Object(parent).joined) } }),
    ...(bsuid && { externalUserId: bsuid }),
  };
}

function addresses(data: unknown): readonly WhatsAppAddress[] {
  return Array.isArray(data) ? data.flatMap((sender) => parseWhatsAppAddress(String(sender)) ?? []) : [];
}
