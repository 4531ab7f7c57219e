/**
 * What a check is, what it finds, and what it may ask of the account under examination. A check only reads; what it
 * lacks makes it "not checked", never "ok".
 */

import { WINDOW_MS } from '../../src/domain/customer-service-window';
import type { Template } from '../../src/domain/message-template';
import { parseWhatsAppAddress, type WhatsAppAddress } from '../../src/domain/whatsapp-address';
import { listTemplates } from '../../src/twilio/content-templates';
import type { SettingsFile, TwilioSdk } from '../account/account';
import type { Env } from '../account/env-file';
import type { Io } from '../command/io';
import { npmRun } from '../command/npm-run';
import type { CommonOptions } from '../command/options';

export type Mark = 'ok' | 'warning' | 'broken' | 'not checked';

export interface Finding {
  readonly mark: Mark;
  /** A sentence. */
  readonly found: string;
  /** What to do about it; null where there is nothing to do. */
  readonly fix: string | null;
}

export interface Check {
  readonly name: string;
  /** Why it matters, as a sentence. */
  readonly why: string;
  look(account: CheckedAccount): Promise<Finding> | Finding;
}

export const ok = (found: string): Finding => ({ mark: 'ok', found, fix: null });
export const warning = (found: string, fix: string): Finding => ({ mark: 'warning', found, fix });
export const broken = (found: string, fix: string): Finding => ({ mark: 'broken', found, fix });
export const notChecked = (found: string, fix: string | null = null): Finding => ({
  mark: 'not checked',
  found,
  fix,
});

/** A message as the log has it. */
export type LoggedInbound = Awaited<ReturnType<TwilioSdk['messages']['list']>>[number];

/** Of one list of the log, newest first. */
export const MAX_MESSAGES = 1000;

/** @returns a sentence to add to what was found, where there may be more than was read; else nothing */
export function onlyLookedAt(read: number, limit: number, what: string): string {
  return read < limit ? '' : ` Only ${what} were looked at.`;
}

/** Thrown by a check that lacks what it needs. */
export class Lacking extends Error {}

export class CheckedAccount {
  private accepted: TwilioSdk | null = null;
  private functions: string | null = null;
  private away = false;
  private listed: Promise<readonly Template[]> | null = null;
  private inbound: Promise<readonly LoggedInbound[]> | null = null;

  constructor(
    readonly settingsFile: SettingsFile,
    readonly io: Io,
    readonly options: Pick<CommonOptions, 'offline' | 'env'> & { readonly serviceName: string },
  ) {}

  /** As it is told to a person. */
  get file(): string {
    return this.settingsFile.file;
  }

  /** What stands in the settings file. */
  get env(): Env {
    return this.settingsFile.env;
  }

  /** A command that mends something, for the same account. @returns such as `npm run setup -- --submit` */
  run(name: string, words?: string): string {
    return npmRun(this.options, name, words);
  }

  /** All templates of the account, read once. */
  templates(): Promise<readonly Template[]> {
    this.listed ??= listTemplates(this.sdk());
    return this.listed;
  }

  /** What came in for the sender in the last 24 hours and more, newest first, at most 1,000 messages; read once. */
  inboundOfTheDay(): Promise<readonly LoggedInbound[]> {
    this.inbound ??= this.sdk().messages.list({
      to: this.sender(),
      // Twilio filters by day: whoever reads this compares the time again.
      dateSentAfter: new Date(this.io.now() - WINDOW_MS),
      limit: MAX_MESSAGES,
      pageSize: MAX_MESSAGES,
    });
    return this.inbound;
  }

  /** From now on the account can be asked. */
  accept(sdk: TwilioSdk): void {
    this.accepted = sdk;
  }

  /** @param url such as `https://xyz.twil.io`, without a slash at its end */
  found(url: string): void {
    this.functions = url;
  }

  sdk(): TwilioSdk {
    if (this.accepted) return this.accepted;
    throw new Lacking('Twilio could not be asked: see credentials.');
  }

  /** Null where it is not known. */
  knownFunctionsUrl(): string | null {
    return this.functions;
  }

  functionsUrl(): string {
    if (this.functions) return this.functions;
    throw new Lacking('It is not known where the functions are: give --domain or --url.');
  }

  /** The functions did not answer: the checks that come later do not ask again. */
  functionsAreAway(): void {
    this.away = true;
  }

  /** As `functionsUrl`, unless an earlier check found that nothing answers there. */
  answeringFunctionsUrl(): string {
    if (this.away) throw new Lacking('The functions do not answer: see the check above.');
    return this.functionsUrl();
  }

  sender(): WhatsAppAddress {
    const sender = parseWhatsAppAddress(this.env.WHATSAPP_SENDER?.trim() ?? '');
    if (sender) return sender;
    throw new Lacking('It needs WHATSAPP_SENDER.');
  }

  syncServiceSid(): string {
    const sid = this.env.SYNC_SERVICE_SID?.trim() ?? '';
    if (/^IS[0-9a-fA-F]{32}$/.test(sid)) return sid;
    throw new Lacking('It needs SYNC_SERVICE_SID.');
  }
}
