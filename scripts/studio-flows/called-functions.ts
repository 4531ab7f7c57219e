/**
 * The two functions that Studio calls, as their own code defines them: which parameters they take, by the very reading
 * that they do, and which keys their answers have, from the very shaping of them. Nothing is listed twice.
 */
import { NO_FACTS, windowAt } from '../../src/domain/customer-service-window';
import type { Problem } from '../../src/domain/template-preflight';
import type { ContentSid, MessageSid } from '../../src/domain/twilio-sid';
import { SANDBOX_SENDER, type WhatsAppAddress } from '../../src/domain/whatsapp-address';
import { sendJson, windowJson } from '../../src/http/answers';
import { CONTACT_PARAMETERS, contactFailedJson } from '../../src/http/handlers/contact';
import { WINDOW_PARAMETERS, windowFailedJson } from '../../src/http/handlers/window';
import { Parameters } from '../../src/http/parameters';
import { readSendParameters, SEND_PARAMETERS } from '../../src/http/send-parameters';
import { Failure } from '../../src/use-cases/failure';

export interface CalledFunction {
  readonly parameterNames: readonly string[];
  /** @throws Failure with all problems, as the function would answer them */
  readonly read: (parameters: Parameters) => void;
  /** An answer in which nothing is null, for its keys. */
  readonly answer: object;
}

const failure = new Failure('TWILIO_REJECTED', 'text', [], 1);
const window = windowAt(NO_FACTS, 0, 0);
const sid = '0'.repeat(32);
const contentSid = `HX${sid}` as ContentSid;

const SETTINGS = { sender: SANDBOX_SENDER, messagingServiceSid: null, ownHost: '' };

/** By path. */
export const CALLED_FUNCTIONS: Readonly<Record<string, CalledFunction>> = {
  '/studio/window': {
    parameterNames: WINDOW_PARAMETERS,
    read(parameters) {
      const user = parameters.to();
      parameters.from(SETTINGS);
      parameters.finish(WINDOW_PARAMETERS, { user });
    },
    answer: { ...windowFailedJson(failure), window: windowJson(window) },
  },
  '/studio/contact': {
    parameterNames: CONTACT_PARAMETERS,
    read(parameters) {
      const user = parameters.to();
      parameters.from(SETTINGS);
      parameters.time('at');
      parameters.finish(CONTACT_PARAMETERS, { user });
    },
    answer: { ...contactFailedJson(failure), window: windowJson(window) },
  },
  '/studio/send-message': {
    parameterNames: SEND_PARAMETERS,
    read: (parameters) => void readSendParameters(parameters, SETTINGS, Date.now()),
    answer: sendJson({
      outcome: 'sent',
      decision: { action: 'refuse', reason: 'NO_INBOUND' },
      window,
      messages: [{ sid: `SM${sid}` as MessageSid, status: 'queued', contentSid }],
      held: { id: '0', expiresAt: 0 },
      preview: {
        message: { kind: 'template', contentSid, contentVariables: {} },
        name: 'text',
        category: 'UTILITY',
        text: 'text',
      },
      cost: {
        ...{ amount: 0, twilio: 0, meta: 0 },
        ...{ currency: 'text', basis: 'utility', asOf: 'text' },
      },
      failure,
    }),
  },
};

const LIQUID = /\{\{.*?\}\}|\{%.*?%\}/gs;
const USER = 'whatsapp:+15551234567' as WhatsAppAddress;
/** What a value that is only known when the flow runs is taken for; of any other parameter, a digit. */
const WHEN_IT_RUNS: Readonly<Record<string, () => string>> = {
  to: () => USER,
  from: () => SANDBOX_SENDER,
  mediaUrl: () => 'https://example.com/',
  whenClosed: () => 'template',
  sendAt: () => new Date(Date.now() + 3_600_000).toISOString(),
  dryRun: () => 'false',
  at: () => new Date().toISOString(),
  statusCallback: () => 'https://example.com/',
};

/** What is wrong with the parameters that a widget gives, as far as it can be known before the flow runs. */
export function parameterProblems(
  called: CalledFunction,
  given: readonly { readonly key: string; readonly value: string }[],
): readonly Problem[] {
  const known: readonly string[] = called.parameterNames;
  const unknown = given.filter(({ key }) => !known.includes(key));
  const twice = given.filter(({ key }, index) => given.findIndex((other) => other.key === key) !== index);
  const parameters = new Parameters(
    Object.fromEntries(
      given.filter(({ key }) => known.includes(key)).map(({ key, value }) => [key, asItRuns(key, value)]),
    ),
  );
  const problems = [
    ...unknown.map(({ key }) => ({
      field: key,
      message: `There is no such parameter: ${known.join(', ')}.`,
    })),
    ...twice.map(({ key }) => ({ field: key, message: 'This parameter is given more than once.' })),
  ];
  try {
    called.read(parameters);
    return problems;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [...problems, ...error.problems];
  }
}

function asItRuns(name: string, value: string): string {
  if (!value.match(LIQUID)) return value;
  // A condition or a loop makes an object that nobody can read before it runs.
  const isMade = value.includes('{%') || value.replace(LIQUID, '').trim() === '';
  if (name === 'contentVariables' && isMade) return '{}';
  return WHEN_IT_RUNS[name]?.() ?? value.replace(LIQUID, '1');
}
