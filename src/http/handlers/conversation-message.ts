/** What /conversations/message-added answers: the window afterwards, as /contact does. Conversations itself reads only the status. */

import type { ContactAnswer } from '../../../client/answers';
import { parseConversationWebhook } from '../../twilio/webhooks/conversation-webhook';
import { Failure } from '../../use-cases/failure';
import { receiveConversationMessage } from '../../use-cases/receive/receive-conversation';
import { type Answer, windowJson } from '../answers';
import type { Call } from '../endpoint';
import { pairHash } from '../pair-hash';

export async function respondToConversationMessage({
  parameters,
  services,
  settings,
  now,
}: Call): Promise<Answer<ContactAnswer>> {
  const webhook = parseConversationWebhook(parameters.all());
  if (webhook.kind === 'malformed') {
    throw new Failure(
      'INVALID_REQUEST',
      'This is no message as Twilio Conversations reports them.',
      webhook.problems,
    );
  }
  if (webhook.kind === 'other') return noInbound();
  const at = { now, marginSeconds: settings.marginSeconds };
  const received = await receiveConversationMessage(services, webhook.message, at);
  if (received === null) return noInbound();
  const { pair, window, recorded, released, consent, scheduledCancelled } = received;
  return {
    status: 200,
    json: { window: windowJson(window), recorded, error: null },
    log: {
      kind: 'inbound',
      pair: pairHash(settings.authToken, pair),
      ...{ recorded, released, consent, scheduledCancelled, state: window.state },
    },
  };
}

function noInbound(): Answer<ContactAnswer> {
  return {
    status: 200,
    json: { window: null, recorded: false, error: null },
    log: { kind: 'other', recorded: false },
  };
}
