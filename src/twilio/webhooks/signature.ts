/**
 * Whether Twilio signed a request (https://www.twilio.com/docs/usage/security#validating-requests). A function sees decoded
 * parameters only, query and body as one, so what was signed is put together again:
 *
 * 1. The signature is HMAC-SHA1, with the auth token, of the URL with its query, followed by a form's parameters.
 * 2. The query's parameters come first. How many they are is not known, so each number up to a limit is tried.
 * 3. How the query was spelt is not known either. First each usual spelling is tried for the whole query, at every number
 *    of parameters; then each parameter may have a spelling of its own, the likely ones first (`query-spellings.ts`).
 * 4. A JSON body is signed by `bodySHA256` in the query. The raw body, whose hash that is, never reaches a function: only the
 *    platform's own check of a protected function covers it. A form under such a signature is refused.
 * 5. Each attempt needs the auth token to forge. What all of them may cost is bounded, because anybody can ask for it.
 */
import { timingSafeEqual } from 'node:crypto';
import twilio from 'twilio';
import { mixedQueries, type QueryParameter, uniformQueries } from './query-spellings';

/** A webhook's URL has few parameters of its own. */
const MAX_QUERY_PARAMETERS = 8;
/** Node.js takes no longer address (`--max-http-header-size`), so what is longer came in the body. */
const MAX_QUERY_CHARACTERS = 16_384;
/** Far beyond what Twilio posts. */
const MAX_PARAMETERS = 500;
const MAX_CHARACTERS = 500_000;
/** How many characters may be hashed for one request. */
const MAX_HASHED = 2_000_000;
/** How many spellings are tried at one number of parameters and one address: for the whole query, then mixed. */
const MAX_UNIFORM = 48;
const MAX_MIXED = 400;
/** HMAC-SHA1 in base64. */
const SIGNATURE_LENGTH = 28;

export interface SignedRequest {
  /** The header `X-Twilio-Signature`. */
  readonly signature: string;
  /** The header `Content-Type`. */
  readonly contentType: string;
  /** The addresses under which Twilio may know this function, without a query. */
  readonly urls: readonly string[];
  /** Query and body parameters, in the order of the platform's event: the query's come first. */
  readonly parameters: readonly (readonly [string, unknown])[];
}

/** One guess at where the query ends. */
interface Split {
  readonly query: readonly FlatParameter[];
  /** The form as it is signed: names and values one after the other, in order of the names. */
  readonly form: string;
}

export function isSignedByTwilio(request: SignedRequest, authToken: string): boolean {
  const { parameters } = request;
  const signature = Buffer.from(request.signature);
  if (signature.length !== SIGNATURE_LENGTH || parameters.length > MAX_PARAMETERS) return false;
  let hashed = 0;
  for (const text of signedTexts(request)) {
    hashed += text.length;
    if (hashed > MAX_HASHED) return false;
    // Whoever is given a URL without further parameters hashes just that.
    const expected = Buffer.from(twilio.getExpectedTwilioSignature(authToken, text, {}));
    if (expected.length === signature.length && timingSafeEqual(expected, signature)) return true;
  }
  return false;
}

/** What may have been signed, the most likely first. */
function* signedTexts(request: SignedRequest): Generator<string> {
  const addresses = request.urls.flatMap(withAndWithoutPort);
  const splits = splitsOf(request);
  for (const split of splits) yield* written(addresses, split, uniformQueries, MAX_UNIFORM);
  for (const split of splits) {
    // A single parameter has no second one that could be written otherwise.
    if (split.query.length > 1) yield* written(addresses, split, mixedQueries, MAX_MIXED);
  }
}

/** Some of Twilio's products sign the port with the address, others do not (https://www.twilio.com/docs/usage/security). */
function withAndWithoutPort(address: string): readonly string[] {
  // On a developer's machine the address comes from the Host header, which may be anything.
  if (!URL.canParse(address)) return [];
  const { protocol, hostname, port, pathname } = new URL(address);
  const standard = protocol === 'https:' ? '443' : '80';
  return [port, port === '' ? standard : ''].map(
    (either) => `${protocol}//${hostname}${either === '' ? '' : `:${either}`}${pathname}`,
  );
}

/** Few parameters first: that is what Twilio calls, and what costs least. */
function splitsOf({ parameters, contentType }: SignedRequest): readonly Split[] {
  const flat = parameters.filter(isFlat);
  const isForm = flat.length === parameters.length && charactersIn(flat) <= MAX_CHARACTERS;
  const query = longestQuery(parameters);
  const hashAt = query.findIndex(([name]) => name === 'bodySHA256');
  const mayBeJson = hashAt >= 0 && !/^(?:application\/x-www-form-urlencoded|multipart\/)/i.test(contentType);
  const splits: Split[] = [];
  const longestForm = isForm ? Math.min(query.length, MAX_QUERY_PARAMETERS) : -1;
  for (let length = 0; length <= longestForm; length += 1) {
    splits.push({ query: query.slice(0, length), form: formText(flat.slice(length)) });
  }
  const longestJson = mayBeJson ? Math.min(query.length, hashAt + MAX_QUERY_PARAMETERS) : -1;
  for (let length = hashAt + 1; length <= longestJson; length += 1) {
    splits.push({ query: query.slice(0, length), form: '' });
  }
  return splits;
}

function* written(
  addresses: readonly string[],
  { query, form }: Split,
  queriesOf: (parameters: readonly QueryParameter[]) => Generator<string>,
  most: number,
): Generator<string> {
  if (query.length === 0) {
    for (const address of addresses) yield address + form;
    return;
  }
  const single = query.flatMap(([name, value]) =>
    [value].flat().map((item) => [name, String(item)] as const),
  );
  let count = 0;
  for (const text of queriesOf(single)) {
    count += 1;
    if (count > most) return;
    for (const address of addresses) yield `${address}?${text}${form}`;
  }
}

type FlatParameter = readonly [string, string | readonly string[]];

function isFlat(parameter: readonly [string, unknown]): parameter is FlatParameter {
  const value = parameter[1];
  return (
    typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'))
  );
}

/** Of a repeated parameter each value counts once, in order (https://www.twilio.com/docs/usage/security). */
function formText(form: readonly FlatParameter[]): string {
  return form
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, value]) => [...new Set([value].flat())].sort().map((item) => name + item))
    .join('');
}

const charactersIn = (parameters: readonly FlatParameter[]) =>
  parameters.reduce((sum, [name, value]) => sum + name.length + [value].flat().join('').length, 0);

/** As many of the first parameters as can stand in an address. */
function longestQuery(parameters: readonly (readonly [string, unknown])[]): readonly FlatParameter[] {
  const query: FlatParameter[] = [];
  let characters = 0;
  for (const parameter of parameters) {
    if (!isFlat(parameter)) break;
    characters += charactersIn([parameter]);
    if (characters > MAX_QUERY_CHARACTERS) break;
    query.push(parameter);
  }
  return query;
}
