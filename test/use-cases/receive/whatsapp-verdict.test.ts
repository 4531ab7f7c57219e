/** WhatsApp's verdict in the message log: whose, which error, and since when. */
import { wasRefusedSince } from '../../../src/use-cases/receive/whatsapp-verdict';
import { bsuid, failing, HOUR, MINUTE, NOON, phone, stage, template } from '../stage';

const since = NOON - HOUR;

test.each<readonly [string, number, number | null, boolean]>([
  ['a message sent 1 ms before the contact is no such refusal', HOUR + 1, 63016, false],
  ['a message sent at that very moment is one', HOUR, 63016, true],
  ['a message sent 1 ms after the contact is one', HOUR - 1, 63016, true],
  ['a message that was delivered is no refusal', MINUTE, null, false],
  ['a message that failed for another reason is no such refusal', MINUTE, 63024, false],
])(
  'a refusal with 63016 of a message sent since the last contact closes the window: %s',
  async (_says, ago, errorCode, refused) => {
    const { ports, weWrote } = stage();
    weWrote(phone, 'Hello', ago, { errorCode });
    expect(await wasRefusedSince(ports, phone, since)).toBe(refused);
  },
);

test.each([
  ['the 50th of our messages it is found', 49, true],
  ['the 51st of our messages it is not found', 50, false],
])('looks for a refusal on one page of the log only: in %s', async (_says, newer, refused) => {
  const { ports, weWrote } = stage();
  weWrote(phone, 'refused', HOUR, { errorCode: 63016 });
  for (let count = 0; count < newer; count += 1) weWrote(phone, 'arrived', MINUTE);
  expect(await wasRefusedSince(ports, phone, since)).toBe(refused);
});

test('a refusal to another person or of an inbound message says nothing about the window', async () => {
  const { ports, weWrote, theyWrote } = stage();
  weWrote(bsuid, 'Hello', MINUTE, { errorCode: 63016 });
  theyWrote(phone, 'Hello', MINUTE, { errorCode: 63016 });
  expect(await wasRefusedSince(ports, phone, since)).toBe(false);
});

test.each<readonly [string, string, string, boolean]>([
  ['a template message', 'Template 1 for Ada.', 'Template 1 for {{1}}.', false],
  ['a text that matches no template', 'Template 1 for', 'Template 1 for {{1}}.', true],
  ['any text, where a template is only a placeholder', 'Hello', '{{1}}', true],
])(
  'only the refusal of a text closes the window, not that of a template: the refusal of %s',
  async (_says, body, known, refused) => {
    const { ports, templates, weWrote } = stage();
    templates.push(template(1, { text: known, status: 'paused' }));
    weWrote(phone, body, MINUTE, { errorCode: 63016 });
    expect(await wasRefusedSince(ports, phone, since)).toBe(refused);
  },
);

test('one refused text among refused templates closes the window', async () => {
  const { ports, templates, weWrote } = stage();
  templates.push(template(1));
  for (const body of ['Template 1 for Ada.', 'Hello', 'Template 1 for Bob.']) {
    weWrote(phone, body, MINUTE, { errorCode: 63016 });
  }
  expect(await wasRefusedSince(ports, phone, since)).toBe(true);
});

test('reads no templates where no message was refused', async () => {
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

test('counts every refusal where the templates cannot be read', async () => {
  const { ports, weWrote } = stage();
  weWrote(phone, 'Hello', MINUTE, { errorCode: 63016 });
  const templates = { ...ports.templates, all: failing('STATE_UNAVAILABLE') };
  expect(await wasRefusedSince({ ...ports, templates }, phone, since)).toBe(true);
});

test('reports a message log that cannot be read', async () => {
  const { ports } = stage();
  const messageLog = { ...ports.messageLog, newestOutbound: failing('STATE_UNAVAILABLE') };
  await expect(wasRefusedSince({ ...ports, messageLog }, phone, since)).rejects.toMatchObject({
    code: 'STATE_UNAVAILABLE',
  });
});
