/**
 * The way of an outbound message after `POST Messages` was answered: queued, perhaps held until it is due, judged by
 * WhatsApp as it leaves, and reported by signed status callbacks in order. It must not decide what WhatsApp decides.
 */

import type { ContentTemplate, ContentTemplates } from '../api/content/content-templates';
import {
  deliveredMedia,
  deliveredText,
  type MessageLog,
  type MessageRecord,
  type MessageStatus,
} from '../api/messages/message-log';
import { parseContentVariables } from '../api/messages/message-request';
import type { Clock } from '../clock';
import type { Activity } from '../server/activity';
import type { Fault, Faults } from '../server/faults';
import type { Settings, Wiring } from '../settings';
import type { OptOuts } from './opt-outs';
import { PairLimits } from './pair-limits';
import type { Schedule } from './schedule';
import { alert } from './twiml/alerts';
import type { WebhookParams, Webhooks } from './webhooks';
import type { Verdict, WhatsApp } from './whatsapp';

interface Step {
  status: MessageStatus;
  errorCode: number | null;
}

const NEVER_LEFT: ReadonlySet<number> = new Set([30036, 14107]);
const UNDER_WAY: readonly MessageStatus[] = ['accepted', 'queued'];

const DELIVERED_STEPS: readonly Step[] = [
  { status: 'sent', errorCode: null },
  { status: 'delivered', errorCode: null },
  { status: 'read', errorCode: null },
];

/** What is still to be said of a delivered message. */
function stepsAfter(status: MessageStatus): readonly Step[] {
  return DELIVERED_STEPS.slice(DELIVERED_STEPS.findIndex((step) => step.status === status) + 1);
}

export class Deliveries {
  /** Per message: its status changes, one after the other. */
  private readonly lines = new Map<MessageRecord, Promise<void>>();
  private readonly limits = new PairLimits();
  private retired = false;

  constructor(
    private readonly settings: Settings,
    private readonly wiring: Wiring,
    private readonly clock: Clock,
    private readonly schedule: Schedule,
    private readonly activity: Activity,
    private readonly faults: Faults,
    private readonly messages: MessageLog,
    private readonly templates: ContentTemplates,
    private readonly whatsapp: WhatsApp,
    private readonly webhooks: Webhooks,
    private readonly optOuts: OptOuts,
  ) {}

  /** Called once the creator of the message has its answer. */
  begin(message: MessageRecord): void {
    if (this.retired) return;
    if (message.sendAt !== null) {
      message.unschedule = this.schedule.at(message.sendAt, (at) => {
        message.unschedule = null;
        this.queue(message, at);
      });
    } else {
      this.queue(message, this.clock.now());
    }
  }

  /** Goes on with a message that was on its way when its state was kept. */
  resume(message: MessageRecord): void {
    if (message.direction === 'inbound') return;
    const isQueued = message.statuses.some(({ status }) => status === 'queued');
    if (message.status === 'scheduled') this.begin(message);
    else if (message.delivered) this.report(message, stepsAfter(message.status));
    else if (UNDER_WAY.includes(message.status)) {
      const at = message.judgedAt ?? this.clock.now();
      if (isQueued) this.dispatch(message, at, at, null);
      else this.queue(message, at);
    }
  }

  /** False if the message is not waiting for its time, which Twilio answers with 30409. */
  cancel(message: MessageRecord): boolean {
    if (message.status !== 'scheduled' || !message.unschedule) return false;
    message.unschedule();
    message.unschedule = null;
    message.status = 'canceled';
    message.updatedAt = this.clock.now();
    this.report(message, [{ status: 'canceled', errorCode: null }]);
    return true;
  }

  retire(): void {
    this.retired = true;
  }

  private queue(message: MessageRecord, at: number): void {
    const fault = this.faults.take('delivery', {
      to: message.to,
      kind: message.contentSid === null ? 'free-form' : 'template',
      ...(message.from === null ? {} : { from: message.from }),
    });
    message.fault = fault?.do ?? null;
    this.messages.setFrom(message, this.settings.sender);
    this.report(message, [{ status: 'queued', errorCode: null }]);
    if (fault?.do === 'queue') {
      this.schedule.at(at + fault.seconds * 1000, (later) => this.dispatch(message, at, later, null));
    } else {
      this.dispatch(message, at, at, fault);
    }
  }

  private dispatch(message: MessageRecord, queuedAt: number, at: number, fault: Fault | null): void {
    message.judgedAt = at;
    if (fault?.do === 'drop') {
      this.report(message, [{ status: 'sent', errorCode: null }]);
      return;
    }
    const template = message.contentSid === null ? null : (this.templates.get(message.contentSid) ?? null);
    const steps = this.steps(message, this.verdict(message, template, queuedAt, at, fault), at);
    if (fault?.do === 'late') {
      this.schedule.at(at + fault.seconds * 1000, () => this.report(message, steps));
    } else {
      this.report(message, steps);
    }
  }

