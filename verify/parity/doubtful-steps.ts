/**
 * The steps of `npm run parity` for what the emulator is strict about although Twilio's pages are silent, or contradict one
 * another: where there is a switch, the answer says which reading is right.
 */
import {
  type ApiAnswer,
  type Body,
  CONTENT,
  good,
  type Known,
  messagesUrl,
  objects,
  refused,
  type Step,
  succeeded,
} from './step';

export const SERVERLESS = 'https://serverless.twilio.com/v1/Services';

const builds = (known: Known) => `${SERVERLESS}/${known.get('functions service')}/Builds`;
const dependencies = (version: string) => JSON.stringify([{ name: '@twilio/runtime-handler', version }]);

const build = (name: string, form: Readonly<Record<string, string>>, facts: Step['facts']): Step => ({
  name: `a build ${name}`,
  request: (known) => ({ method: 'post', url: builds(known), form }),
  ...(facts && { facts }),
});

/** Nobody gets a message by these. */
export const DOUBTFUL_STEPS: readonly Step[] = [
  {
    name: 'the rules for webhooks',
    request: () => ({ method: 'get', url: 'https://webhooks.twilio.com/v1/Webhooks/Rules' }),
    // Which ones there are is the account's own affair.
    view: ({ rules, meta }) => ({ rules: Array.isArray(rules), meta: Object.keys(Object(meta)).sort() }),
    facts: { 'webhook-rules-listed': (answer, { rules }) => succeeded(answer) && Array.isArray(rules) },
  },
  {
    name: 'a Functions service of its own',
    request: () => ({
      method: 'post',
      url: SERVERLESS,
      form: { UniqueName: 'parity', FriendlyName: 'parity', IncludeCredentials: 'false' },
    }),
    note: (body, known) => known.note('functions service', body.sid),
    view: ({ unique_name, include_credentials }) => ({ unique_name, include_credentials }),
  },
  {
    name: 'a second Functions service of the same name',
    request: () => ({
      method: 'post',
      url: SERVERLESS,
      form: { UniqueName: 'parity', FriendlyName: 'parity' },
    }),
    facts: { 'functions-service-name-taken': refused(409, 20409) },
  },
  build('for node18', { Runtime: 'node18' }, { 'build-node18': refused(400, 82007) }),
  ...['2.0.3', '2.1.0', '^2.0.1'].map((version) =>
    build(
      `with runtime-handler ${version}`,
      { Runtime: 'node22', Dependencies: dependencies(version) },
      { 'build-runtime-handler': refused(400, 20001) },
    ),
  ),
  {
    ...build('without a runtime', { Dependencies: dependencies('2.0.1') }, undefined),
    view: ({ runtime }) => ({ runtime }),
    facts: { 'build-default-runtime': (_answer, { runtime }) => runtime === 'node22' },
  },
];

/** Content without approval, each of which one of Twilio's pages allows inside the window, or another does not. */
export const UNAPPROVED: readonly { readonly name: string; readonly types: object }[] = [
  { name: 'an unapproved text', types: { 'twilio/text': { body: 'Parity check: {{1}}.' } } },
  {
    name: 'an unapproved call to action',
    types: {
      'twilio/call-to-action': {
        body: 'Parity check {{1}}.',
        actions: [{ type: 'URL', title: 'Page', url: 'https://www.twilio.com' }],
      },
    },
  },
  {
    name: 'an unapproved quick reply with four buttons',
    types: {
      'twilio/quick-reply': {
        body: 'Parity check {{1}}.',
        actions: ['a', 'b', 'c', 'd'].map((id) => ({ title: id, id })),
      },
    },
  },
];

const FAILED = ['undelivered', 'failed'];
const failsWith =
  (...codes: readonly number[]) =>
  (_answer: ApiAnswer, { status, error_code }: Body) =>
    FAILED.includes(String(status)) && codes.includes(Number(error_code));
const bodyIs =
  (text: string) =>
  (_answer: ApiAnswer, { body }: Body) =>
    body === text;

/** Creates the content, sends it, and looks what became of it. */
function unapproved(name: string, value: string, delivered: Step['facts']): readonly Step[] {
  const types = UNAPPROVED.find((content) => content.name === name)?.types ?? {};
  const [created, through] = good(`${name}, sent`, 'user', {});
  return [
    {
      name,
      needs: 'user',
      request: () => ({
        method: 'post',
        url: `${CONTENT}/Content`,
        json: { friendly_name: 'parity', language: 'en', variables: { 1: 'Ada' }, types },
      }),
      note: (body, known) => known.note(name, body.sid),
      view: ({ types: theirs }) => ({ types: theirs }),
    },
    ...(created && through
      ? [
          {
            ...created,
            request: (known: Known) => ({
              method: 'post' as const,
              url: messagesUrl(known),
              form: {
                ...{ To: known.user ?? '', From: known.sender, ContentSid: known.get(name) },
                ContentVariables: JSON.stringify({ 1: value }),
              },
            }),
          },
          { ...through, ...(delivered && { facts: delivered }) },
        ]
      : []),
  ];
}

const PICTURE = 'a picture';
const TEXT = 'a text that is redacted';

export const DOUBTFUL_USER_STEPS: readonly Step[] = [
  {
    name: 'the times of the newest message from the user',
    needs: 'user',
    request: (known) => ({
      method: 'get',
      url: messagesUrl(known),
      query: { From: known.user ?? '', To: known.sender, PageSize: '1' },
    }),
    view: ({ messages }) => objects(messages).map(({ direction }) => ({ direction })),
    facts: {
      'inbound-dated-late': (_answer, { messages }) =>
        objects(messages).every(
          ({ date_created, date_sent }) => Date.parse(String(date_sent)) >= Date.parse(String(date_created)),
        ),
    },
  },
  ...good(
    PICTURE,
    'user',
    { MediaUrl: 'https://demo.twilio.com/owl.png' },
    {
      created: {
        'media-sid': (_answer, { sid }) => String(sid).startsWith('MM'),
        'service-sid-unasked': (_answer, { messaging_service_sid }) => messaging_service_sid !== null,
      },
    },
  ),
  ...unapproved('an unapproved text', 'two\nlines', { 'unapproved-text-limits': failsWith(63013) }),
  ...unapproved('an unapproved call to action', 'one', { 'unapproved-call-to-action': failsWith(63016) }),
  ...unapproved('an unapproved quick reply with four buttons', 'one', {
    'unapproved-four-buttons': failsWith(63016),
  }),
  ...good(TEXT, 'user', { Body: 'Parity check: this text is redacted.' }),
  {
    name: 'its redaction',
    needs: 'user',
    request: (known) => ({
      method: 'post',
      url: messagesUrl(known, `/${known.get(TEXT)}.json`),
      form: { Body: '' },
    }),
    view: ({ body }) => ({ body }),
    facts: { redaction: bodyIs('') },
  },
];
