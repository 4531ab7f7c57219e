/**
 * What is written into a conversation, and its post-event webhook `onMessageAdded`, which comes in the place of "a message
 * comes in": https://www.twilio.com/docs/conversations/conversations-webhooks
 */
import { randomUUID } from 'node:crypto';
import type { AddressConfigurations } from '../api/conversations/address-configurations';
import type {
  Binding,
  Conversation,
  ConversationLog,
  ConversationMessage,
} from '../api/conversations/conversation-log';
import type { Settings, Wiring } from '../settings';
import type { WebhookAttempt, WebhookParams, Webhooks } from './webhooks';

const EVENT = 'onMessageAdded';
/** Where the functions take it. */
const PATH = '/conversations/message-added';

export interface ConversationInbound extends Binding {
  readonly body: string;
  /** The service of a conversation that has to be made; the default one, unless it is named. */
  readonly serviceSid?: string;
  /** Whether anybody is told. */
  readonly deliver: boolean;
}

export interface ConversationResult {
  readonly conversationSid: string;
  readonly participantSid: string;
  readonly messageSid: string;
  readonly webhooks: readonly WebhookAttempt[];
}

export class ConversationEvents {
  /** By the message's SID: what a replay posts again. */
  readonly sent = new Map<string, { readonly params: WebhookParams; readonly token: string }>();

  constructor(
    private readonly settings: Pick<Settings, 'accountSid' | 'messagingServiceSid'>,
    private readonly wiring: Pick<Wiring, 'functionsUrl'>,
    private readonly log: ConversationLog,
    private readonly addresses: AddressConfigurations,
    private readonly webhooks: Webhooks,
    /** Where the functions run that were deployed here under this host; null where none were. */
    private readonly runsAt: (host: string) => string | null,
  ) {}

  /**
   * Whether a message from this user to this sender goes into a conversation, and into which service's: where the pair is in
   * one already, or where the sender's address makes one
   * (https://www.twilio.com/docs/conversations/inbound-autocreation).
   */
  takes(address: string, proxyAddress: string): { readonly serviceSid: string } | null {
    const known = this.log.withBinding(address, proxyAddress);
    if (known) return { serviceSid: known[0].serviceSid };
    const creation = this.addresses.at(proxyAddress)?.autoCreation;
    return creation?.enabled ? { serviceSid: creation.conversationServiceSid ?? this.log.serviceSid } : null;
  }

  /** A user wrote. Who has no conversation with the sender yet gets one, as where addresses autocreate them. */
  async receive(inbound: ConversationInbound): Promise<ConversationResult> {
    const { type, address, proxyAddress, body } = inbound;
    const [conversation, participant] = this.log.withBinding(address, proxyAddress) ?? this.begin(inbound);
    const message = this.log.write(conversation, { author: address, participantSid: participant.sid, body });
    const sent = this.remember(message, type === 'whatsapp' ? 'WHATSAPP' : 'SMS');
    return {
      conversationSid: conversation.sid,
      participantSid: participant.sid,
      messageSid: message.sid,
      webhooks: inbound.deliver ? await this.post(sent) : [],
    };
  }

  /** A program added the message; whom it names as the author is its own affair. */
  async added(message: ConversationMessage): Promise<readonly WebhookAttempt[]> {
    return this.post(this.remember(message, 'API'));
  }

  /** Posts an earlier message's webhook again, word for word. */
  async replay(messageSid: string): Promise<WebhookAttempt[] | null> {
    const sent = this.sent.get(messageSid);
    return sent ? this.post(sent) : null;
  }

  private begin(
    binding: Binding & Pick<ConversationInbound, 'serviceSid'>,
  ): [Conversation, ReturnType<ConversationLog['join']>] {
    const { type, address, proxyAddress, serviceSid } = binding;
    const conversation = this.log.add(address, serviceSid);
    return [
      conversation,
      this.log.join(conversation, { identity: null, binding: { type, address, proxyAddress } }),
    ];
  }

  private remember(message: ConversationMessage, source: 'WHATSAPP' | 'SMS' | 'API') {
    const sent = { params: this.params(message, source), token: randomUUID() };
    this.sent.set(message.sid, sent);
    return sent;
  }

  private post({ params, token }: { params: WebhookParams; token: string }): Promise<WebhookAttempt[]> {
    const webhook = this.log.webhookFor(params.ChatServiceSid ?? '');
    const { filters, method, postWebhookUrl } = webhook;
    if (filters !== null && !filters.includes(EVENT)) return Promise.resolve([]);
    // A service whose only webhook of its own is the pre-event one is told nothing afterwards.
    if (postWebhookUrl === null && webhook !== this.log.webhook) return Promise.resolve([]);
    const url =
      postWebhookUrl === null ? `${this.wiring.functionsUrl}${PATH}` : this.reachable(postWebhookUrl);
    return this.webhooks.throughFaults({ kind: 'conversation', url, params }, async () => {
      const post = { kind: 'conversation' as const, url, params, method, idempotencyToken: token };
      return (await this.webhooks.post(post)).attempts;
    });
  }

  /** What was deployed here runs where the functions are. */
  private reachable(url: string): string {
    const { host, pathname, search, hash } = new URL(url);
    const runsAt = this.runsAt(host);
    return runsAt === null ? url : `${runsAt}${pathname}${search}${hash}`;
  }

  private params(message: ConversationMessage, source: string): WebhookParams {
    const { messagingServiceSid } = this.settings;
    return {
      EventType: EVENT,
      AccountSid: this.settings.accountSid,
      ChatServiceSid: this.log.get(message.conversationSid)?.serviceSid ?? this.log.serviceSid,
      ConversationSid: message.conversationSid,
      MessageSid: message.sid,
      ...(messagingServiceSid === '' ? {} : { MessagingServiceSid: messagingServiceSid }),
      Index: String(message.index),
      DateCreated: new Date(message.createdAt).toISOString(),
      Body: message.body,
      Author: message.author,
      ...(message.participantSid === null ? {} : { ParticipantSid: message.participantSid }),
      Attributes: '{}',
      Source: source,
      RetryCount: '0',
    };
  }
}
