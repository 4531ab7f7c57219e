/**
 * Two names become one person: everything that stood under the BSUID stands under the number afterwards, wherever the
 * moving was cut short and whatever was written meanwhile; at every moment an opt-out is seen by both names.
 */
import type { Pair, WhatsAppAddress } from '../../../src/domain/whatsapp-address';
import { joinNames, type NamedPorts } from '../../../src/use-cases/contacts/join-names';
import { personPorts } from '../../../src/use-cases/contacts/person-ports';
import { heldFor } from '../../../src/use-cases/hold/held-queue';
import type { ContactRecord } from '../../../src/use-cases/ports/contact-store';
import {
  bsuid,
  DAY,
  HOUR,
  held,
  MINUTE,
  messageSid,
  NOON,
  parent,
  phone,
  restrictions,
  stage,
  stored,
  stranger,
  wrote,
} from '../stage';

const join = { key: phone, externalUserId: bsuid.user, facts: wrote(0), now: NOON };
const optedOut = restrictions({ optedOutAt: NOON - HOUR });
const holding = restrictions({ holding: true });

/** Every request of the ports is counted; the container dies at one of them, before or after it took effect. */
function dying(ports: NamedPorts, at: number, tookEffect: boolean) {
  let requests = 0;
  const callFault =
    <A extends unknown[], T>(method: (...parameters: A) => Promise<T>) =>
    async (...parameters: A): Promise<T> => {
      requests += 1;
      if (requests < at) return method(...parameters);
      if (requests === at && tookEffect) await method(...parameters);
      throw new Error('the container is dead');
    };
  const { records, links, queues } = ports;
  return {
    ports: {
      ...ports,
      records: {
        ...records,
        read: callFault(records.read),
        change: callFault(records.change),
        retire: callFault(records.retire),
        overwrite: callFault(records.overwrite),
        open: callFault(records.open),
      },
      links: { ...links, read: callFault(links.read), write: callFault(links.write) },
      queues: {
        ...queues,
        list: callFault(queues.list),
        adopt: callFault(queues.adopt),
        remove: callFault(queues.remove),
      },
    },
    wasHit: () => requests >= at,
  };
}

