/** What a webhook may answer an inbound message with: what is carried out, and what Twilio's Debugger complains of. */
import { validateRequest } from 'twilio';
import { useEmulator } from './emulator-client';
import { useWebhookReceiver, type WebhookAnswer } from './webhook-receiver';

const { emulator, client, control } = useEmulator();
const functions = useWebhookReceiver();
const user = 'whatsapp:+15551234567';
const other = 'whatsapp:+15557654321';
const secondSender = 'whatsapp:+15550001111';

interface Attempt {
  url: string;
  status: number | null;
  alerts?: { code: number; message: string }[];
}

const inbound = async () =>
  (await control.post<{ webhooks: Attempt[] }>('inbound', { from: user, body: 'Hi' })).webhooks;
const answerWith =
  (status: number, body = '', type = 'text/xml'): WebhookAnswer =>
  (_webhook, response) => {
    response.writeHead(status, type === '' ? {} : { 'Content-Type': type });
    response.end(body);
  };
const twiml = (content: string) => answerWith(200, `<?xml version="1.0"?><Response>${content}</Response>`);
/** Answers a path of its own, and everything else with the first answer. */
const byPath =
  (first: WebhookAnswer, paths: Record<string, WebhookAnswer>): WebhookAnswer =>
  (webhook, response) =>
    (paths[webhook.path] ?? first)(webhook, response);

async function sent() {
  await control.idle();
  const messages = await client.messages.list();
  return messages.filter(({ direction }) => direction === 'outbound-reply').reverse();
}
const texts = async () => (await sent()).map(({ body }) => body);
const codes = (webhooks: Attempt[]) => webhooks.flatMap(({ alerts }) => alerts ?? []).map(({ code }) => code);

beforeEach(() => control.post('config', { functionsUrl: functions.url }));

const carriedOut: [string, WebhookAnswer, string[]][] = [
  ['a Message', twiml('<Message>One &amp; two</Message>'), ['One & two']],
  ['two Messages', twiml('<Message>One</Message><Message><Body>Two</Body></Message>'), ['One', 'Two']],
  ['an Sms, the older name', twiml('<Sms>One</Sms>'), ['One']],
  ['numeric references', twiml('<Message>&#65;&#x42;</Message>'), ['AB']],
  ['CDATA', twiml('<Message><![CDATA[1 < 2 & <b>]]></Message>'), ['1 < 2 & <b>']],
  [
    'comments, which have no effect',
    twiml('<!-- <Message>No</Message> --><Message>Y<!-- x -->es</Message>'),
    ['Yes'],
  ],
  ['a text of 1,600 characters', twiml(`<Message>${'x'.repeat(1600)}</Message>`), ['x'.repeat(1600)]],
  [
    'TwiML as application/xml',
    answerWith(200, '<Response><Message>A</Message></Response>', 'application/xml; charset=utf-8'),
    ['A'],
  ],
  ['TwiML as text/html', answerWith(200, '<Response><Message>A</Message></Response>', 'text/html'), ['A']],
  ['plain text', answerWith(200, 'Just <text> & more', 'text/plain; charset=utf-8'), ['Just <text> & more']],
  ['empty plain text', answerWith(200, '', 'text/plain'), []],
  ['empty TwiML', twiml(''), []],
  ['a self-closed Response', answerWith(200, '<Response/>'), []],
  ['204', answerWith(204, '', ''), []],
];

test.each(carriedOut)('the emulator carries out %s without an error', async (_what, answer, bodies) => {
  functions.answer = answer;
  const webhooks = await inbound();
  const replies = await sent();
  expect(webhooks.map((webhook) => 'alerts' in webhook)).toEqual([false]);
  expect(replies.map(({ body, status, from, to }) => ({ body, status, from, to }))).toEqual(
    bodies.map((body) => ({ body, status: 'read', from: emulator.sender, to: user })),
  );
});

