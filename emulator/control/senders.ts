/** Senders from control: one that is new, or that WhatsApp took offline. It must not change where messages are posted. */
import {
  type ChannelSender,
  type ChannelSenders,
  SANDBOX_SENDER,
  SENDER_STATUSES,
} from '../api/channel-senders';
import { SENDER_ADDRESS } from '../api/messages/message-request';
import type { Wiring } from '../settings';
import type { Fields } from './fields';

export function setSender(
  body: Fields,
  senders: ChannelSenders,
  wiring: Wiring,
): Omit<ChannelSender, 'webhook'> {
  const address = body.requiredText('sender');
  const status = body.oneOf('status', SENDER_STATUSES);
  body.done();
  if (!SENDER_ADDRESS.test(address)) throw body.wrong('sender', 'must be whatsapp:+…');
  if (address === SANDBOX_SENDER)
    throw body.wrong('sender', 'must not be the Sandbox, which is Twilio’s own');
  if (!wiring.senders.includes(address)) wiring.senders.push(address);
  const sender = senders.at(address);
  if (!sender) throw body.wrong('sender', 'is unknown');
  if (status !== undefined) sender.status = status;
  return { sid: sender.sid, address, status: sender.status };
}
