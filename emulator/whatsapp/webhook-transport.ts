/**
 * How a webhook gets to the software under test: over HTTP, unless a program that runs both in one process brings a way
 * of its own. It must not know what a webhook is about, nor whether it is repeated.
 */
import http from 'node:http';
import https from 'node:https';
import type { FailureKind } from './webhook-url';

export interface TransportRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly connectTimeoutMs: number;
  readonly readTimeoutMs: number;
}

export interface Outcome {
  status: number | null;
  body: string;
  contentType: string;
  error: string | null;
  failure: FailureKind | null;
}

export interface Transport {
  /** Never rejects: what goes wrong is part of the outcome. */
  request(request: TransportRequest): Promise<Outcome>;
  /** Cuts what is under way. */
  close(): void;
}

const CONNECTION_ERRORS = ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN'];

export class HttpTransport implements Transport {
  private readonly open = new Set<http.ClientRequest>();

  request({ url, method, headers, body, ...timeouts }: TransportRequest): Promise<Outcome> {
    const transport = url.protocol === 'https:' ? https : http;
    return new Promise((resolve) => {
      const request = transport.request(url, { method, headers, agent: false });
      this.open.add(request);
      let connected = false;
      const finish = (outcome: Outcome): void => {
        clearTimeout(connectTimer);
        clearTimeout(readTimer);
        this.open.delete(request);
        resolve(outcome);
        request.destroy();
      };
      const connectTimer = setTimeout(
        () => !connected && finish(failed('ct', 'connect timeout')),
        timeouts.connectTimeoutMs,
      );
      const readTimer = setTimeout(() => finish(failed('rt', 'read timeout')), timeouts.readTimeoutMs);
      request.on('socket', (socket) => {
        const onConnect = (): void => {
          connected = true;
          clearTimeout(connectTimer);
        };
        if (socket.connecting) socket.once('connect', onConnect);
        else onConnect();
      });
      request.on('error', (error: NodeJS.ErrnoException) => {
        const unreachable = !connected || CONNECTION_ERRORS.includes(error.code ?? '');
        finish(failed(unreachable ? 'ct' : 'rt', error.code ?? error.message));
      });
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', (error) => finish(failed('rt', error.message)));
        response.on('end', () => {
          const status = response.statusCode ?? 0;
          const text = Buffer.concat(chunks).toString('utf8');
          finish(answered(status, text, response.headers['content-type'] ?? ''));
        });
      });
      request.end(method === 'POST' ? body : undefined);
    });
  }

  close(): void {
    for (const request of this.open) request.destroy(new Error('the emulator was reset'));
  }
}

export function answered(status: number, body: string, contentType: string): Outcome {
  const failure = status >= 500 ? '5xx' : status >= 400 ? '4xx' : null;
  return { status, body, contentType, error: null, failure };
}

export function failed(failure: FailureKind, error: string): Outcome {
  return { status: null, body: '', contentType: '', error, failure };
}
