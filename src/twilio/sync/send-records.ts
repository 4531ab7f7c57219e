/** Send records as items of Sync Maps with a TTL. It must not know what a repair is. */
import { randomBytes } from 'node:crypto';
import { parseWhatsAppAddress } from '../../domain/whatsapp-address';
import type { SendRecord, SendRecords } from '../../use-cases/ports/send-records';
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

function toData({ id: _id, pair, wasRepaired: _wasRepaired, ...record }: SendRecord): object {
  return { ...record, sender: pair.sender, user: pair.user };
}

function fromData(data: unknown, id: string): SendRecord | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  // Written by `toData` only; the addresses are what a forged or foreign document would not have.
  const stored = data as Omit<SendRecord, 'id' | 'pair'> & {
    readonly sender?: unknown;
    readonly user?: unknown;
    /** Version 0.1 kept the lock of the repair here. */
    readonly repair?: object | null;
  };
  const sender = typeof stored.sender === 'string' ? parseWhatsAppAddress(stored.sender) : undefined;
  const user = typeof stored.user === 'string' ? parseWhatsAppAddress(stored.user) : undefined;
  if (!sender || !user) return undefined;
  return {
    id,
    pair: { sender, user },
    at: Number(stored.at),
    acceptedAt: Number(stored.acceptedAt ?? stored.at),
    freeForm: stored.freeForm ?? null,
    template: stored.template ?? null,
    attempt: Number(stored.attempt),
    wasRepaired: stored.repair != null,
  };
}
