/**
 * What nobody should send and somebody will: each row is refused by name, and afterwards nothing was asked of Twilio,
 * nothing lies in Sync and nothing was sent. Never a 500.
 */
import { type ErrorAnswer, fields, newUser, SENDER, type SendAnswer, useService } from './service';

const service = useService();
const to = newUser();
const NUL = String.fromCharCode(0);
const LONE = String.fromCharCode(0xd800);
const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

/** Nothing that belongs to a message is in the answer, and the call left no trace. */
async function refuses(
  act: () => Promise<{ status: number; json: SendAnswer }>,
): Promise<{ status: number; code: string | undefined; fields: string[] }> {
  const before = [await service.sync(), await service.outbound()];
  const { answer, requests } = await service.requestsOf(act);
  expect(requests).toEqual([]);
  expect([await service.sync(), await service.outbound()]).toEqual(before);
  const { error, ...rest } = answer.json;
  expect(rest).toEqual({
    outcome: 'failed',
    decision: null,
    window: null,
    message: null,
    held: null,
    preview: null,
    messages: [],
    cost: null,
  });
  return { status: answer.status, code: error?.code, fields: [...new Set(fields(error as ErrorAnswer))] };
}

const invalid = (...names: string[]) => ({ status: 400, code: 'INVALID_REQUEST', fields: names.sort() });

