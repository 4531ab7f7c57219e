/**
 * Whether Twilio signed a request (https://www.twilio.com/docs/usage/security#validating-requests). A function sees decoded
 * parameters only, query and body as one, so what was signed is put together again:
 *
 * 1. The signature is HMAC-SHA1, with the auth token, of the URL with its query, followed by a form's parameters.
 * 2. The query's parameters come first. How many they are is not known, so each number up to a limit is tried.
 * 3. How the query was spelt is not known either, so each usual spelling is tried, one for the whole query.
 * 4. A JSON body is signed by `bodySHA256` in the query. The raw body, whose hash that is, never reaches a function: only the
 *    platform's own check of a protected function covers it. A form under such a signature is refused.
 * 5. Each attempt needs the auth token to forge. What all of them may cost is bounded, because anybody can ask for it.
 */
import twilio from 'twilio';

/** A webhook's URL has few parameters of its own. */
const MAX_QUERY_PARAMETERS = 8;
/** Node.js takes no longer address (`--max-http-header-size`), so what is longer came in the body. */
const MAX_QUERY_CHARACTERS = 16_384;
/** Far beyond what Twilio posts. */
const MAX_PARAMETERS = 500;
const MAX_CHARACTERS = 500_000;
/** How many characters may be hashed for one request. */
const MAX_HASHED = 1_000_000;

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

interface Attempt {
  readonly url: string;
  readonly form: Readonly<Record<string, string | readonly string[]>>;
}

export function isSignedByTwilio(request: SignedRequest, authToken: string): boolean {
  const { signature, parameters } = request;
  if (!signature || parameters.length > MAX_PARAMETERS) return false;
  let hashed = 0;
  for (const { url, form } of attemptsOf(request)) {
    hashed += url.length + charactersIn(Object.entries(form));
    if (hashed > MAX_HASHED) return false;
    if (twilio.validateRequest(authToken, signature, url, form)) return true;
  }
  return false;
}

function* attemptsOf({ urls, parameters, contentType }: SignedRequest): Generator<Attempt> {
  const flat = parameters.filter(isFlat);
  const isForm = flat.length === parameters.length && charactersIn(flat) <= MAX_CHARACTERS;
  const query = longestQuery(parameters);
  const hashAt = query.findIndex(([name]) => name === 'bodySHA256');
  const mayBeJson = hashAt >= 0 && !/^(?:application\/x-www-form-urlencoded|multipart\/)/i.test(contentType);
  // On a developer's machine the address comes from the Host header, which may be anything.
  const addresses = urls.filter((text) => URL.canParse(text));
  const longestForm = isForm ? Math.min(query.length, MAX_QUERY_PARAMETERS) : -1;
  // Few parameters first, at every address: that is what Twilio calls, and what costs least.
  for (let length = 0; length <= longestForm; length += 1) {
    const form = Object.fromEntries(flat.slice(length));
    yield* spelt(addresses, query.slice(0, length), form);
  }
  const longestJson = mayBeJson ? Math.min(query.length, hashAt + MAX_QUERY_PARAMETERS) : -1;
  for (let length = hashAt + 1; length <= longestJson; length += 1) {
    yield* spelt(addresses, query.slice(0, length), {});
  }
}

function* spelt(
  addresses: readonly string[],
  query: readonly FlatParameter[],
  form: Attempt['form'],
): Generator<Attempt> {
  for (const address of addresses) for (const url of spellings(address, query)) yield { url, form };
}

type FlatParameter = readonly [string, string | readonly string[]];

function isFlat(parameter: readonly [string, unknown]): parameter is FlatParameter {
  const value = parameter[1];
  return (
    typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'))
  );
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

/** Where the ways to write a query differ: each choice is made once for the whole of it. `encodeURIComponent` comes first. */
const CHOICES: readonly (readonly ((encoded: string) => string)[])[] = [
  // Forms, and most libraries for them, write a space as a plus.
  [asItIs, (text) => text.replace(/%20/g, '+')],
  // RFC 3986, PHP and Python encode the marks that JavaScript leaves.
  [asItIs, (text) => text.replace(/[!'()*]/g, percent)],
  [asItIs, (text) => text.replace(/~/g, percent)],
  // An address that a person typed, such as whatsapp:%2B1….
  [asItIs, (text) => text.replace(/%3A/g, ':')],
  [asItIs, (text) => text.replace(/%(?:40|2C|3B|24|2F|3F)/g, decodeURIComponent)],
  [asItIs, (text) => text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())],
];

function asItIs(text: string): string {
  return text;
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

function spellings(url: string, query: readonly FlatParameter[]): ReadonlySet<string> {
  if (query.length === 0) return new Set([url]);
  const pairs = query.flatMap(([name, value]) => [value].flat().map((item) => [name, String(item)] as const));
  const written = (encode: (text: string) => string, isBare: boolean) =>
    pairs
      .map(([name, value]) => (value === '' && isBare ? encode(name) : `${encode(name)}=${encode(value)}`))
      .join('&');
  try {
    const plain = [false, true].map((isBare) => written(encodeURIComponent, isBare));
    let all = new Set(plain);
    for (const ways of CHOICES) all = new Set([...all].flatMap((text) => ways.map((way) => way(text))));
    all.add(written(encodeURI, false));
    return new Set([...all].map((text) => `${url}?${text}`));
  } catch {
    // A lone surrogate cannot stand in a URL, so nobody signed one.
    return new Set();
  }
}
