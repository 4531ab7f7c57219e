/** What /incoming-message answers to Twilio: TwiML, once what it says is stored. */
import { parseInbound } from '../../twilio/webhooks/inbound-webhook';
import { messagingResponse } from '../../twilio/webhooks/twiml';
import { Failure } from '../../use-cases/failure';
import { receiveMessage } from '../../use-cases/receive/receive-message';
import { type Answer, errorJson, type Failed, type XmlAnswer } from '../answers';
import type { Call } from '../endpoint';
import { pairHash } from '../pair-hash';

export function incomingFailedJson(failure: Failure): Failed<object> {
  return { error: errorJson(failure) };
}

export async function respondToIncoming({
  parameters,
  services,
  settings,
  now,
}: Call): Promise<Answer | XmlAnswer> {
  const webhook = parseInbound(parameters.all(), settings.sender);
  if (webhook.kind === 'malformed') {
    throw new Failure(
      'INVALID_REQUEST',
      'This is no inbound message as Twilio posts them.',
      webhook.problems,
    );
  }
  const xml = messagingResponse(webhook.kind === 'other' ? null : settings.forwardUrl);
  if (webhook.kind !== 'inbound') return { status: 200, xml, log: { kind: webhook.kind } };
  const at = { now, marginSeconds: settings.marginSeconds };
  const received = await receiveMessage(services, webhook.message, at);
  const pair = pairHash(settings.authToken, webhook.message.pair);
  const log = { kind: webhook.kind, pair, ...received };
  // Twilio comes again, and the release goes on. Where the message goes on to FORWARD_URL, that must not wait: then the
  // status callbacks of what left, and whoever reads of the person, go on with the release.
  if (received.isReleaseLeft && settings.forwardUrl === null) {
    const failure = new Failure('STATE_UNAVAILABLE', 'Held messages could not be released now; come again.');
    return { status: 503, json: incomingFailedJson(failure), log };
  }
  return { status: 200, xml, log };
}
