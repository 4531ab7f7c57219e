/** What every store of send records, idempotency keys and calls must do: Documents in Sync, and those without Twilio. */
import { createHash } from 'node:crypto';
import { windowAt } from '../../src/domain/customer-service-window';
import type { CallSid, ContentSid, MessageSid } from '../../src/domain/twilio-sid';
import type { WhatsAppAddress } from '../../src/domain/whatsapp-address';
import { syncSeenCalls } from '../../src/twilio/sync/calls';
import { syncDocuments } from '../../src/twilio/sync/documents';
import { syncSendKeys } from '../../src/twilio/sync/keys';
import { syncRepairLocks } from '../../src/twilio/sync/repair-locks';
import { syncSendRecords } from '../../src/twilio/sync/send-records';
import { spreadItems } from '../../src/twilio/sync/spread-items';
import { Failure } from '../../src/use-cases/failure';
import type { RepairLock, RepairLocks } from '../../src/use-cases/ports/repair-locks';
import type { SeenCalls } from '../../src/use-cases/ports/seen-calls';
import type { SendKey, SendKeys } from '../../src/use-cases/ports/send-keys';
import type { JoinedPart, SendRecord, SendRecords } from '../../src/use-cases/ports/send-records';
import type { SendResult } from '../../src/use-cases/send/send-request';
import { clientOf, useEmulator } from '../emulator/emulator-client';
import {
  inMemoryRepairLocks,
  inMemorySeenCalls,
  inMemorySendKeys,
  inMemorySendRecords,
} from './in-memory-ports';

const { emulator, control } = useEmulator();
const NOW = Date.now();
const documents = () => syncDocuments(clientOf(emulator), emulator.syncServiceSid);
const items = () => spreadItems(clientOf(emulator), emulator.syncServiceSid);
const syncIsAway = () =>
  control.post('faults', { target: 'api', match: { service: 'sync' }, do: 'status', status: 503, times: 0 });