describe('a wrong parameter of /send-message', () => {
  test.each<readonly [string, object | string, readonly string[]]>([
    ['no parameters', {}, ['body', 'to']],
    ['no text', { to }, ['body']],
    ['an empty text', { to, body: '' }, ['body']],
    ['a blank text', { to, body: ' \n\t ' }, ['body']],
    ['no recipient', { body: 'x' }, ['to']],
    ['an empty address', { to: '', body: 'x' }, ['to']],
    ['a number without its plus', { to: '4915550000001', body: 'x' }, ['to']],
    ['a number that begins with zero', { to: '+0491555000001', body: 'x' }, ['to']],
    ['a number of 6 digits', { to: '+123456', body: 'x' }, ['to']],
    ['a number of 16 digits', { to: '+1234567890123456', body: 'x' }, ['to']],
    ['a number with spaces', { to: '+49 155 5000001', body: 'x' }, ['to']],
    ['a number with a letter', { to: '+4915550000O1', body: 'x' }, ['to']],
    ['digits of another script', { to: '+٤٩١٥٥٥٠٠٠٠٠١', body: 'x' }, ['to']],
    ['the prefix twice', { to: 'whatsapp:whatsapp:+4915550000001', body: 'x' }, ['to']],
    ['the prefix in capitals', { to: 'WhatsApp:+4915550000001', body: 'x' }, ['to']],
    ['another channel', { to: 'sms:+4915550000001', body: 'x' }, ['to']],
    ['two addresses', { to: `${to},${to}`, body: 'x' }, ['to']],
    ['a line break after the address', { to: `${to}\n`, body: 'x' }, ['to']],
    ['a path', { to: 'whatsapp:+4915/../../Services', body: 'x' }, ['to']],
    ['a BSUID without its prefix', { to: 'US.13491208655302741918', body: 'x' }, ['to']],
    ['a BSUID of 129 characters', { to: `whatsapp:US.${'a'.repeat(129)}`, body: 'x' }, ['to']],
    ['a BSUID with a slash', { to: 'whatsapp:US.1349/12', body: 'x' }, ['to']],
    ['an address of 100 kB', { to: `+${'1'.repeat(100_000)}`, body: 'x' }, ['to']],
    ['the sender as the user', { to: SENDER, body: 'x' }, ['to']],
    ['a text that could not be decoded', { to, body: 'Gar\ufffdon' }, ['body']],
    [
      'a media address that is too long',
      { to, mediaUrl: `https://a.example/${'a'.repeat(2000)}` },
      ['mediaUrl'],
    ],
    [
      'a Messaging Service that is not the configured one',
      { to, body: 'x', from: `MG${'f'.repeat(32)}` },
      ['from'],
    ],
    [
      'a number beyond 2^53',
      `{"to":"${to}","template":"t","contentVariables":{"2":9400111899223197428490}}`,
      ['contentVariables.2'],
    ],
    [
      'an infinite number',
      `{"to":"${to}","template":"t","contentVariables":{"2":1e400}}`,
      ['contentVariables.2'],
    ],
    [
      'a number with more digits than arrive',
      `{"to":"${to}","template":"t","contentVariables":{"2":0.12345678901234567}}`,
      ['contentVariables.2'],
    ],
    ['a list of addresses', { to: [to], body: 'x' }, ['to']],
    ['an object as the address', { to: { toString: to }, body: 'x' }, ['to']],
    ['a number as the address', { to: 4915550000001, body: 'x' }, ['to']],
    ['null as the address', { to: null, body: 'x' }, ['to']],
    ['a BSUID as the sender', { to, from: 'whatsapp:US.1349', body: 'x' }, ['from']],
    ['a sender that is no address', { to, from: 'me', body: 'x' }, ['from']],
    ['a text of 1,601 characters', { to, body: 'x'.repeat(1601) }, ['body']],
    ['a text of 100 kB', { to, body: 'x'.repeat(100_000) }, ['body']],
    ['a text with a NUL', { to, body: `a${NUL}b` }, ['body']],
    ['a text with an escape', { to, body: `a${String.fromCharCode(27)}[2J` }, ['body']],
    ['half a character', { to, body: `a${LONE}` }, ['body']],
    ['a list as the text', { to, body: ['a', 'b'] }, ['body']],
    ['an object as the text', { to, body: { a: 1 } }, ['body']],
    ['a number as the text', { to, body: 1337 }, ['body']],
    ['true as the text', { to, body: true }, ['body']],
    ['media without encryption', { to, mediaUrl: 'http://example.com/a.jpg' }, ['mediaUrl']],
    ['media from a file', { to, mediaUrl: 'file:///etc/passwd' }, ['mediaUrl']],
    ['media without a host', { to, mediaUrl: 'https://' }, ['mediaUrl']],
    ['an object as media', { to, mediaUrl: { url: 'https://example.com' } }, ['mediaUrl']],
    ['11 media', { to, mediaUrl: Array.from({ length: 11 }, () => 'https://example.com/a') }, ['mediaUrl']],
    ['one bad of two media', { to, mediaUrl: ['https://example.com/a', 7] }, ['mediaUrl']],
    ['half a character in the media', { to, mediaUrl: `https://example.com/${LONE}` }, ['mediaUrl']],
    ['a list as the template', { to, template: ['lesson_code'] }, ['template']],
    ['a template name of 513 characters', { to, template: 'x'.repeat(513) }, ['template']],
    ['a template name with a NUL', { to, template: `lesson${NUL}` }, ['template']],
    ['variables without a template', { to, body: 'x', contentVariables: { 1: 'a' } }, ['contentVariables']],
    ['variables as a list', { to, template: 'lesson_code', contentVariables: ['a'] }, ['contentVariables']],
    ['variables as text', { to, template: 'lesson_code', contentVariables: 'hacker' }, ['contentVariables']],
    ['variables cut off', { to, template: 'lesson_code', contentVariables: '{"1":' }, ['contentVariables']],
    ['variables as a number', { to, template: 'lesson_code', contentVariables: 7 }, ['contentVariables']],
    [
      'variables as null in text',
      { to, template: 'lesson_code', contentVariables: 'null' },
      ['contentVariables'],
    ],
    [
      'half a character as a variable',
      { to, template: 'lesson_code', contentVariables: { 1: LONE, 2: 'b' } },
      ['contentVariables.1'],
    ],
    ['an unknown whenClosed', { to, body: 'x', whenClosed: 'maybe' }, ['whenClosed']],
    ['a list as whenClosed', { to, body: 'x', whenClosed: ['hold'] }, ['whenClosed']],
    ['a number as dryRun', { to, body: 'x', dryRun: 1 }, ['dryRun']],
    ['"yes" as dryRun', { to, body: 'x', dryRun: 'yes' }, ['dryRun']],
    ['a list as dryRun', { to, body: 'x', dryRun: ['true'] }, ['dryRun']],
    ['a time without a zone', { to, body: 'x', sendAt: '2031-05-05T12:00:00' }, ['sendAt']],
    ['a time that is a word', { to, body: 'x', sendAt: 'tomorrow' }, ['sendAt']],
    ['a time that has passed', { to, body: 'x', sendAt: '2001-01-01T00:00:00Z' }, ['sendAt']],
    ['a number as a time', { to, body: 'x', sendAt: 1_900_000_000 }, ['sendAt']],
    ['a key with a space', { to, body: 'x', idempotencyKey: 'a b' }, ['idempotencyKey']],
    ['a key of 129 characters', { to, body: 'x', idempotencyKey: 'k'.repeat(129) }, ['idempotencyKey']],
    ['a list as the key', { to, body: 'x', idempotencyKey: ['k'] }, ['idempotencyKey']],
    ['a misspelt parameter', { to, body: 'x', content_variables: '{}' }, ['content_variables']],
    ['a parameter in other capitals', { to, body: 'x', DryRun: true }, ['DryRun']],
  ])('is refused by its name: the request has %s', async (_says, parameters, names) => {
    expect(await refuses(() => service.send(parameters))).toEqual(invalid(...names));
  });

  test.each([
    ['February 31', '2031-02-31T12:00:00Z'],
    ['April 31', '2031-04-31T12:00:00+01:00'],
    ['hour 24', '2031-03-01T24:00:01Z'],
  ])('is refused where its time is impossible: %s', async (_says, sendAt) => {
    const clock = Date.parse(sendAt.startsWith('2031-04') ? '2031-04-20T12:00:00Z' : '2031-02-20T12:00:00Z');
    await service.freeze(clock);
    expect(await refuses(() => service.send({ to, body: 'x', sendAt }))).toEqual(invalid('sendAt'));
  });

  test('is named together with all other wrong ones', async () => {
    const everything = {
      to: 'Ada',
      from: 7,
      body: ['x'],
      mediaUrl: 'ftp://example.com',
      template: { name: 'lesson_code' },
      language: ['en'],
      contentVariables: [],
      whenClosed: 'later',
      sendAt: 'soon',
      idempotencyKey: '?',
      dryRun: 'perhaps',
      Body: 'x',
    };
    const names = Object.keys(everything);
    expect(await refuses(() => service.send(everything))).toEqual(invalid(...names));
  });

  test('is named in the same way to Studio', async () => {
    const parameters = { to: 'Ada', body: 'x'.repeat(1601), whenClosed: 'later' };
    expect(await refuses(() => service.studio('/studio/send-message', parameters))).toEqual(
      invalid('body', 'to', 'whenClosed'),
    );
  });
});

