/**
 * Conversations and who takes part in them: https://www.twilio.com/docs/conversations/api/conversation-resource,
 * https://www.twilio.com/docs/conversations/api/conversation-participant-resource
 */
import { PAGING_PARAMETERS, pageRequest, v1Page } from '../../server/paging';
import type { Parameters } from '../../server/parameters';
import type { Call, Route } from '../../server/router';
import { isoDate } from '../../server/twilio-dates';
import { notFound, TwilioError } from '../../server/twilio-error';
import {
  type Binding,
  CONVERSATION_STATES,
  type Conversation,
  type ConversationLog,
  type ConversationState,
  type Participant,
} from './conversation-log';

export const BASE = 'https://conversations.twilio.com/v1';

export function foundConversation(log: ConversationLog, call: Call): Conversation {
  const sid = call.at('ConversationSid');
  const conversation = log.get(sid);
  if (!conversation) throw notFound(`/Conversations/${sid}`);
  return conversation;
}

/** What is closed stays so: https://www.twilio.com/docs/api/errors/50377 */
export function openConversation(log: ConversationLog, call: Call): Conversation {
  const conversation = foundConversation(log, call);
  if (conversation.state !== 'closed') return conversation;
  throw new TwilioError(400, 50377, "Can't update conversation as it's in final closed state");
}

export function page<T extends { readonly sid: string }>(
  call: Call,
  url: string,
  key: string,
  all: readonly T[],
  show: (item: T) => unknown,
) {
  const request = pageRequest(call.query, 100);
  const from = all.findIndex(({ sid }) => sid === request.after) + 1;
  const items = all
    .slice(from, from + request.size + 1)
    .map((item) => ({ token: item.sid, value: show(item) }));
  return { status: 200, body: v1Page(url, key, call.query, request, items) };
}

