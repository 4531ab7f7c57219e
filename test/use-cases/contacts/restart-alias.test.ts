/** A message under the BSUID, and the window of the phone number: forward only, and only while the number is theirs. */
import { restartAlias } from '../../../src/use-cases/contacts/restart-alias';
import type { ContactRecord } from '../../../src/use-cases/ports/contact-store';
import {
  bsuid,
  failing,
  HOUR,
  messageSid,
  NOON,
  phone,
  restrictions,
  stage,
  stored,
  stranger,
  wrote,
} from '../stage';

const restart = { facts: wrote(HOUR), messageSid: messageSid(7), externalUserId: bsuid.user };
const theirs = stored(phone, {
  facts: wrote(2 * HOUR),
  messageSid: messageSid(1),
  profileName: 'Ada',
  externalUserId: bsuid.user,
  restrictions: restrictions({ optedOutAt: NOON - 2 * HOUR }),
});
const { facts, messageSid: sid, externalUserId } = restart;
const restarted = { ...theirs, facts, messageSid: sid };

test.each<readonly [string, ContactRecord, ContactRecord, boolean]>([
  ['an older window starts again, and nothing else changes', theirs, restarted, true],
  [
    'a record that names nobody now names this person',
    { ...theirs, externalUserId: null },
    { ...restarted, externalUserId },
    true,
  ],
  ['a window that is 1 ms older starts again', { ...theirs, facts: wrote(HOUR + 1) }, restarted, true],
  [
    'a window that is equally new stays as it is',
    { ...theirs, facts: wrote(HOUR) },
    { ...theirs, facts: wrote(HOUR) },
    true,
  ],
  [
    'a window that is newer stays as it is',
    { ...theirs, facts: wrote(HOUR - 1) },
    { ...theirs, facts: wrote(HOUR - 1) },
    true,
  ],
  [
    'the record of somebody else who has the number now stays as it is',
    { ...theirs, externalUserId: stranger.user },
    { ...theirs, externalUserId: stranger.user },
    false,
  ],
])(
  'a message under a BSUID restarts the window of the number: %s',
  async (_says, before, after, isTheirs) => {
    const { ports, store } = stage();
    await store(before);
    expect(await restartAlias(ports.windows, phone, restart)).toEqual({ window: after, isTheirs });
    expect(await ports.windows.read(phone)).toEqual(after);
  },
);

test('a message under a BSUID starts a window for a number of which nothing is stored', async () => {
  const { ports } = stage();
  await restartAlias(ports.windows, phone, restart);
  expect(await ports.windows.read(phone)).toEqual(stored(phone, restart));
});

test('reports that the store cannot be reached to restart the number’s window', async () => {
  const windows = { ...stage().ports.windows, change: failing('STATE_UNAVAILABLE') };
  await expect(restartAlias(windows, phone, restart)).rejects.toMatchObject({
    code: 'STATE_UNAVAILABLE',
  });
});
