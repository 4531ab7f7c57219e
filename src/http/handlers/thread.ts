/** What /thread answers: a page of Twilio's own log of one person, newest first, in the words of this interface. */

import type { ThreadPage } from '../../../client/answers';
import type { Failure } from '../../use-cases/failure';
import { readThread } from '../../use-cases/thread/read-thread';
import { type Answer, errorJson, type Failed } from '../answers';
import type { Call } from '../endpoint';
import { messageJson } from '../message-json';
import { pairHash } from '../pair-hash';

/** The names of a person are in it, of which a BSUID may be long. */
const MAX_CURSOR = 4000;

export async function respondToThread({ parameters, services, settings }: Call): Promise<Answer<ThreadPage>> {
  const user = parameters.to();
  const sender = parameters.from(settings);
  const limit = parameters.integer('limit', 1, 100, 20);
  const cursor = parameters.text('cursor', MAX_CURSOR) ?? null;
  const withMedia = parameters.flag('media');
  const pair = { sender, ...parameters.finish(['to', 'from', 'limit', 'cursor', 'media'], { user }) };
  const page = await readThread(services, pair, limit, cursor, withMedia);
  const messages = page.messages.map((message) => ({
    ...messageJson(message),
    repairOf: message.repairOf,
    media: message.media,
  }));
  return {
    status: 200,
    json: { messages, nextCursor: page.nextCursor, error: null },
    log: { pair: pairHash(settings.authToken, pair), messages: messages.length },
  };
}

export function threadFailedJson(failure: Failure): Failed<Omit<ThreadPage, 'error'>> {
  return { messages: [], nextCursor: null, error: errorJson(failure) };
}
