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
  'length-in-utf-16': {
    sure: 'L',
    sentence: 'The 1,600 characters of a text are counted in UTF-16 units: 801 emoji are refused (21617).',
  },
  'date-sent-by-day': {
    sure: 'L',
    sentence:
      'DateSent> of a list reads the day alone: a message of today is listed after today, 23:59:59 (dateSentByDay).',
  },
  'functions-service-name-taken': {
    sure: 'L',
    sentence: 'A second Functions service of one unique name: 409 with 20409.',
  },
  'conversation-binding-taken': {
    sure: 'M',
    sentence: 'An address is in one conversation with a sender at most: 409 with 50416.',
  },
  'conversation-closed': {
    sure: 'L',
    sentence: 'A closed conversation takes no state, participant or message: 400 with 50377.',
  },
  'conversation-lets-go': {
    sure: 'L',
    sentence: 'A closed conversation lets go of its people: they may be in another one with the same sender.',
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
  'webhook-rules-listed': {
    sure: 'L',
    sentence: 'An account without rules for webhooks answers 200 with an empty list at webhooks.twilio.com.',
  },
  'build-node18': { sure: 'L', sentence: 'A build for node18: 400 with 82007.' },
  'build-runtime-handler': {
    sure: 'M',
    sentence: 'A build with @twilio/runtime-handler 2.0.3, 2.1.0 or a range: 400 with 20001.',
  },
  'build-default-runtime': { sure: 'M', sentence: 'A build without Runtime is one for node22.' },
  'inbound-dated-late': {
    sure: 'M',
    sentence: 'date_sent of an inbound message is at or after its date_created.',
  },
  'media-sid': { sure: 'M', sentence: 'A message with media has a SID that begins with MM.' },
  'service-sid-unasked': {
    sure: 'M',
    sentence: 'The answer has a messaging_service_sid also where none was asked for.',
  },
  'unapproved-text-limits': {
    sure: 'L',
    sentence:
      'A line break in a value of an unapproved text inside the window is refused with 63013 (unapprovedTextKeepsLimits).',
  },
  'unapproved-call-to-action': {
    sure: 'L',
    sentence:
      'An unapproved call to action is refused inside the window too, with 63016 (callToActionNeedsApproval).',
  },
  'unapproved-four-buttons': {
    sure: 'L',
    sentence: 'An unapproved quick reply with more than three buttons is refused with 63016.',
  },
  redaction: { sure: 'M', sentence: 'A redacted message stays in the log, with an empty body.' },
  'service-hides-body': {
    sure: 'M',
    sentence: 'What went out by ContentSid through a Messaging Service has an empty body in answer and log.',
    outOfReach: 'needs a Messaging Service with the sender in its pool',
  },
  'scheduled-canceled': {
    sure: 'M',
    sentence: 'A scheduled message is listed as scheduled, and Status=canceled takes it back.',
    outOfReach: 'needs a Messaging Service with the sender in its pool',
  },
  'log-lag': {
    sure: 'M',
    sentence: 'A message may be listed seconds after its creation; a fetch by SID finds it at once.',
    outOfReach: 'shows by chance only',
  },
  'one-attachment': {
    sure: 'M',
    sentence: 'Of several MediaUrl of one message the first arrives, and the others do without an error.',
    outOfReach: 'only the user’s phone shows it',
  },
  'one-time-code-length': {
    sure: 'L',
    sentence: 'A one-time code of more than 15 characters is refused with 63013.',
    outOfReach: 'needs an approved authentication template of the account',
  },
  'stopped-templates': {
    sure: 'M',
    sentence: 'A paused or disabled template is refused inside the window too (63041, 63042).',
    outOfReach: 'needs a template that Meta stopped',
  },
  'placeholder-at-the-end': {
    sure: 'M',
    sentence: 'A body that begins or ends with a placeholder is rejected, and its name is blocked.',
    outOfReach: 'would block a name of the account for 30 days',
  },
  'creation-limit': {
    sure: 'M',
    sentence: 'Sync creates fewer than 20 objects a second, 200 in a burst; then 429 with 54009.',
    outOfReach: 'would slow down whatever else uses Sync in the account',
  },
  'executions-limit': {
    sure: 'M',
    sentence:
      'A Functions service runs 30 executions at a time and answers 429 with 20429 beyond that; Twilio’s webhooks come again then only where the address asks for 4xx.',
    outOfReach: 'needs functions that are deployed, and calls that occupy them',
  },
  'opt-out-type': {
    sure: 'M',
    sentence: 'OptOutType comes with inbound messages by the account’s own words, HELP and START included.',
    outOfReach: 'would opt the user out',
  },
  'opted-out-refusal': {
    sure: 'M',
    sentence: 'A person whom Twilio has opted out is refused with 21610 in the callback, not in the answer.',
    outOfReach: 'would opt the user out',
  },
  'answer-errors': {
    sure: 'M',
    sentence: 'An answer that is no TwiML, or an empty message in it, sends nothing (12100, 12300, 14103).',
    outOfReach: 'needs a public address for webhooks',
  },
  'rule-overrides-address': {
    sure: 'M',
    sentence: 'A rule for webhooks takes the place of #rc=…, and may sign with a key of its own.',
    outOfReach: 'needs a public address for webhooks, and a rule for it',
  },
  'rule-split': {
    sure: 'M',
    sentence: 'A rule for webhooks with two settings signs one part of them otherwise, by chance.',
    outOfReach: 'needs a public address for webhooks, and a rule for it',
  },
  'replies-in-a-row': {
    sure: 'M',
    sentence:
      'More than 15 replies in a row to one person end as failed with 14107; the pages say 15, 20 and 30.',
    outOfReach: 'needs a public address for webhooks, and a user who gets them all',
  },
  'pair-limit': {
    sure: 'M',
    sentence: '46 messages at once to one person: the last is undelivered with 63018 (pairLimit).',
    outOfReach: 'would send the user 46 messages within seconds',
  },
  'callback-user-id': {
    sure: 'M',
    sentence: 'Status callbacks carry ExternalUserId, inbound ones ParentExternalUserId as well.',
    outOfReach: 'needs a public address, and a user with such an id',
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
