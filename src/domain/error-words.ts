/** Twilio's error codes in words, because the log names the code and mostly leaves its own message empty. */
import { errorClass } from './error-class';

/** One sentence for a person, of a message that did not arrive. https://www.twilio.com/docs/api/errors has each code. */
export function errorWords(code: number): string {
  return BY_CODE.get(code) ?? BY_CLASS[errorClass(code)];
}

const BY_CLASS = {
  window:
    'It was too late for free-form text: only an approved template may be sent until the person writes again.',
  template: 'The template or its content is not allowed as it is: correct it before you send it again.',
  recipient: 'This person cannot be reached at this address, or does not want to be: do not send it again.',
  sender: 'Something is wrong with the sender or the account: an operator has to look after it.',
  transient: 'It failed for the moment: a text is tried again by itself, a template may be sent again later.',
  unknown: 'It did not arrive. Look up the code on https://www.twilio.com/docs/api/errors.',
} as const;

const BY_CODE: ReadonlyMap<number, string> = new Map([
  [
    63016,
    'WhatsApp refused it as sent outside the customer service window, or as a template that is not approved.',
  ],
  [30036, 'It waited until it was too late for free-form text, and was not delivered then.'],
  [21610, 'This person has opted out: nothing is sent to them.'],
  [63015, 'This person has not joined the Sandbox, or has to join it again.'],
  [
    63018,
    'Too many messages went out at once: a text is tried again by itself, a template may be sent again later.',
  ],
  [63024, 'This address cannot receive WhatsApp messages.'],
  [63038, 'The account has reached its limit of messages for the day.'],
  [63049, 'WhatsApp does not deliver this marketing message to this person: do not send it again.'],
]);
