/**
 * The environment variables of the Functions service, read once per invocation into typed values. A wrong one is
 * reported with its name and the fix, all at once; a value is never repeated in an error, because it may be a secret.
 */
import { type ConsentWords, DEFAULT_CONSENT_WORDS } from '../domain/consent';
import type { Problem } from '../domain/template-preflight';
import { parseWhatsAppAddress, type WhatsAppAddress } from '../domain/whatsapp-address';
import { isLocalHost } from '../twilio/webhooks/private-network';
import { type ApiToken, readApiTokens } from './api-tokens';

export interface Settings {
  readonly accountSid: string;
  readonly authToken: string;
  readonly syncServiceSid: string;
  readonly sender: WhatsAppAddress;
  readonly messagingServiceSid: string | null;
  /** Those of API_TOKEN and API_TOKENS; none: every HTTP caller is refused. */
  readonly apiTokens: readonly ApiToken[];
  readonly marginSeconds: number;
  /** How long before its end the desk marks a window as closing soon, and in red. */
  readonly desk: { readonly soonSeconds: number; readonly urgentSeconds: number };
  readonly fallbackTemplate: string | null;
  readonly holdTtlSeconds: number;
  /** As many messages as were held for one person, or as few as fit. */
  readonly releaseHeld: 'each' | 'together';
  readonly forwardUrl: string | null;
  /** Where every status callback goes on to. */
  readonly statusForwardUrl: string | null;
  readonly consentWords: ConsentWords;
}

export type SettingsResult =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** A margin of a whole window would allow no free-form message at all. */
const MAX_MARGIN_SECONDS = 86_399;
const WINDOW_SECONDS = 86_400;
/** Sync keeps nothing longer than a year (error 54011). */
const MAX_TTL_SECONDS = 31_536_000;

const NAMES = [
  ...['ACCOUNT_SID', 'AUTH_TOKEN', 'SYNC_SERVICE_SID', 'WHATSAPP_SENDER', 'MESSAGING_SERVICE_SID'],
  ...['API_TOKEN', 'API_TOKENS', 'WINDOW_MARGIN_SECONDS', 'DESK_SOON_SECONDS', 'DESK_URGENT_SECONDS'],
  ...['FALLBACK_TEMPLATE', 'HOLD_TTL_SECONDS', 'RELEASE_HELD', 'FORWARD_URL', 'STATUS_FORWARD_URL'],
  ...['STOP_WORDS', 'START_WORDS'],
];

/** @param env the function's context, or `process.env`-like values */
export function readSettings(env: Readonly<Record<string, unknown>>): SettingsResult {
  const commented = NAMES.filter((name) => isComment(env[name]));
  if (commented.length === 0) return readValues(env);
  const rest = Object.fromEntries(
    NAMES.filter((name) => !commented.includes(name)).map((name) => [name, env[name]]),
  );
  const read = readValues(rest);
  const others = read.ok ? [] : read.problems.filter(({ field }) => !commented.includes(field ?? ''));
  const problems = commented.map((field) => ({
    field,
    message: `${field} is a comment: give the comment a line of its own, or leave the setting out.`,
  }));
  return { ok: false, problems: [...problems, ...others] };
}

/** `STOP_WORDS= # our words` in a file of settings: twilio-run takes the comment for the value. */
function isComment(value: unknown): boolean {
  return typeof value === 'string' && /^\s*#(?:\s|$)/.test(value);
}