describe('a malformed body of a request', () => {
  const raw = async (body: string, type: string) => {
    const response = await service.fetch('/send-message', {
      method: 'POST',
      headers: { authorization: `Bearer ${service.token}`, 'content-type': type },
      body,
    });
    return { status: response.status, text: await response.text() };
  };

  test.each([
    ['100 kB of letters', 'x'.repeat(100_000), 'application/x-www-form-urlencoded', 'body'],
    ['100 kB of percent signs', '%'.repeat(100_000), 'application/x-www-form-urlencoded', 'body'],
    ['900 parameters', 'a=1&'.repeat(900), 'application/x-www-form-urlencoded', 'body'],
    ['a form with broken escapes', 'to=%E0%A4%A&body=%zz', 'application/x-www-form-urlencoded', 'to'],
    [
      'a form with everything twice',
      `to=${encodeURIComponent(to)}&to=x&body=a&body=b`,
      'application/x-www-form-urlencoded',
      'body',
    ],
    ['a form with nested names', 'to[a]=1&body[b][c]=2', 'application/x-www-form-urlencoded', 'body'],
    ['a JSON list', '[1,2,3]', 'application/json', 'body'],
    ['an empty JSON object', '{}', 'application/json', 'body'],
    ['a plain text', 'Hello', 'text/plain', 'body'],
    ['empty', '', 'application/json', 'body'],
  ])('is answered with 400: it is %s', async (_says, body, type, named) => {
    const before = [await service.sync(), await service.outbound()];
    const { answer, requests } = await service.requestsOf(() => raw(body, type));
    expect(requests).toEqual([]);
    expect([await service.sync(), await service.outbound()]).toEqual(before);
    const { error } = JSON.parse(answer.text) as { error: ErrorAnswer };
    expect([answer.status, error.code, fields(error)]).toEqual([
      400,
      'INVALID_REQUEST',
      expect.arrayContaining([named]),
    ]);
  });

  test.each([
    ['body', 'body=Gar%E7on', 400],
    ['template', 'template=Gar%E7on', 400],
    [
      'contentVariables.1',
      'template=lesson_code&contentVariables=%7B%221%22:%22Gar%E7on%22,%222%22:%22b%22%7D',
      400,
    ],
    ['mediaUrl', 'mediaUrl=https://e.example/Gar%E7on.jpg', 400],
    ['statusCallback', 'body=Hello&statusCallback=https://e.example/Gar%E7on', 400],
  ])('is refused where it is a form in another encoding than UTF-8: %s', async (named, form, expected) => {
    const user = newUser();
    const { status, text } = await raw(
      `to=${encodeURIComponent(user)}&${form}`,
      'application/x-www-form-urlencoded',
    );
    const { error } = JSON.parse(text) as { error: ErrorAnswer };
    expect([status, fields(error), error.problems[0]?.message]).toEqual([
      expected,
      [named],
      expect.stringContaining('UTF-8'),
    ]);
    expect(await service.outbound(user)).toEqual([]);
  });

  test('does not crash the function where its JSON is nested 10,000 deep, and is refused', async () => {
    const answers = [];
    for (const body of [
      `{"to":"${to}","body":${deep(10_000)}}`,
      `{"to":"${to}","template":"lesson_code","contentVariables":{"1":${deep(10_000)},"2":"b"}}`,
      `{"to":${deep(10_000)},"body":"x"}`,
    ]) {
      const { status, text } = await raw(body, 'application/json');
      answers.push([status, fields((JSON.parse(text) as { error: ErrorAnswer }).error)]);
    }
    expect(answers).toEqual([
      [400, ['body']],
      [422, ['contentVariables.1']],
      [400, ['to']],
    ]);
  });
});

