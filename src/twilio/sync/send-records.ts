/** Send records as items of Sync Maps with a TTL. It must not know what a repair is. */
import { randomBytes } from 'node:crypto';
import { type FreeFormMessage, joinTexts } from '../../domain/outbound-message';
import { parseWhatsAppAddress } from '../../domain/whatsapp-address';
import type { JoinedPart, SendRecord, SendRecords } from '../../use-cases/ports/send-records';
import type { FallbackTemplate } from '../../use-cases/send/choose-template';
import type { VersionedRecords } from './documents';

/** A queued message may wait for hours (10 h at most, https://www.twilio.com/docs/messaging/api: ValidityPeriod); callbacks come late, too. */
const KEEP_SECONDS = 48 * 3600;

const nameOf = (id: string) => `send.${id}`;

/** @param before where version 0.1 kept its records, as Documents: a message that was sent then may be refused now */
export function syncSendRecords(items: VersionedRecords, before: VersionedRecords): SendRecords {
  return {
    newId: () => randomBytes(12).toString('hex'),

    async save(record, now) {
      const ttl = KEEP_SECONDS + Math.max(0, Math.ceil((record.at - now) / 1000));
      await items.create(nameOf(record.id), toData(record), ttl);
    },

    async read(id) {
      const found = (await items.fetch(nameOf(id))) ?? (await before.fetch(nameOf(id)));
      return found && fromData(found.data, id);
    },
  };
}

function toData({ id: _id, pair, wasRepaired: _wasRepaired, parts, ...record }: SendRecord): object {
  const stored = { ...record, sender: pair.sender, user: pair.user };
  // An item takes 16 KiB (error 54006): the text is not kept a second time.
  return parts === null ? stored : { ...stored, freeForm: null, parts: parts.map(toRow) };
}

/** All that differs from part to part; what is null at the end is left out. */
type Row = readonly [string, number, number, string | null, FallbackTemplate | null];

function toRow({ message, acceptedAt, expiresAt, statusCallback, template }: JoinedPart): readonly unknown[] {
  const row: Row = [message.body, acceptedAt, expiresAt, statusCallback, template];
  return row.slice(0, template ? 5 : statusCallback ? 4 : 3);
}

function fromRow([body, acceptedAt, expiresAt, statusCallback = null, template = null]: Row): JoinedPart {
  return {
    message: { kind: 'free-form', body, mediaUrls: [] },
    ...{ acceptedAt, expiresAt, statusCallback, template },
  };
}

function jointMessage(parts: readonly JoinedPart[]): FreeFormMessage {
  return { kind: 'free-form', body: joinTexts(parts.map(({ message }) => message.body)), mediaUrls: [] };
}

function fromData(data: unknown, id: string): SendRecord | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  // Written by `toData` only; the addresses are what a forged or foreign document would not have.
  const stored = data as Omit<SendRecord, 'id' | 'pair' | 'parts'> & {
    readonly sender?: unknown;
    readonly user?: unknown;
    readonly parts?: readonly Row[];
    /** Version 0.1 kept the lock of the repair here. */
    readonly repair?: object | null;
  };
  const sender = typeof stored.sender === 'string' ? parseWhatsAppAddress(stored.sender) : undefined;
  const user = typeof stored.user === 'string' ? parseWhatsAppAddress(stored.user) : undefined;
  if (!sender || !user) return undefined;
  const parts = stored.parts?.map(fromRow) ?? null;
  return {
    id,
    pair: { sender, user },
    at: Number(stored.at),
    acceptedAt: Number(stored.acceptedAt ?? stored.at),
    freeForm: parts === null ? (stored.freeForm ?? null) : jointMessage(parts),
    template: stored.template ?? null,
    attempt: Number(stored.attempt),
    parts,
    wasRepaired: stored.repair != null,
  };
}