describe('what stands under both names stands under the number afterwards, and nothing under the BSUID', () => {
  type Row = readonly [string, readonly ContactRecord[], ContactRecord | null];
  test.each<Row>([
    ['nothing, of a stranger', [], null],
    [
      'an opt-out',
      [stored(bsuid, { facts: wrote(2 * DAY), restrictions: optedOut })],
      stored(phone, { externalUserId: bsuid.user, restrictions: optedOut }),
    ],
    [
      'the later opt-out of two',
      [
        stored(phone, { facts: wrote(HOUR), restrictions: optedOut }),
        stored(bsuid, { restrictions: restrictions({ optedOutAt: NOON }) }),
      ],
      stored(phone, {
        facts: wrote(HOUR),
        externalUserId: bsuid.user,
        restrictions: restrictions({ optedOutAt: NOON }),
      }),
    ],
    [
      'that scheduled messages have to be cancelled',
      [stored(bsuid, { restrictions: { ...optedOut, cancelScheduled: true } })],
      stored(phone, { externalUserId: bsuid.user, restrictions: { ...optedOut, cancelScheduled: true } }),
    ],
    [
      'no window that is older than the message which tells the names',
      [stored(bsuid, { facts: wrote(HOUR), profileName: 'Ada' })],
      null,
    ],
    [
      'what restricts the number already',
      [
        stored(phone, { facts: wrote(HOUR), externalUserId: bsuid.user, restrictions: optedOut }),
        stored(bsuid, { facts: wrote(HOUR) }),
      ],
      stored(phone, { facts: wrote(HOUR), externalUserId: bsuid.user, restrictions: optedOut }),
    ],
  ])('%s', async (_says, records, expected) => {
    const { ports, store, everything } = stage();
    await store(...records);
    await joinNames(ports, join);
    expect([await everything(), await ports.links.read(bsuid)]).toEqual([
      { windows: expected ? [expected] : [], held: [] },
      { phone: phone.user, joined: [phone.sender] },
    ]);
  });

  test('a newer window, where no message tells the names just now', async () => {
    const { ports, store, everything } = stage();
    await store(
      stored(phone, { facts: wrote(2 * DAY) }),
      stored(bsuid, { facts: wrote(HOUR), profileName: 'Ada' }),
    );
    await joinNames(ports, { ...join, facts: wrote(3 * DAY) });
    const { windows } = await everything();
    expect(windows).toEqual([
      stored(phone, { facts: wrote(HOUR), externalUserId: bsuid.user, profileName: 'Ada' }),
    ]);
  });

  test('both queues, in the order in which the texts were accepted, each by the id that it had; and the reply prompt', async () => {
    const { ports, store } = stage();
    const prompted = restrictions({ holding: true, promptedAt: NOON - HOUR });
    await store(stored(bsuid, { restrictions: prompted }));
    for (const [pair, body, heldAt] of [
      [bsuid, 'one', 1],
      [phone, 'two', 2],
      [bsuid, 'three', 3],
    ] as const)
      await ports.queues.append(held(pair, body, { heldAt }));
    await joinNames(ports, join);
    const listed = (await heldFor(ports, phone)).map(({ id, pair, to, message }) => [
      id,
      pair,
      to,
      message.body,
    ]);
    expect([listed, await ports.queues.list(bsuid), (await ports.records.read(phone))?.restrictions]).toEqual(
      [
        [
          ['b0', phone, bsuid.user, 'one'],
          ['0', phone, phone.user, 'two'],
          ['b1', phone, bsuid.user, 'three'],
        ],
        [],
        prompted,
      ],
    );
  });

  test('towards each sender by itself', async () => {
    const { ports, store, everything } = stage();
    const other = 'whatsapp:+14155550199' as WhatsAppAddress;
    const elsewhere = { sender: other, user: bsuid.user };
    await store(stored(elsewhere, { restrictions: optedOut }));
    await joinNames(ports, join);
    const before = await everything();
    await joinNames(ports, { ...join, key: { sender: other, user: phone.user } });
    expect([before.windows, (await everything()).windows, await ports.links.read(bsuid)]).toEqual([
      [stored(elsewhere, { restrictions: optedOut })],
      [stored({ sender: other, user: phone.user }, { externalUserId: bsuid.user, restrictions: optedOut })],
      { phone: phone.user, joined: [phone.sender, other] },
    ]);
  });

  test('the opt-out of a number with which the BSUID came before, which keeps it', async () => {
    const { ports, store, link } = stage();
    await link(phone.sender);
    await store(stored(phone, { externalUserId: bsuid.user, restrictions: optedOut }));
    const newNumber: Pair = { ...phone, user: 'whatsapp:+4915550000002' as WhatsAppAddress };
    await joinNames(ports, { ...join, key: newNumber });
    const consent = async (pair: Pair) => (await ports.records.read(pair))?.restrictions.optedOutAt;
    expect([await consent(newNumber), await consent(phone), await ports.links.read(bsuid)]).toEqual([
      NOON - HOUR,
      NOON - HOUR,
      { phone: newNumber.user, joined: [phone.sender] },
    ]);
  });
});

test('a number that changed hands: its new owner is bound by nothing, and the opt-out of the former one stays with their BSUID', async () => {
  const { ports, store, link } = stage();
  await link(phone.sender);
  await store(
    stored(phone, {
      facts: wrote(HOUR),
      externalUserId: bsuid.user,
      profileName: 'Ada',
      restrictions: { ...optedOut, holding: true },
    }),
  );
  await joinNames(ports, { ...join, externalUserId: stranger.user });
  const { windows } = personPorts(ports, NOON);
  expect([await ports.records.read(phone), (await windows.read(bsuid))?.restrictions.optedOutAt]).toEqual([
    stored(phone, { facts: wrote(0), externalUserId: stranger.user }),
    NOON - HOUR,
  ]);
});

