/**
 * The HTTP server: reads a request's body and hands it on. It listens on the loopback interface only, because control
 * needs no credentials. Stopping it ends every connection at once, hanging ones included.
 */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { notImitatedHere, TwilioError } from './twilio-error';

/** Twilio's own limits are far below; this only keeps a mistake from filling the memory. */
const MAX_BODY_BYTES = 1_000_000;

type Handler = (request: IncomingMessage, body: string, response: ServerResponse) => Promise<void>;

function read(request: IncomingMessage): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    });
    request.on('end', () => resolve(bytes > MAX_BODY_BYTES ? null : Buffer.concat(chunks).toString('utf8')));
    request.on('error', reject);
  });
}

function fail(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(new TwilioError(status, 20000 + status, message, 'EMULATOR_ERROR').body()));
}

/**
 * A page of another site can have its own name resolve to this machine, and its requests then carry that name. Twilio's
 * names are allowed, because a client may speak to the emulator under them.
 */
function isOwnHost(host: string | undefined): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\]|(?:[a-z0-9-]+\.)+twilio\.com|[a-z0-9-]+\.twil\.io\.localhost)(?::\d+)?$/i.test(
    host ?? '',
  );
}

/** Clients such as `twilio-sync` try a refused handshake again for ever; this one names what is missing. */
function refuseUpgrade(request: IncomingMessage, socket: Duplex): void {
  const host = request.headers['x-emulator-host'] ?? request.headers.host ?? '';
  const refusal = notImitatedHere(
    `The websocket of ${host}, which twilio-sync and other live clients open, is not imitated by this emulator. Use the REST API.`,
  );
  const text = JSON.stringify(refusal.body());
  socket.on('error', () => socket.destroy());
  socket.end(
    `HTTP/1.1 501 Not Implemented\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
  );
}

export class Server {
  private readonly server: http.Server;

  constructor(handler: Handler) {
    this.server = http.createServer((request, response) => {
      if (!isOwnHost(request.headers.host)) {
        fail(
          response,
          403,
          'The Host header must name this machine, such as localhost, or a host of twilio.com.',
        );
        return;
      }
      read(request)
        .then((body) =>
          body === null ? fail(response, 413, 'The body is too large.') : handler(request, body, response),
        )
        .catch((error: unknown) => {
          process.emitWarning(error instanceof Error ? error : String(error));
          fail(response, 500, 'The emulator failed; the cause is in the log of its process.');
        });
    });
    this.server.on('upgrade', refuseUpgrade);
    // Longer than any agent keeps a connection, so that no reused one is closed under a request.
    this.server.keepAliveTimeout = 120_000;
  }

  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', (error: NodeJS.ErrnoException) => {
        const taken = error.code === 'EADDRINUSE';
        reject(
          taken
            ? new Error(`Port ${port} is taken. Stop what uses it, or set EMULATOR_PORT to another port.`)
            : error,
        );
      });
      this.server.listen(port, '127.0.0.1', () => {
        const address = this.server.address() as AddressInfo;
        resolve(address.port);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }
}
