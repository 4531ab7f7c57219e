/**
 * The steps of `npm run parity` for closed conversations: whether they let go of the people in them decides by which webhook
 * the next inbound message comes. The person in them is a number that is set aside for fiction, and nothing is written.
 */
import { CONVERSATIONS, type Known, NOBODY, refused, type Step, succeeded } from './step';

const FIRST = 'a conversation';
const SECOND = 'a second conversation';
/** What is to be removed again. */
export const CONVERSATIONS_MADE = [FIRST, SECOND] as const;

type Made = (typeof CONVERSATIONS_MADE)[number];

const create = (name: Made): Step => ({
  name,
  request: () => ({ method: 'post', url: CONVERSATIONS, form: { FriendlyName: 'parity' } }),
  note: (body, known) => known.note(name, body.sid),
  view: ({ friendly_name, state }) => ({ friendly_name, state }),
});

const join = (name: string, conversation: Made, facts?: Step['facts']): Step => ({
  name,
  request: (known: Known) => ({
    method: 'post',
    url: `${CONVERSATIONS}/${known.get(conversation)}/Participants`,
    form: { 'MessagingBinding.Address': NOBODY, 'MessagingBinding.ProxyAddress': known.sender },
  }),
  view: ({ messaging_binding }) => ({ messaging_binding }),
  ...(facts && { facts }),
});

const setState = (name: string, State: string, facts?: Step['facts']): Step => ({
  name,
  request: (known) => ({ method: 'post', url: `${CONVERSATIONS}/${known.get(FIRST)}`, form: { State } }),
  view: ({ state }) => ({ state }),
  ...(facts && { facts }),
});

const CLOSED = { 'conversation-closed': refused(400, 50377) };

/** Nobody gets a message by these. */
export const CONVERSATION_STEPS: readonly Step[] = [
  create(FIRST),
  create(SECOND),
  join('somebody in a conversation', FIRST),
  join('the same in a second conversation', SECOND, { 'conversation-binding-taken': refused(409, 50416) }),
  setState('the conversation is closed', 'closed'),
  setState('a closed conversation is opened again', 'active', CLOSED),
  {
    name: 'somebody joins a closed conversation',
    request: (known) => ({
      method: 'post',
      url: `${CONVERSATIONS}/${known.get(FIRST)}/Participants`,
      form: { Identity: 'parity' },
    }),
    facts: CLOSED,
  },
  join('who was in a closed conversation, in a second one', SECOND, { 'conversation-lets-go': succeeded }),
];
