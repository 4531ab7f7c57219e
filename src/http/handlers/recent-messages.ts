/** What /recent-messages answers: a page of Twilio's own log of everybody, newest first. */
import type { RecentMessagesPage } from '../../../client/answers';
import type { Failure } from '../../use-cases/failure';
import { type Answer, errorJson, type Failed } from '../answers';
import type { Call } from '../endpoint';
import { messageJson } from '../message-json';

export async function respondToRecentMessages({
  parameters,
  services,
}: Call): Promise<Answer<RecentMessagesPage>> {
  // So many of the longest texts fit the 4 MB of an answer.
  const limit = parameters.integer('limit', 1, 500, 100);
  const cursor = parameters.text('cursor', 2000) ?? null;
  parameters.finish(['limit', 'cursor'], {});
  const page = await services.recentMessages.page(limit, cursor);
  const messages = page.messages.map((message) => ({ ...message.pair, ...messageJson(message) }));
  return {
    status: 200,
    json: { messages, nextCursor: page.next, error: null },
    log: { messages: messages.length },
  };
}

export function recentMessagesFailedJson(failure: Failure): Failed<Omit<RecentMessagesPage, 'error'>> {
  return { messages: [], nextCursor: null, error: errorJson(failure) };
}
