/** Whose window closes soon: at its edges, each person once, and no page for longer than there is time. */
import type { WindowFacts } from '../../../src/domain/customer-service-window';
import { closingWindows } from '../../../src/use-cases/contacts/closing-windows';
import type { ContactRecord } from '../../../src/use-cases/ports/contact-store';
import {
  at,
  bsuid,
  closedByWhatsApp,
  DAY,
  failing,
  failure,
  HOUR,
  MINUTE,
  NOON,
  phone,
  restrictions,
  sender,
  stage,
  stored,
  wrote,
} from '../stage';

const WITHIN = 3600;
/** Closes in an hour. */
const soon = wrote(DAY - HOUR);
const names = (windows: readonly ContactRecord[]) => windows.map(({ pair }) => pair.user);
const number = (last: number) => ({ sender, user: `whatsapp:+49155500001${10 + last}` as typeof phone.user });

test.each<readonly [string, WindowFacts, boolean]>([
  ['one that closes in an hour and 1 ms is not listed yet', wrote(DAY - HOUR - 1), false],
  ['one that closes in an hour is listed', soon, true],
  ['one that closes in an hour less 1 ms is listed', wrote(DAY - HOUR + 1), true],
  ['one that closes 1 ms before its margin is listed', wrote(DAY - 5 * MINUTE - 1), true],
  ['one in its margin counts as not open', wrote(DAY - 5 * MINUTE), false],
  ['one that is closed is not listed', wrote(DAY), false],
  ['one that WhatsApp closed is not listed', closedByWhatsApp(DAY - HOUR), false],
  [
    'one that was never open is not listed',
    { lastInboundAt: null, closedByWhatsApp: false, source: 'none' },
    false,
  ],
])('lists the windows that close within an hour: %s', async (_says, facts, expected) => {
  const { ports, store } = stage();
  const window = stored(phone, { facts });
  await store(window);
  expect(await closingWindows(ports, 10, null, WITHIN, at)).toEqual({
    windows: expected ? [window] : [],
    nextCursor: null,
  });
});

test('lists nobody who opted out', async () => {
  const { ports, store } = stage();
  await store(stored(phone, { facts: soon, restrictions: restrictions({ optedOutAt: NOON }) }));
  expect((await closingWindows(ports, 10, null, WITHIN, at)).windows).toEqual([]);
});

describe('a person with two names', () => {
  const both = (ofPhone: Partial<ContactRecord>, ofBsuid: Partial<ContactRecord>) => [
    stored(phone, { externalUserId: bsuid.user, ...ofPhone }),
    stored(bsuid, ofBsuid),
  ];

  test.each<readonly [string, readonly ContactRecord[], readonly string[]]>([
    [
      'by the number, under which a message by the BSUID counts as well',
      both({ facts: soon }, { facts: soon }),
      [phone.user],
    ],
    ['by neither, where the number’s is not closing', both({ facts: wrote(HOUR) }, { facts: soon }), []],
    [
      'by the BSUID, where nothing stands under the number any more',
      [stored(bsuid, { facts: soon })],
      [bsuid.user],
    ],
  ])('%s', async (_says, windows, expected) => {
    const { ports, store, link } = stage();
    await link();
    await store(...windows);
    expect(names((await closingWindows(ports, 10, null, WITHIN, at)).windows)).toEqual(expected);
  });
});

describe('the list of closing windows', () => {
  /** 10 windows, of which the 6th and the 7th close soon. */
  async function ten() {
    const { ports, store } = stage();
    for (let index = 0; index < 10; index += 1) {
      await store(stored(number(index), { facts: index === 5 || index === 6 ? soon : wrote(HOUR) }));
    }
    let pages = 0;
    const windows = {
      ...ports.windows,
      page: (limit: number, cursor: string | null) => {
        pages += 1;
        return ports.windows.page(limit, cursor);
      },
    };
    return { windows, pages: () => pages };
  }

  test('passes over pages without any, and says where to go on', async () => {
    const { windows, pages } = await ten();
    const ports = { windows, hasTime: () => true };
    const first = await closingWindows(ports, 2, null, WITHIN, at);
    const second = await closingWindows(ports, 2, first.nextCursor, WITHIN, at);
    const third = await closingWindows(ports, 2, second.nextCursor, WITHIN, at);
    expect([
      names(first.windows),
      names(second.windows),
      names(third.windows),
      third.nextCursor,
      pages(),
    ]).toEqual([[number(5).user], [number(6).user], [], null, 5]);
  });

  test('gives back what it has with a cursor when the invocation runs out of time', async () => {
    const { windows, pages } = await ten();
    let left = 1;
    const hasTime = () => {
      left -= 1;
      return left >= 0;
    };
    const page = await closingWindows({ windows, hasTime }, 2, null, WITHIN, at);
    expect([page.windows, page.nextCursor, pages()]).toEqual([[], '4', 2]);
  });
});

test('reports that the store of contacts is unavailable', async () => {
  const { ports } = stage();
  const windows = { ...ports.windows, page: failing('STATE_UNAVAILABLE') };
  await expect(closingWindows({ ...ports, windows }, 10, null, WITHIN, at)).rejects.toEqual(
    failure('STATE_UNAVAILABLE'),
  );
});