describe('names that every object inherits', () => {
  test.each([
    ['__proto__ with all parameters', `{"__proto__":{"to":"${to}","body":"x"}}`, ['body', 'to']],
    ['constructor', `{"constructor":{"prototype":{"body":"x"}},"to":"${to}"}`, ['body']],
    ['toString as an address', '{"to":"toString","body":"x"}', ['to']],
  ])('give a request no parameter: %s', async (_says, body, names) => {
    expect(await refuses(() => service.post('/send-message', body))).toEqual(invalid(...names));
  });

  test.each([
    ['__proto__', '{"1":"hacker","2":"1337","__proto__":"x"}'],
    ['constructor', '{"1":"hacker","2":"1337","constructor":"x"}'],
    ['toString', '{"1":"hacker","2":"1337","toString":"x"}'],
  ])('are no known variables of a template: %s', async (name, contentVariables) => {
    const { status, json } = await service.send({ to, template: 'lesson_code', contentVariables });
    expect([status, fields(json.error)]).toEqual([422, [`contentVariables.${name}`]]);
  });

  test.each(['__proto__', 'constructor', 'hasOwnProperty'])(
    'are no known templates: %s',
    async (template) => {
      const { status, json } = await service.send({ to, template });
      expect([status, json.error?.code, fields(json.error)]).toEqual([422, 'TEMPLATE_PROBLEM', ['template']]);
    },
  );

  test('leave the container unchanged', async () => {
    const { status, json } = await service.send({ to, template: 'please_answer', dryRun: true });
    expect([status, json.outcome]).toEqual([200, 'dry-run']);
  });
});

