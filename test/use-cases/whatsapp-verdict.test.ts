/** WhatsApp's verdict in the message log: whose, which error, and since when. */
import { wasRefusedSince } from '../../src/use-cases/whatsapp-verdict';
import { bsuid, failing, HOUR, MINUTE, NOON, phone, stage } from './stage';

const since = NOON - HOUR;

test.each<readonly [string, number, number | null, boolean]>([
  ['a message that left 1 ms before', HOUR + 1, 63016, false],
  ['one that left at that very moment', HOUR, 63016, true],
  ['one that left 1 ms after', HOUR - 1, 63016, true],
  ['one that arrived', MINUTE, null, false],
  ['one that failed for another reason', MINUTE, 63024, false],
])('%s', async (_says, ago, errorCode, refused) => {
  const { ports, weWrote } = stage();
  weWrote(phone, 'Hello', ago, { errorCode });
  expect(await wasRefusedSince(ports.messageLog, phone, since)).toBe(refused);
});

test.each([
  ['the 50th of our messages', 49, true],
  ['not the 51st: that is beyond one page', 50, false],
])('is looked for in %s', async (_says, newer, refused) => {
  const { ports, weWrote } = stage();
  weWrote(phone, 'refused', HOUR, { errorCode: 63016 });
  for (let count = 0; count < newer; count += 1) weWrote(phone, 'arrived', MINUTE);
  expect(await wasRefusedSince(ports.messageLog, phone, since)).toBe(refused);
});

test('a refusal to somebody else, or of a message of theirs, says nothing', async () => {
  const { ports, weWrote, theyWrote } = stage();
  weWrote(bsuid, 'Hello', MINUTE, { errorCode: 63016 });
  theyWrote(phone, 'Hello', MINUTE, { errorCode: 63016 });
  expect(await wasRefusedSince(ports.messageLog, phone, since)).toBe(false);
});

test('a log that cannot be read is told', async () => {
  const messageLog = { ...stage().ports.messageLog, newestOutbound: failing('STATE_UNAVAILABLE') };
  await expect(wasRefusedSince(messageLog, phone, since)).rejects.toMatchObject({
    code: 'STATE_UNAVAILABLE',
  });
});
