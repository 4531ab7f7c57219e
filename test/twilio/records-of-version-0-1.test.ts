/**
 * A store full of what version 0.1 wrote: each name of a person with a record and a queue of its own, and a link that names
 * no sender. It is read as it was, and becomes one with the next message of the person, or the next change.
 */
import { DEFAULT_CONSENT_WORDS } from '../../src/domain/consent';
import type { WhatsAppAddress } from '../../src/domain/whatsapp-address';
import { twilioMessageLog } from '../../src/twilio/log/message-log';
import { syncContactRecords } from '../../src/twilio/sync/contacts';
import { syncDocuments } from '../../src/twilio/sync/documents';
import { syncHeldMessages } from '../../src/twilio/sync/held-messages';
import { syncNameLinks } from '../../src/twilio/sync/name-links';
import { spreadItems } from '../../src/twilio/sync/spread-items';
import { personPorts } from '../../src/use-cases/contacts/person-ports';
import { readPerson } from '../../src/use-cases/contacts/read-person';
import { heldFor } from '../../src/use-cases/hold/held-queue';
import { UNRESTRICTED } from '../../src/use-cases/ports/contact-store';
import { clientOf, useEmulator } from '../emulator/emulator-client';

const { emulator, control } = useEmulator();
const NOW = Date.now();
const HOUR = 3_600_000;
const iso = (ago: number) => new Date(NOW - ago).toISOString();
const sender = 'whatsapp:+14155238886' as WhatsAppAddress;
const at = { now: NOW, marginSeconds: 300 };
let people = 0;

function newNames() {
  people += 1;
  const digits = `4917${String(people).padStart(9, '0')}`;
  const id = `DE.${7000 + people}`;
  return {
    ...{ digits, id },
    phone: { sender, user: `whatsapp:+${digits}` as WhatsAppAddress },
    bsuid: { sender, user: `whatsapp:${id}` as WhatsAppAddress },
  };
}
type Names = ReturnType<typeof newNames>;

/** A container of this version. */
function container() {
  const sdk = clientOf(emulator);
  const documents = syncDocuments(sdk, emulator.syncServiceSid);
  const byName = {
    records: syncContactRecords(documents),
    links: syncNameLinks(documents, spreadItems(sdk, emulator.syncServiceSid)),
    queues: syncHeldMessages(sdk, emulator.syncServiceSid),
    messageLog: twilioMessageLog(sdk),
    hasTime: () => true,
  };
  return { ...byName, ...personPorts(byName, NOW), consentWords: DEFAULT_CONSENT_WORDS };
}

const service = () => clientOf(emulator).sync.v1.services(emulator.syncServiceSid);
const write = (uniqueName: string, data: object) => service().documents.create({ uniqueName, data });
const linkOf = ({ id, phone }: Names) => write(`link.${id}`, { phone: phone.user });

/** As version 0.1 wrote them, to the letter. */
function documentsOf({ digits, id, phone, bsuid }: Names) {
  const sent = (user: string, ago: number, more: object) => ({
    ...{ sender, user, lastInboundAt: iso(ago), source: 'sync', messageSid: `SM${'a'.repeat(32)}` },
    ...{ profileName: 'Ada', externalUserId: bsuid.user, ...more },
  });
  return {
    plainNumber: (ago: number) => write(`window.14155238886.${digits}`, sent(phone.user, ago, {})),
    plainBsuid: (ago: number) => write(`window.14155238886.${id}`, sent(bsuid.user, ago, {})),
    restrictedNumber: (ago: number, more: object) =>
      write(`guard.14155238886.${digits}`, sent(phone.user, ago, more)),
    restrictedBsuid: (ago: number, more: object) =>
      write(`guard.14155238886.${id}`, sent(bsuid.user, ago, more)),
    async held(name: 'digits' | 'id', body: string, ago: number) {
      const uniqueName = `held.14155238886.${name === 'digits' ? digits : id}`;
      const user = name === 'digits' ? phone.user : bsuid.user;
      await service()
        .syncLists.create({ uniqueName })
        .catch(() => undefined);
      await service()
        .syncLists(uniqueName)
        .syncListItems.create({
          data: {
            ...{ sender, user, to: user, body, mediaUrls: [], mark: `${body}-${user}`, group: body },
            ...{ heldAt: iso(ago), expiresAt: iso(-24 * HOUR), externalUserId: bsuid.user },
          },
          itemTtl: 86_400,
        });
    },
  };
}

