/**
 * Which phone number a BSUID came with, in Twilio Sync: one Document per BSUID, for all senders. It is read with every
 * inbound message that names a BSUID, and written once for each sender. The other way round it is an item of a Map, which
 * is read only where a number has no record any more: Twilio's log knows what they wrote under their BSUID by that alone.
 */
import {
  filingName,
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
    async read(externalUserId) {
      const document = await documents.fetch(nameOf(externalUserId));
      const link = document && parseLink(document.data);
      if (document && link) revisions.set(link, document.revision);
      return link;
    },

    async write(externalUserId, { phone, joined }, before) {
      const revision = before && revisions.get(before);
      const [name, data] = [nameOf(externalUserId), { phone, joined }];
      return revision === undefined
        ? documents.create(name, data, KEEP_SECONDS)
        : documents.replace(name, data, KEEP_SECONDS, revision);
    },

    bsuidOf: async (phone) => parseBsuid((await items.fetch(numberName(phone)))?.data),

    async rememberBsuid(phone, externalUserId) {
      const [name, data] = [numberName(phone), { phone, externalUserId }];
      if (await items.create(name, data, KEEP_SECONDS)) return;
      await items.overwrite(name, data, KEEP_SECONDS);
    },

    async erase(externalUserId) {
      const document = await documents.fetch(nameOf(externalUserId));
      if (!document) return false;
      const phone = parseLink(document.data)?.phone;
      const isTheirs = phone && parseBsuid((await items.fetch(numberName(phone)))?.data) === externalUserId;
      if (isTheirs) await items.remove(numberName(phone));
      await documents.remove(nameOf(externalUserId));
      return true;
    },
  };
}

const nameOf = (externalUserId: WhatsAppAddress) => `link.${filingName(externalUserId)}`;
const numberName = (phone: WhatsAppAddress) => `number.${filingName(phone)}`;

function parseBsuid(data: unknown): WhatsAppAddress | undefined {
  const { externalUserId } = Object(data);
  return parseExternalUserId(String(externalUserId));
}

/** Version 0.1 wrote no senders, and moved nothing. Such a link is there for a year at most after it was written. */
function parseLink(data: unknown): NameLink | undefined {
  const { phone, joined } = Object(data);
  const number = parseWhatsAppAddress(String(phone));
  if (!number) return undefined;
  const senders = Array.isArray(joined) ? joined : [];
  return { phone: number, joined: senders.flatMap((sender) => parseWhatsAppAddress(String(sender)) ?? []) };
}
