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
    'one that names nobody is theirs from now on',
    { ...theirs, externalUserId: null },
    { ...restarted, externalUserId },
    true,
  ],
  ['one that is 1 ms older starts again', { ...theirs, facts: wrote(HOUR + 1) }, restarted, true],
  ['one that is as new stays', { ...theirs, facts: wrote(HOUR) }, { ...theirs, facts: wrote(HOUR) }, true],
  [
    'one that is newer stays',
    { ...theirs, facts: wrote(HOUR - 1) },
    { ...theirs, facts: wrote(HOUR - 1) },
    true,
  ],
  [
    'that of somebody else who has the number now stays',
    { ...theirs, externalUserId: stranger.user },
    { ...theirs, externalUserId: stranger.user },
    false,
  ],
])('%s', async (_says, before, after, isTheirs) => {
  const { ports, store } = stage();
  await store(before);
  expect(await restartAlias(ports.windows, phone, restart)).toEqual({ window: after, isTheirs });
  expect(await ports.windows.read(phone)).toEqual(after);
});

test('a number of which nothing is stored has a window then', async () => {
  const { ports } = stage();
  await restartAlias(ports.windows, phone, restart);
  expect(await ports.windows.read(phone)).toEqual(stored(phone, restart));
});

test('a store that cannot be reached is told', async () => {
  const windows = { ...stage().ports.windows, change: failing('STATE_UNAVAILABLE') };
  await expect(restartAlias(windows, phone, restart)).rejects.toMatchObject({
    code: 'STATE_UNAVAILABLE',
  });
});
