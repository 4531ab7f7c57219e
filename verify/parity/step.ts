/**
 * What a step of `npm run parity` is, and the ways to write one. Nothing here may know what plays Twilio.
 */
import type { FactName } from './facts';

export interface ApiRequest {
  readonly method: 'get' | 'post' | 'delete';
  readonly url: string;
  readonly query?: Readonly<Record<string, string>>;
  /** A list is sent as a parameter that is repeated. */
  readonly form?: Readonly<Record<string, string | readonly string[]>>;
  readonly json?: object;
  readonly ifMatch?: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A step could not be made because an earlier one gave nothing to go on. */
export class NotReached extends Error {}

/** What is known at a step: whose account it is, and what earlier steps were told. */
export class Known {
  private readonly texts = new Map<string, string>();

  constructor(
    readonly accountSid: string,
    readonly sender: string,
    /** Somebody who agreed to get messages; null where there is nobody. */
    readonly user: string | null,
  ) {}

  /** @param text what is not there is not learnt */
  note(name: string, text: unknown): void {
    if (typeof text === 'string' || typeof text === 'number') this.texts.set(name, String(text));
  }

  /** The name under which a text was learnt. */
  nameOf(text: string): string | undefined {
    return [...this.texts].find(([, learnt]) => learnt === text)?.[0];
  }

  /** @throws NotReached */
  get(name: string): string {
    const text = this.texts.get(name);
    if (text === undefined) throw new NotReached(name);
    return text;
  }
}

export interface Step {
  readonly name: string;
  /** `user`: with somebody who gets messages; `sandbox`: and only from the Sandbox's sender. */
  readonly needs?: 'user' | 'sandbox';
  /** The user has to have written in the last hours before this step. */
  readonly afterInbound?: true;
  readonly request: (known: Known) => ApiRequest;
  readonly note?: (body: Body, known: Known) => void;
  /** The part of the answer that is compared, where the rest is the account's own affair. */
  readonly view?: (body: Body, known: Known) => unknown;
  /** Asked again until this holds, for a minute at most. */
  readonly until?: (body: Body) => boolean;
  /** Which facts the answer tells, and whether they hold by it. */
  readonly facts?: Partial<Record<FactName, (answer: ApiAnswer, body: Body, known: Known) => boolean>>;
}

/** A JSON object of whoever plays Twilio: nothing is certain about it. */
export type Body = Readonly<Record<string, unknown>>;

export const SANDBOX_SENDER = 'whatsapp:+14155238886';
/** A number set aside for fiction: whoever is not refused reaches nobody. */
export const NOBODY = 'whatsapp:+12025550143';
export const APPOINTMENT = 'HXb5b62575e6e4ff6129ad7c8efe1f983e';
export const ORDER = 'HX350d429d32e64a552466cafecbe95f3c';
export const CODE = 'HX229f5a04fd0510ce1b071852155d3e75';
export const UNKNOWN = '000000000000000000000000000000ff';
/** SIDs that are the same in every account. */
export const PUBLIC_SIDS: ReadonlySet<string> = new Set([
  APPOINTMENT,
  ORDER,
  CODE,
  ...['ET', 'SM', 'HX'].map((kind) => kind + UNKNOWN),
]);
export const SYNC = 'https://sync.twilio.com/v1/Services';
export const CONTENT = 'https://content.twilio.com/v1';
export const CONVERSATIONS = 'https://conversations.twilio.com/v1/Conversations';

export const messagesUrl = (known: Known, rest = '.json') =>
  `https://api.twilio.com/2010-04-01/Accounts/${known.accountSid}/Messages${rest}`;
export const contentUrl = (known: Known, rest = '') => `${CONTENT}/Content/${known.get('content')}${rest}`;

export const refused = (status: number, code: number) => (answer: ApiAnswer, body: Body) =>
  answer.status === status && body.code === code;
export const succeeded = ({ status }: ApiAnswer) => status >= 200 && status < 300;
export const objects = (value: unknown) => (Array.isArray(value) ? (value as readonly Body[]) : []);

const FINAL = ['delivered', 'read', 'undelivered', 'failed', 'canceled'];

/** Whether they read it is up to the user, and a message lost with 63016 is reported as undelivered, then as failed. */
const SAME_END: Readonly<Record<string, string>> = { read: 'delivered', undelivered: 'failed' };

/** A message that is sent, and what became of it. Delivered or read is up to the user. */
export const good = (
  name: string,
  needs: 'user' | 'sandbox',
  form: Readonly<Record<string, string>>,
  facts: { readonly created?: Step['facts']; readonly delivered?: Step['facts'] } = {},
): readonly Step[] => [
  {
    name: `${name}, as it is created`,
    needs,
    request: (known) => ({
      method: 'post',
      url: messagesUrl(known),
      form: { To: known.user ?? '', From: known.sender, ...form },
    }),
    note: (body, known) => known.note(name, body.sid),
    ...(facts.created && { facts: facts.created }),
  },
  {
    name: `${name}, when it is through`,
    needs,
    request: (known) => ({ method: 'get', url: messagesUrl(known, `/${known.get(name)}.json`) }),
    until: ({ status }) => FINAL.includes(String(status)),
    view: (body) => ({ ...body, status: SAME_END[String(body.status)] ?? body.status }),
    ...(facts.delivered && { facts: facts.delivered }),
  },
];
