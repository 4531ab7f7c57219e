/**
 * Posts webhooks to the software under test as Twilio's proxy does: signed, with a timeout, retried only as the URL's
 * connection overrides or a rule for it say. It keeps a record of every attempt. It must not know what a webhook is about.
 */
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Clock } from '../clock';
import type { Activity } from '../server/activity';
import type { Faults } from '../server/faults';
import type { Schedule } from './schedule';
import type { Alert } from './twiml/alerts';
import type { AppliedSetting, WebhookRules } from './webhook-rules';
import { signatureHeaders } from './webhook-signing';
import { failed, HttpTransport, type Outcome, type Transport } from './webhook-transport';
import { retriesOn, type WebhookTarget, webhookTarget } from './webhook-url';

export type WebhookParams = Record<string, string>;
export type WebhookKind = 'inbound' | 'status' | 'redirect' | 'fallback' | 'conversation';

export interface WebhookAttempt {
  url: string;
  status: number | null;
  body: string;
  attempt: number;
  error: string | null;
  /** What Twilio's Debugger says of the answer; absent where it has nothing to say. */
  alerts?: Alert[];
}

export interface WebhookRecord extends WebhookAttempt {
  id: number;
  at: string;
  kind: WebhookKind;
  method: 'GET' | 'POST';
  params: WebhookParams;
  ms: number;
}

export interface Delivered {
  attempts: WebhookAttempt[];
  last: Outcome | null;
}

export interface Post {
  kind: WebhookKind;
  url: string;
  params: WebhookParams;
  method?: 'GET' | 'POST';
  /** The same for every attempt at one event, as Twilio's is. */
  idempotencyToken?: string;
}

/** Enough for any test, and a bound for a long run. */
const MAX_RECORDS = 20_000;

export class Webhooks {
  private records: WebhookRecord[] = [];
  private next = 1;
  private readonly held: (() => void)[] = [];
  private readonly recordOf = new WeakMap<WebhookAttempt, WebhookRecord>();
  private retired = false;

  constructor(
    private readonly authToken: string,
    private readonly clock: Clock,
    private readonly schedule: Schedule,
    private readonly activity: Activity,
    private readonly faults: Faults,
    private readonly rules: WebhookRules,
    private readonly transport: Transport = new HttpTransport(),
  ) {
    faults.onClear(() => this.releaseHeld());
  }

  /**
   * Runs a delivery through whatever fault is set for it. `deliver` may run not at all, once or twice, now or later;
   * the answer holds the attempts made before this call ended.
   */
  async throughFaults(
    event: { kind: WebhookKind; url: string; params: WebhookParams },
    deliver: () => Promise<WebhookAttempt[]>,
  ): Promise<WebhookAttempt[]> {
    const what = `${event.kind} webhook to ${event.url}`;
    const fault = this.faults.take('webhook', {
      kind: event.kind,
      path: event.url,
      method: 'POST',
      ...(event.params.To === undefined ? {} : { to: event.params.To }),
      ...(event.params.From === undefined ? {} : { from: event.params.From }),
      ...(event.params.MessageStatus === undefined ? {} : { messageStatus: event.params.MessageStatus }),
    });
    const later = (): void => {
      void this.activity.during(what, deliver);
    };
    switch (fault?.do) {
      case 'drop':
        return [];
      case 'late':
        this.schedule.at(this.clock.now() + fault.seconds * 1000, later);
        return [];
      case 'reorder':
        this.held.push(later);
        return [];
      case 'delay':
        return this.activity.during(what, async () => {
          await new Promise((resolve) => setTimeout(resolve, fault.delayMs).unref());
          return deliver();
        });
      case 'duplicate':
        return this.activity.during(what, async () => {
          if (fault.concurrently) return (await Promise.all([deliver(), deliver()])).flat();
          return [...(await deliver()), ...(await deliver())];
        });
      default: {
        const attempts = await this.activity.during(what, deliver);
        this.releaseHeld();
        return attempts;
      }
    }
  }

