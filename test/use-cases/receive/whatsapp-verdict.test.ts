/** WhatsApp's verdict in the message log: whose, which error, and since when. */
import { wasRefusedSince } from '../../../src/use-cases/receive/whatsapp-verdict';
import { bsuid, failing, HOUR, MINUTE, NOON, phone, stage, template } from '../stage';

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
  expect(await wasRefusedSince(ports, phone, since)).toBe(refused);
});

test.each([
  ['the 50th of our messages', 49, true],
  ['not the 51st: that is beyond one page', 50, false],
])('is looked for in %s', async (_says, newer, refused) => {
  const { ports, weWrote } = stage();
  weWrote(phone, 'refused', HOUR, { errorCode: 63016 });
  for (let count = 0; count < newer; count += 1) weWrote(phone, 'arrived', MINUTE);
  expect(await wasRefusedSince(ports, phone, since)).toBe(refused);
});

test('a refusal to somebody else, or of a message of theirs, says nothing', async () => {
  const { ports, weWrote, theyWrote } = stage();
  weWrote(bsuid, 'Hello', MINUTE, { errorCode: 63016 });
  theyWrote(phone, 'Hello', MINUTE, { errorCode: 63016 });
  expect(await wasRefusedSince(ports, phone, since)).toBe(false);
});

test.each<readonly [string, string, string, boolean]>([
  ['a template message', 'Template 1 for Ada.', 'Template 1 for {{1}}.', false],
  ['a text that is no template’s', 'Template 1 for', 'Template 1 for {{1}}.', true],
  ['any text, where a template is all placeholder', 'Hello', '{{1}}', true],
])('the refusal of %s', async (_says, body, known, refused) => {
  const { ports, templates, weWrote } = stage();
  templates.push(template(1, { text: known, status: 'paused' }));
  weWrote(phone, body, MINUTE, { errorCode: 63016 });
  expect(await wasRefusedSince(ports, phone, since)).toBe(refused);
});

test('one refused text among refused templates is enough', async () => {
  const { ports, templates, weWrote } = stage();
  templates.push(template(1));
  for (const body of ['Template 1 for Ada.', 'Hello', 'Template 1 for Bob.']) {
    weWrote(phone, body, MINUTE, { errorCode: 63016 });
  }
  expect(await wasRefusedSince(ports, phone, since)).toBe(true);
});

test('where nothing was refused, no template is asked for', async () => {
  const { ports, weWrote } = stage();
  weWrote(phone, 'Hello', MINUTE);
  let asked = 0;
  const all = async () => {
    asked += 1;
    return [];
  };
  expect([
    await wasRefusedSince({ ...ports, templates: { ...ports.templates, all } }, phone, since),
    asked,
  ]).toEqual([false, 0]);
});

test('where the templates cannot be read, every refusal counts', async () => {
  const { ports, weWrote } = stage();
  weWrote(phone, 'Hello', MINUTE, { errorCode: 63016 });
  const templates = { ...ports.templates, all: failing('STATE_UNAVAILABLE') };
  expect(await wasRefusedSince({ ...ports, templates }, phone, since)).toBe(true);
});

test('a log that cannot be read is told', async () => {
  const { ports } = stage();
  const messageLog = { ...ports.messageLog, newestOutbound: failing('STATE_UNAVAILABLE') };
  await expect(wasRefusedSince({ ...ports, messageLog }, phone, since)).rejects.toMatchObject({
    code: 'STATE_UNAVAILABLE',
  });
});
