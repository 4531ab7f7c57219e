/** Status callbacks go on to whoever wants them, as Twilio would have sent them there, and harm nothing on their way. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import twilio from 'twilio';
import { newUser, useService } from './service';

interface Received {
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** By the account's auth token, for the address that was called. */
  readonly isSigned: boolean;
}

/** A program that takes status callbacks. */
class Receiver {
  readonly received: Received[] = [];
  private answer: (response: ServerResponse) => void = (response) => response.end();
  private readonly server: Server = createServer((request, response) => {
    void this.take(request).then(() => this.answer(response));
  });
  authToken = '';

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  start(): Promise<void> {
    return new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  answerWith(answer: (response: ServerResponse) => void): void {
    this.answer = answer;
  }

  /** What came for a message, by its status. */
  of(sid: string | undefined): readonly Received[] {
    return this.received.filter(({ parameters }) => parameters.MessageSid === sid);
  }

  private async take(request: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const parameters = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
    const path = request.url ?? '';
    const signature = String(request.headers['x-twilio-signature']);
    const isSigned = twilio.validateRequest(this.authToken, signature, this.url + path, parameters);
    this.received.push({ path, parameters, isSigned });
  }
}

const forAll = new Receiver();
const forOne = new Receiver();
beforeAll(() => Promise.all([forAll.start(), forOne.start()]));
afterAll(() => Promise.all([forAll.stop(), forOne.stop()]));

describe('a status with STATUS_FORWARD_URL', () => {
  // The settings are read when the service starts, and the receiver listens by then.
  const settings = {
    get STATUS_FORWARD_URL() {
      return `${forAll.url}/all?x=1`;
    },
  };
  const service = useService({ settings });
  beforeAll(() => {
    forAll.authToken = service.offline.emulator.authToken;
    forOne.authToken = service.offline.emulator.authToken;
  });
  beforeEach(async () => {
    await service.clearFaults();
    for (const receiver of [forAll, forOne]) receiver.answerWith((response) => response.end());
  });

  test('reaches both addresses, signed for each, with exactly what Twilio sent', async () => {
    const to = newUser();
    await service.inbound(to);
    const { json } = await service.send({ to, body: 'Hello', statusCallback: `${forOne.url}/one` });
    await service.control('idle');
    const sid = json.message?.sid;
    const statuses = ['queued', 'sent', 'delivered', 'read'];
    for (const [receiver, path] of [[forAll, '/all?x=1'] as const, [forOne, '/one'] as const]) {
      const came = receiver.of(sid);
      expect(came.map(({ parameters }) => parameters.MessageStatus).sort()).toEqual([...statuses].sort());
      expect(came.every(({ isSigned, path: called }) => isSigned && called === path)).toBe(true);
      const own = ['send', 'as', 'at', 'attempt', 'then', 'held', 'repairs', 'on', 'request', 'x'];
      expect(
        came.flatMap(({ parameters }) => Object.keys(parameters).filter((name) => own.includes(name))),
      ).toEqual([]);
      expect(came[0]?.parameters).toMatchObject({
        MessageSid: sid,
        To: to,
        AccountSid: service.offline.emulator.accountSid,
      });
    }
  });

  test('of a message that replaces a refused one names that one, and goes on to the same address', async () => {
    const to = newUser();
    await service.inbound(to, { body: 'hi', opensWindow: false });
    const refused = await service.send({
      ...{ to, body: 'Hello', template: 'please_answer', statusCallback: `${forOne.url}/repair` },
    });
    await service.control('idle');
    const sids = (await service.outbound(to)).map(({ sid }) => sid);
    expect(sids[0]).toBe(refused.json.message?.sid);
    expect(sids).toHaveLength(3);
    const [first, second, third] = sids.map((sid) => forOne.of(sid));
    expect(first?.some(({ parameters }) => parameters.ErrorCode === '63016')).toBe(true);
    const originals = [first, second, third].map((came) => [
      ...new Set(came?.map(({ parameters }) => parameters.OriginalMessageSid)),
    ]);
    expect(originals).toEqual([[undefined], [sids[0]], [sids[1]]]);
    expect(forOne.received.every(({ isSigned }) => isSigned)).toBe(true);
  });

  test('of a message that was held goes on to its address once it is released', async () => {
    const to = newUser();
    await service.send({ to, body: 'Later', whenClosed: 'hold', statusCallback: `${forOne.url}/held` });
    await service.inbound(to, { body: 'yes' });
    await service.control('idle');
    const later = (await service.outbound(to)).find(({ text }) => text === 'Later');
    expect(forOne.of(later?.sid).map(({ path }) => path)).toContain('/held');
  });

  test('goes on to the longest address that is taken', async () => {
    const to = newUser();
    await service.inbound(to);
    const path = '/'.padEnd(2000 - forOne.url.length, 'a');
    const { status, json } = await service.send({ to, body: 'Hello', statusCallback: forOne.url + path });
    await service.control('idle');
    expect([status, new Set(forOne.of(json.message?.sid).map(({ path: called }) => called))]).toEqual([
      200,
      new Set([path]),
    ]);
  });

  test.each<readonly [string, (response: ServerResponse) => void, unknown]>([
    ['answers 500', (response) => response.writeHead(500).end(), 500],
    ['cuts the connection', (response) => response.destroy(), 'unreachable'],
    ['redirects', (response) => response.writeHead(302, { location: `${forAll.url}/elsewhere` }).end(), 302],
    ['never answers', () => undefined, 'timeout'],
  ])('is named in the log and harms nothing else where the receiver %s', async (_says, answer, result) => {
    forOne.answerWith(answer);
    const to = newUser();
    await service.inbound(to);
    const statusCallback = `${forOne.url}/bad`;
    const { json } = await service.send({ to, body: 'Hello', statusCallback });
    await service.control('idle');
    expect((await service.outbound(to)).map(({ delivered }) => delivered)).toEqual([true]);
    const { host } = new URL(statusCallback);
    const lines = service.logLines().filter(({ function: path }) => path === '/message-status');
    const forwarded = lines.flatMap((line) => (line.forwarded ?? []) as { host: string; result: unknown }[]);
    expect(forwarded).toContainEqual({ host, result });
    expect(lines.filter(({ status, milliseconds }) => status !== 200 || Number(milliseconds) > 4000)).toEqual(
      [],
    );
    expect(forAll.of(json.message?.sid).length).toBeGreaterThan(0);
    expect(forAll.received.some(({ path }) => path === '/elsewhere')).toBe(false);
  });

  test.each<readonly [string, (url: string) => string, RegExp]>([
    ['of this service', (url) => `${url}/message-status`, /address of this service itself/],
    ['of a private network', () => 'https://10.0.0.1/status', /private network/],
    ['of a private network, in IPv6', () => 'https://[fd00::1]/status', /private network/],
    ['of a private network, in a number', () => 'https://167772161/status', /private network/],
    ['of a private network, in hexadecimal digits', () => 'https://0x0a.1/status', /private network/],
    ['of a private network, mapped into IPv6', () => 'https://[::ffff:10.0.0.1]/status', /private network/],
    ['of a private network, written as IPv6', () => 'https://[::10.0.0.1]/status', /private network/],
    ['of a private network, by 6to4', () => 'https://[2002:a00:1::1]/status', /private network/],
    ['of a private network, by NAT64', () => 'https://[64:ff9b:1::a00:1]/status', /private network/],
    ['of the cloud’s metadata', () => 'https://169.254.169.254/latest', /private network/],
    ['without encryption', () => 'http://example.com/status', /https:\/\/ address/],
    ['with a password', () => 'https://me:secret@example.com/status', /user name/],
    [
      'that is too long in a query',
      () => `https://example.com/${'ä'.repeat(500)}`,
      /too long once it is encoded/,
    ],
    ['that is none', () => 'example.com', /https:\/\/ address/],
  ])('is not forwarded to an address %s, which is refused by its name', async (_says, address, problem) => {
    const to = newUser();
    await service.inbound(to);
    const { status, json } = await service.send({ to, body: 'Hello', statusCallback: address(service.url) });
    expect([status, json.error?.problems]).toEqual([
      400,
      [{ field: 'statusCallback', message: expect.stringMatching(problem) }],
    ]);
    expect(await service.outbound(to)).toEqual([]);
  });
});
