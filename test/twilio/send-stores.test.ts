/** What every store of send records, idempotency keys and calls must do: Documents in Sync, and those without Twilio. */
import type { CallSid, ContentSid } from '../../src/domain/twilio-sid';
import type { WhatsAppAddress } from '../../src/domain/whatsapp-address';
import { syncSeenCalls } from '../../src/twilio/sync/calls';
import { syncDocuments } from '../../src/twilio/sync/documents';
import { syncSendKeys } from '../../src/twilio/sync/keys';
import { syncSendRecords } from '../../src/twilio/sync/send-records';
import { spreadItems } from '../../src/twilio/sync/spread-items';
import type { SeenCalls } from '../../src/use-cases/ports/seen-calls';
import type { SendKey, SendKeys } from '../../src/use-cases/ports/send-keys';
import type { Repair, SendRecord, SendRecords } from '../../src/use-cases/ports/send-records';
import { clientOf, useEmulator } from '../emulator/emulator-client';
import { inMemorySeenCalls, inMemorySendKeys, inMemorySendRecords } from './in-memory-ports';

const { emulator, control } = useEmulator();
const NOW = Date.now();
const documents = () => syncDocuments(clientOf(emulator), emulator.syncServiceSid);
const items = () => spreadItems(clientOf(emulator), emulator.syncServiceSid);
const syncIsAway = () =>
  control.post('faults', { target: 'api', match: { service: 'sync' }, do: 'status', status: 503, times: 0 });

describe('send records', () => {
  const sync = () => syncSendRecords(items(), documents());
  const record = (id: string, changes: Partial<SendRecord> = {}): SendRecord => ({
    id,
    pair: {
      sender: 'whatsapp:+14155238886' as WhatsAppAddress,
      user: 'whatsapp:+4915550000001' as WhatsAppAddress,
    },
    at: NOW,
    freeForm: { kind: 'free-form', body: 'Hello', mediaUrls: ['https://example.com/a'] },
    template: { ref: `HX${'1'.repeat(32)}` as ContentSid, language: 'en', variables: { 1: 'a', 2: 3 } },
    attempt: 1,
    repair: null,
    ...changes,
  });
  const claim: Repair = { claimedAt: NOW, outcome: null, errorCode: 63016 };

  describe.each<readonly [string, () => SendRecords]>([
    ['in Sync', sync],
    ['without Twilio', inMemorySendRecords],
  ])('%s', (_name, create) => {
    test('give ids that differ and may stand in a URL', () => {
      const store = create();
      const ids = Array.from({ length: 20 }, () => store.newId());
      expect([new Set(ids).size, ids.filter((id) => !/^[0-9a-f]{24}$/.test(id))]).toEqual([20, []]);
    });

    test('give back what was saved, and nothing else', async () => {
      const store = create();
      const id = store.newId();
      const bare = record(store.newId(), {
        freeForm: null,
        template: null,
        attempt: 2,
        at: NOW + 86_400_000,
      });
      await store.save(record(id), NOW);
      await store.save(bare, NOW);
      expect([await store.read(id), await store.read(bare.id), await store.read(store.newId())]).toEqual([
        record(id),
        bare,
        undefined,
      ]);
    });

    test('leave one that is there already', async () => {
      const store = create();
      const id = store.newId();
      await store.save(record(id), NOW);
      await store.save(record(id, { attempt: 2 }), NOW);
      expect(await store.read(id)).toEqual(record(id));
    });

    test('change the repair from what it was, or leave it', async () => {
      const store = create();
      const id = store.newId();
      const seen: (Repair | null)[] = [];
      const change = (to: Repair | null) =>
        store.changeRepair(id, (current) => {
          seen.push(current);
          return to;
        });
      const before = await change(claim);
      await store.save(record(id), NOW);
      const changes = [before, await change(null), await change(claim), await change(null)];
      expect([changes, seen, await store.read(id)]).toEqual([
        [false, false, true, false],
        [null, null, claim],
        record(id, { repair: claim }),
      ]);
    });

    test('let one of several at once claim a repair', async () => {
      const store = create();
      const id = store.newId();
      await store.save(record(id), NOW);
      const claims = await Promise.all(
        [1, 2, 3].map(() => store.changeRepair(id, (current) => (current === null ? claim : null))),
      );
      expect(claims.sort()).toEqual([false, false, true]);
    });
  });

  test.each<readonly [string, (store: SendRecords) => Promise<unknown>]>([
    ['save', (store) => store.save(record('1'), NOW)],
    ['read', (store) => store.read('1')],
    ['changeRepair', (store) => store.changeRepair('1', () => claim)],
  ])('in Sync that cannot be reached say so: %s', async (_method, call) => {
    await syncIsAway();
    await expect(call(sync())).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
  });
});

test('a record that version 0.1 kept as a Document is read, and its repair is claimed there', async () => {
  const document = {
    sender: 'whatsapp:+14155238886',
    user: 'whatsapp:+4915550000001',
    at: NOW,
    freeForm: { kind: 'free-form', body: 'Hello', mediaUrls: [] },
    template: null,
    attempt: 1,
    repair: null,
  };
  await documents().create('send.0123456789abcdef01234567', document, 3600);
  const store = syncSendRecords(items(), documents());
  const claim: Repair = { claimedAt: NOW, outcome: null, errorCode: 63016 };
  const claimed = await store.changeRepair('0123456789abcdef01234567', () => claim);
  const { sender: _sender, user: _user, ...record } = document;
  expect([claimed, await store.read('0123456789abcdef01234567')]).toEqual([
    true,
    {
      ...record,
      id: '0123456789abcdef01234567',
      pair: { sender: 'whatsapp:+14155238886', user: 'whatsapp:+4915550000001' },
      repair: claim,
    },
  ]);
});