const refused: [number, string, WebhookAnswer][] = [
  [12100, 'plain text that calls itself XML', answerWith(200, 'Just text')],
  [12100, 'nothing that calls itself XML', answerWith(200, '')],
  [12100, 'space before the XML declaration', answerWith(200, ' <?xml version="1.0"?><Response/>')],
  [12100, 'an element that is not closed', twiml('<Message>One')],
  [12100, 'an attribute without quotes', twiml(`<Message to=${user}>One</Message>`)],
  [12100, 'a bare ampersand', twiml('<Message>One & two</Message>')],
  [12100, 'an unknown entity', twiml('<Message>One&nbsp;two</Message>')],
  [12100, 'two documents in one', answerWith(200, '<Response/><Response/>')],
  [12100, 'an HTML page', answerWith(200, '<!doctype html><p>Hello<br>you', 'text/html')],
  [12102, 'another root', answerWith(200, '<Message>One</Message>')],
  [12102, 'a root in lower case', answerWith(200, '<response><Message>One</Message></response>')],
  [12200, 'an unknown verb', twiml('<Message>One</Message><Massage>Two</Massage>')],
  [12200, 'a verb in the wrong case', twiml('<message>One</message>')],
  [12200, 'a noun in the wrong case', twiml('<Message><body>One</body></Message>')],
  [12200, 'an unknown attribute', twiml('<Message sender="x">One</Message>')],
  [12200, 'a verb inside a verb', twiml('<Message><Redirect>/x</Redirect></Message>')],
  [12200, 'two bodies', twiml('<Message><Body>One</Body><Body>Two</Body></Message>')],
  [12200, 'text outside of verbs', twiml('Hello')],
  [14110, 'a verb for calls', twiml('<Say>One</Say>')],
  [12300, 'JSON', answerWith(200, '{"a":1}', 'application/json')],
  [12300, 'no content type', answerWith(200, '<Response/>', '')],
  [11750, 'more than 64 kB', twiml(`<!--${'x'.repeat(64 * 1024)}-->`)],
  [14103, 'an empty Message', twiml('<Message/>')],
  [14103, 'a Message of spaces', twiml('<Message><Body>  \n </Body></Message>')],
  [14103, 'a Message of 1,601 characters', twiml(`<Message>${'x'.repeat(1601)}</Message>`)],
  [14103, 'a plain text of 1,601 characters', answerWith(200, 'x'.repeat(1601), 'text/plain')],
  [14101, 'a recipient who is none', twiml('<Message to="+15557654321">One</Message>')],
  [14102, 'a sender of somebody else', twiml('<Message from="whatsapp:+19998887777">One</Message>')],
  [14104, 'a method that is none', twiml('<Message method="PUT" action="/x">One</Message>')],
  [14105, 'a callback that is no address', twiml('<Message action="ftp://example.com">One</Message>')],
  [11100, 'a medium that is no address', twiml('<Message>One<Media>mailto:a@b.example</Media></Message>')],
  [11100, 'a redirect to no address', twiml('<Redirect>mailto:a@b.example</Redirect>')],
  [13710, 'a redirect with a method that is none', twiml('<Redirect method="PUT">/x</Redirect>')],
];

test.each(refused)('the emulator reports error %d and sends nothing for %s', async (code, _what, answer) => {
  functions.answer = answer;
  const webhooks = await inbound();
  expect([webhooks.length, codes(webhooks), await texts()]).toEqual([1, [code], []]);
});

test('the record of webhooks names the error in the TwiML', async () => {
  functions.answer = twiml('<message>One</message>');
  await inbound();
  const { webhooks } = await control.get<{ webhooks: Attempt[] }>('webhooks');
  expect(webhooks.map(({ alerts }) => alerts)).toEqual([
    [{ code: 12200, message: '<message> must be written <Message>: TwiML is case-sensitive.' }],
  ]);
});

test('the emulator leaves out a faulty Message and sends the others', async () => {
  functions.answer = twiml('<Message>One</Message><Message/><Message>Three</Message>');
  const webhooks = await inbound();
  expect([codes(webhooks), await texts()]).toEqual([[14103], ['One', 'Three']]);
});

test('the emulator sends at most ten replies over all documents', async () => {
  functions.answer = byPath(twiml(`${'<Message>A</Message>'.repeat(6)}<Redirect>/more</Redirect>`), {
    '/more': twiml('<Message>B</Message>'.repeat(6)),
  });
  const webhooks = await inbound();
  expect([codes(webhooks), (await texts()).join('')]).toEqual([[14109], 'AAAAAABBBB']);
});

test('the emulator fails the sixteenth reply to one person in a row, and sends again after half a minute', async () => {
  await control.post('clock', { set: '2026-03-01T12:00:00Z', freeze: true });
  functions.answer = twiml('<Message>A</Message>'.repeat(8));
  await inbound();
  await inbound();
  await control.idle();
  await control.post('clock', { advanceSeconds: 30 });
  functions.answer = twiml('<Message>B</Message>');
  await inbound();
  expect((await sent()).map(({ body, status, errorCode }) => [body, status, errorCode])).toEqual([
    ...Array.from({ length: 15 }, () => ['A', 'read', null]),
    ['A', 'failed', 14107],
    ['B', 'read', null],
  ]);
});

