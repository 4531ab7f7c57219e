/**
 * One inbound message and what follows from it: the webhook, the fallback URL where that failed, the replies that the
 * answer asks for, and every document that a <Redirect> leads to. What Twilio's Debugger would say is noted on the
 * webhook's record. It must not know how the message's parameters come about.
 */
import type { MessageLog } from '../api/messages/message-log';
import { USER_ADDRESS } from '../api/messages/message-request';
import { newMessage } from '../api/messages/messages';
import type { Clock } from '../clock';
import type { Wiring } from '../settings';
import type { Deliveries } from './deliveries';
import type { Destination } from './inbound-destination';
import { type Alert, alert } from './twiml/alerts';
import { type MessageStep, NOTHING, type RedirectStep, readAnswer, type TwimlReading } from './twiml/twiml';
import type { Delivered, Post, WebhookAttempt, WebhookParams, Webhooks } from './webhooks';

/** What is posted, and the token that every attempt at it bears. */
export interface InboundEvent {
  readonly params: WebhookParams;
  readonly token: string;
}

/** https://www.twilio.com/docs/api/errors/14106 */
const MAX_DOCUMENTS = 50;
/** https://www.twilio.com/docs/api/errors/14109 */
const MAX_REPLIES = 10;

interface Course {
  readonly event: InboundEvent;
  readonly attempts: WebhookAttempt[];
  replies: number;
}

interface Document {
  readonly reading: TwimlReading;
  /** The code that the fallback URL is told; null where this document was had. */
  readonly failure: number | null;
}

export class InboundConversations {
  constructor(
    private readonly wiring: Pick<Wiring, 'senders'>,
    private readonly clock: Clock,
    private readonly messages: MessageLog,
    private readonly webhooks: Webhooks,
    private readonly deliveries: Deliveries,
  ) {}

  async hold(url: string, destination: Destination, event: InboundEvent): Promise<WebhookAttempt[]> {
    const course: Course = { event, attempts: [], replies: 0 };
    let post: Post = { kind: 'inbound', url, params: event.params, method: destination.method };
    for (let documents = 1; ; documents++) {
      let document = await this.fetch(post, course);
      if (document.failure !== null && post.kind === 'inbound' && destination.fallbackUrl !== null) {
        post = fallback(post, destination.fallbackUrl, destination.fallbackMethod, document.failure);
        document = await this.fetch(post, course);
      }
      const redirect = this.carryOut(document.reading, course);
      if (!redirect) break;
      if (documents === MAX_DOCUMENTS) {
        this.note(course, [
          alert('tooManyDocuments', 'The answers redirect on and on; 50 documents are read.'),
        ]);
        break;
      }
      post = { kind: 'redirect', url: redirect.url, method: redirect.method, params: post.params };
    }
    return course.attempts;
  }

  private async fetch(post: Post, course: Course): Promise<Document> {
    const delivered = await this.webhooks.post({ ...post, idempotencyToken: course.event.token });
    course.attempts.push(...delivered.attempts);
    const reading = readingOf(delivered, post.url);
    this.note(course, reading.alerts);
    if (delivered.last?.failure) return { reading, failure: 11200 };
    return { reading, failure: reading.isLost ? (reading.alerts[0]?.code ?? 11200) : null };
  }

  /** Sends the replies, in order, up to a redirect, which ends a document. */
  private carryOut({ steps }: TwimlReading, course: Course): RedirectStep | null {
    for (const step of steps) {
      if (step.verb === 'Redirect') return step;
      if (course.replies === MAX_REPLIES) {
        this.note(course, [
          alert('tooManyReplies', 'One inbound message is answered by at most 10 messages.'),
        ]);
        return null;
      }
      const fault = this.addressFault(step);
      if (fault) {
        this.note(course, [fault]);
        continue;
      }
      course.replies++;
      this.send(step, course.event.params);
    }
    return null;
  }

  private addressFault({ to, from }: MessageStep): Alert | null {
    if (to !== null && !USER_ADDRESS.test(to)) {
      return alert('to', `Message's to is "${to}"; it must be whatsapp:+… or whatsapp:CC.….`);
    }
    return from !== null && !this.wiring.senders.includes(from)
      ? alert('from', `Message's from is "${from}", which is no WhatsApp sender of this account.`)
      : null;
  }

  private send(step: MessageStep, inbound: WebhookParams): void {
    const reply = newMessage(
      {
        to: step.to ?? inbound.From ?? '',
        from: step.from ?? inbound.To ?? '',
        messagingServiceSid: null,
        body: step.body,
        mediaUrls: step.mediaUrls,
        template: null,
        contentVariables: null,
        usedSampleValues: false,
        statusCallback: step.statusCallback,
        statusCallbackMethod: step.statusCallbackMethod,
        validityPeriod: null,
        sendAt: null,
      },
      'outbound-reply',
      this.clock.now(),
    );
    this.messages.add(reply);
    this.deliveries.begin(reply);
  }

  private note(course: Course, alerts: readonly Alert[]): void {
    const last = course.attempts[course.attempts.length - 1];
    if (last) this.webhooks.note(last, alerts);
  }
}

function fallback(failed: Post, url: string, method: 'GET' | 'POST', code: number): Post {
  const errorUrl = failed.url.split('#')[0] ?? failed.url;
  const params = { ...failed.params, ErrorCode: String(code), ErrorUrl: errorUrl };
  return { kind: 'fallback', url, method, params };
}

function readingOf({ last }: Delivered, url: string): TwimlReading {
  return !last || last.failure ? NOTHING : readAnswer(last, url);
}
