/**
 * What the oracle counts. A row that must be 0 is a promise of the README. Every other row is something that no software
 * on this side of WhatsApp can avoid, or a choice that the README states, and is counted only where its very cause is
 * proved; what is not proved falls into the row that must be 0.
 */

export interface RowDefinition {
  readonly title: string;
  readonly mustBeZero: boolean;
  /** For a row that may count: why it cannot be 0, and where that comes from. */
  readonly because?: string;
  /** For a row that may count: what was proved of each case. */
  readonly proof?: string;
}

const zero = (title: string): RowDefinition => ({ title, mustBeZero: true });
const named = (title: string, because: string, proof: string): RowDefinition => ({
  title,
  mustBeZero: false,
  because,
  proof,
});

export const ROWS = {
  refused: zero('free-form messages rejected by WhatsApp'),
  refusedFalsely: named(
    'free-form rejected: WhatsApp was wrong',
    'WhatsApp answers 63016 now and then while the window is open, as integrators report; a resend works',
    'this message met the fault false-63016 while the window was open',
  ),
  refusedNotOpened: named(
    'free-form rejected: WhatsApp had not opened the window',
    'Meta documents rare cases in which an inbound message does not open the window, and nobody is told',
    'an inbound of the last 24 hours was one that WhatsApp did not open the window for',
  ),
  refusedQueued: named(
    'free-form rejected: it waited in a queue until the window had closed',
    'Twilio and WhatsApp may queue a message, up to hours: in time when sent, too late when delivered',
    'the window was open when it was handed over; this message met the fault queue',
  ),
  refusedLateUnseen: named(
    'free-form rejected: a late webhook came while the message log was away',
    'the inbound webhook carries no time; only the message log tells a late one from a new one',
    'a webhook more than 60 s late, whose look-up in the log met a fault, less than 24 hours before',
  ),
  refusedLateMoment: named(
    'free-form rejected: decided while a late webhook was being corrected',
    'the webhook carries no time, so it is stored before its true time can be known, in one round trip',
    'decided while a late webhook was being handled, or by a container that had read its record then',
  ),
  templateRefused: zero('templates rejected by WhatsApp'),
  templateRefusedFalsely: named(
    'template rejected: WhatsApp was wrong',
    'a 63016 for an approved template says nothing about the window, and is not repaired',
    'this message met the fault false-63016',
  ),
  templateRefusedPaused: named(
    'template rejected: it had just been paused',
    'WhatsApp pauses a template at any moment, also after the decision; an approval is remembered for five minutes (a choice)',
    'it was paused after, or less than five minutes before, the decision, or the window had closed since',
  ),
  needless: zero('template, hold or refusal although free-form was allowed, outside the margin'),
  needlessInMargin: named(
    'template, hold or refusal although free-form was allowed, inside the margin',
    'that is what the margin is for (a choice: WINDOW_MARGIN_SECONDS); the plot shows what it costs and saves',
    'the window had no more time left than the margin, and a second, which the log rounds to',
  ),
  needlessOnItsWay: named(
    'not free-form: the webhook of the inbound message was still on its way',
    'nobody knows of a message before its webhook has come',
    'no attempt of the webhook that opened the window, or of the one that told both names, had succeeded when the call began',
  ),
  needlessLost: named(
    'not free-form: the webhook of the inbound message was lost for good',
    'Twilio’s webhooks are best effort',
    'the trace never posts it, or every attempt met a fault',
  ),
  needlessClosed: named(
    'not free-form: WhatsApp had said that the window is closed',
    'a wrong 63016, more than an hour after the inbound message, cannot be told from a right one',
    'a free-form message of this user was refused by the fault false-63016, of which a callback came since the inbound message',
  ),
  needlessAway: named(
    'template, hold or refusal because the state could not be read',
    'Sync or the message log did not answer; a template always arrives',
    'a request of this very call met a fault, and the answer says STATE_UNAVAILABLE, or goes by the log, where the user wrote under the other name',
  ),
  lost: zero('messages lost: accepted, yet neither delivered nor accounted for'),
  expired: named(
    'held until they expired: the user did not answer',
    'only the user can open the window',
    'no inbound message that was handled without a fault came in that time, or the user had said STOP',
  ),
  cancelledByStop: named(
    'scheduled, then cancelled by a STOP',
    'nothing may be sent to them',
    'Twilio says that it is cancelled, and the user had said STOP',
  ),
  cancelled: named('held, then cancelled by a caller', 'it was asked for', 'the cancellation was asked for'),
  failedReported: named(
    'failed, and reported so by WhatsApp for another reason than the window',
    'a blocked or unknown recipient, a blocked template: the class of the error is in the log, nothing is sent again',
    'the last message of the call met the fault status, or was a template that met false-63016',
  ),
  vanished: named(
    'taken by WhatsApp and never shown',
    'a message can get lost behind WhatsApp, without a status callback',
    'this message met the fault drop',
  ),
  unrepairedCallback: named(
    'refused and not repaired: no callback came through',
    'status callbacks are best effort',
    'every callback with the error was dropped, or its invocation met a fault',
  ),
  unrepairedFault: named(
    'refused and not repaired: the repair met a fault',
    'POST Messages is not idempotent: a repair whose outcome is unknown may have been sent',
    'a request of the invocation that sent it, or of one that was to repair it, met a fault',
  ),
  unrepairedOptedOut: named(
    'refused and not repaired: the user had said STOP',
    'nothing may be sent to them',
    'the STOP came before the repair',
  ),
  unrepairedTemplate: named(
    'refused and not repaired: the template was paused by then, or refused as well',
    'a template that may not be sent cannot take the place of the text',
    'the template was paused at the repair, or the message was a template',
  ),
  doubled: zero('messages doubled'),
  doubledLag: named(
    'doubled: the message log lagged',
    'whether a message left whose answer never came only the log tells, as far as it is up to date',
    'a look-up for this user met the fault log lag between the two',
  ),
  disordered: zero('held messages out of order'),
  afterStop: zero('sent after STOP'),
  afterStopRemembered: named(
    'sent within 10 seconds of STOP by a container that did not know yet',
    'a warm container believes an open window for 10 seconds (a choice: one round trip less for each message)',
    'the container that sent it had to do with the user less than 10 s before, and before the STOP was recorded',
  ),
  afterStopAway: named(
    'sent after STOP because the state could not be read',
    'with Sync away only the message log knows of a STOP, and only under the name it came from; with both away nobody does (a choice: a template goes out)',
    'a request of this very invocation to Sync met a fault, and the STOP came from the other name, or the log met one too and it answered STATE_UNAVAILABLE or nothing',
  ),
  afterStopScheduled: named(
    'scheduled before STOP, sent after it: it could not be cancelled',
    'Twilio did not answer when it was to be cancelled, and no later call met the user in time',
    'Twilio had taken it before the STOP was recorded, and a request of the call that was to cancel it met a fault',
  ),
  wrongWindow: zero('wrong answers about a window (state, lastInboundAt, closesAt, optedOut)'),
  wrongWindowAway: named(
    'window told from the message log while Sync was away: they wrote under their other name',
    'only Sync knows that two names are one person',
    'a request of this very call to Sync met a fault, and the newest message came from the other name',
  ),
  wrongWindowClosed: named(
    'window said to be closed: WhatsApp had said so',
    'a wrong 63016, more than an hour after the inbound message, cannot be told from a right one',
    'a free-form message of this user was refused by the fault false-63016, of which a callback came since the inbound message',
  ),
  wrongWindowNotOpened: named(
    'window said to be open: WhatsApp had not opened it',
    'Meta documents rare cases in which an inbound message does not open the window, and nobody is told',
    'an inbound of the last 24 hours is one that WhatsApp did not open the window for',
  ),
  wrongWindowLate: named(
    'window counted from a late webhook',
    'the inbound webhook carries no time; only the message log tells a late one from a new one',
    'its look-up in the log met a fault, or the answer came while it was being handled, or from what was read then',
  ),
  unknownOutcome: named(
    'keyed call answered OUTCOME_UNKNOWN after an earlier one that met a fault',
    'whether the earlier one sent is not known yet, and it is never sent a second time',
    'an earlier invocation for the same key met a fault',
  ),
  ownError: zero('answers with a 5xx of ours, or none, without a fault'),
  comeAgain: named(
    'webhook answered 503: another invocation was at work for the user, or had died',
    'Twilio is to come again, so that a release or a repair that was cut short goes on',
    'an invocation for the same user was under way, or had met a fault less than 25 s before',
  ),
  keyBroken: zero('different answers under the same idempotency key'),
  sampleValues: zero('templates sent with their sample values'),
} as const satisfies Record<string, RowDefinition>;

export type RowName = keyof typeof ROWS;
export const ROW_NAMES = Object.keys(ROWS) as readonly RowName[];

/** One case: which row, whose, and what was seen. */
export interface Finding {
  readonly row: RowName;
  readonly event: number;
  readonly user: number;
  readonly what: string;
}