describe('a wrong parameter of the other functions', () => {
  test.each([
    ['/windows?limit=0', ['limit']],
    ['/windows?limit=101', ['limit']],
    ['/windows?limit=1e1', ['limit']],
    ['/windows?limit=5&limit=6', ['limit']],
    ['/windows?cursor=%00', ['cursor']],
    ['/windows?cursor=bm9uc2Vuc2U', ['cursor']],
    ['/windows?cursor=a&cursor=b', ['cursor']],
    ['/windows?Limit=5', ['Limit']],
    [`/windows?cursor=${'a'.repeat(3000)}`, ['cursor']],
    ['/window?to[]=x', ['to']],
  ])('is answered with 400: GET %s', async (path, names) => {
    const { status, json } = await service.get<{ error: ErrorAnswer }>(path);
    expect([status, json.error.code, fields(json.error)]).toEqual([400, 'INVALID_REQUEST', names]);
  });

  test.each<readonly [string, unknown, readonly string[]]>([
    ['an object as the address', { to: { toString: to } }, ['to']],
    ['a path', { to: 'whatsapp:+4915/../../Services' }, ['to']],
    ['an address of 100 kB', { to: `+${'1'.repeat(100_000)}` }, ['to']],
    ['a time with a NUL', { to, at: `2031-05-05T12:00:00Z${NUL}` }, ['at']],
    ['half a character as a time', { to, at: LONE }, ['at']],
    ['a time of 100 kB', { to, at: '2'.repeat(100_000) }, ['at']],
    ['a time of the year 275760', { to, at: '+275760-09-13T00:00:00Z' }, ['at']],
    ['a time of the year 0', { to, at: '0000-01-01T00:00:00Z' }, ['at']],
    ['an offset of 99 hours', { to, at: '2031-05-05T12:00:00+99:00' }, ['at']],
    ['a deep list as a time', `{"to":"${to}","at":${deep(10_000)}}`, ['at']],
    ['a prototype', `{"__proto__":{"to":"${to}"}}`, ['to']],
    ['a JSON list', '[1,2,3]', ['to']],
  ])('is answered with 400 and stores nothing: POST /contact with %s', async (_says, parameters, names) => {
    const before = await service.sync();
    const { answer, requests } = await service.requestsOf(() =>
      service.post<{ error: ErrorAnswer }>('/contact', parameters),
    );
    const { error } = answer.json;
    expect([answer.status, error.code, fields(error), requests, await service.sync()]).toEqual([
      400,
      'INVALID_REQUEST',
      names,
      [],
      before,
    ]);
  });

  test.each([
    ['a caller of 100 kB', { From: `whatsapp:+${'1'.repeat(100_000)}` }, ['From']],
    ['a path', { From: 'whatsapp:+4915/../../Services' }, ['From']],
    ['a path as the SID', { CallSid: '../../Services' }, ['CallSid']],
    ['a SID that is too long', { CallSid: `CA${'d'.repeat(33)}` }, ['CallSid']],
    ['a NUL in the sender', { To: `${SENDER}${NUL}` }, ['To']],
  ])(
    'is answered with 400 and stores nothing: POST /studio/contact with %s',
    async (_says, changes, names) => {
      const before = await service.sync();
      const call = { CallSid: `CA${'d'.repeat(32)}`, Direction: 'inbound', From: to, To: SENDER, ...changes };
      const { answer, requests } = await service.requestsOf(() => service.signed('/studio/contact', call));
      const { error } = (await answer.json()) as { error: ErrorAnswer };
      expect([answer.status, error.code, fields(error), requests, await service.sync()]).toEqual([
        400,
        'INVALID_REQUEST',
        names,
        [],
        before,
      ]);
    },
  );

  test.each([
    ['a cursor that names no page', Buffer.from('{"token":"XX","page":"9"}').toString('base64url')],
    ['a cursor of another format', Buffer.from('[]').toString('base64url')],
  ])('is no internal error: /windows with %s', async (_says, cursor) => {
    const { status } = await service.get(`/windows?cursor=${cursor}`);
    expect([200, 400]).toContain(status);
  });
});
