/**
 * What an emulator can be told when it is made, and what it assumes where it is told nothing.
 * It must not read the environment; that is the command line's part (`main.ts`).
 */

export interface EmulatorOptions {
  /** 0 takes any free port. */
  port?: number;
  accountSid?: string;
  authToken?: string;
  /** An API key that is accepted beside the token: https://www.twilio.com/docs/iam/api-keys */
  apiKeySid?: string;
  apiKeySecret?: string;
  syncServiceSid?: string;
  messagingServiceSid?: string;
  /** The account's WhatsApp sender, such as `whatsapp:+14155238886`. */
  sender?: string;
  /** Where the functions under test are served. */
  functionsUrl?: string;
  /** The path there that takes inbound messages. */
  incomingPath?: string;
  /** A file through which other processes follow the movable clock; see `preload.cjs`. */
  clockFile?: string;
  /** What is shown at the address without a path: the phone beside the desk, or what the emulator is. */
  frontPage?: 'phone' | 'about';
  /** Whether Sync's limits per object are enforced. */
  rateLimits?: boolean;
  /** Whether Sync's limit on creating objects is enforced: fewer than 20 a second, 200 at once. */
  creationLimit?: boolean;
  /** Whether they are refilled by the movable clock alone, so that moving it paces a load. */
  limitsByClock?: boolean;
  /** Real milliseconds between two status changes of one message. */
  statusCallbackDelayMs?: number;
}

export type Settings = Required<Omit<EmulatorOptions, 'clockFile'>> & { clockFile: string | undefined };

export const USER_ID_PARAMETERS = ['ExternalUserId', 'ExternalUserIdentifier'] as const;
export type UserIdParameter = (typeof USER_ID_PARAMETERS)[number];

/** What control may change while the emulator runs. */
export interface Wiring {
  functionsUrl: string;
  incomingUrl: string | null;
  fallbackUrl: string | null;
  statusCallback: string | null;
  senders: string[];
  rateLimits: boolean;
  /** Sync creates fewer than 20 objects a second, 200 in a burst: https://www.twilio.com/docs/sync/limits */
  creationLimit: boolean;
  /** The account discards message bodies, so answers and log have none. */
  discardBodies: boolean;
  /** A message is not listed before this many seconds after its creation; a fetch by SID finds it at once. */
  logLagSeconds: number;
  /** Whether `DateSent<` and `DateSent>` read the day alone, which is all that Twilio documents. */
  dateSentByDay: boolean;
  /** Whether more than 45 messages at once to one person, then more than one in six seconds, are refused with 63018. */
  pairLimit: boolean;
  /** Twilio's pages differ: an older one wants call-to-action approved inside the window as well. */
  callToActionNeedsApproval: boolean;
  /** Whether an unapproved text inside the window keeps to a template's limits: no line breaks in values, 1,024 characters. */
  unapprovedTextKeepsLimits: boolean;
  /** Where a message to a person whom Twilio has opted out is refused with 21610; its pages show both. */
  optOutRefusal: 'answer' | 'callback';
  /** Whether the Messaging Services have Advanced Opt-Out, which is switched on in the Console. */
  advancedOptOut: boolean;
  /** How a webhook spells the field with a person's business-scoped user id; one of Twilio's pages differs. */
  userIdParameter: UserIdParameter;
  latencyMs: number;
}

/** An account that exists only here. None of this opens anything on Twilio. */
export function settingsFrom(options: EmulatorOptions): Settings {
  return {
    port: options.port ?? 4010,
    accountSid: options.accountSid ?? 'AC00000000000000000000000000000001',
    authToken: options.authToken ?? 'offlineauthtokenoftheemulator000',
    apiKeySid: options.apiKeySid ?? 'SK00000000000000000000000000000001',
    apiKeySecret: options.apiKeySecret ?? 'offlineapikeysecretoftheemulator',
    syncServiceSid: options.syncServiceSid ?? 'IS00000000000000000000000000000001',
    messagingServiceSid: options.messagingServiceSid ?? 'MG00000000000000000000000000000001',
    sender: options.sender ?? 'whatsapp:+14155238886',
    functionsUrl: options.functionsUrl ?? 'http://localhost:3000',
    incomingPath: options.incomingPath ?? '/incoming-message',
    clockFile: options.clockFile,
    frontPage: options.frontPage ?? 'phone',
    rateLimits: options.rateLimits ?? true,
    creationLimit: options.creationLimit ?? true,
    limitsByClock: options.limitsByClock ?? false,
    statusCallbackDelayMs: options.statusCallbackDelayMs ?? 5,
  };
}

export function wiringFrom(settings: Settings, functionsUrl: string): Wiring {
  return {
    functionsUrl,
    incomingUrl: null,
    fallbackUrl: null,
    statusCallback: null,
    senders: [settings.sender],
    rateLimits: settings.rateLimits,
    creationLimit: settings.creationLimit,
    discardBodies: false,
    logLagSeconds: 0,
    dateSentByDay: true,
    pairLimit: true,
    callToActionNeedsApproval: true,
    unapprovedTextKeepsLimits: true,
    optOutRefusal: 'callback',
    advancedOptOut: false,
    userIdParameter: 'ExternalUserId',
    latencyMs: 0,
  };
}
