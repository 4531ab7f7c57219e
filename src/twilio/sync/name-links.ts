/**
 * Which phone number a BSUID came with, in Twilio Sync: one Document per BSUID, for all senders. It is read with every
 * inbound message that names a BSUID, and written once for each sender.
 */
import { filingName, parseWhatsAppAddress, type WhatsAppAddress } from '../../domain/whatsapp-address';
import type { NameLink, NameLinks } from '../../use-cases/ports/name-links';
import type { SyncDocuments } from './documents';

/** A BSUID and a phone number belong together as long as Sync keeps anything (54011). */
const KEEP_SECONDS = 31_536_000;

export function syncNameLinks(documents: SyncDocuments): NameLinks {
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

    async erase(externalUserId) {
      const link = await documents.fetch(nameOf(externalUserId));
      if (link) await documents.remove(nameOf(externalUserId));
      return link !== undefined;
    },
  };
}

const nameOf = (externalUserId: WhatsAppAddress) => `link.${filingName(externalUserId)}`;

/** Version 0.1 wrote no senders, and moved nothing. Such a link is there for a year at most after it was written. */
function parseLink(data: unknown): NameLink | undefined {
  const { phone, joined } = Object(data);
  const number = parseWhatsAppAddress(String(phone));
  if (!number) return undefined;
  const senders = Array.isArray(joined) ? joined : [];
  return { phone: number, joined: senders.flatMap((sender) => parseWhatsAppAddress(String(sender)) ?? []) };
}
