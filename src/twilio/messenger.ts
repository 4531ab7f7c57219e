/**
 * Sends by `POST Messages`, which is not idempotent: what may already have been sent is never sent again here.
 */
import type { MessageListInstanceCreateOptions } from 'twilio/lib/rest/api/v2010/account/message';
import type { OutboundMessage } from '../domain/outbound-message';
import { type MessageSid, parseMessageSid } from '../domain/twilio-sid';
import { Failure } from '../use-cases/failure';
import type { Dispatch, Messenger } from '../use-cases/ports/messenger';
import { asFailure, asTwilioFailure, describe, type TwilioSdk, wrongCredentials } from './client';

/** "Attempt to send to unsubscribed recipient": Twilio's own opt-out list has the user. */
const OPTED_OUT_AT_TWILIO = 21610;
/** The account's daily limit of messages; it comes as HTTP 429 too, and repeating does not help. */
const DAILY_LIMIT = 63038;
/** "Message cannot be cancelled": it was sent, or is cancelled already (https://www.twilio.com/docs/api/errors/30409). */
const NOT_CANCELLABLE = 30409;
/**
 * By default a callback that is answered 5xx is lost, and so is one that meets more executions than a service may have at a time
 * and is answered 429 (https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides).
 */
const CONNECTION_OVERRIDES = '#rc=3&rp=ct,rt,4xx,5xx';
/** "Invalid StatusCallback URL": Twilio refuses addresses that it cannot reach, such as localhost. */
const INVALID_STATUS_CALLBACK = 21609;

export interface MessengerSettings {
  /** Where Twilio reports what became of a message. */
  readonly statusCallback: string;
  /** Needed for scheduled messages only. */
  readonly messagingServiceSid: string | null;
}

export function twilioMessenger(sdk: TwilioSdk, settings: MessengerSettings): Messenger {
  return {
    cancel: cancelOne,
    async send(dispatch) {
      const options = createOptions(dispatch, settings);
      try {
        return await create(options);
      } catch (error) {
        const failure = asTwilioFailure(error);
        if (failure.kind !== 'answered' || failure.code !== INVALID_STATUS_CALLBACK)
          throw asSendFailure(error);
        // Nothing was sent. Without a tunnel there is no status callback to be had; the message matters more.
        const { statusCallback: _unreachable, ...withoutCallback } = options;
        return await create(withoutCallback).catch((again: unknown) => {
          throw asSendFailure(again);
        });
      }
    },
  };

  async function cancelOne(messageSid: MessageSid): Promise<boolean> {
    try {
      await sdk.messages(messageSid).update({ status: 'canceled' });
      return true;
    } catch (error) {
      const failure = asTwilioFailure(error);
      const isOver =
        failure.kind === 'answered' && (failure.code === NOT_CANCELLABLE || failure.status === 404);
      if (isOver) return false;
      throw asFailure(error, "Twilio's message log");
    }
  }

  async function create(options: MessageListInstanceCreateOptions) {
    const created = await sdk.messages.create(options);
    const sid = parseMessageSid(created.sid);
    // Twilio answered that it took the message; an unreadable SID does not undo that.
    if (!sid)
      throw new Failure('OUTCOME_UNKNOWN', 'Twilio took the message but its answer names no message SID.');
    return { sid, status: String(created.status) };
  }
}

function createOptions(dispatch: Dispatch, settings: MessengerSettings): MessageListInstanceCreateOptions {
  const { pair, message, sendAt } = dispatch;
  return {
    to: pair.user,
    from: pair.sender,
    statusCallback: `${settings.statusCallback}?${callbackQuery(dispatch)}${CONNECTION_OVERRIDES}`,
    ...contentOf(message),
    ...(dispatch.validSeconds !== null && { validityPeriod: dispatch.validSeconds }),
    ...(sendAt !== null && {
      sendAt: new Date(sendAt),
      scheduleType: 'fixed' as const,
      ...(settings.messagingServiceSid && { messagingServiceSid: settings.messagingServiceSid }),
    }),
  };
}

/** How the message was sent and what follows, but no text and no variable: URLs end up in logs. Twilio signs the query. */
function callbackQuery({
  sentAs,
  continuesRelease,
  isOneByOne,
  releases,
  repairs,
  statusCallbacks,
}: Dispatch): URLSearchParams {
  const query = new URLSearchParams(sentAs.as === 'record' ? { send: sentAs.id } : { as: sentAs.as });
  if (sentAs.as === 'text' && sentAs.attempt > 1) query.set('attempt', String(sentAs.attempt));
  if (sentAs.as === 'text' && sentAs.acceptedAt !== null) query.set('at', sentAs.acceptedAt.toString(36));
  if (continuesRelease) query.set('then', isOneByOne ? 'next' : 'release');
  if (releases) query.set(releases.isJoint ? 'joint' : 'held', `${releases.id}.${releases.token}`);
  if (repairs.length > 0) query.set('repairs', repairs.join(' '));
  // No address has a space in it.
  if (statusCallbacks.length > 0) query.set('on', statusCallbacks.join(' '));
  return query;
}

function contentOf(message: OutboundMessage): Partial<MessageListInstanceCreateOptions> {
  if (message.kind === 'template') {
    // ContentVariables is the JSON text of an object, not an object (https://www.twilio.com/docs/content/using-variables-with-content-api).
    const filled = Object.keys(message.contentVariables).length > 0;
    return {
      contentSid: message.contentSid,
      ...(filled && { contentVariables: JSON.stringify(message.contentVariables) }),
    };
  }
  return {
    ...(message.body && { body: message.body }),
    ...(message.mediaUrls.length > 0 && { mediaUrl: [...message.mediaUrls] }),
  };
}

function asSendFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const failure = asTwilioFailure(error);
  if (failure.kind === 'not-sent') {
    return new Failure('STATE_UNAVAILABLE', 'Twilio could not be reached, nothing was sent; try again.');
  }
  if (failure.kind === 'no-answer' || failure.status >= 500) {
    return new Failure(
      'OUTCOME_UNKNOWN',
      'Twilio did not say whether it took the message. Look at the message log before sending it again: it may be on its way.',
    );
  }
  if (failure.status === 401) return wrongCredentials();
  if (failure.code === OPTED_OUT_AT_TWILIO) {
    return new Failure(
      'OPTED_OUT',
      'Twilio has this user opted out (STOP): nothing was sent, and nothing goes out until they opt in again (START).',
      [],
      failure.code,
    );
  }
  if (failure.status === 429) {
    return new Failure(
      'RATE_LIMITED',
      failure.code === DAILY_LIMIT
        ? 'The daily limit of messages of this account is reached (63038), nothing was sent; try again tomorrow.'
        : 'Twilio limits the rate of messages (HTTP 429), nothing was sent; try again later.',
      [],
      failure.code,
    );
  }
  return new Failure(
    'TWILIO_REJECTED',
    `Twilio refused the message: ${describe(failure)}.`,
    [],
    failure.code,
  );
}