export function conversationRoutes(log: ConversationLog, accountSid: string): Route[] {
  const shown = (conversation: Conversation): Record<string, unknown> => {
    const url = `${BASE}/Conversations/${conversation.sid}`;
    return {
      account_sid: accountSid,
      chat_service_sid: conversation.serviceSid,
      messaging_service_sid: null,
      sid: conversation.sid,
      friendly_name: conversation.friendlyName,
      unique_name: null,
      attributes: '{}',
      state: conversation.state ?? 'active',
      date_created: isoDate(conversation.createdAt),
      date_updated: isoDate(conversation.createdAt),
      timers: {},
      bindings: {},
      url,
      links: {
        participants: `${url}/Participants`,
        messages: `${url}/Messages`,
        webhooks: `${url}/Webhooks`,
      },
    };
  };

  const shownParticipant = (participant: Participant): Record<string, unknown> => ({
    account_sid: accountSid,
    conversation_sid: participant.conversationSid,
    sid: participant.sid,
    identity: participant.identity,
    attributes: '{}',
    messaging_binding: shownBinding(participant.binding),
    role_sid: null,
    date_created: isoDate(participant.createdAt),
    date_updated: isoDate(participant.createdAt),
    url: `${BASE}/Conversations/${participant.conversationSid}/Participants/${participant.sid}`,
    last_read_message_index: null,
    last_read_timestamp: null,
  });

  const foundParticipant = (call: Call): { status: number; body: Record<string, unknown> } => {
    const sid = call.at('ParticipantSid');
    const { participants } = foundConversation(log, call);
    const participant = participants.find((one) => one.sid === sid || one.identity === sid);
    if (!participant) throw notFound(`/Conversations/${call.at('ConversationSid')}/Participants/${sid}`);
    return { status: 200, body: shownParticipant(participant) };
  };

  return [
    {
      service: 'conversations',
      method: 'GET',
      path: '/v1/Conversations',
      label: 'Conversations',
      query: PAGING_PARAMETERS,
      handle(call) {
        const own = log.all().filter(({ serviceSid }) => serviceSid === log.serviceSid);
        return page(call, `${BASE}/Conversations`, 'conversations', own, shown);
      },
    },
    {
      service: 'conversations',
      method: 'POST',
      path: '/v1/Conversations',
      label: 'Conversations',
      body: ['FriendlyName'],
      handle: (call) => ({ status: 201, body: shown(log.add(call.form.get('FriendlyName') ?? null)) }),
    },
    {
      service: 'conversations',
      method: 'GET',
      path: '/v1/Conversations/{ConversationSid}',
      label: 'Conversations/{sid}',
      handle: (call) => ({ status: 200, body: shown(foundConversation(log, call)) }),
    },
    {
      service: 'conversations',
      method: 'POST',
      path: '/v1/Conversations/{ConversationSid}',
      label: 'Conversations/{sid}',
      body: ['State'],
      handle(call) {
        const conversation = openConversation(log, call);
        conversation.state = stateFrom(call.form) ?? conversation.state ?? 'active';
        return { status: 200, body: shown(conversation) };
      },
    },
    {
      service: 'conversations',
      method: 'DELETE',
      path: '/v1/Conversations/{ConversationSid}',
      label: 'Conversations/{sid}',
      handle(call) {
        log.remove(foundConversation(log, call));
        return { status: 204 };
      },
    },
    {
      service: 'conversations',
      method: 'GET',
      path: '/v1/Conversations/{ConversationSid}/Participants',
      label: 'Conversations/{sid}/Participants',
      query: PAGING_PARAMETERS,
      handle(call) {
        const { sid, participants } = foundConversation(log, call);
        const url = `${BASE}/Conversations/${sid}/Participants`;
        return page(call, url, 'participants', participants, shownParticipant);
      },
    },
    {
      service: 'conversations',
      method: 'POST',
      path: '/v1/Conversations/{ConversationSid}/Participants',
      label: 'Conversations/{sid}/Participants',
      body: ['Identity', 'MessagingBinding.Address', 'MessagingBinding.ProxyAddress'],
      handle(call) {
        const conversation = openConversation(log, call);
        const identity = call.form.get('Identity') ?? null;
        const binding = identity === null ? bindingFrom(call.form) : null;
        if (binding && log.withBinding(binding.address, binding.proxyAddress)) {
          throw new TwilioError(
            409,
            50416,
            'A binding for this participant and proxy address already exists in another Conversation.',
          );
        }
        return { status: 201, body: shownParticipant(log.join(conversation, { identity, binding })) };
      },
    },
    {
      service: 'conversations',
      method: 'GET',
      path: '/v1/ParticipantConversations',
      label: 'ParticipantConversations',
      query: [...PAGING_PARAMETERS, 'Identity', 'Address'],
      handle(call) {
        const [identity, address] = [call.query.get('Identity'), call.query.get('Address')];
        if ((identity === undefined) === (address === undefined)) {
          throw new TwilioError(400, 20001, 'Either Identity or Address is required.');
        }
        const found = log
          .all()
          .flatMap((conversation) =>
            conversation.participants
              .filter((one) =>
                identity === undefined ? one.binding?.address === address : one.identity === identity,
              )
              .map((one) => ({ ...one, conversation })),
          );
        const show = (one: Participant & { readonly conversation: Conversation }) => ({
          account_sid: accountSid,
          chat_service_sid: one.conversation.serviceSid,
          participant_sid: one.sid,
          participant_user_sid: null,
          participant_identity: one.identity,
          participant_messaging_binding: shownBinding(one.binding),
          conversation_sid: one.conversationSid,
          conversation_unique_name: null,
          conversation_friendly_name: one.conversation.friendlyName,
          conversation_attributes: '{}',
          conversation_date_created: isoDate(one.conversation.createdAt),
          conversation_date_updated: isoDate(one.conversation.createdAt),
          conversation_created_by: 'system',
          conversation_state: one.conversation.state ?? 'active',
          conversation_timers: {},
          links: {
            participant: `${BASE}/Conversations/${one.conversationSid}/Participants/${one.sid}`,
            conversation: `${BASE}/Conversations/${one.conversationSid}`,
          },
        });
        return page(call, `${BASE}/ParticipantConversations`, 'conversations', found, show);
      },
    },
    {
      service: 'conversations',
      method: 'GET',
      path: '/v1/Conversations/{ConversationSid}/Participants/{ParticipantSid}',
      label: 'Conversations/{sid}/Participants/{sid}',
      handle: foundParticipant,
    },
    {
      service: 'conversations',
      method: 'GET',
      path: '/v1/Services/{ServiceSid}/Conversations/{ConversationSid}/Participants/{ParticipantSid}',
      label: 'Services/{sid}/Conversations/{sid}/Participants/{sid}',
      handle(call) {
        const serviceSid = call.at('ServiceSid');
        if (foundConversation(log, call).serviceSid !== serviceSid) {
          throw notFound(`/Services/${serviceSid}/Conversations/${call.at('ConversationSid')}`);
        }
        const { status, body } = foundParticipant(call);
        const url = `${BASE}/Services/${serviceSid}${String(body.url).slice(BASE.length)}`;
        return { status, body: { ...body, chat_service_sid: serviceSid, url } };
      },
    },
  ];
}

function stateFrom(form: Parameters): ConversationState | undefined {
  const given = form.get('State');
  if (given === undefined) return undefined;
  const state = CONVERSATION_STATES.find((known) => known === given);
  if (state) return state;
  throw new TwilioError(400, 20001, `State must be one of ${CONVERSATION_STATES.join(', ')}.`);
}

function shownBinding(binding: Binding | null): Record<string, unknown> | null {
  return binding && { type: binding.type, address: binding.address, proxy_address: binding.proxyAddress };
}

function bindingFrom(form: Parameters): Binding {
  const address = form.get('MessagingBinding.Address') ?? '';
  const proxyAddress = form.get('MessagingBinding.ProxyAddress') ?? '';
  const isWhatsApp = address.startsWith('whatsapp:');
  const isFine = /^(?:whatsapp:)?\+\d{7,15}$/;
  const isPair = isFine.test(proxyAddress) && proxyAddress.startsWith('whatsapp:') === isWhatsApp;
  const isUser = isFine.test(address) || /^whatsapp:[A-Z]{2}\./.test(address);
  if (!isPair || !isUser) {
    throw new TwilioError(
      400,
      50407,
      'Identity, or MessagingBinding.Address and MessagingBinding.ProxyAddress of one channel, are required.',
    );
  }
  return { type: isWhatsApp ? 'whatsapp' : 'sms', address, proxyAddress };
}
