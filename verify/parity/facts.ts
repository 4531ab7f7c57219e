/**
 * What this software or its emulator takes for true of Twilio without a page of Twilio's own that says so: M, one good
 * secondary source; L, an inference. `npm run parity` looks them up at Twilio itself, and says which it cannot reach.
 */

export interface Fact {
  readonly sure: 'M' | 'L';
  readonly sentence: string;
  /** Why no step looks it up. */
  readonly outOfReach?: string;
}

const FACT_LIST = {
  'document-name-taken': {
    sure: 'M',
    sentence: 'Creating a Sync document under a taken name: 409 with 54301, so a create is a lock.',
  },
  'document-revision-stale': {
    sure: 'M',
    sentence: 'Updating a Sync document with a stale If-Match: 412 with 54103.',
  },
  'document-name-unknown': {
    sure: 'L',
    sentence: 'A Sync document that is not there: 404 with 54300 by its name, with 54100 by its SID.',
  },
  'document-size': {
    sure: 'L',
    sentence: 'A Sync document holds 16,384 bytes of JSON text; one more is 413 with 54006.',
  },
  'document-only-objects': { sure: 'L', sentence: 'Data that is a JSON array: 400 with 54008.' },
  'update-without-parameters': { sure: 'L', sentence: 'An update that changes nothing: 400 with 54010.' },
  'names-by-kind': {
    sure: 'L',
    sentence: 'A Sync list may have the name of a document: each kind has names of its own.',
  },
  'list-name-taken': { sure: 'L', sentence: 'Creating a Sync list under a taken name: 409 with 54301.' },
  'item-revision-stale': {
    sure: 'L',
    sentence:
      'Updating or removing a list item with a stale If-Match: 412 with 54155, so a claim is made once.',
  },
  'item-unknown': { sure: 'L', sentence: 'A list item that is not there: 404 with 54151.' },
  'item-index-not-reused': { sure: 'L', sentence: 'The index of a removed list item is not given again.' },
  'map-key-taken': { sure: 'M', sentence: 'Creating a map item under a taken key: 409 with 54208.' },
  'map-revision-stale': { sure: 'M', sentence: 'Updating a map item with a stale If-Match: 412 with 54205.' },
  'sender-unknown': {
    sure: 'L',
    sentence: 'A sender that the account does not have is refused at once: 400 with 63007.',
  },
  'messages-newest-first': {
    sure: 'L',
    sentence:
      'The message log by From and To begins with the newest, so one entry tells when somebody last wrote.',
  },
  'validity-accepted': { sure: 'L', sentence: 'ValidityPeriod is taken for a WhatsApp message.' },
  'sandbox-order-text': {
    sure: 'M',
    sentence: 'HX350d… is "Thank you for your order. Your delivery is scheduled for {{1}} at {{2}}."',
  },
  'sandbox-code-text': {
    sure: 'M',
    sentence: 'HX229f… is "{{1}} is your verification code. For your security, do not share this code."',
  },
  'lost-twice': {
    sure: 'M',
    sentence: 'A message lost with 63016 is reported as undelivered and as failed, in either order.',
    outOfReach: 'needs a public address for status callbacks',
  },
  'lost-falsely': {
    sure: 'M',
    sentence: '63016 also comes while the window is open, right after a message of the user.',
    outOfReach: 'cannot be brought about',
  },
  'validity-ends-a-wait': {
    sure: 'L',
    sentence: 'A message that waited longer than its ValidityPeriod fails with 30036, and not with 63016.',
    outOfReach: 'cannot be brought about',
  },
  'reaction-counts': {
    sure: 'M',
    sentence: 'A reaction comes as an inbound message with an empty Body, and opens the window.',
    outOfReach: 'needs a closed window and a public address for webhooks',
  },
  'stop-opens': {
    sure: 'M',
    sentence: 'STOP opens the window as far as WhatsApp is concerned.',
    outOfReach: 'would opt the user out',
  },
  'spellings-differ': {
    sure: 'M',
    sentence: 'WaId may spell an Argentine, Brazilian or Mexican number otherwise than From.',
    outOfReach: 'needs a public address for webhooks, and such a number',
  },
} as const satisfies Readonly<Record<string, Fact>>;

export type FactName = keyof typeof FACT_LIST;
export const FACTS: Readonly<Record<FactName, Fact>> = FACT_LIST;
