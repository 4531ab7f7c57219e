/**
 * The one way out: a message is handed to Twilio while what its repair would need is stored beside it, both in the same
 * round trip. It must not decide whether the message may leave.
 */
import type { CustomerServiceWindow } from '../../domain/customer-service-window';
import type { OutboundMessage } from '../../domain/outbound-message';
import type { Pair } from '../../domain/whatsapp-address';
import type { Dispatched, Messenger } from '../ports/messenger';
import type { SendRecords } from '../ports/send-records';
import type { TemplateRequest } from './choose-template';

export interface DispatchPorts {
  readonly messenger: Messenger;
  readonly sendRecords: SendRecords;
}

export interface Outgoing {
  readonly pair: Pair;
  readonly message: OutboundMessage;
  readonly template: TemplateRequest | null;
  readonly sendAt: number | null;
  readonly attempt: number;
  /** More is held behind it. */
  readonly continuesRelease?: boolean;
  /** By which a free-form message was allowed; null for a template message, or where it is not known. */
  readonly window: CustomerServiceWindow | null;
}

/** Twilio takes 1 to 36,000 seconds, the last of which is its default (docs/messaging/api/message-resource: ValidityPeriod). */
const MAX_VALID_SECONDS = 36_000;

/** @throws Failure as `Messenger.send` does */
export async function dispatchMessage(
  ports: DispatchPorts,
  outgoing: Outgoing,
  now: number,
): Promise<Dispatched> {
  const { pair, message, template, sendAt, attempt } = outgoing;
  const recordId = ports.sendRecords.newId();
  const freeForm = message.kind === 'free-form' ? message : null;
  const record = { id: recordId, pair, at: sendAt ?? now, freeForm, template, attempt, repair: null };
  const dispatch = {
    pair,
    message,
    sendAt,
    validSeconds: validSeconds(outgoing),
    recordId,
    continuesRelease: outgoing.continuesRelease ?? false,
  };
  const [dispatched] = await Promise.all([
    ports.messenger.send(dispatch),
    // Without it a refusal can be repaired from the message log only; that is no reason not to send.
    ports.sendRecords.save(record, now).catch(() => undefined),
  ]);
  return dispatched;
}

/** A free-form message that waits in a queue should expire rather than arrive when the window is closed. */
function validSeconds({ message, window }: Outgoing): number | null {
  if (message.kind !== 'free-form' || window === null) return null;
  return window.secondsLeft >= 1 && window.secondsLeft < MAX_VALID_SECONDS ? window.secondsLeft : null;
}
