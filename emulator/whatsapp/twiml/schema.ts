/**
 * Holds a TwiML document for messages against its schema: which elements and attributes there are, spelt with which
 * letters. It must not judge values. https://www.twilio.com/docs/api/errors/12200
 */
import { type Alert, alert } from './alerts';
import { elementsIn, textIn, type XmlElement } from './xml';

const MESSAGE = ['to', 'from', 'action', 'method', 'statusCallback'];

/** https://www.twilio.com/docs/messaging/twiml#twilio-messaging-specific-twiml-verbs; <Sms> is its older name. */
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  Response: ['version'],
  Message: MESSAGE,
  Sms: MESSAGE,
  Redirect: ['method'],
  Body: [],
  Media: [],
};

const INSIDE: Readonly<Record<string, readonly string[]>> = {
  Response: ['Message', 'Sms', 'Redirect'],
  Message: ['Body', 'Media'],
  Sms: ['Body', 'Media'],
};

/** Verbs that Twilio has, for calls: https://www.twilio.com/docs/voice/twiml#twiml-verbs */
const VOICE_VERBS = [
  'Connect',
  'Dial',
  'Enqueue',
  'Gather',
  'Hangup',
  'Leave',
  'Pause',
  'Pay',
  'Play',
  'Prompt',
  'Queue',
  'Record',
  'Refer',
  'Reject',
  'Say',
  'Start',
  'Stop',
];

/** What is wrong, or null. The first fault is enough: no part of such a document is carried out. */
export function schemaFault(response: XmlElement): Alert | null {
  return attributeFault(response) ?? strayText(response) ?? faultInside(response, true);
}

function faultInside(parent: XmlElement, areVerbs: boolean): Alert | null {
  const known = INSIDE[parent.name] ?? [];
  const seen = new Set<string>();
  for (const element of elementsIn(parent)) {
    if (areVerbs && VOICE_VERBS.includes(element.name)) {
      return alert(
        'otherVerb',
        `<${element.name}> is for calls; a message is answered by Message or Redirect.`,
      );
    }
    if (!known.includes(element.name))
      return alert('schema', unknownElement(element.name, parent.name, known));
    if (element.name === 'Body' && seen.has('Body')) {
      return alert('schema', `<${parent.name}> holds more than one <Body>.`);
    }
    seen.add(element.name);
    const fault = attributeFault(element) ?? faultInside(element, false);
    if (fault) return fault;
  }
  return null;
}

function unknownElement(name: string, parent: string, known: readonly string[]): string {
  const meant = known.find((other) => other.toLowerCase() === name.toLowerCase());
  return meant === undefined
    ? `<${parent}> must not hold <${name}>.`
    : `<${name}> must be written <${meant}>: TwiML is case-sensitive.`;
}

function attributeFault(element: XmlElement): Alert | null {
  const known = ATTRIBUTES[element.name] ?? [];
  const unknown = Object.keys(element.attributes).find((name) => !known.includes(name) && !/^xml/.test(name));
  return unknown === undefined
    ? null
    : alert('schema', `Attribute '${unknown}' is not allowed to appear in element '${element.name}'.`);
}

/** Between verbs there is space and nothing else. */
function strayText(response: XmlElement): Alert | null {
  return textIn(response).trim() === ''
    ? null
    : alert('schema', 'Text directly inside <Response> belongs to no verb.');
}