describe('the joining of two names', () => {
  test.each([
    ['the number', phone],
    ['the BSUID', bsuid],
  ])('moves nothing in the middle of a release of the queue of %s', async (_says, releasing) => {
    const { ports, store } = stage();
    const lease = restrictions({ holding: true, releasingUntil: NOON + 1 });
    await store(stored(bsuid, { restrictions: holding }), stored(releasing, { restrictions: lease }));
    await ports.queues.append(held(bsuid, 'one'));
    await expect(joinNames(ports, join)).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
    expect([await ports.queues.list(phone), (await ports.queues.list(bsuid)).length]).toEqual([[], 1]);
    await joinNames(ports, { ...join, now: NOON + 1 });
    expect((await ports.queues.list(phone)).length).toBe(1);
  });

  test('moves nothing where there is no time for all of it, and the next one goes on', async () => {
    const { ports, store, everything } = stage();
    await store(stored(bsuid, { restrictions: holding }));
    for (const body of ['one', 'two', 'three']) await ports.queues.append(held(bsuid, body));
    let left = 2;
    const hasTime = () => {
      left -= 1;
      return left >= 0;
    };
    await expect(joinNames({ ...ports, hasTime }, join)).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
    await joinNames(ports, join);
    expect((await everything()).held.map(({ pair, message }) => [pair, message.body])).toEqual([
      [phone, 'one'],
      [phone, 'two'],
      [phone, 'three'],
    ]);
  });
});

/** Somebody with a queue under each name, and an opt-out under the BSUID. */
async function halves() {
  const staged = stage();
  await staged.store(
    stored(phone, { facts: wrote(HOUR), restrictions: holding }),
    stored(bsuid, { facts: wrote(MINUTE), restrictions: { ...optedOut, holding: true } }),
  );
  const append = (pair: Pair, body: string, heldAt: number) =>
    staged.ports.queues.append(held(pair, body, { heldAt }));
  await append(phone, 'two', 2);
  await append(bsuid, 'one', 1);
  await append(bsuid, 'three', 3);
  return staged;
}

const TEXTS = ['one', 'two', 'three'];
const textsOf = async (ports: Parameters<typeof heldFor>[0], pair: Pair) =>
  (await heldFor(ports, pair)).map(({ message }) => message.body);

/** What a caller sees of it by each name: before the link is known the two are strangers to one another. */
async function seenHalf(ports: NamedPorts & Parameters<typeof personPorts>[0]) {
  const half = personPorts(ports, NOON);
  const isLinked = (await ports.links.read(bsuid)) !== undefined;
  const consent = async (pair: Pair) => (await half.windows.read(pair, true))?.restrictions.optedOutAt;
  return {
    ofNumber: isLinked ? await consent(phone) : NOON - HOUR,
    ofBsuid: await consent(bsuid),
    texts: isLinked ? await textsOf(half, bsuid) : TEXTS,
  };
}

describe('cut short at every request, the next one finishes it', () => {
  test.each([
    ['before it takes effect', false],
    ['after', true],
  ])(
    '%s: an opt-out is seen by both names, and each held message is there once',
    async (_says, tookEffect) => {
      for (let at = 1; ; at += 1) {
        const { ports, everything } = await halves();
        const { ports: dead, wasHit } = dying(ports, at, tookEffect);
        await joinNames(dead, join).catch(() => undefined);
        if (!wasHit()) break;
        const half = { ofNumber: NOON - HOUR, ofBsuid: NOON - HOUR, texts: TEXTS };
        expect([at, await seenHalf(ports)]).toEqual([at, half]);
        // Later than any lease.
        await joinNames(ports, { ...join, now: NOON + MINUTE });
        const { windows, held: waiting } = await everything();
        expect([at, windows.length, waiting.map(({ pair }) => pair)]).toEqual([at, 1, [phone, phone, phone]]);
        const { optedOutAt, holding: isHolding } = windows[0]?.restrictions ?? optedOut;
        expect([optedOutAt, isHolding, await textsOf(ports, phone)]).toEqual([NOON - HOUR, true, TEXTS]);
        if (at > 100) throw new Error('It never ends.');
      }
    },
  );
});

