/**
 * Requests under the domain of something that was deployed here, passed on to where it runs. A browser and curl reach it
 * as `http://DOMAIN.localhost:PORT`, a program with the header `x-emulator-host`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TwilioError } from './twilio-error';

const OWN_SUFFIX = /\.localhost(?::\d+)?$/;
/** They belong to the one connection, or are made anew for the other. */
const NOT_PASSED_ON = ['host', 'connection', 'content-length', 'transfer-encoding', 'x-emulator-host'];
/** A function runs for 10 s at most. */
const TIMEOUT_MS = 15_000;

/** @returns such as `whatsapp-window-1234-dev.twil.io`, or null where it is a request for the emulator itself */
export function deployedDomainOf({ headers }: IncomingMessage): string | null {
  const given = String(headers['x-emulator-host'] ?? headers.host ?? '').replace(OWN_SUFFIX, '');
  return /^[a-z0-9-]+\.twil\.io$/i.test(given) ? given.toLowerCase() : null;
}

/** @param runsAt null where nothing is deployed under the domain, or it does not run */
export async function serveDeployedDomain(
  domain: string,
  runsAt: string | null,
  request: IncomingMessage,
  body: string,
  response: ServerResponse,
): Promise<void> {
  if (runsAt === null) return refuse(response, doesNotRun(domain));
  const { method = 'GET', url = '/' } = request;
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    value === undefined || NOT_PASSED_ON.includes(name) ? [] : [[name, String(value)] as [string, string]],
  );
  const answer = await fetch(runsAt + url, {
    method,
    headers,
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(method === 'GET' || method === 'HEAD' ? {} : { body }),
  }).catch(() => null);
  if (answer === null) return refuse(response, doesNotRun(domain));
  const text = Buffer.from(await answer.arrayBuffer());
  for (const [name, value] of answer.headers) {
    // The body comes decoded.
    if (!['connection', 'content-encoding', 'content-length', 'transfer-encoding'].includes(name))
      response.setHeader(name, value);
  }
  response.writeHead(answer.status, { 'Content-Length': text.length }).end(text);
}

/** HTTP 503: it may be starting. */
function doesNotRun(domain: string): TwilioError {
  return new TwilioError(503, 20503, `Nothing runs at ${domain}: it is starting, or is not deployed.`);
}

function refuse(response: ServerResponse, error: TwilioError): void {
  response.writeHead(error.status, { 'Content-Type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(error.body()));
}
