/**
 * What an emulator can be told when it is made, and what it assumes where it is told nothing.
 * It must not read the environment; that is the command line's part (`main.ts`).
 */

export interface EmulatorOptions {
  /** 0 takes any free port. */
  port?: number;
  accountSid?: string;
  authToken?: string;
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
  /** Whether Sync's limits per object are enforced. */
  rateLimits?: boolean;
  /** Whether they are refilled by the movable clock alone, so that moving it paces a load. */
  limitsByClock?: boolean;
  /** Real milliseconds between two status changes of one message. */
  statusCallbackDelayMs?: number;
}

export type Settings = Required<Omit<EmulatorOptions, 'clockFile'>> & { clockFile: string | undefined };

/** What control may change while the emulator runs. */
export interface Wiring {
  functionsUrl: string;
  incomingUrl: string | null;
  fallbackUrl: string | null;
  statusCallback: string | null;
  senders: string[];
  rateLimits: boolean;
  latencyMs: number;
}

/** An account that exists only here. None of this opens anything on Twilio. */
export function settingsFrom(options: EmulatorOptions): Settings {
  return {
    port: options.port ?? 4010,
    accountSid: options.accountSid ?? 'AC00000000000000000000000000000001',
    authToken: options.authToken ?? 'offlineauthtokenoftheemulator000',
    syncServiceSid: options.syncServiceSid ?? 'IS00000000000000000000000000000001',
    messagingServiceSid: options.messagingServiceSid ?? 'MG00000000000000000000000000000001',
    sender: options.sender ?? 'whatsapp:+14155238886',
    functionsUrl: options.functionsUrl ?? 'http://localhost:3000',
    incomingPath: options.incomingPath ?? '/incoming-message',
    clockFile: options.clockFile,
    rateLimits: options.rateLimits ?? true,
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
    latencyMs: 0,
  };
}