const read = async ({ phone, bsuid }: Names) => {
  const ports = container();
  const people = await Promise.all(
    [phone, bsuid].map((pair) => readPerson(ports, pair, at, { remember: false, fresh: true })),
  );
  return people.map(({ window, optedOut, holding }) => [window.state, optedOut, holding]);
};
const bodies = async (pair: Names['phone']) =>
  (await heldFor(container(), pair)).map(({ message }) => message.body);
/** What is left under the BSUID. */
async function leftOf({ id }: Names): Promise<readonly string[]> {
  const { documents } = await control.get<{ documents: { uniqueName: string }[] }>('sync');
  return documents.flatMap(({ uniqueName }) =>
    uniqueName.endsWith(`.${id}`) && !uniqueName.startsWith('link.') ? [uniqueName] : [],
  );
}
const inbound = ({ phone, bsuid }: Names) =>
  container().windows.record({
    ...{ pair: phone, externalUserId: bsuid.user, profileName: null, restrictions: UNRESTRICTED },
    ...{ messageSid: null, facts: { lastInboundAt: NOW, closedByWhatsApp: false, source: 'sync' } },
  });

test('two plain records: one window, whichever is asked for, and one record after the next message', async () => {
  const names = newNames();
  const old = documentsOf(names);
  await linkOf(names);
  await old.plainNumber(2 * HOUR);
  await old.plainBsuid(2 * HOUR);
  expect(await read(names)).toEqual([
    ['open', false, false],
    ['open', false, false],
  ]);
  await inbound(names);
  expect([await leftOf(names), await container().links.read(names.bsuid)]).toEqual([
    [],
    { phone: names.phone.user, joined: [sender] },
  ]);
});

test('the BSUID alone is left, since the number’s record has expired: its window goes to the number with the first change', async () => {
  const names = newNames();
  await linkOf(names);
  await documentsOf(names).plainBsuid(2 * HOUR);
  const byBsuid = async () => (await read(names))[1];
  const before = await byBsuid();
  await container().windows.change(names.bsuid, (current) => ({ ...current, profileName: 'Grace' }));
  expect([before, await byBsuid(), await leftOf(names)]).toEqual([
    ['open', false, false],
    ['open', false, false],
    [],
  ]);
  expect(await container().records.read(names.phone)).toMatchObject({ profileName: 'Grace' });
});

test.each([
  ['both', true, true],
  ['the BSUID, where storing it for the number was cut short', false, true],
])(
  'a STOP that stands under %s holds for whoever asks by it, and for both after the next message',
  async (_says, isAtNumber, isAtBsuid) => {
    const names = newNames();
    const old = documentsOf(names);
    await linkOf(names);
    const stopped = { optedOutAt: iso(HOUR) };
    await (isAtNumber ? old.restrictedNumber(HOUR, stopped) : old.plainNumber(HOUR));
    await (isAtBsuid ? old.restrictedBsuid(HOUR, stopped) : old.plainBsuid(HOUR));
    const optedOut = async () => (await read(names)).map(([, isOptedOut]) => isOptedOut);
    expect(await optedOut()).toEqual([isAtNumber, true]);
    await inbound(names);
    expect([await optedOut(), await leftOf(names)]).toEqual([[true, true], []]);
  },
);

test('a queue under each name is listed as one and in order, moved with the next message, and every id stays', async () => {
  const names = newNames();
  const old = documentsOf(names);
  await linkOf(names);
  await old.restrictedNumber(30 * HOUR, { holding: true, askedAt: iso(3 * HOUR) });
  await old.restrictedBsuid(30 * HOUR, { holding: true });
  await old.held('id', 'one', 3 * HOUR);
  await old.held('digits', 'two', 2 * HOUR);
  await old.held('id', 'three', HOUR);
  const all = ['one', 'two', 'three'];
  expect([await bodies(names.phone), await bodies(names.bsuid)]).toEqual([all, all]);
  const ids = (await heldFor(container(), names.phone)).map(({ id }) => id);
  await inbound(names);
  const after = await heldFor(container(), names.bsuid);
  expect([after.map(({ id }) => id), after.map(({ pair }) => pair), await leftOf(names)]).toEqual([
    ids,
    [names.phone, names.phone, names.phone],
    [],
  ]);
  const [first] = after;
  if (!first) throw new Error('nothing is held');
  const { held } = container();
  expect(await held.remove(names.phone, first.id, false)).toBe(true);
  expect(await bodies(names.phone)).toEqual(['two', 'three']);
});
