/**
 * Reads what a webhook answered an inbound message with, and says what Twilio would do with it and complain of. What
 * cannot be read sends nothing. It must not send.
 * https://www.twilio.com/docs/messaging/twiml, "Twilio understands MIME types"
 */
import { isWebUrl } from '../webhook-url';
import { type Alert, alert } from './alerts';
import { schemaFault } from './schema';
import { elementsIn, readXml, textIn, type XmlElement } from './xml';

type Method = 'GET' | 'POST';

export interface RedirectStep {
  readonly verb: 'Redirect';
  readonly url: string;
  readonly method: Method;
}

export interface MessageStep {
  readonly verb: 'Message';
  /** Null: back to whoever wrote. */
  readonly to: string | null;
  /** Null: from the sender that was written to. */
  readonly from: string | null;
  readonly body: string;
  readonly mediaUrls: string[];
  readonly statusCallback: string | null;
  readonly statusCallbackMethod: Method;
}

export type TwimlStep = RedirectStep | MessageStep;

export interface TwimlReading {
  readonly steps: readonly TwimlStep[];
  readonly alerts: readonly Alert[];
  /** The document could not be had or read, so that the fallback URL is asked; a warning alone does not do that. */
  readonly isLost: boolean;
}

export interface TwimlAnswer {
  readonly status: number | null;
  readonly contentType: string;
  readonly body: string;
}

export const NOTHING: TwimlReading = { steps: [], alerts: [], isLost: false };
/** https://www.twilio.com/docs/api/errors/11750 */
const MAX_BYTES = 64 * 1024;
/** https://www.twilio.com/docs/api/errors/14103 */
const MAX_TEXT = 1600;
const TWIML_TYPES = ['text/xml', 'application/xml', 'text/html'];

/** @param base the address that answered, by which relative addresses in the answer are understood */
export function readAnswer({ status, contentType, body }: TwimlAnswer, base: string): TwimlReading {
  if (status === 204) return NOTHING;
  if (Buffer.byteLength(body) > MAX_BYTES) return lost(alert('tooLarge', 'The answer is over 64 kB.'));
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'text/plain') return plainText(body);
  if (!TWIML_TYPES.includes(type)) {
    const given = type === '' ? 'There is no Content-Type.' : `${type} is neither XML nor plain text.`;
    return lost(alert('contentType', given));
  }
  return readTwiml(body, base);
}

function lost(cause: Alert): TwimlReading {
  return { steps: [], alerts: [cause], isLost: true };
}

/** Sent back word for word. */
function plainText(body: string): TwimlReading {
  if (body.trim() === '') return NOTHING;
  const fault = bodyFault(body, []);
  if (fault) return { ...NOTHING, alerts: [fault] };
  const step: MessageStep = {
    verb: 'Message',
    to: null,
    from: null,
    body,
    mediaUrls: [],
    statusCallback: null,
    statusCallbackMethod: 'POST',
  };
  return { ...NOTHING, steps: [step] };
}

function readTwiml(text: string, base: string): TwimlReading {
  let root: XmlElement;
  try {
    root = readXml(text);
  } catch (error) {
    return lost(alert('noXml', error instanceof Error ? error.message : String(error)));
  }
  if (root.name !== 'Response') {
    return lost(alert('otherRoot', `The root element is <${root.name}>; it must be <Response>.`));
  }
  const fault = schemaFault(root);
  // Twilio calls it a warning and does not say what it still carries out: here, nothing.
  if (fault) return { ...NOTHING, alerts: [fault] };
  const steps: TwimlStep[] = [];
  const alerts: Alert[] = [];
  for (const element of elementsIn(root)) {
    const step = element.name === 'Redirect' ? redirect(element, base) : message(element, base);
    if ('code' in step) alerts.push(step);
    else steps.push(step);
  }
  return { steps, alerts, isLost: false };
}

function redirect(element: XmlElement, base: string): RedirectStep | Alert {
  const method = methodOf(element);
  if (method === null) {
    return alert('redirectMethod', `Redirect's method is "${element.attributes.method}"; it is GET or POST.`);
  }
  const text = textIn(element).trim();
  const url = absolute(text, base);
  return url === null
    ? alert('invalidUrl', `"${text}" is no address to redirect to.`)
    : { verb: 'Redirect', url, method };
}

function message(element: XmlElement, base: string): MessageStep | Alert {
  const { to, from, action, statusCallback } = element.attributes;
  const inside = elementsIn(element);
  const bodyElement = inside.find(({ name }) => name === 'Body');
  const body = textIn(bodyElement ?? element).trim();
  const mediaTexts = inside.filter(({ name }) => name === 'Media').map((media) => textIn(media).trim());
  const fault = bodyFault(body, mediaTexts);
  if (fault) return fault;
  const mediaUrls = mediaTexts.flatMap((text) => absolute(text, base) ?? []);
  if (mediaUrls.length < mediaTexts.length) return alert('invalidUrl', 'A <Media> holds no address.');
  const method = methodOf(element);
  if (method === null) {
    return alert('method', `Message's method is "${element.attributes.method}"; it is GET or POST.`);
  }
  // Of the two names of one thing, `statusCallback` is the older.
  const given = action ?? statusCallback;
  const callback = given === undefined ? null : absolute(given, base);
  if (given !== undefined && callback === null) {
    return alert('statusCallback', `"${given}" is no address for a status callback.`);
  }
  return {
    verb: 'Message',
    to: to ?? null,
    from: from ?? null,
    body,
    mediaUrls,
    statusCallback: callback,
    statusCallbackMethod: method,
  };
}

function bodyFault(body: string, media: readonly string[]): Alert | null {
  if (body.length > MAX_TEXT)
    return alert('body', `The text has ${body.length} characters; 1,600 are allowed.`);
  return body.trim() === '' && media.length === 0
    ? alert('body', 'A message has neither text nor media.')
    : null;
}

/** Null where it is neither of the two. */
function methodOf({ attributes }: XmlElement): Method | null {
  const given = attributes.method?.toUpperCase() ?? 'POST';
  return given === 'GET' || given === 'POST' ? given : null;
}

function absolute(text: string, base: string): string | null {
  const url = URL.canParse(text, base) ? new URL(text, base).href : '';
  return isWebUrl(url) ? url : null;
}