describe('the store of send records', () => {
  const sync = () => syncSendRecords(items(), documents());
  const record = (id: string, changes: Partial<SendRecord> = {}): SendRecord => ({
    id,
    pair: {
      sender: 'whatsapp:+14155238886' as WhatsAppAddress,
      user: 'whatsapp:+4915550000001' as WhatsAppAddress,
    },
    at: NOW,
    acceptedAt: NOW - 1000,
    freeForm: { kind: 'free-form', body: 'Hello', mediaUrls: ['https://example.com/a'] },
    template: { ref: `HX${'1'.repeat(32)}` as ContentSid, language: 'en', variables: { 1: 'a', 2: 3 } },
    attempt: 1,
    parts: null,
    wasRepaired: false,
    ...changes,
  });

  describe.each<readonly [string, () => SendRecords]>([
    ['in Sync', sync],
    ['in memory', inMemorySendRecords],
  ])('%s', (_name, create) => {
    test('gives ids that differ and may stand in a URL', () => {
      const store = create();
      const ids = Array.from({ length: 20 }, () => store.newId());
      expect([new Set(ids).size, ids.filter((id) => !/^[0-9a-f]{24}$/.test(id))]).toEqual([20, []]);
    });

    test('returns what was saved, and nothing else', async () => {
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

    test('returns the parts of a joint message, each with its own data', async () => {
      const store = create();
      const template = { ref: 'greeting', language: 'en', variables: { 1: 'Ada' } };
      const part = (body: string, own: Partial<JoinedPart> = {}): JoinedPart => ({
        message: { kind: 'free-form', body, mediaUrls: [] },
        ...{ acceptedAt: NOW - 1, expiresAt: NOW + 1, statusCallback: null, template: null },
        ...own,
      });
      const joint = record(store.newId(), {
        freeForm: { kind: 'free-form', body: 'one\n\ntwo\n\n🦊', mediaUrls: [] },
        template: null,
        parts: [
          part('one'),
          part('two', { statusCallback: 'https://example.com/a' }),
          part('🦊', { template }),
        ],
      });
      await store.save(joint, NOW);
      expect(await store.read(joint.id)).toEqual(joint);
    });

    test('keeps a record that exists already', async () => {
      const store = create();
      const id = store.newId();
      await store.save(record(id), NOW);
      await store.save(record(id, { attempt: 2 }), NOW);
      expect(await store.read(id)).toEqual(record(id));
    });
  });

  test.each<readonly [string, (store: SendRecords) => Promise<unknown>]>([
    ['save', (store) => store.save(record('1'), NOW)],
    ['read', (store) => store.read('1')],
  ])('in Sync reports that it cannot be reached: %s', async (_method, call) => {
    await syncIsAway();
    await expect(call(sync())).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
  });
});

test.each([
  ['it was not repaired', null, false],
  ['it has the lock of its repair', { claimedAt: NOW, outcome: 'held', errorCode: 63016 }, true],
])('a record that version 0.1 stored as a Document is read: %s', async (_says, repair, wasRepaired) => {
  const id = wasRepaired ? '0123456789abcdef01234567' : '0123456789abcdef01234568';
  const record = {
    at: NOW,
    freeForm: { kind: 'free-form', body: 'Hello', mediaUrls: [] },
    template: null,
    attempt: 1,
  };
  const names = { sender: 'whatsapp:+14155238886', user: 'whatsapp:+4915550000001' };
  await documents().create(`send.${id}`, { ...record, ...names, repair }, 3600);
  expect(await syncSendRecords(items(), documents()).read(id)).toEqual({
    ...record,
    ...{ id, pair: names, acceptedAt: NOW, parts: null, wasRepaired },
  });
});

describe('the store of repair locks', () => {
  const sync = () => syncRepairLocks(items());
  const mine: RepairLock = { claimedAt: NOW, outcome: null, repairedBy: null, errorCode: 63016 };
  let count = 0;
  const nextSid = () => {
    count += 1;
    return `SM${String(count).padStart(32, '0')}` as MessageSid;
  };

  describe.each<readonly [string, () => RepairLocks]>([
    ['in Sync', sync],
    ['in memory', inMemoryRepairLocks],
  ])('%s', (_name, create) => {
    test('gives a lock to one of several callers at once, and tells the others of it', async () => {
      const [store, sid] = [create(), nextSid()];
      const claims = await Promise.all([1, 2, 3].map(() => store.claim(sid, mine)));
      expect(claims.filter((there) => there === undefined)).toHaveLength(1);
      expect(claims.filter((there) => there !== undefined)).toEqual([mine, mine]);
    });

    test('keeps the outcome of a repair, and lets nobody take it over then', async () => {
      const [store, sid] = [create(), nextSid()];
      const settled = { ...mine, outcome: 'template-sent', repairedBy: nextSid() };
      await store.claim(sid, mine);
      await store.settle(sid, settled);
      expect([
        await store.read(sid),
        await store.claim(sid, mine),
        await store.takeOver(sid, settled, mine),
      ]).toEqual([settled, settled, false]);
    });

    test('lets one caller take over the lock of a container that died', async () => {
      const [store, sid] = [create(), nextSid()];
      const later = { ...mine, claimedAt: NOW + 20_000 };
      await store.claim(sid, mine);
      expect([
        await store.takeOver(sid, mine, later),
        await store.takeOver(sid, mine, later),
        await store.read(sid),
      ]).toEqual([true, false, later]);
    });

    test('releases a lock, so that the next caller may claim it', async () => {
      const [store, sid] = [create(), nextSid()];
      await store.claim(sid, mine);
      await store.release(sid);
      expect([await store.read(sid), await store.claim(sid, mine)]).toEqual([undefined, undefined]);
    });
  });

  test('in Sync recognizes its own claim although the answer was lost', async () => {
    const match = { service: 'sync', method: 'POST', path: 'Items' };
    const sid = nextSid();
    // Its Map is there already, so that the lost answer is that of the lock.
    await sync().claim(sid, mine);
    await sync().release(sid);
    await control.post('faults', { target: 'api', match, do: 'drop-after', times: 1 });
    expect(await sync().claim(sid, mine)).toBeUndefined();
  });

  test.each<readonly [string, (store: RepairLocks, sid: MessageSid) => Promise<unknown>]>([
    ['read', (store, sid) => store.read(sid)],
    ['claim', (store, sid) => store.claim(sid, mine)],
    ['takeOver', (store, sid) => store.takeOver(sid, mine, mine)],
    ['settle', (store, sid) => store.settle(sid, mine)],
    ['release', (store, sid) => store.release(sid)],
  ])('in Sync reports that it cannot be reached: %s', async (_method, call) => {
    await syncIsAway();
    await expect(call(sync(), nextSid())).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
  });
});

test('300 records of 300 names create no Document, and only Maps from items.00 to items.63', async () => {
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
  expect((await store.fetch('some.299'))?.data).toMatchObject({ index: 299 });
});

describe('the store of idempotency keys', () => {
  const sync = () => syncSendKeys(items());
  const pending = (fingerprint: string, since = NOW): SendKey => ({
    fingerprint,
    value: { state: 'pending', since },
  });
  const result: SendResult = {
    outcome: 'sent',
    decision: { action: 'free-form', reason: 'WINDOW_OPEN' },
    window: windowAt({ lastInboundAt: NOW, closedByWhatsApp: false, source: 'sync' }, NOW, 300),
    messages: [{ sid: `SM${'1'.repeat(32)}` as MessageSid, status: 'queued', contentSid: null }],
    held: null,
    preview: null,
    failure: new Failure(
      'RATE_LIMITED',
      'One of two went out.',
      [{ field: 'mediaUrl', message: 'x' }],
      20429,
    ),
  };
  const done: SendKey = { fingerprint: 'f', value: { state: 'done', result } };
  const plain: SendKey = { fingerprint: 'f', value: { state: 'done', result: { ...result, failure: null } } };
  const unknown: SendKey = { fingerprint: 'f', value: { state: 'unknown', since: NOW, answeredAt: NOW + 5 } };

  describe.each<readonly [string, () => SendKeys]>([
    ['in memory', sync],
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

    test('gives a key to its first request, and keeps it for that request', async () => {
      expect([
        await store.read(key),
        await store.take(key, pending('f')),
        await store.take(key, pending('g')),
        await store.take(`${key}.`, pending('g')),
        await store.read(key),
      ]).toEqual([undefined, undefined, pending('f'), undefined, pending('f')]);
    });

    test.each([
      ['done', plain],
      ['done in part', done],
      ['unknown', unknown],
    ])('keeps the result of a key: it is %s', async (_state, settled) => {
      await store.take(key, pending('f'));
      await store.settle(key, settled);
      expect([await store.read(key), await store.take(key, pending('f', NOW + 1))]).toEqual([
        settled,
        settled,
      ]);
    });

    test('finds the key that a message was sent with', async () => {
      const sid = `SM${String(keys).padStart(32, '2')}` as MessageSid;
      expect([
        await store.claim(sid, key),
        await store.claim(sid, key),
        await store.claim(sid, `${key}.`),
      ]).toEqual([true, true, false]);
    });

    test('frees a key, and stores no result for it then', async () => {
      await store.take(key, pending('f'));
      await store.free(key);
      await store.free(key);
      await store.settle(key, done);
      expect([await store.read(key), await store.take(key, pending('g'))]).toEqual([undefined, undefined]);
    });

    test('lets one caller take over a key, by the time it knows', async () => {
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
      ['one of unknown outcome can be', unknown, true],
      ['one that is done cannot', done, false],
      ['one that was freed cannot', null, false],
    ])('lets a key be taken over only where its outcome is unknown: %s', async (_says, settled, expected) => {
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
  ])('in Sync reports that it cannot be reached: %s', async (_method, call) => {
    await syncIsAway();
    await expect(call(sync())).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
  });

  test('in Sync keeps the HTTP answer of a key that version 0.1 settled', async () => {
    const old = { fingerprint: 'f', value: { state: 'done', status: 200, answer: { outcome: 'sent' } } };
    await sync().take('old', pending('f'));
    const name = `key.${createHash('sha256').update('old').digest('hex').slice(0, 48)}`;
    await items().overwrite(name, old, 60);
    expect(await sync().read('old')).toEqual({
      fingerprint: 'f',
      value: { state: 'answered', status: 200, json: { outcome: 'sent' } },
    });
  });
});

describe('the store of seen calls', () => {
  const sync = () => syncSeenCalls(documents());
  const call = (digit: string) => `CA${digit.repeat(32)}` as CallSid;

  test.each<readonly [string, () => SeenCalls]>([
    ['in Sync', sync],
    ['in memory', inMemorySeenCalls],
  ])('%s keeps the start of a call from its first report, whatever later ones say', async (_name, create) => {
    const store = create();
    expect([
      await store.startOf(call('1'), NOW),
      await store.startOf(call('1'), NOW + 7_200_000),
      await store.startOf(call('1'), NOW - 1),
      await store.startOf(call('2'), NOW + 1),
    ]).toEqual([NOW, NOW, NOW, NOW + 1]);
  });

  test('in Sync reports that it cannot be reached', async () => {
    await syncIsAway();
    await expect(sync().startOf(call('1'), NOW)).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
  });
});