/** Each name of three with a queue, and an opt-out under the parent id. */
async function thirds() {
  const staged = stage();
  const stopped = { ...optedOut, holding: true };
  await staged.store(
    stored(phone, { facts: wrote(HOUR), restrictions: holding }),
    stored(bsuid, { facts: wrote(MINUTE), restrictions: holding }),
    stored(parent, { restrictions: stopped }),
  );
  for (const [pair, body, heldAt] of [
    [parent, 'one', 1],
    [phone, 'two', 2],
    [bsuid, 'three', 3],
    [parent, 'four', 4],
  ] as const)
    await staged.ports.queues.append(held(pair, body, { heldAt }));
  return staged;
}

describe.each([
  ['the number', phone],
  ['the BSUID, and the number comes later', bsuid],
])('a message from %s that tells a parent id', (_says, from) => {
  const inbound = stored(from, {
    ...{ facts: wrote(0), messageSid: messageSid(1) },
    ...{ externalUserId: bsuid.user, parentUserId: parent.user },
  });
  const receive = (ports: Parameters<typeof personPorts>[0], now: number, message = inbound) =>
    personPorts(ports, now).windows.record(message);

  test.each([
    ['before it takes effect', false],
    ['after', true],
  ])(
    'may be cut short at every request, %s: once it has come again all stands under one name, and the opt-out holds',
    async (_when, tookEffect) => {
      for (let at = 1; ; at += 1) {
        const { ports, everything } = await thirds();
        const { ports: dead, wasHit } = dying(ports, at, tookEffect);
        await receive({ ...dead, messageLog: ports.messageLog }, NOON).catch(() => undefined);
        if (!wasHit()) break;
        await receive(ports, NOON + MINUTE);
        await receive(ports, NOON + MINUTE, { ...inbound, pair: phone });
        const { windows, held: waiting } = await everything();
        const people = personPorts(ports, NOON + MINUTE);
        const optOuts = await Promise.all(
          [phone, bsuid, parent].map(
            async (pair) => (await people.windows.read(pair, true))?.restrictions.optedOutAt,
          ),
        );
        expect([at, windows.map(({ pair }) => pair), optOuts, await textsOf(ports, phone)]).toEqual([
          at,
          [phone],
          [NOON - HOUR, NOON - HOUR, NOON - HOUR],
          ['one', 'two', 'three', 'four'],
        ]);
        expect(waiting.map(({ pair }) => pair)).toEqual([phone, phone, phone, phone]);
        if (at > 200) throw new Error('It never ends.');
      }
    },
  );
});

describe('a STOP under the BSUID that comes while the names are brought together is seen by the number', () => {
  test('whichever request it comes before', async () => {
    for (let at = 1; ; at += 1) {
      const { ports, store } = stage();
      await store(stored(bsuid, { facts: wrote(HOUR) }), stored(phone, { facts: wrote(HOUR) }));
      const other = personPorts(ports, NOON);
      const stop = () =>
        other.windows.change(bsuid, (current) => ({
          ...current,
          restrictions: { ...current.restrictions, optedOutAt: NOON },
        }));
      let requests = 0;
      const stopping =
        <A extends unknown[], T>(method: (...parameters: A) => Promise<T>) =>
        async (...parameters: A): Promise<T> => {
          requests += 1;
          if (requests === at) await stop();
          return method(...parameters);
        };
      await joinNames(
        {
          ...ports,
          records: {
            ...ports.records,
            change: stopping(ports.records.change),
            retire: stopping(ports.records.retire),
          },
          links: { ...ports.links, read: stopping(ports.links.read), write: stopping(ports.links.write) },
        },
        join,
      );
      if (requests < at) break;
      expect([at, (await ports.records.read(phone))?.restrictions.optedOutAt]).toEqual([at, NOON]);
      if (at > 100) throw new Error('It never ends.');
    }
  });
});
