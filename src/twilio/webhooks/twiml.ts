/** TwiML answers to an inbound message, by the SDK's own builder. */
import twilio from 'twilio';

/** @param forwardUrl where Twilio goes on with the message (https://www.twilio.com/docs/messaging/twiml/redirect), or null for an empty answer */
export function messagingResponse(forwardUrl: string | null): string {
  const response = new twilio.twiml.MessagingResponse();
  if (forwardUrl !== null) response.redirect({ method: 'POST' }, forwardUrl);
  return response.toString();
}
