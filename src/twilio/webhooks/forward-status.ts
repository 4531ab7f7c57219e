/**
 * Hands a status callback on to other addresses, signed for each as Twilio signs (https://www.twilio.com/docs/usage/security),
 * so that a receiver's own check of Twilio's signature passes. A receiver that is slow, down or elsewhere than it seems
 * harms nothing: it is named, and that is all.
 */
import { lookup as lookUp } from 'node:dns';
import * as http from 'node:http';
import * as https from 'node:https';
import type { LookupFunction } from 'node:net';
import twilio from 'twilio';
import { isLocalHost, isPrivateAddress } from './private-network';

/** The answer to Twilio waits no longer for it. */
const FORWARD_MS = 3000;

export interface Forward {
  /** An https address, or http on this machine. */
  readonly url: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface Forwarded {
  /** Only the host: an address may have a secret in it. */
  readonly host: string;
  /** The receiver's HTTP status, or why there is none. */
  readonly result: number | 'timeout' | 'unreachable' | 'refused';
}

/**
 * Posts the parameters, once. A redirect is not followed, and counts as the receiver's answer.
 * @param ownHosts the service's own, to which nothing is forwarded: it would come back without end
 */
export async function forwardStatus(
  { url, parameters }: Forward,
  authToken: string,
  ownHosts: readonly string[],
): Promise<Forwarded> {
  const address = new URL(url);
  const { host, hostname, protocol } = address;
  const isLocal = isLocalHost(hostname);
  if (ownHosts.includes(host) || (isPrivateAddress(hostname) && !isLocal)) return { host, result: 'refused' };
  const body = new URLSearchParams(parameters).toString();
  const options: https.RequestOptions = {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'TwilioProxy/1.1',
      'x-twilio-signature': twilio.getExpectedTwilioSignature(authToken, url, { ...parameters }),
    },
    // A name may stand for a private address, also one that it did not stand for a moment ago.
    ...(!isLocal && { lookup: publicOnly }),
    signal: AbortSignal.timeout(FORWARD_MS),
  };
  const request = protocol === 'http:' ? http.request : https.request;
  return new Promise((resolve) => {
    const sent = request(address, options, (response) => {
      response.resume();
      resolve({ host, result: response.statusCode ?? 'unreachable' });
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const isLate =
        error.name === 'AbortError' || error.name === 'TimeoutError' || error.code === 'ABORT_ERR';
      resolve({ host, result: isLate ? 'timeout' : error.code === REFUSED ? 'refused' : 'unreachable' });
    });
    sent.end(body);
  });
}

const REFUSED = 'EPRIVATE';

const publicOnly: LookupFunction = (hostname, options, done) => {
  lookUp(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? [];
    if (error || !first) return done(error ?? new Error('No address.'), '', 4);
    if (addresses.some(({ address }) => isPrivateAddress(address))) {
      return done(Object.assign(new Error('A private address.'), { code: REFUSED }), '', 4);
    }
    return options.all ? done(null, addresses) : done(null, first.address, first.family);
  });
};
