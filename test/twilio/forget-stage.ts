/** What the tests of forgetting a person start from: somebody with all that can be stored about them, in an emulator. */
import twilio, { type Twilio } from 'twilio';
import { EmulatorRequestClient } from '../../scripts/offline/emulator-request-client';
import { DEFAULT_CONSENT_WORDS } from '../../src/domain/consent';
import type { Pair, WhatsAppAddress } from '../../src/domain/whatsapp-address';
import { twilioMessageLog } from '../../src/twilio/log/message-log';
import { twilioPersonLog } from '../../src/twilio/log/person-log';
import { syncContactRecords } from '../../src/twilio/sync/contacts';
import { syncDocuments } from '../../src/twilio/sync/documents';
import { syncHeldMessages } from '../../src/twilio/sync/held-messages';
import { syncSendKeys } from '../../src/twilio/sync/keys';
import { syncNameLinks } from '../../src/twilio/sync/name-links';
import { syncPersonTraces } from '../../src/twilio/sync/person-traces';
import { syncSendRecords } from '../../src/twilio/sync/send-records';
import { spreadItems } from '../../src/twilio/sync/spread-items';
import { personPorts } from '../../src/use-cases/contacts/person-ports';
import { type ContactRecord, UNRESTRICTED } from '../../src/use-cases/ports/contact-store';
import { clientOf, type UnderTest } from '../emulator/emulator-client';

export const NOW = Date.now();
export const at = { now: NOW, marginSeconds: 300 };
export const sender = 'whatsapp:+14155238886' as WhatsAppAddress;
const otherSender = 'whatsapp:+14155550199' as WhatsAppAddress;
let people = 0;

/** Somebody with a number and a BSUID, and somebody else. */
export function newPerson() {
  people += 1;
  const phone = `whatsapp:+4917${String(people).padStart(9, '0')}` as WhatsAppAddress;
  return { phone, bsuid: `whatsapp:DE.${9000 + people}` as WhatsAppAddress };
}

export const record = (pair: Pair, changes: Partial<ContactRecord> = {}): ContactRecord => ({
  pair,
  facts: { lastInboundAt: NOW - 3_600_000, closedByWhatsApp: false, source: 'sync' },
  messageSid: `SM${'a'.repeat(32)}` as ContactRecord['messageSid'],
  profileName: 'Ada Lovelace',
  externalUserId: null,
  restrictions: UNRESTRICTED,
  ...changes,
});
export const stop = (current: ContactRecord) => ({
  ...current,
  restrictions: { ...current.restrictions, optedOutAt: NOW - 1000 },
});

/** @param under the emulator of the test file */
export function forgetStage({ emulator, control }: Pick<UnderTest, 'emulator' | 'control'>) {
  function portsWith(sdk: Twilio, hasTime = () => true) {
    const documents = syncDocuments(sdk, emulator.syncServiceSid);
    const items = spreadItems(sdk, emulator.syncServiceSid);
    const byName = {
      records: syncContactRecords(documents),
      links: syncNameLinks(documents, items),
      queues: syncHeldMessages(sdk, emulator.syncServiceSid),
      messageLog: twilioMessageLog(sdk),
      hasTime,
    };
    return {
      ...byName,
      ...personPorts(byName, NOW),
      sendKeys: syncSendKeys(items),
      sendRecords: syncSendRecords(items, documents),
      traces: syncPersonTraces(sdk, emulator.syncServiceSid, documents, items),
      personLog: twilioPersonLog(sdk),
      consentWords: DEFAULT_CONSENT_WORDS,
    };
  }
  const ports = () => portsWith(clientOf(emulator));

  /** A container that dies before its write of this number: nothing that it asks after that reaches anybody. */
  function dyingAt(write: number): Twilio {
    let writes = 0;
    class Dying extends EmulatorRequestClient {
      override request: EmulatorRequestClient['request'] = (options) => {
        if (options.method !== 'get') writes += 1;
        if (writes >= write) return Promise.reject(new Error('The container is dead.'));
        return super.request(options);
      };
    }
    return twilio(emulator.accountSid, emulator.authToken, {
      httpClient: new Dying(() => emulator.url, 10_000),
    });
  }

  /** Windows towards two senders, a link, held messages, a key and a repair's record. */
  async function store({ phone, bsuid }: ReturnType<typeof newPerson>) {
    const { records, links, queues, sendKeys, sendRecords } = ports();
    await records.open(record({ sender, user: phone }, { externalUserId: bsuid }));
    await records.open(record({ sender, user: bsuid }));
    await records.open(record({ sender: otherSender, user: phone }));
    await links.write({ sender, user: bsuid }, { phone, joined: [] }, undefined);
    const message = { kind: 'free-form' as const, body: 'a private text', mediaUrls: [] };
    const pair = { sender: otherSender, user: phone };
    const rest = { template: null, group: 'a-call', acceptedAt: NOW, repairs: null, statusCallback: null };
    const times = { heldAt: NOW, expiresAt: NOW + 3_600_000, sendAt: null };
    for (const key of [null, 'order-17'])
      await queues.append({ pair, to: phone, message, ...times, ...rest, externalUserId: null, key });
    await records.change(pair, (current) => ({
      ...current,
      restrictions: { ...current.restrictions, holding: true },
    }));
    const id = sendRecords.newId();
    await sendRecords.save(
      {
        id,
        pair,
        at: NOW,
        acceptedAt: NOW,
        freeForm: message,
        template: null,
        attempt: 1,
        parts: null,
        wasRepaired: false,
      },
      NOW,
    );
    await sendKeys.take(`of-nobody-${id}`, { fingerprint: 'f', value: { state: 'pending', since: NOW } });
  }

  /** All that lies in Sync and has one of these names in it, as text. */
  async function stored(...names: readonly string[]): Promise<readonly string[]> {
    const { documents, lists, maps } = await control.get<{
      documents: { uniqueName: string }[];
      lists: { uniqueName: string }[];
      maps: { items: object[] }[];
    }>('sync');
    const objects = [...documents, ...lists, ...maps.flatMap(({ items }) => items)].map((one) =>
      JSON.stringify(one),
    );
    const marks = names.map((name) => name.replace(/^whatsapp:\+?/, ''));
    return objects.filter((text) => marks.some((mark) => text.includes(mark)));
  }

  return { portsWith, ports, dyingAt, store, stored };
}