test('300 records of 300 names make no Document, and Maps from items.00 to items.63 only', async () => {
  const service = clientOf(emulator).sync.v1.services(emulator.syncServiceSid);
  const before = (await service.documents.list()).length;
  const store = items();
  await Promise.all(Array.from({ length: 300 }, (_, index) => store.create(`some.${index}`, { index }, 60)));
  const names = (await service.syncMaps.list()).map(({ uniqueName }) => uniqueName);
  const strangers = names.filter((name) => !/^items\.(?:[0-5]\d|6[0-3])$/.test(name));
  expect([(await service.documents.list()).length - before, names.length > 40, strangers]).toEqual([
    0,
    true,
    [],
  ]);
  expect((await store.fetch('some.299'))?.data).toEqual({ index: 299 });
});

describe('idempotency keys', () => {
  const sync = () => syncSendKeys(items());
  const pending = (fingerprint: string, since = NOW): SendKey => ({
    fingerprint,
    value: { state: 'pending', since },
  });
  const done: SendKey = { fingerprint: 'f', value: { state: 'done', status: 200, answer: { a: [1] } } };
  const unknown: SendKey = { fingerprint: 'f', value: { state: 'unknown', since: NOW, notThese: ['SM1'] } };

  describe.each<readonly [string, () => SendKeys]>([
    ['in Sync', sync],
    ['without Twilio', inMemorySendKeys],
  ])('%s', (_name, create) => {
    let store: SendKeys;
    let keys = 0;
    let key: string;
    beforeEach(() => {
      store = create();
      keys += 1;
      key = `a/key?${keys}`;
    });

    test('are taken by the first, and stand for its request then', async () => {
      expect([
        await store.read(key),
        await store.take(key, pending('f')),
        await store.take(key, pending('g')),
        await store.take(`${key}.`, pending('g')),
        await store.read(key),
      ]).toEqual([undefined, undefined, pending('f'), undefined, pending('f')]);
    });

    test.each([
      ['done', done],
      ['unknown', unknown],
    ])('tell what became of it: %s', async (_state, settled) => {
      await store.take(key, pending('f'));
      await store.settle(key, settled);
      expect([await store.read(key), await store.take(key, pending('f', NOW + 1))]).toEqual([
        settled,
        settled,
      ]);
    });

    test('are free again, and settle nothing then', async () => {
      await store.take(key, pending('f'));
      await store.free(key);
      await store.free(key);
      await store.settle(key, done);
      expect([await store.read(key), await store.take(key, pending('g'))]).toEqual([undefined, undefined]);
    });

    test('are taken over by one that knows since when, once', async () => {
      const later = pending('f', NOW + 20_000);
      await store.take(key, pending('f'));
      expect([
        await store.takeOver(key, NOW - 1, later),
        await store.takeOver(key, NOW, later),
        await store.takeOver(key, NOW, later),
        await store.read(key),
      ]).toEqual([false, true, false, later]);
    });

    test.each<readonly [string, SendKey | null, boolean]>([
      ['one of unknown outcome is', unknown, true],
      ['one that is done is not', done, false],
      ['one that was freed is not', null, false],
    ])('taken over: %s', async (_says, settled, expected) => {
      await store.take(key, pending('f'));
      if (settled) await store.settle(key, settled);
      else await store.free(key);
      expect(await store.takeOver(key, NOW, pending('f', NOW + 1))).toBe(expected);
    });
  });

  test.each<readonly [string, (store: SendKeys) => Promise<unknown>]>([
    ['take', (store) => store.take('k', done)],
    ['read', (store) => store.read('k')],
    ['takeOver', (store) => store.takeOver('k', NOW, done)],
    ['settle', (store) => store.settle('k', done)],
    ['free', (store) => store.free('k')],
  ])('in Sync that cannot be reached say so: %s', async (_method, call) => {
    await syncIsAway();
    await expect(call(sync())).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
  });
});

describe('seen calls', () => {
  const sync = () => syncSeenCalls(documents());
  const call = (digit: string) => `CA${digit.repeat(32)}` as CallSid;

  test.each<readonly [string, () => SeenCalls]>([
    ['in Sync', sync],
    ['without Twilio', inMemorySeenCalls],
  ])('%s: a call began when the first report says, whatever later ones say', async (_name, create) => {
    const store = create();
    expect([
      await store.startOf(call('1'), NOW),
      await store.startOf(call('1'), NOW + 7_200_000),
      await store.startOf(call('1'), NOW - 1),
      await store.startOf(call('2'), NOW + 1),
    ]).toEqual([NOW, NOW, NOW, NOW + 1]);
  });

  test('in Sync that cannot be reached say so', async () => {
    await syncIsAway();
    await expect(sync().startOf(call('1'), NOW)).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
  });
});
