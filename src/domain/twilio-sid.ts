/** Twilio's identifiers as types of their own, so that a Content SID cannot be taken for a message SID or a name. */

/** `HX` and 32 hexadecimal digits: a template of the Content API. */
export type ContentSid = string & { readonly __brand: 'ContentSid' };

/** `SM` or `MM` and 32 hexadecimal digits: a message. */
export type MessageSid = string & { readonly __brand: 'MessageSid' };

/** `CA` and 32 hexadecimal digits: a call. */
export type CallSid = string & { readonly __brand: 'CallSid' };

/** `CH` and 32 hexadecimal digits: a conversation of Twilio Conversations. */
export type ConversationSid = string & { readonly __brand: 'ConversationSid' };

/** `MB` and 32 hexadecimal digits: who takes part in a conversation. */
export type ParticipantSid = string & { readonly __brand: 'ParticipantSid' };

/** `IS` and 32 hexadecimal digits: a service of Twilio Conversations. */
export type ConversationServiceSid = string & { readonly __brand: 'ConversationServiceSid' };

export function parseContentSid(text: string): ContentSid | undefined {
  return /^HX[0-9a-fA-F]{32}$/.test(text) ? (text as ContentSid) : undefined;
}

export function parseMessageSid(text: string): MessageSid | undefined {
  return /^(?:SM|MM)[0-9a-fA-F]{32}$/.test(text) ? (text as MessageSid) : undefined;
}

export function parseCallSid(text: string): CallSid | undefined {
  return /^CA[0-9a-fA-F]{32}$/.test(text) ? (text as CallSid) : undefined;
}

export function parseConversationSid(text: string): ConversationSid | undefined {
  return /^CH[0-9a-fA-F]{32}$/.test(text) ? (text as ConversationSid) : undefined;
}

export function parseParticipantSid(text: string): ParticipantSid | undefined {
  return /^MB[0-9a-fA-F]{32}$/.test(text) ? (text as ParticipantSid) : undefined;
}

export function parseConversationServiceSid(text: string): ConversationServiceSid | undefined {
  return /^IS[0-9a-fA-F]{32}$/.test(text) ? (text as ConversationServiceSid) : undefined;
}
