/**
 * The HTTP server: reads a request's body and hands it on. It listens on the loopback interface only, because control
 * needs no credentials. Stopping it ends every connection at once, hanging ones included.
 */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

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
  response.end(JSON.stringify({ code: 'EMULATOR_ERROR', message, more_info: 'emulator/README.md', status }));
}

export class Server {
  private readonly server: http.Server;

  constructor(handler: Handler) {
    this.server = http.createServer((request, response) => {
      read(request)
        .then((body) =>
          body === null ? fail(response, 413, 'The body is too large.') : handler(request, body, response),
        )
        .catch((error: unknown) =>
          fail(response, 500, error instanceof Error ? (error.stack ?? '') : String(error)),
        );
    });
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
