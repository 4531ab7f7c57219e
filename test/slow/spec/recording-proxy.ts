/**
 * Stands before the emulator and writes down every request to a Twilio API and its answer, word for word. It must change
 * neither, and lets the emulator's own control routes pass unrecorded.
 */
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Exchange {
  readonly method: string;
  /** Such as `sync.twilio.com`. */
  readonly host: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly answer: {
    readonly status: number;
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
  };
}

export class RecordingProxy {
  private recorded: Exchange[] = [];
  private server: http.Server | undefined;

  /** @returns the address to use in place of the emulator's */
  async open(emulatorUrl: string): Promise<string> {
    const server = http.createServer((request, response) => {
      this.handOn(emulatorUrl, request, response).catch(() => response.destroy());
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://localhost:${(server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const { server } = this;
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  }

  /** What went through since the last time this was asked. */
  take(): readonly Exchange[] {
    const { recorded } = this;
    this.recorded = [];
    return recorded;
  }

  private async handOn(
    emulatorUrl: string,
    request: IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> {
    const body = await bytesOf(request);
    const { method = 'GET', headers } = request;
    const url = new URL(request.url ?? '/', emulatorUrl);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      http
        .request(url, { method, headers: { ...headers, connection: 'close' } }, resolve)
        .once('error', reject)
        .end(body);
    });
    const answered = await bytesOf(answer);
    const status = answer.statusCode ?? 0;
    if (!url.pathname.startsWith('/_emulator/')) {
      const host = String(headers['x-emulator-host']);
      this.recorded.push({
        method,
        host,
        path: url.pathname,
        query: url.search.slice(1),
        headers,
        body: body.toString('utf8'),
        answer: { status, headers: answer.headers, body: answered.toString('utf8') },
      });
    }
    response.writeHead(status, { ...answer.headers, connection: 'close' });
    response.end(answered);
  }
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
