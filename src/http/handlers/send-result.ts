/** What the handlers that send read from a result alike: whether something left, and what the log line says. */
import { errorClass } from '../../domain/error-class';
import type { SendResult } from '../../use-cases/send/send-request';
import type { LogFields } from '../answers';

/** Something left or is held: that is the answer, also where not all of it did. */
export function hasEffect({ outcome }: SendResult): boolean {
  return outcome === 'sent' || outcome === 'scheduled' || outcome === 'held';
}

/** Codes only: no body and no number. */
export function resultLogFields(result: SendResult): LogFields {
  return {
    outcome: result.outcome,
    action: result.decision?.action,
    reason: result.decision?.reason,
    error: result.failure?.code,
    class: result.failure?.twilioCode == null ? undefined : errorClass(result.failure.twilioCode),
  };
}