  private verdict(
    message: MessageRecord,
    template: ContentTemplate | null,
    queuedAt: number,
    at: number,
    fault: Fault | null,
  ): Verdict {
    // 21610: https://www.twilio.com/docs/api/errors/21610
    if (this.optOuts.has(message.to, message.from ?? this.settings.sender)) {
      return { delivered: false, code: 21610 };
    }
    const tooMany = this.oneTooMany(message, at);
    if (tooMany !== null) return { delivered: false, code: tooMany };
    // 30036: https://www.twilio.com/docs/api/errors/30036. It counts the time in the queue, not the wait for SendAt.
    if (message.validityPeriod !== null && at - queuedAt > message.validityPeriod * 1000) {
      return { delivered: false, code: 30036 };
    }
    if (fault?.do === 'false-63016') return { delivered: false, code: 63016 };
    if (fault?.do === 'status') return { delivered: false, code: fault.code };
    return this.whatsapp.judge(
      {
        sender: message.from ?? this.settings.sender,
        user: message.to,
        text: message.body,
        hasCaption: message.media.length > 0 && deliveredText(message) !== '',
        template,
        values: parseContentVariables(message.contentVariables),
      },
      at,
    );
  }

  /** @returns the code of the limit that it meets, or null */
  private oneTooMany({ from, to, direction }: MessageRecord, at: number): number | null {
    const pair = `${from ?? this.settings.sender} ${to}`;
    if (direction === 'outbound-reply' && !this.limits.mayReply(pair, at)) return 14107;
    return this.wiring.pairLimit && !this.limits.mayGo(pair, at) ? 63018 : null;
  }

  private steps(message: MessageRecord, verdict: Verdict, at: number): readonly Step[] {
    if (!verdict.delivered) {
      const { code } = verdict;
      // Two callbacks for one message is what production users report of 63016. What never left Twilio is `failed`.
      if (code === 63016) {
        return [
          { status: 'undelivered', errorCode: code },
          { status: 'failed', errorCode: code },
        ];
      }
      return [{ status: NEVER_LEFT.has(code) ? 'failed' : 'undelivered', errorCode: code }];
    }
    message.sentAt = at;
    this.whatsapp.show(message.to, {
      at: new Date(at).toISOString(),
      from: 'business',
      sender: message.from ?? this.settings.sender,
      text: deliveredText(message),
      media: deliveredMedia(message),
      messageSid: message.sid,
    });
    message.delivered = true;
    return DELIVERED_STEPS;
  }

  /** Each change waits for the one before it and for its callback, so a receiver sees them in order. */
  private report(message: MessageRecord, steps: readonly Step[]): void {
    const end = this.activity.begin(`status changes of ${message.sid}`);
    const line = (this.lines.get(message) ?? Promise.resolve()).then(async () => {
      for (const step of steps) {
        if (this.retired) break;
        await this.change(message, step);
      }
    });
    this.lines.set(message, line);
    void line.finally(() => {
      if (this.lines.get(message) === line) this.lines.delete(message);
      end();
    });
  }

  private async change(message: MessageRecord, step: Step): Promise<void> {
    if (step.status !== 'queued') {
      // A status that is still to come keeps no process alive that is done otherwise.
      await new Promise((resolve) => setTimeout(resolve, this.settings.statusCallbackDelayMs).unref());
      if (this.retired) return;
    }
    message.status = step.status;
    message.errorCode = step.errorCode;
    message.updatedAt = this.clock.now();
    message.statuses.push({
      status: step.status,
      at: new Date(message.updatedAt).toISOString(),
      errorCode: step.errorCode,
    });
    const url = message.statusCallback ?? this.wiring.statusCallback;
    if (url === null) return;
    const params = this.callbackParams(message, step);
    await this.webhooks.throughFaults({ kind: 'status', url, params }, async () => {
      const method = message.statusCallbackMethod;
      const { attempts, last } = await this.webhooks.post({ kind: 'status', url, params, method });
      const final = attempts.at(-1);
      // 11200: https://www.twilio.com/docs/api/errors/11200. Whatever else it answers is not read.
      if (final && last?.failure)
        this.webhooks.note(final, [alert('retrieval', 'The status callback was not taken.')]);
      return attempts;
    });
  }

  /** https://www.twilio.com/docs/messaging/guides/track-outbound-message-status */
  private callbackParams(message: MessageRecord, step: Step): WebhookParams {
    const params: WebhookParams = {
      MessageSid: message.sid,
      SmsSid: message.sid,
      AccountSid: this.settings.accountSid,
      From: message.from ?? this.settings.sender,
      To: message.to,
      MessageStatus: step.status,
      SmsStatus: step.status,
      ApiVersion: '2010-04-01',
      ChannelInstallSid: 'XE00000000000000000000000000000001',
      ChannelPrefix: 'whatsapp',
      ChannelToAddress: message.to.replace('whatsapp:', '').replace(/^(\+\d+)\d{4}$/, '$1XXXX'),
      StructuredMessage: 'false',
    };
    if (message.messagingServiceSid !== null) params.MessagingServiceSid = message.messagingServiceSid;
    const userId = this.whatsapp.userIdOf(message.to);
    if (userId !== null) params[this.wiring.userIdParameter] = userId;
    if (step.status === 'read') params.EventType = 'READ';
    if (step.errorCode !== null) {
      params.ErrorCode = String(step.errorCode);
      params.ErrorMessage = '';
    }
    return params;
  }
}