function readValues(env: Readonly<Record<string, unknown>>): SettingsResult {
  const problems: Problem[] = [];
  const text = (name: string) => {
    const value = env[name];
    return typeof value === 'string' ? value.trim() : '';
  };
  const matching = (name: string, pattern: RegExp, fix: string, required: boolean): string | null => {
    const value = text(name);
    if (value === '' && !required) return null;
    if (pattern.test(value)) return value;
    problems.push({ field: name, message: `${name} is ${value === '' ? 'missing' : 'malformed'}: ${fix}.` });
    return null;
  };
  const seconds = (name: string, fallback: number, min: number, max: number): number => {
    const value = text(name);
    if (value === '') return fallback;
    if (/^\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max) return Number(value);
    problems.push({
      field: name,
      message: `${name} is malformed: set it to a whole number of seconds from ${min} to ${max}.`,
    });
    return fallback;
  };

  const accountSid = matching(
    'ACCOUNT_SID',
    /^AC[0-9a-fA-F]{32}$/,
    'set it to the account SID of the Console (AC and 32 hexadecimal digits)',
    true,
  );
  const authToken = matching('AUTH_TOKEN', /^\S{8,}$/, 'set it to the auth token of the Console', true);
  const syncServiceSid = matching(
    'SYNC_SERVICE_SID',
    /^IS[0-9a-fA-F]{32}$/,
    'set it to the SID of a Sync service (IS and 32 hexadecimal digits)',
    true,
  );
  const sender = parseSender(text('WHATSAPP_SENDER'));
  if (!sender) {
    const state = text('WHATSAPP_SENDER') === '' ? 'missing' : 'malformed';
    problems.push({
      field: 'WHATSAPP_SENDER',
      message: `WHATSAPP_SENDER is ${state}: set it to your WhatsApp sender, such as whatsapp:+14155238886 for the Sandbox.`,
    });
  }
  const messagingServiceSid = matching(
    'MESSAGING_SERVICE_SID',
    /^MG[0-9a-fA-F]{32}$/,
    'set it to the SID of a Messaging Service (MG and 32 hexadecimal digits), or leave it out',
    false,
  );
  const apiTokens = readApiTokens(env);
  problems.push(...apiTokens.problems);
  const marginSeconds = seconds('WINDOW_MARGIN_SECONDS', 300, 0, MAX_MARGIN_SECONDS);
  const soonSeconds = seconds('DESK_SOON_SECONDS', 7200, 1, WINDOW_SECONDS);
  const urgentSeconds = seconds('DESK_URGENT_SECONDS', Math.min(1800, soonSeconds), 0, soonSeconds);
  const fallbackTemplate = matching(
    'FALLBACK_TEMPLATE',
    /^.{1,512}$/s,
    'set it to the name or the Content SID of a template, or leave it out',
    false,
  );
  const holdTtlSeconds = seconds('HOLD_TTL_SECONDS', 604_800, 60, MAX_TTL_SECONDS);
  const releaseHeld = matching(
    'RELEASE_HELD',
    /^(each|together)$/,
    'set it to each (as many messages as were held) or together (as few as fit), or leave it out',
    false,
  );
  const webAddress = (name: string): string | null => {
    const value = text(name);
    if (value === '' || isWebUrl(value)) return value || null;
    problems.push({
      field: name,
      message: `${name} is malformed: set it to an https:// address (http:// for localhost only), or leave it out.`,
    });
    return null;
  };
  const forwardUrl = webAddress('FORWARD_URL');
  const statusForwardUrl = webAddress('STATUS_FORWARD_URL');

  const words = (name: string, fallback: readonly string[]): readonly string[] => {
    const list = text(name)
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== '');
    return list.length > 0 ? list : fallback;
  };
  const consentWords = {
    stop: words('STOP_WORDS', DEFAULT_CONSENT_WORDS.stop),
    start: words('START_WORDS', DEFAULT_CONSENT_WORDS.start),
  };

  if (problems.length > 0 || !accountSid || !authToken || !syncServiceSid || !sender)
    return { ok: false, problems };
  return {
    ok: true,
    settings: {
      accountSid,
      authToken,
      syncServiceSid,
      sender,
      messagingServiceSid,
      apiTokens: apiTokens.tokens,
      marginSeconds,
      desk: { soonSeconds, urgentSeconds },
      fallbackTemplate,
      holdTtlSeconds,
      releaseHeld: releaseHeld === 'together' ? 'together' : 'each',
      forwardUrl,
      statusForwardUrl,
      consentWords,
    },
  };
}

function parseSender(value: string): WhatsAppAddress | undefined {
  const address = parseWhatsAppAddress(value);
  return address?.startsWith('whatsapp:+') ? address : undefined;
}

/** An https address, or http on a developer's own machine. */
export function isWebUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return protocol === 'https:' || (protocol === 'http:' && isLocalHost(hostname));
}