describe('a Message in TwiML', () => {
  test('goes to and from the addresses it names, with its media', async () => {
    await control.post('config', { senders: [emulator.sender, secondSender] });
    functions.answer = twiml(
      `<Message to="${other}" from="${secondSender}"><Body>One</Body><Media>/cat.jpg</Media></Message>`,
    );
    await inbound();
    const { messages } = await control.get<{ messages: object[] }>(
      `messages?to=${encodeURIComponent(other)}`,
    );
    expect(messages).toEqual([
      expect.objectContaining({ from: secondSender, text: 'One', media: [`${functions.url}/cat.jpg`] }),
    ]);
  });

  test.each([
    ['action', '<Message action="/status?a=1&amp;b=2">One</Message>'],
    ['statusCallback', '<Message statusCallback="/status?a=1&amp;b=2">One</Message>'],
    [
      'action where statusCallback is given as well',
      '<Message statusCallback="/old" action="/status?a=1&amp;b=2">One</Message>',
    ],
  ])('is reported with a signature to the address in %s', async (_what, content) => {
    functions.answer = byPath(answerWith(200), { '/incoming-message': twiml(content) });
    await inbound();
    await control.idle();
    const url = `${functions.url}/status?a=1&b=2`;
    const reports = functions.received.slice(1);
    expect(
      reports.map(({ path, params, headers }) => [
        path,
        params.MessageStatus,
        validateRequest(emulator.authToken, String(headers['x-twilio-signature']), url, params),
      ]),
    ).toEqual(['queued', 'sent', 'delivered', 'read'].map((status) => ['/status?a=1&b=2', status, true]));
  });

  test('is reported by GET where its method says so', async () => {
    functions.answer = byPath(answerWith(200), {
      '/incoming-message': twiml('<Message action="/status" method="get">One</Message>'),
    });
    await inbound();
    await control.idle();
    const [, first] = functions.received;
    const asked = new URL(first?.path ?? '', functions.url);
    const signature = String(first?.headers['x-twilio-signature']);
    expect([asked.pathname, asked.searchParams.get('MessageStatus'), first?.params]).toEqual([
      '/status',
      'queued',
      {},
    ]);
    expect(validateRequest(emulator.authToken, signature, asked.href, {})).toBe(true);
  });
});

describe('a Redirect in TwiML', () => {
  test('posts the same parameters with a signature', async () => {
    functions.answer = byPath(twiml(''), {
      '/incoming-message': twiml(`<Redirect method="POST">${functions.url}/flow?a=1&amp;b=2</Redirect>`),
    });
    const webhooks = await inbound();
    expect(webhooks.map(({ url, status }) => [url, status])).toEqual([
      [`${functions.url}/incoming-message`, 200],
      [`${functions.url}/flow?a=1&b=2`, 200],
    ]);
    const [first, second] = functions.received;
    expect(second?.params).toEqual(first?.params);
    const signature = String(second?.headers['x-twilio-signature']);
    expect(
      validateRequest(emulator.authToken, signature, `${functions.url}/flow?a=1&b=2`, second?.params ?? {}),
    ).toBe(true);
  });

  test('ends its document', async () => {
    functions.answer = byPath(twiml('<Redirect>/next</Redirect><Message>Never</Message>'), {
      '/next': twiml('<Message>Next</Message>'),
    });
    await inbound();
    expect(await texts()).toEqual(['Next']);
  });

  test('requests by GET where its method says so', async () => {
    functions.answer = byPath(twiml(''), {
      '/incoming-message': twiml('<Redirect method="GET">/next</Redirect>'),
    });
    await inbound();
    const path = functions.received[1]?.path ?? '';
    expect([path.slice(0, 6), new URL(path, functions.url).searchParams.get('Body')]).toEqual([
      '/next?',
      'Hi',
    ]);
  });

  test('ends after 50 documents where it leads in a circle', async () => {
    functions.answer = twiml('<Redirect>/again</Redirect>');
    const webhooks = await inbound();
    expect([webhooks.length, codes(webhooks)]).toEqual([50, [14106]]);
  });
});

describe('the fallback URL of a webhook', () => {
  beforeEach(() => control.post('config', { fallbackUrl: `${functions.url}/fallback` }));

  test.each([
    ['a text that is not XML', answerWith(200, 'Oops'), '12100'],
    ['a content type that is not TwiML’s', answerWith(200, '{}', 'application/json'), '12300'],
  ])('is requested with the error after %s', async (_what, answer, code) => {
    functions.answer = byPath(answer, { '/fallback': twiml('<Message>Sorry</Message>') });
    await inbound();
    expect(await texts()).toEqual(['Sorry']);
    expect(functions.received[1]?.params).toEqual(
      expect.objectContaining({ ErrorCode: code, ErrorUrl: `${functions.url}/incoming-message` }),
    );
  });

  test('is not requested after a warning', async () => {
    functions.answer = twiml('<message>One</message>');
    await inbound();
    expect(functions.received.map(({ path }) => path)).toEqual(['/incoming-message']);
  });
});
