/**
 * A server that takes webhooks in a test, keeps what came, and answers what the test tells it to.
 */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedWebhook {
  path: string;
  headers: IncomingHttpHeaders;
  params: Record<string, string>;
}

export type WebhookAnswer = (webhook: ReceivedWebhook, response: ServerResponse) => void;

export interface WebhookReceiver {
  url: string;
  received: ReceivedWebhook[];
  answer: WebhookAnswer;
}

export const emptyTwiml: WebhookAnswer = (_webhook, response) => {
  response.setHeader('Content-Type', 'text/xml');
  response.end('<?xml version="1.0" encoding="UTF-8"?><Response/>');
};

/** One receiver for a file, on a port of its own, emptied before each test. */
export function useWebhookReceiver(): WebhookReceiver {
  const receiver: WebhookReceiver = { url: '', received: [], answer: emptyTwiml };
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const webhook = {
        path: request.url ?? '',
        headers: request.headers,
        params: Object.fromEntries(new URLSearchParams(body)),
      };
      receiver.received.push(webhook);
      receiver.answer(webhook, response);
    });
  });
  beforeAll(
    () =>
      new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', () => {
          receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
          resolve();
        });
      }),
  );
  afterAll(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  beforeEach(() => {
    receiver.received.length = 0;
    receiver.answer = emptyTwiml;
  });
  return receiver;
}
