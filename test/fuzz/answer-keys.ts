/** The keys that the README promises of every answer, and no others. Values are judged elsewhere. */

const SEND = 'cost decision error held message messages outcome preview window';
const WINDOW = 'error freeEntryUntil freeFormAllowed optedOut templateRequired window';

/** By `METHOD path`, or `path` alone; a failure may have more keys than a success of one method. */
const PROMISED: Readonly<Record<string, { readonly good: string; readonly failed?: string }>> = {
  '/send-message': { good: SEND },
  '/studio/send-message': { good: SEND },
  '/window': { good: WINDOW },
  '/studio/window': { good: WINDOW },
  '/windows': {
    good: 'caller error marginSeconds nextCursor now soonSeconds urgentSeconds windows',
    failed: 'error nextCursor windows',
  },
  '/templates': { good: 'error templates' },
  'GET /held-messages': { good: 'error held nextCursor', failed: 'cancelled error held nextCursor' },
  'POST /held-messages': { good: 'cancelled error', failed: 'cancelled error held nextCursor' },
  '/forget': { good: 'erased error kept' },
  '/thread': { good: 'error messages nextCursor' },
  '/recent-messages': { good: 'error messages nextCursor' },
  '/messages': {
    good: 'account_sid api_version body date_created date_sent date_updated direction error_code error_message from further_sids held messaging_service_sid num_media num_segments price price_unit sid status subresource_uris to uri warning',
    failed: 'code message more_info status',
  },
  '/incoming-message': { good: 'TwiML', failed: 'error' },
  '/message-status': { good: 'error' },
  '/contact': { good: 'error recorded window' },
  '/studio/contact': { good: 'error recorded window' },
  '/conversations/message-added': { good: 'error recorded window' },
};

const NESTED: Readonly<Record<string, string>> = {
  decision: 'action explanation reason',
  window: 'closesAt lastInboundAt secondsLeft source state',
  message: 'contentSid sid status',
  preview: 'contentSid contentVariables text',
  error: 'code message problems',
};

const keysOf = (value: object) => Object.keys(value).sort().join(' ');
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @returns what is not as promised, a sentence each */
export function problemsOf(path: string, method: string, status: number, json: unknown): readonly string[] {
  const promised = PROMISED[`${method} ${path}`] ?? PROMISED[path];
  if (!promised) return [`No keys are promised for ${path}: add them to answer-keys.ts.`];
  if (!isObject(json)) return ['The answer is no JSON object.'];
  const expected = status >= 400 ? (promised.failed ?? promised.good) : promised.good;
  const problems = keysOf(json) === expected ? [] : [`The keys are "${keysOf(json)}", not "${expected}".`];
  // Its `message` is Twilio's sentence.
  if (path === '/messages') return problems;
  return [...problems, ...Object.keys(NESTED).flatMap((name) => nestedProblem(name, json[name]))];
}

function nestedProblem(name: string, value: unknown): readonly string[] {
  if (value === null || value === undefined) return [];
  const keys = NESTED[name];
  const found = isObject(value) ? keysOf(value) : typeof value;
  // What Twilio said is told in two keys more.
  const isTwilios = name === 'error' && found === 'class code message problems twilioCode';
  return found === keys || isTwilios ? [] : [`The keys of ${name} are "${found}", not "${keys}".`];
}
