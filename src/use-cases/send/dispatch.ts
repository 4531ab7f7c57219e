/**
 * The one way out: a message is handed to Twilio. What its repair would need and Twilio's own log cannot tell, a template
 * for the case of refusal or media, is stored beside it in the same round trip. It must not decide whether the message may
 * leave.
 */

import type { CustomerServiceWindow } from '../../domain/customer-service-window';
import type { OutboundMessage } from '../../domain/outbound-message';
import type { MessageSid } from '../../domain/twilio-sid';
import type { Pair } from '../../domain/whatsapp-address';
import { Failure } from '../failure';
import type { ContactStore } from '../ports/contact-store';
import type { Dispatched, Messenger, ReleasedName, SentAs, SentMessage } from '../ports/messenger';
import type { JoinedPart, SendRecords } from '../ports/send-records';
import { OPTED_OUT_AT_TWILIO, recordOptOut } from '../receive/record-opt-out';
import type { FallbackTemplate } from './choose-template';

export interface DispatchPorts {
  readonly windows: ContactStore;
  readonly messenger: Messenger;
  readonly sendRecords: SendRecords;
}

export interface Outgoing {
  readonly pair: Pair;
  /** A free-form message has one attachment at most, see `partsOf`. */
  readonly message: OutboundMessage;
  /** By which a free-form message was allowed; left out for a template message, or where it is not known. */
  readonly window?: CustomerServiceWindow;
  /** Seconds after which the caller does not want it delivered any more. */
  readonly validSeconds?: number | null;
  /** The template for the case that WhatsApp refuses the text. */
  readonly template?: FallbackTemplate | null;
  /** Milliseconds since the epoch; left out to send now. */
  readonly sendAt?: number | null;
  /** 1 where left out, one more with each further try of a refused text. */
  readonly attempt?: number;
  /** When the text was first accepted, where that was before now; milliseconds since the epoch. */
  readonly acceptedAt?: number;
  readonly releases?: ReleasedName;
  readonly repairs?: readonly MessageSid[];
  /** The addresses to which the callers want the status callbacks to go on. */
  readonly statusCallbacks?: readonly string[];
  /** The held texts that it is made of, where those are several. */
  readonly parts?: readonly JoinedPart[] | null;
  /** More is held behind it. */
  readonly continuesRelease?: boolean;
  /** As in `Dispatch`. */
  readonly isOneByOne?: boolean;
}

/** Twilio takes 1 to 36,000 seconds, the last of which is its default (https://www.twilio.com/docs/messaging/api/message-resource: ValidityPeriod). */
const MAX_VALID_SECONDS = 36_000;

/**
 * @param now milliseconds since the epoch
 * @throws Failure as `Messenger.send` does, and `STATE_UNAVAILABLE` where the parts of a joint message cannot be stored
 */
export async function dispatchMessage(
  ports: DispatchPorts,
  outgoing: Outgoing,
  now: number,
): Promise<SentMessage> {
  const { pair, message, template = null, sendAt = null, attempt = 1, acceptedAt = now } = outgoing;
  const contentSid = message.kind === 'template' ? message.contentSid : null;
  const { parts = null } = outgoing;
  const sentAs = howSent(ports, outgoing);
  const freeForm = message.kind === 'free-form' ? message : null;
  const at = sendAt ?? now;
  const about = { pair, at, acceptedAt, freeForm, template, attempt, parts, wasRepaired: false };
  const save = async () => {
    if (sentAs.as === 'record') await ports.sendRecords.save({ id: sentAs.id, ...about }, now);
  };
  // The log cannot tell the parts apart: without the record they would be held again as one text.
  if (parts !== null) await save();
  const sending = ports.messenger
    .send({
      pair,
      message,
      sendAt,
      validSeconds: validSeconds(outgoing),
      sentAs,
      continuesRelease: outgoing.continuesRelease ?? false,
      ...(outgoing.isOneByOne && { isOneByOne: true }),
      releases: outgoing.releases ?? null,
      repairs: outgoing.repairs ?? [],
      statusCallbacks: outgoing.statusCallbacks ?? [],
    })
    .then((dispatched: Dispatched) => ({ ...dispatched, contentSid }))
    .catch(async (error: unknown) => {
      // Where it cannot be stored, Twilio refuses the next message as well.
      if (isOptedOutAtTwilio(error)) await recordOptOut(ports.windows, pair, now).catch(() => undefined);
      throw error;
    });
  if (parts !== null) return sending;
  // Without it a refusal can be repaired from the message log only; that is no reason not to send.
  const [sent] = await Promise.all([sending, save().catch(() => undefined)]);
  return sent;
}

function isOptedOutAtTwilio(error: unknown): boolean {
  return error instanceof Failure && error.twilioCode === OPTED_OUT_AT_TWILIO;
}

/** Only what nobody else can tell needs a record: the log has the text, and a template message is not repaired. */
function howSent({ sendRecords }: DispatchPorts, outgoing: Outgoing): SentAs {
  const { message, template = null, attempt = 1, acceptedAt = null } = outgoing;
  if (message.kind === 'template') return { as: 'template' };
  const isPlain = template === null && message.mediaUrls.length === 0 && !outgoing.parts;
  return isPlain ? { as: 'text', attempt, acceptedAt } : { as: 'record', id: sendRecords.newId() };
}

/** A free-form message that waits in a queue should expire rather than arrive when the window is closed. */
function validSeconds({ message, window, validSeconds: wanted = null }: Outgoing): number | null {
  const left = message.kind === 'free-form' && window !== undefined ? window.secondsLeft : 0;
  const byWindow = left >= 1 && left < MAX_VALID_SECONDS ? left : null;
  if (wanted === null || byWindow === null) return wanted ?? byWindow;
  return Math.min(wanted, byWindow);
}