  /** One event to one URL, with its retries. */
  async post(post: Post): Promise<Delivered> {
    const setting = this.rules.settingFor(post.url);
    const target = webhookTarget(post.url, setting?.connection);
    const token = post.idempotencyToken ?? randomUUID();
    const attempts: WebhookAttempt[] = [];
    const started = performance.now();
    for (let attempt = 1; ; attempt++) {
      if (this.retired) return { attempts, last: null };
      const left = target.totalTimeoutMs - (performance.now() - started);
      const began = performance.now();
      const outcome = await this.request(post, target, setting, token, left);
      const made: WebhookAttempt = {
        url: target.url,
        status: outcome.status,
        body: outcome.body,
        attempt,
        error: outcome.error,
      };
      attempts.push(made);
      this.record(post, made, performance.now() - began);
      const retry =
        outcome.failure !== null &&
        attempt <= target.retries &&
        retriesOn(target, outcome.failure) &&
        // A timer may end a fraction of a millisecond before its time.
        performance.now() - started < target.totalTimeoutMs - 1;
      if (!retry) return { attempts, last: outcome };
    }
  }

  /** Notes what Twilio's Debugger says of the answer to an attempt. */
  note(attempt: WebhookAttempt, alerts: readonly Alert[]): void {
    if (alerts.length === 0) return;
    attempt.alerts = [...(attempt.alerts ?? []), ...alerts];
    const record = this.recordOf.get(attempt);
    if (record) record.alerts = attempt.alerts;
  }

  list(): WebhookRecord[] {
    return this.records;
  }

  clear(): void {
    this.records = [];
  }

  /** No further attempt is made, and those under way are cut. */
  retire(): void {
    this.retired = true;
    this.held.length = 0;
    this.transport.close();
  }

  private releaseHeld(): void {
    for (const release of this.held.splice(0)) release();
  }

  private record(post: Post, attempt: WebhookAttempt, ms: number): void {
    if (this.records.length >= MAX_RECORDS) this.records = this.records.slice(MAX_RECORDS / 2);
    const record: WebhookRecord = {
      id: this.next++,
      at: new Date(this.clock.now()).toISOString(),
      kind: post.kind,
      method: post.method ?? 'POST',
      params: post.params,
      ms: Math.round(ms * 1000) / 1000,
      ...attempt,
    };
    this.records.push(record);
    this.recordOf.set(attempt, record);
  }

  private request(
    post: Post,
    target: WebhookTarget,
    setting: AppliedSetting | null,
    token: string,
    leftMs: number,
  ): Promise<Outcome> {
    const method = post.method ?? 'POST';
    const form = new URLSearchParams(post.params).toString();
    let url: URL;
    try {
      url = new URL(
        method === 'GET' && form ? `${target.url}${target.url.includes('?') ? '&' : '?'}${form}` : target.url,
      );
    } catch {
      return Promise.resolve(failed('ct', `"${target.url}" is not a URL`));
    }
    // A GET carries its parameters in the URL, so there the URL alone is signed.
    const isGet = method === 'GET';
    const signed = isGet ? url.href : target.url;
    const headers: Record<string, string> = {
      'User-Agent': 'TwilioProxy/1.1',
      Accept: '*/*',
      ...signatureHeaders(setting, this.authToken, signed, isGet ? {} : post.params),
      'I-Twilio-Idempotency-Token': token,
    };
    if (method === 'POST') headers['Content-Type'] = 'application/x-www-form-urlencoded; charset=UTF-8';
    return this.transport.request({
      url,
      method,
      headers,
      body: method === 'POST' ? form : '',
      connectTimeoutMs: Math.min(target.connectTimeoutMs, leftMs),
      readTimeoutMs: Math.min(target.readTimeoutMs, Math.max(1, leftMs)),
    });
  }
}
