/**
 * The state of an account as a text: everything that it knows, to go on with it in another process. What was observed of
 * it is not part of it: counted requests, posted webhooks, faults.
 */
import { z } from 'zod';
import type { Account } from '../account';
import type { Clock } from '../clock';
import { ambiguousWord } from '../whatsapp/advanced-opt-out';
import { restoreFunctions, STORED_FUNCTIONS, storedFunctions } from './stored-functions';
import {
  STORED_ADDRESSES,
  STORED_CONVERSATIONS,
  STORED_EVENTS,
  STORED_MESSAGES,
  STORED_PEOPLE,
  storedConversations,
  storedMessages,
} from './stored-messages';
import {
  restoreMessagingServices,
  STORED_MESSAGING_SERVICES,
  STORED_SENDERS,
  STORED_STUDIO_FLOWS,
  STORED_TEMPLATES,
  STORED_WEBHOOK_RULES,
  STORED_WIRING,
  storedMessagingServices,
  storedWebhookRules,
} from './stored-settings';
import { restoreSync, STORED_SYNC, storedSync } from './stored-sync';

const FORMAT = 'whatsapp-window-emulator-state';
/** Another one whenever a text of before could no longer be read. */
const VERSION = 1;

const HEAD = z.object({ format: z.literal(FORMAT), version: z.number(), accountSid: z.string() });
/** Such as `Date` can hold. */
const INSTANT = z.int().min(-8.64e15).max(8.64e15);
const WORDS = z.array(z.string());

const STATE = z.object({
  ...HEAD.shape,
  clock: z.object({ offsetMs: INSTANT, frozenAt: INSTANT.nullable() }),
  wiring: STORED_WIRING,
  people: STORED_PEOPLE,
  messages: STORED_MESSAGES,
  inboundEvents: STORED_EVENTS,
  inConversations: z.record(z.string(), z.string()),
  conversations: STORED_CONVERSATIONS,
  addressConfigurations: STORED_ADDRESSES,
  conversationEvents: STORED_EVENTS,
  optOuts: WORDS,
  optOutWords: z
    .object({ STOP: WORDS, START: WORDS, HELP: WORDS })
    .refine((words) => ambiguousWord(words) === undefined, 'a word is of two kinds'),
  templates: STORED_TEMPLATES,
  blockedNames: z.record(z.string(), z.number()),
  senders: STORED_SENDERS,
  messagingServices: STORED_MESSAGING_SERVICES,
  webhookRules: STORED_WEBHOOK_RULES,
  studioFlows: STORED_STUDIO_FLOWS,
  sync: STORED_SYNC,
  functions: STORED_FUNCTIONS,
});
export type AccountState = z.infer<typeof STATE>;

/** A text that is no state, or not of this account. */
export class StateError extends Error {}

export function writtenState(account: Account, clock: Clock, accountSid: string): string {
  const { functionsUrl: _, ...wiring } = account.wiring;
  const state: { [Name in keyof AccountState]: unknown } = {
    ...{ format: FORMAT, version: VERSION, accountSid },
    clock: clock.moves,
    wiring,
    people: account.whatsapp.everybody(),
    messages: storedMessages(account.messages),
    inboundEvents: Object.fromEntries(account.inbound.sent),
    inConversations: Object.fromEntries(account.inbound.inConversations),
    conversations: storedConversations(account.conversations),
    addressConfigurations: account.addressConfigurations.all(),
    conversationEvents: Object.fromEntries(account.conversationEvents.sent),
    optOuts: [...account.optOuts.pairs],
    optOutWords: account.advancedOptOut.words,
    templates: account.templates.all(),
    blockedNames: Object.fromEntries(account.templates.blockedNames),
    senders: account.senders.all(),
    messagingServices: storedMessagingServices(account.messagingServices),
    webhookRules: storedWebhookRules(account.webhookRules),
    studioFlows: account.studioFlows.all(),
    sync: storedSync(account.sync),
    functions: storedFunctions(account.serverless),
  };
  return `${JSON.stringify(state)}\n`;
}

/** @throws StateError in one sentence that names what is wrong */
export function readState(text: string, accountSid: string): AccountState {
  const parsed = parsedJson(text);
  const head = HEAD.safeParse(parsed);
  if (!head.success) throw new StateError('it is no state of the emulator');
  const { version, accountSid: given } = head.data;
  if (version !== VERSION) {
    throw new StateError(`it has the version ${version}, and this emulator reads version ${VERSION}`);
  }
  if (given !== accountSid) throw new StateError(`it is of the account ${given}, not of ${accountSid}`);
  const state = STATE.safeParse(parsed);
  if (state.success) return state.data;
  const [issue] = state.error.issues;
  throw new StateError(`it is damaged at ${issue?.path.join('.')}: ${issue?.message}`);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new StateError('it is not JSON, or only a part of it');
  }
}

/** @param account a fresh one @param clock moved to the state's already */
export function restoreAccount(account: Account, state: AccountState): void {
  Object.assign(account.wiring, state.wiring);
  account.whatsapp.restore(state.people);
  for (const [sid, event] of Object.entries(state.inboundEvents)) account.inbound.sent.set(sid, event);
  for (const [sid, taken] of Object.entries(state.inConversations))
    account.inbound.inConversations.set(sid, taken);
  const { serviceSid, webhook, services, conversations } = state.conversations;
  account.conversations.restore(serviceSid, webhook, services, conversations);
  account.addressConfigurations.restore(state.addressConfigurations);
  for (const [sid, event] of Object.entries(state.conversationEvents))
    account.conversationEvents.sent.set(sid, event);
  for (const pair of state.optOuts) account.optOuts.pairs.add(pair);
  account.advancedOptOut.setWords(state.optOutWords);
  account.templates.restore(state.templates, state.blockedNames);
  account.senders.restore(state.senders);
  restoreMessagingServices(account.messagingServices, state.messagingServices);
  const { rules, settings, secrets } = state.webhookRules;
  account.webhookRules.restore(rules, settings, secrets);
  for (const flow of state.studioFlows) account.studioFlows.set(flow);
  restoreSync(account.sync, state.sync);
  restoreFunctions(account.serverless, state.functions);
  // Last: what was on its way goes on, and asks all of the above.
  for (const stored of state.messages) account.messages.add({ ...stored, unschedule: null });
  for (const message of account.messages.everything()) account.resume(message);
}
