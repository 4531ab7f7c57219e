/** What every store of records must do, whichever it is: Sync, Sync behind a container's memory, and one without Twilio. */
import type { WhatsAppAddress } from '../../src/domain/whatsapp-address';
import { syncContactRecords } from '../../src/twilio/sync/contacts';
import { syncDocuments } from '../../src/twilio/sync/documents';
import { OpenWindowMemory, withMemory } from '../../src/use-cases/contacts/open-window-memory';
import type { ContactRecords } from '../../src/use-cases/ports/contact-records';
import { type ContactRecord, type Restrictions, UNRESTRICTED } from '../../src/use-cases/ports/contact-store';
import { clientOf, useEmulator } from '../emulator/emulator-client';
import { inMemoryRecords } from './in-memory-ports';

const { emulator, control } = useEmulator();
const NOW = Date.now();
const sender = 'whatsapp:+14155238886' as WhatsAppAddress;
let users = 0;
const newPair = (from = sender) => {
  users += 1;
  return { sender: from, user: `whatsapp:+4917${String(users).padStart(9, '0')}` as WhatsAppAddress };
};
const window = (changes: Partial<ContactRecord> = {}): ContactRecord => ({
  pair: newPair(),
  facts: { lastInboundAt: NOW - 3_600_000, closedByWhatsApp: false, source: 'sync' },
  messageSid: `SM${'a'.repeat(32)}` as ContactRecord['messageSid'],
  profileName: 'Ada',
  externalUserId: null,
  restrictions: UNRESTRICTED,
  ...changes,
});
const sync = () => syncContactRecords(syncDocuments(clientOf(emulator), emulator.syncServiceSid));
/** As an inbound message is recorded. */
const record = async (
  store: ContactRecords,
  one: ContactRecord,
  elsewhere?: () => Promise<Restrictions>,
): Promise<ContactRecord> => ((await store.overwrite(one)) ? one : store.open(one, elsewhere));
const OPTED_OUT = { ...UNRESTRICTED, optedOutAt: NOW };
const ANOTHER = `SM${'b'.repeat(32)}` as ContactRecord['messageSid'];
const bsuid = (id: string) => `whatsapp:US.${id}` as WhatsAppAddress;

const implementations: readonly (readonly [string, () => ContactRecords])[] = [
  ['in Sync', sync],
  [
    'in Sync, with a memory in front',
    () => withMemory(sync(), new OpenWindowMemory(), { now: NOW, marginSeconds: 300 }),
  ],
  ['without Twilio', inMemoryRecords],
];

describe('a record that an eraser who died has left without its content', () => {
  const opted = (current: ContactRecord) => ({ ...current, restrictions: OPTED_OUT });
  const left = async (name: string, ago: number) => {
    const erasingSince = new Date(Date.now() - ago).toISOString();
    await syncDocuments(clientOf(emulator), emulator.syncServiceSid).create(name, { erasingSince }, 60);
  };

  test('gives place to a STOP once nobody can be erasing it any more', async () => {
    const { pair } = window();
    await left(`guard.${pair.sender.slice(10)}.${pair.user.slice(10)}`, 11_000);
    const { changed } = await sync().change(pair, opted);
    expect([changed, (await sync().read(pair))?.restrictions]).toEqual([true, OPTED_OUT]);
  });

  test('keeps its place while somebody may be erasing it, who would erase the STOP as well', async () => {
    const { pair } = window();
    await left(`guard.${pair.sender.slice(10)}.${pair.user.slice(10)}`, 5000);
    await expect(sync().change(pair, opted)).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
    expect(await sync().read(pair)).toBeUndefined();
  });
});

