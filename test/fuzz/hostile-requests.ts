/**
 * Requests that nobody should make and somebody will, and what happens in between: people write, time passes, WhatsApp
 * refuses. Whether a request has authority is known here, because here it is given or left out; what it deserves is not.
 */
import { createHash } from 'node:crypto';
import { parse, stringify } from 'node:querystring';
import fc from 'fast-check';
import twilio from 'twilio';
import { json, text, USERS, valueFor } from './hostile-values';
import { type AttackedFunction, FUNCTIONS, PARAMETER_NAMES } from './surface';

export interface HostileRequest {
  readonly target: AttackedFunction;
  readonly method: string;
  /** Without the question mark, as it stands in the address. */
  readonly query: string;
  readonly contentType: string | null;
  readonly body: string | null;
  readonly credentials: Credentials;
  /** The Host header; null for the right one. */
  readonly host: string | null;
}

export type Credentials =
  | 'token'
  | 'basic'
  | 'signature'
  /** Good for a function of the other kind. */
  | 'of the other guard'
  | { readonly wrong: 'token' | 'signature'; readonly how: string };

export type Step =
  | { readonly kind: 'request'; readonly request: HostileRequest }
  /** The request before, word for word. */
  | { readonly kind: 'again' }
  | { readonly kind: 'writes'; readonly user: string; readonly body: string }
  | { readonly kind: 'passes'; readonly ms: number }
  /** The status callback of the newest message that was sent. */
  | { readonly kind: 'refused'; readonly errorCode: string };

/** What the caller knows, and where the service is. */
export interface Keys {
  readonly baseUrl: string;
  readonly apiToken: string;
  readonly authToken: string;
}

const FORM = 'application/x-www-form-urlencoded';

type Field = readonly [string, unknown];

type Shape = readonly string[];

const SENDS: readonly Shape[] = [
  ['to', 'body'],
  ['to', 'body', 'whenClosed'],
  ['to', 'template', 'contentVariables'],
  ['to', 'body', 'template', 'contentVariables', 'whenClosed'],
  ['to', 'body', 'idempotencyKey'],
  ['to', 'body', 'dryRun', 'whenClosed'],
  ['to', 'template', 'dryRun', 'idempotencyKey'],
  ['to', 'body', 'sendAt'],
  ['to', 'mediaUrl'],
  ['to', 'body', 'statusCallback'],
];
/** Parameters that belong together, so that a good part of the requests comes as far as Twilio. */
const SHAPES: Readonly<Record<string, readonly Shape[]>> = {
  '/send-message': SENDS,
  '/studio/send-message': SENDS,
  '/windows': [['limit', 'cursor'], ['limit'], ['to']],
  '/held-messages': [['to'], ['to', 'cancel']],
  '/incoming-message': [
    ['From', 'To', 'MessageSid', 'SmsStatus', 'Body', 'ProfileName'],
    ['From', 'To', 'MessageSid', 'SmsStatus', 'Body', 'ExternalUserId', 'ParentExternalUserId'],
  ],
  '/message-status': [['From', 'To', 'MessageSid', 'MessageStatus', 'ErrorCode', 'send']],
  // As the SDK posts, where To is a person.
  '/messages': [
    ['From:SENDER', 'To:USER', 'Body'],
    ['From:SENDER', 'To:USER', 'Body', 'ContentSid', 'ContentVariables', 'WhenClosed'],
    ['MessagingServiceSid', 'To:USER', 'Body', 'SendAt', 'ScheduleType', 'IdempotencyKey'],
    ['From:SENDER', 'To:USER', 'MediaUrl', 'StatusCallback', 'ValidityPeriod'],
  ],
  '/conversations/message-added': [
    [
      ...['EventType', 'ConversationSid', 'ParticipantSid', 'ChatServiceSid', 'MessageSid', 'Author'],
      ...['Body', 'Source', 'DateCreated'],
    ],
  ],
};
const ANY_SHAPE = [...Object.values(SHAPES).flat(), ['to']];

const oddName = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'request', 'toString', 'headers', 'to[]', 'to[a]', 'body[0]'),
  fc.constantFrom('To', 'BODY', 'dry_run', 'content-variables', 'bodySHA256', ''),
  text,
);

/** Behind a colon: as whose address the parameter is meant. */
const field = (name: string): fc.Arbitrary<Field> =>
  valueFor(name).map((value) => [name.replace(/:.*/, ''), value] as const);
const forgedHeaders: fc.Arbitrary<Field> = fc
  .oneof(json, fc.constant({ headers: { authorization: 'Bearer x', 'x-twilio-signature': 'x' } }))
  .map((value) => ['request', value] as const);

const shaped = (shapes: readonly Shape[]): fc.Arbitrary<readonly Field[]> =>
  fc.oneof(...shapes.map((names) => fc.tuple(...names.map(field))));

