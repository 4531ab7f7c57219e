/**
 * The conversations of an account, each in one conversation service, who takes part in them, and what was written. It must
 * not tell anybody of it; `conversation-events.ts` does.
 */
import type { Clock } from '../../clock';
import { newSid } from '../../server/sids';

/** How somebody takes part who has no identity: by an address of a channel, through a sender of the account. */
export interface Binding {
  readonly type: 'whatsapp' | 'sms';
  readonly address: string;
  readonly proxyAddress: string;
}

export interface Participant {
  readonly sid: string;
  readonly conversationSid: string;
  /** Of an agent, or of a user of the chat SDK; null for whoever has a binding. */
  readonly identity: string | null;
  readonly binding: Binding | null;
  readonly createdAt: number;
}

export interface ConversationMessage {
  readonly sid: string;
  readonly conversationSid: string;
  readonly index: number;
  readonly author: string;
  readonly participantSid: string | null;
  readonly body: string;
  readonly createdAt: number;
}

/** https://www.twilio.com/docs/conversations/states-timers */
export const CONVERSATION_STATES = ['active', 'inactive', 'closed'] as const;
export type ConversationState = (typeof CONVERSATION_STATES)[number];

export interface Conversation {
  readonly sid: string;
  readonly serviceSid: string;
  readonly friendlyName: string | null;
  /** Active where there is none. */
  state?: ConversationState;
  readonly createdAt: number;
  readonly participants: Participant[];
  readonly messages: ConversationMessage[];
}

/** Where the webhooks go, for all conversations of the account or of one service. */
export interface ConversationWebhook {
  /** Null for the account: the path of the functions that takes them, so that nobody has to configure anything. */
  postWebhookUrl: string | null;
  preWebhookUrl: string | null;
  method: 'GET' | 'POST';
  /** The events that are posted; null for all. */
  filters: readonly string[] | null;
}

/** One of the account's conversation services; Flex has one of its own. */
export interface ConversationService {
  readonly sid: string;
  readonly friendlyName: string;
  readonly createdAt: number;
  readonly webhook: ConversationWebhook;
}

const unset = (): ConversationWebhook => ({
  postWebhookUrl: null,
  preWebhookUrl: null,
  method: 'POST',
  filters: null,
});

export class ConversationLog {
  /** The service that a conversation is in, unless another one is named. */
  serviceSid: string;
  readonly webhook = unset();
  private readonly services = new Map<string, ConversationService>();
  private readonly conversations = new Map<string, Conversation>();

  constructor(private readonly clock: Clock) {
    this.serviceSid = this.addService('Default Conversations Service').sid;
  }

  addService(friendlyName: string): ConversationService {
    const service = { sid: newSid('IS'), friendlyName, createdAt: this.clock.now(), webhook: unset() };
    this.services.set(service.sid, service);
    return service;
  }

  allServices(): ConversationService[] {
    return [...this.services.values()];
  }

  service(sid: string): ConversationService | undefined {
    return this.services.get(sid);
  }

  /**
   * A service's own webhooks take the place of the account's, where it has any
   * (https://www.twilio.com/docs/conversations/api/per-service-webhook-resource).
   */
  webhookFor(serviceSid: string): ConversationWebhook {
    const own = this.services.get(serviceSid)?.webhook;
    return own && (own.postWebhookUrl ?? own.preWebhookUrl) !== null ? own : this.webhook;
  }

  /** @param serviceSid of the service that a conversation is in, unless another one is named */
  restore(
    serviceSid: string,
    webhook: ConversationWebhook,
    services: readonly ConversationService[],
    conversations: readonly Conversation[],
  ): void {
    this.serviceSid = serviceSid;
    Object.assign(this.webhook, webhook);
    this.services.clear();
    for (const service of services) this.services.set(service.sid, service);
    for (const conversation of conversations) this.conversations.set(conversation.sid, conversation);
  }

  all(): Conversation[] {
    return [...this.conversations.values()];
  }

  get(sid: string): Conversation | undefined {
    return this.conversations.get(sid);
  }

  add(friendlyName: string | null, serviceSid = this.serviceSid): Conversation {
    const named = { sid: newSid('CH'), serviceSid, friendlyName };
    const conversation = { ...named, createdAt: this.clock.now(), participants: [], messages: [] };
    this.conversations.set(conversation.sid, conversation);
    return conversation;
  }

  remove({ sid }: Conversation): void {
    this.conversations.delete(sid);
  }

  join(
    conversation: Conversation,
    { identity, binding }: Pick<Participant, 'identity' | 'binding'>,
  ): Participant {
    const participant = {
      ...{ sid: newSid('MB'), conversationSid: conversation.sid },
      ...{ identity, binding, createdAt: this.clock.now() },
    };
    conversation.participants.push(participant);
    return participant;
  }

  write(
    conversation: Conversation,
    { author, participantSid, body }: Pick<ConversationMessage, 'author' | 'participantSid' | 'body'>,
  ): ConversationMessage {
    const message = {
      ...{ sid: newSid('IM'), conversationSid: conversation.sid, index: conversation.messages.length },
      ...{ author, participantSid, body, createdAt: this.clock.now() },
    };
    conversation.messages.push(message);
    return message;
  }

  /** An address is in one conversation with a sender at most (50416); a closed one has let go of it. */
  withBinding(address: string, proxyAddress: string): [Conversation, Participant] | undefined {
    for (const conversation of this.all()) {
      if (conversation.state === 'closed') continue;
      const found = conversation.participants.find(
        ({ binding }) => binding?.address === address && binding.proxyAddress === proxyAddress,
      );
      if (found) return [conversation, found];
    }
    return undefined;
  }
}