describe.each(implementations)('a window store %s', (name, create) => {
  let store: ContactRecords;
  beforeEach(() => {
    store = create();
  });

  test('knows nothing of a stranger', async () => {
    expect(await store.read(newPair())).toBeUndefined();
  });

  test.each([
    ['everything', {}],
    ['no name and no SID', { profileName: null, messageSid: null }],
    ['a name in other letters', { profileName: '🦊 Ада' }],
    ['a BSUID beside the number', { externalUserId: bsuid('1349') }],
    ['no number', { pair: { sender, user: bsuid('ENT.7') } }],
    [
      'a window closed by WhatsApp',
      { facts: { lastInboundAt: NOW, closedByWhatsApp: true, source: 'whatsapp' as const } },
    ],
  ])('gives back what was recorded: %s', async (_says, changes) => {
    const recorded = window(changes);
    expect([await record(store, recorded), await store.read(recorded.pair)]).toEqual([recorded, recorded]);
  });

  test('gives back what was remembered, also that nobody wrote', async () => {
    const learnt = window({ facts: { lastInboundAt: NOW, closedByWhatsApp: false, source: 'message-log' } });
    const nothing = window({ facts: { lastInboundAt: null, closedByWhatsApp: false, source: 'none' } });
    await store.remember(learnt);
    await store.remember(nothing);
    expect([await store.read(learnt.pair), await store.read(nothing.pair)]).toEqual([learnt, nothing]);
  });

  test('stores nothing where a change lifts what restricts somebody who was erased', async () => {
    const { pair } = window();
    const lift = (current: ContactRecord) => ({ ...current, restrictions: UNRESTRICTED });
    const { changed } = await store.change(pair, lift);
    expect([changed, await store.read(pair)]).toEqual([false, undefined]);
  });

  test('lets a newer message replace an older one, and nothing learnt elsewhere replace a message', async () => {
    const first = window();
    const second = { ...first, facts: { ...first.facts, lastInboundAt: NOW } };
    await record(store, first);
    await record(store, second);
    await store.remember({ ...first, facts: { ...first.facts, source: 'message-log' } });
    expect(await store.read(first.pair)).toEqual(second);
  });

  test('keeps senders and users apart', async () => {
    const recorded = window();
    await record(store, recorded);
    const other = { ...recorded.pair, sender: 'whatsapp:+14155550100' as WhatsAppAddress };
    expect([await store.read(other), await store.read({ ...other, user: sender })]).toEqual([
      undefined,
      undefined,
    ]);
  });

  test('files both spellings of a number alike, and answers in the one it was asked', async () => {
    const pair = { sender, user: `whatsapp:+54911${String(10_000_000 + users)}` as WhatsAppAddress };
    const asked = { sender, user: pair.user.replace('+549', '+54') as WhatsAppAddress };
    const recorded = window({ pair });
    await record(store, recorded);
    expect(await store.read(asked)).toEqual({ ...recorded, pair: asked });
  });

  test('keeps what needs restrictions when a message comes', async () => {
    const first = window();
    await record(store, first);
    await store.change(first.pair, (current) => ({ ...current, restrictions: OPTED_OUT }));
    const next = { ...first, messageSid: ANOTHER, facts: { ...first.facts, lastInboundAt: NOW } };
    const expected = { ...next, restrictions: OPTED_OUT, earlierSids: [first.messageSid] };
    expect([await record(store, next), await store.read(first.pair)]).toEqual([expected, expected]);
  });

  test('obeys a STOP that was stored since it looked ahead', async () => {
    const one = window();
    const ahead = store.lookAhead(one.pair);
    await ahead;
    await store.change(one.pair, (current) => ({ ...current, restrictions: OPTED_OUT }));
    const expected = { ...one, restrictions: OPTED_OUT };
    const opened = await store.open(one, async () => UNRESTRICTED, ahead);
    expect([opened, await store.read(one.pair)]).toEqual([expected, expected]);
  });

  test('writes freely to somebody whose STOP was lifted since it looked ahead', async () => {
    const one = window();
    await store.change(one.pair, (current) => ({ ...current, restrictions: OPTED_OUT }));
    const ahead = store.lookAhead(one.pair);
    await ahead;
    await store.change(one.pair, (current) => ({ ...current, restrictions: UNRESTRICTED }));
    expect([await store.open(one, undefined, ahead), await store.read(one.pair)]).toEqual([one, one]);
  });

  test('has met whom it wrote to, and nobody else', async () => {
    const one = window();
    await record(store, one);
    expect([store.isMet(one.pair), store.isMet(newPair())]).toEqual([name !== 'in Sync', false]);
  });

  test('remembers the last eight messages of somebody who is restricted, and takes none of them for a new one', async () => {
    const first = window();
    await record(store, first);
    await store.change(first.pair, (current) => ({ ...current, restrictions: OPTED_OUT }));
    const written = Array.from({ length: 10 }, (_, minute) => ({
      ...first,
      messageSid: `SM${String(minute).padStart(32, '0')}` as ContactRecord['messageSid'],
      facts: { ...first.facts, lastInboundAt: NOW + minute * 60_000 },
    }));
    for (const one of written) await record(store, one);
    const facts = { ...first.facts, lastInboundAt: NOW + 3_600_000 };
    for (const one of written.slice(1)) await record(store, { ...one, facts });
    expect(await store.read(first.pair)).toEqual({
      ...written.at(-1),
      restrictions: OPTED_OUT,
      earlierSids: written
        .slice(1, -1)
        .map(({ messageSid }) => messageSid)
        .reverse(),
    });
  });

  test('keeps the BSUID of whoever is restricted: another one is for `personPorts` to judge, and none changes nothing', async () => {
    const first = window({ externalUserId: bsuid('1') });
    await record(store, first);
    await store.change(first.pair, (current) => ({ ...current, restrictions: OPTED_OUT }));
    for (const externalUserId of [bsuid('2'), null]) await record(store, { ...first, externalUserId });
    expect(await store.read(first.pair)).toEqual({ ...first, restrictions: OPTED_OUT });
  });

  test.each([
    ['unrestricted', UNRESTRICTED],
    ['restricted', OPTED_OUT],
  ])(
    'retires a record as it was read, and not one that was changed since: %s',
    async (_says, restrictions) => {
      const recorded = window();
      await record(store, recorded);
      const { window: read } = await store.change(recorded.pair, (current) => ({ ...current, restrictions }));
      const later = { ...read, restrictions: { ...restrictions, optedOutAt: NOW + 1 } };
      await store.change(recorded.pair, () => later);
      expect([await store.retire(recorded.pair, read), await store.read(recorded.pair, true)]).toEqual([
        false,
        later,
      ]);
      expect([await store.retire(recorded.pair, later), await store.read(recorded.pair, true)]).toEqual([
        true,
        undefined,
      ]);
    },
  );

  test('changes what is there, or an empty record, or leaves it', async () => {
    const recorded = window();
    await record(store, recorded);
    const changed = { ...recorded, facts: { ...recorded.facts, closedByWhatsApp: true } };
    expect(await store.change(recorded.pair, () => changed)).toEqual({ window: changed, changed: true });
    expect(await store.change(recorded.pair, () => null)).toEqual({ window: changed, changed: false });
    expect(await store.read(recorded.pair)).toEqual(changed);

    const stranger = newPair();
    const seen: ContactRecord[] = [];
    await store.change(stranger, (current) => {
      seen.push(current);
      return null;
    });
    expect([seen, await store.read(stranger)]).toEqual([
      [
        {
          pair: stranger,
          facts: { lastInboundAt: null, closedByWhatsApp: false, source: 'none' },
          messageSid: null,
          profileName: null,
          externalUserId: null,
          restrictions: UNRESTRICTED,
        },
      ],
      undefined,
    ]);
  });

  test.each([
    ['that needs no restrictions', UNRESTRICTED],
    ['that needs restrictions', OPTED_OUT],
  ])('loses no change of several at once to a record %s', async (_says, restrictions) => {
    const recorded = window({ facts: { lastInboundAt: NOW, closedByWhatsApp: false, source: 'sync' } });
    await record(store, recorded);
    await store.change(recorded.pair, (current) => ({ ...current, restrictions }));
    const add = (current: ContactRecord) => ({
      ...current,
      facts: { ...current.facts, lastInboundAt: (current.facts.lastInboundAt ?? 0) + 1 },
    });
    const results = await Promise.all([1, 2, 3].map(() => store.change(recorded.pair, add)));
    expect(results.map(({ changed }) => changed)).toEqual([true, true, true]);
    expect((await store.read(recorded.pair))?.facts.lastInboundAt).toBe(NOW + 3);
  });

  test('lists everyone once, page by page', async () => {
    await control.post('reset');
    const recorded = Array.from({ length: 5 }, () => window());
    for (const one of recorded) await record(store, one);
    const [careful] = recorded;
    if (careful) await store.change(careful.pair, (current) => ({ ...current, restrictions: OPTED_OUT }));
    const found: ContactRecord[] = [];
    let cursor: string | null = null;
    do {
      const page = await store.page(2, cursor);
      expect(page.windows.length).toBeLessThanOrEqual(2);
      found.push(...page.windows);
      cursor = page.nextCursor;
    } while (cursor !== null);
    const byUser = (a: ContactRecord, b: ContactRecord) => (a.pair.user < b.pair.user ? -1 : 1);
    expect(found.sort(byUser)).toEqual(
      [{ ...careful, restrictions: OPTED_OUT }, ...recorded.slice(1)].sort(byUser as never),
    );
  });

  test('takes no cursor of another making', async () => {
    await expect(store.page(2, '%%%')).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  test('remembers an opt-out that was learnt elsewhere, for good, unless something is stored already', async () => {
    const [unknown, known] = [
      window({ pair: newPair(), restrictions: OPTED_OUT }),
      window({ pair: newPair() }),
    ];
    await record(store, known);
    for (const { pair } of [unknown, known]) await store.remember(window({ pair, restrictions: OPTED_OUT }));
    expect([
      await store.read(unknown.pair, true),
      (await store.read(known.pair, true))?.restrictions,
    ]).toEqual([unknown, known.restrictions]);
  });
});

describe('a STOP that is stored', () => {
  /** A store whose requests are counted, and of which one fails, before or after Sync took it. */
  const hit = (at: number, took: boolean) => {
    const documents = syncDocuments(clientOf(emulator), emulator.syncServiceSid);
    let requests = 0;
    const callFault =
      <A extends unknown[], T>(method: (...parameters: A) => Promise<T>) =>
      async (...parameters: A): Promise<T> => {
        requests += 1;
        if (requests !== at) return method(...parameters);
        if (took) await method(...parameters);
        throw new Error('hit by a fault');
      };
    const store = syncContactRecords({
      ...documents,
      fetch: callFault(documents.fetch),
      overwrite: callFault(documents.overwrite),
      create: callFault(documents.create),
      replace: callFault(documents.replace),
      remove: callFault(documents.remove),
    });
    return { store, wasHit: () => requests >= at };
  };
  const isInForce = async (pair: ContactRecord['pair']) => {
    const { documents } = await control.get<{ documents: { data: { user?: string } }[] }>('sync');
    return documents.some(({ data }) => data.user === pair.user && 'optedOutAt' in data);
  };

  test.each([
    ['is refused', false],
    ['takes effect and is not answered', true],
  ])('holds for whoever reads next as soon as Sync has it, whichever request %s', async (_how, took) => {
    const ignored: string[] = [];
    for (let at = 1; ; at += 1) {
      const recorded = window();
      await record(sync(), recorded);
      const { store, wasHit } = hit(at, took);
      await store
        .change(recorded.pair, (current) => ({ ...current, restrictions: OPTED_OUT }))
        .catch(() => undefined);
      if (!wasHit()) break;
      const inForce = await isInForce(recorded.pair);
      const next = { ...recorded, facts: { ...recorded.facts, lastInboundAt: NOW } };
      const asked: boolean[] = [];
      const said = await record(sync(), next, async () => {
        asked.push(true);
        return OPTED_OUT;
      });
      const isHeeded = said.restrictions.optedOutAt !== null;
      if ((inForce || asked.length > 0) && !isHeeded) ignored.push(`request ${at}`);
      if (at > 20) throw new Error('It never ends.');
    }
    expect(ignored).toEqual([]);
  });
});

describe.each(implementations.slice(0, 2))('a window store %s that cannot reach Sync', (_name, create) => {
  test.each<readonly [string, (store: ContactRecords) => Promise<unknown>]>([
    ['read', (store) => store.read(newPair())],
    ['overwrite', (store) => store.overwrite(window())],
    ['open', (store) => store.open(window())],
    ['remember', (store) => store.remember(window())],
    ['change', (store) => store.change(newPair(), (current) => ({ ...current, restrictions: OPTED_OUT }))],
    ['page', (store) => store.page(10, null)],
    ['retire', (store) => store.retire(newPair(), window())],
  ])('says so: %s', async (_method, call) => {
    await control.post('faults', {
      target: 'api',
      match: { service: 'sync' },
      do: 'status',
      status: 503,
      times: 0,
    });
    await expect(call(create())).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
  });
});

describe('the memory in front of a store', () => {
  const BELIEVED_MS = 10_000;
  /** A store that counts what it is asked. */
  const counted = () => {
    const store = inMemoryRecords();
    const counts = { reads: 0 };
    const counting: ContactRecords = {
      ...store,
      read(pair) {
        counts.reads += 1;
        return store.read(pair);
      },
    };
    return { counting, counts, store };
  };

  test.each([
    ['an open window at once', {}, 0, 0],
    ['1 ms before 10 seconds have passed', {}, BELIEVED_MS - 1, 0],
    ['when 10 seconds have passed', {}, BELIEVED_MS, 1],
    ['10 seconds before, by a clock that was put back', {}, -BELIEVED_MS, 1],
    [
      'a closed window',
      { facts: { lastInboundAt: NOW - 90_000_000, closedByWhatsApp: false, source: 'sync' as const } },
      0,
      1,
    ],
    [
      'one in its margin',
      { facts: { lastInboundAt: NOW - 86_300_000, closedByWhatsApp: false, source: 'sync' as const } },
      0,
      1,
    ],
    [
      'one closed by WhatsApp',
      { facts: { lastInboundAt: NOW, closedByWhatsApp: true, source: 'whatsapp' as const } },
      0,
      1,
    ],
    ['somebody who opted out', { restrictions: OPTED_OUT }, 0, 1],
    ['somebody for whom something is held', { restrictions: { ...UNRESTRICTED, holding: true } }, 0, 1],
  ])(
    'is used only while it is fresh and open, without restrictions: %s',
    async (_says, changes, later, reads) => {
      const { counting, counts } = counted();
      const memory = new OpenWindowMemory();
      const recorded = window(changes);
      await record(withMemory(counting, memory, { now: NOW, marginSeconds: 300 }), recorded);
      await withMemory(counting, memory, { now: NOW + later, marginSeconds: 300 }).read(recorded.pair);
      expect(counts.reads).toBe(reads);
    },
  );

  test('forgets where the recording failed: it is not known then what is stored', async () => {
    const { counting, counts } = counted();
    const memory = new OpenWindowMemory();
    const at = { now: NOW, marginSeconds: 300 };
    const recorded = window();
    await record(withMemory(counting, memory, at), recorded);
    const failing: ContactRecords = { ...counting, overwrite: () => Promise.reject(new Error('away')) };
    await record(withMemory(failing, memory, at), recorded).catch(() => undefined);
    await withMemory(counting, memory, at).read(recorded.pair);
    expect(counts.reads).toBe(1);
  });

  test('does not learn what was asked for before it changed', async () => {
    const { counting, counts, store } = counted();
    const memory = new OpenWindowMemory();
    const at = { now: NOW, marginSeconds: 300 };
    const recorded = window();
    await record(store, recorded);
    let goOn: () => void = () => undefined;
    const changed = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const slow: ContactRecords = {
      ...counting,
      async read(pair) {
        const before = await store.read(pair);
        await changed;
        return before;
      },
    };
    const reading = withMemory(slow, memory, at).read(recorded.pair);
    await withMemory(counting, memory, at).change(recorded.pair, (current) => ({
      ...current,
      restrictions: OPTED_OUT,
    }));
    goOn();
    await reading;
    expect((await withMemory(counting, memory, at).read(recorded.pair))?.restrictions).toEqual(OPTED_OUT);
    expect(counts.reads).toBe(1);
  });

  test('forgets the oldest of more than 10,000', async () => {
    const { counting, counts } = counted();
    const memory = new OpenWindowMemory();
    const store = withMemory(counting, memory, { now: NOW, marginSeconds: 300 });
    const first = window();
    await record(store, first);
    for (let count = 0; count < 10_000; count += 1) await record(store, window());
    await store.read(newPair());
    const before = counts.reads;
    await store.read(first.pair);
    expect(counts.reads - before).toBe(1);
  });
});