const mixed: fc.Arbitrary<readonly Field[]> = fc
  .tuple(
    shaped(ANY_SHAPE),
    fc.array(fc.oneof(...PARAMETER_NAMES.map(field)), { maxLength: 2 }),
    fc.oneof(
      { weight: 5, arbitrary: fc.constant([]) },
      fc.array(fc.tuple(oddName, json), { maxLength: 2 }),
      forgedHeaders.map((forged) => [forged]),
    ),
  )
  .map((groups): readonly Field[] => groups.flat());

/** What the function takes and nothing else, or anything: a function that refuses what it does not know would refuse all of it. */
const fieldsFor = ({ path }: AttackedFunction): fc.Arbitrary<readonly Field[]> =>
  fc.oneof({ weight: 2, arbitrary: shaped(SHAPES[path] ?? [['to']]) }, { weight: 3, arbitrary: mixed });

const jsonBody = (all: readonly Field[]) =>
  `{${all.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;

/** What is no text becomes JSON; what is no character becomes U+FFFD, as a client that sends UTF-8 has it. */
function formBody(all: readonly Field[]): string {
  const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  return all
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((item) => [name, asText(item)]))
    .map(([name = '', value = '']) => stringify({ [name.toWellFormed()]: value.toWellFormed() }))
    .join('&');
}

const brokenForm = fc.constantFrom(
  'to=%E0%A4%A&body=%zz',
  'to=%2B4915550000001&body=%ED%A0%80',
  'body=%00&to=%2B4915550000001',
  '&&&=&==',
  'a&'.repeat(900),
  `to=${encodeURIComponent(USERS[0])}&to=x&body=a&body=b`,
  'to[a]=1&body[b][c]=2&__proto__[to]=x',
);

type Payload = Pick<HostileRequest, 'query' | 'contentType' | 'body'>;
const none = { query: '', contentType: null, body: null };
const payloadOf = (fields: fc.Arbitrary<readonly Field[]>): fc.Arbitrary<Payload> =>
  fc.oneof(
    { weight: 6, arbitrary: fields.map((all) => ({ ...none, contentType: FORM, body: formBody(all) })) },
    {
      weight: 6,
      arbitrary: fields.map((all) => ({ ...none, contentType: 'application/json', body: jsonBody(all) })),
    },
    { weight: 4, arbitrary: fields.map((all) => ({ ...none, query: formBody(all) })) },
    {
      // Some in the query, some in the body, and perhaps the same in both.
      weight: 2,
      arbitrary: fc.tuple(fields, fields, fc.nat(4)).map(([all, more, at]) => ({
        query: formBody(all.slice(0, at)),
        contentType: FORM,
        body: formBody([...all.slice(at), ...(at === 4 ? more : [])]),
      })),
    },
    brokenForm.map((body) => ({ ...none, contentType: FORM, body })),
    fc.array(json, { maxLength: 3 }).map((list) => ({
      ...none,
      contentType: 'application/json; charset=utf-8',
      body: JSON.stringify(list),
    })),
    fc
      .tuple(fc.constantFrom('text/plain', 'multipart/form-data; boundary=x', 'application/xml', null), text)
      .map(([contentType, body]) => ({ ...none, contentType, body: body.toWellFormed() })),
  );

const wrong = fc.oneof(
  fc
    .constantFrom(
      'none',
      'empty',
      'beginning',
      'longer',
      'capitals',
      'no scheme',
      'user name',
      'no colon',
      'auth token',
    )
    .map((how) => ({ wrong: 'token' as const, how })),
  fc
    .constantFrom(
      'none',
      'empty',
      'random',
      'other token',
      'other path',
      'other parameters',
      'other host',
      'bodySHA256',
    )
    .map((how) => ({ wrong: 'signature' as const, how })),
);

const credentials = (guard: AttackedFunction['guard']): fc.Arbitrary<Credentials> =>
  fc.oneof(
    {
      weight: 10,
      arbitrary:
        guard === 'signature' ? fc.constant('signature' as const) : fc.constantFrom('token', 'basic'),
    },
    { weight: 1, arbitrary: fc.constant('of the other guard' as const) },
    { weight: 3, arbitrary: wrong },
  );

const against = (target: AttackedFunction): fc.Arbitrary<HostileRequest> =>
  fc
    .tuple(
      payloadOf(fieldsFor(target)),
      credentials(target.guard),
      fc.oneof({ weight: 8, arbitrary: fc.constant(null) }, fc.constantFrom('GET', 'POST', 'PUT', 'DELETE')),
      fc.oneof(
        { weight: 20, arbitrary: fc.constant(null) },
        fc.constantFrom('evil.example', 'a b', '[', 'x:99999'),
      ),
    )
    .map(([sent, given, method, host]) => ({
      ...sent,
      target,
      host,
      credentials: given,
      // A GET has no body. Functions are not told the method: by its body, one that had would be taken for a POST.
      method: sent.body === null ? (method ?? 'GET') : method === 'GET' ? 'POST' : (method ?? 'POST'),
    }));

const hostileRequest = fc.oneof(...FUNCTIONS.map(against));

const HOUR_MS = 3_600_000;
const edges = [24 * HOUR_MS - 300_000, 24 * HOUR_MS].flatMap((edge) => [edge - 1, edge, edge + 1]);

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 16, arbitrary: hostileRequest.map((request) => ({ kind: 'request' as const, request })) },
  { weight: 2, arbitrary: fc.constant({ kind: 'again' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('writes' as const),
      user: fc.constantFrom(...USERS),
      body: fc.constantFrom('quokka hello', 'STOP', 'START', ''),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('passes' as const),
      ms: fc.constantFrom(1, 60_000, HOUR_MS, 8 * 24 * HOUR_MS, ...edges),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('refused' as const),
      errorCode: fc.constantFrom('63016', '30036', '63013'),
    }),
  },
);

/** The parameters of the body as the platform reads them. */
export function bodyParameters({ contentType, body }: Pick<HostileRequest, 'contentType' | 'body'>): object {
  if (body === null || body === '') return {};
  if (contentType === FORM) return parse(body);
  return contentType?.startsWith('application/json') ? (JSON.parse(body) as object) : {};
}

/** The request's headers and address, the query with what a signed JSON body needs. */
export function dress(request: HostileRequest, keys: Keys): { headers: Record<string, string>; url: string } {
  const { target, body, contentType } = request;
  const hash = createHash('sha256')
    .update(body ?? '')
    .digest('hex');
  const isSigned = wantsSignature(request);
  const isJson = contentType?.startsWith('application/json') ?? false;
  const query = [request.query, ...(isSigned && isJson ? [`bodySHA256=${hash}`] : [])].filter((part) => part);
  const url = `${target.path}${query.length > 0 ? `?${query.join('&')}` : ''}`;
  return {
    url,
    headers: {
      host: request.host ?? new URL(keys.baseUrl).host,
      ...(contentType !== null && { 'content-type': contentType }),
      // A POST announces the length of its body, be it 0.
      ...((body !== null || request.method === 'POST') && {
        'content-length': String(Buffer.byteLength(body ?? '')),
      }),
      ...credentialHeaders(request, keys, url),
    },
  };
}

const wantsSignature = ({ credentials: given, target }: HostileRequest) =>
  given === 'signature' ||
  (given === 'of the other guard' && target.guard === 'bearer') ||
  (typeof given === 'object' && given.wrong === 'signature');

function credentialHeaders(request: HostileRequest, keys: Keys, url: string): Record<string, string> {
  const { credentials: given } = request;
  const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
  const bearer = { authorization: `Bearer ${keys.apiToken}` };
  if (given === 'token') return bearer;
  if (given === 'basic') return { authorization: basic(`studio:${keys.apiToken}`) };
  if (given === 'of the other guard' && request.target.guard === 'signature') return bearer;

  const isForm = request.contentType === FORM;
  const sign = (
    changes: { token?: string; address?: string; more?: object } = {},
  ): Record<string, string> => {
    const { token = keys.authToken, address: signedAt = keys.baseUrl + url, more = {} } = changes;
    const parameters = { ...(isForm && bodyParameters(request)), ...more };
    return { 'x-twilio-signature': twilio.getExpectedTwilioSignature(token, signedAt, parameters) };
  };
  if (typeof given === 'string') return sign();
  switch (`${given.wrong}: ${given.how}`) {
    case 'token: empty':
      return { authorization: 'Bearer ' };
    case 'token: beginning':
      return { authorization: `Bearer ${keys.apiToken.slice(0, -1)}` };
    case 'token: longer':
      return { authorization: `Bearer ${keys.apiToken}x` };
    case 'token: capitals':
      return { authorization: `Bearer ${keys.apiToken.toUpperCase()}` };
    case 'token: no scheme':
      return { authorization: keys.apiToken };
    case 'token: user name':
      return { authorization: basic(`${keys.apiToken}:`) };
    case 'token: no colon':
      return { authorization: basic(keys.apiToken) };
    case 'token: auth token':
      return { authorization: `Bearer ${keys.authToken}` };
    case 'signature: empty':
      return { 'x-twilio-signature': '' };
    case 'signature: random':
      return { 'x-twilio-signature': 'MDEyMzQ1Njc4OTAxMjM0NTY3ODk=' };
    case 'signature: other token':
      return sign({ token: `${keys.authToken}x` });
    case 'signature: other path':
      return sign({ address: `${keys.baseUrl}/elsewhere` });
    case 'signature: other host':
      return sign({ address: `https://not-the-host.example${url}` });
    case 'signature: other parameters':
      return sign({ more: { AccountSid: 'AC' } });
    case 'signature: bodySHA256':
      // Twilio signs a JSON body by its hash in the address, which nobody but Twilio can put under a signature.
      return sign({ token: 'guessed', address: `${keys.baseUrl}${url}?bodySHA256=x` });
    default:
      return {};
  }
}

/** Whether the caller showed what the function asks for. A right signature may still not be recognised as one. */
export function hasAuthority({ credentials: given, target }: HostileRequest): boolean {
  return target.guard === 'signature' ? given === 'signature' : given === 'token' || given === 'basic';
}
