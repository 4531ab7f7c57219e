/**
 * The scenario of `npm run parity`: requests to Twilio's APIs, one after the other, each saying which fact it looks up.
 * It only asks; what comes back is compared elsewhere, and nothing here may know what plays Twilio.
 */
import { CONVERSATION_STEPS, CONVERSATIONS_MADE } from './conversation-steps';
import { DOUBTFUL_STEPS, DOUBTFUL_USER_STEPS, SERVERLESS, UNAPPROVED } from './doubtful-steps';
import {
  APPOINTMENT,
  type ApiAnswer,
  type ApiRequest,
  type Body,
  CODE,
  CONTENT,
  CONVERSATIONS,
  contentUrl,
  good,
  type Known,
  messagesUrl,
  NOBODY,
  ORDER,
  objects,
  refused,
  type Step,
  SYNC,
  succeeded,
  UNKNOWN,
} from './step';

const inService = (known: Known, rest: string) => `${SYNC}/${known.get('service')}/${rest}`;
/** The JSON text of an object that is exactly so many bytes long. */
const jsonOf = (bytes: number) => JSON.stringify({ text: 'x'.repeat(bytes - '{"text":""}'.length) });

/** @param document a name or SID, or nothing for a new one */
const document =
  (method: 'get' | 'post' | 'delete', path: string, more: Partial<ApiRequest> = {}) =>
  (known: Known): ApiRequest => ({ method, url: inService(known, path), ...more });

const syncSteps: readonly Step[] = [
  {
    name: 'a Sync service of its own',
    request: () => ({ method: 'post', url: SYNC, form: { FriendlyName: 'parity' } }),
    note: (body, known) => known.note('service', body.sid),
  },
  {
    name: 'a document',
    request: document('post', 'Documents', { form: { UniqueName: 'parity', Data: '{"n":1}', Ttl: '3600' } }),
    note(body, known) {
      known.note('document', body.sid);
      known.note('first revision', body.revision);
    },
  },
  {
    name: 'the document by its name',
    request: document('get', 'Documents/parity'),
  },
  {
    name: 'a document under a taken name',
    request: document('post', 'Documents', { form: { UniqueName: 'parity', Data: '{}' } }),
    facts: { 'document-name-taken': refused(409, 54301) },
  },
  {
    name: 'a document under a name that looks like a SID',
    request: document('post', 'Documents', { form: { UniqueName: `ET${UNKNOWN}`, Data: '{}' } }),
  },
  {
    name: 'an update under the revision that is',
    request: (known) => ({
      method: 'post',
      url: inService(known, 'Documents/parity'),
      form: { Data: '{"n":2}', Ttl: '3600' },
      ifMatch: known.get('first revision'),
    }),
  },
  {
    name: 'an update under the revision that was',
    request: (known) => ({
      method: 'post',
      url: inService(known, 'Documents/parity'),
      form: { Data: '{"n":3}' },
      ifMatch: known.get('first revision'),
    }),
    facts: { 'document-revision-stale': refused(412, 54103) },
  },
  {
    name: 'an update of nothing',
    request: document('post', 'Documents/parity'),
    facts: { 'update-without-parameters': refused(400, 54010) },
  },
  {
    name: 'a document by a name that nothing has',
    request: document('get', 'Documents/nothing'),
    facts: { 'document-name-unknown': refused(404, 54300) },
  },
  {
    name: 'a document by a SID that nothing has',
    request: document('get', `Documents/ET${UNKNOWN}`),
    facts: { 'document-name-unknown': refused(404, 54100) },
  },
  {
    name: 'a time to live of a year',
    request: document('post', 'Documents/parity', { form: { Ttl: '31536000' } }),
  },
  {
    name: 'a time to live of a year and a second',
    request: document('post', 'Documents/parity', { form: { Ttl: '31536001' } }),
  },
  {
    name: 'data of 16,384 bytes',
    request: document('post', 'Documents/parity', { form: { Data: jsonOf(16_384) } }),
    view: (body) => ({ ...body, data: typeof body.data }),
    facts: { 'document-size': succeeded },
  },
  {
    name: 'data of 16,385 bytes',
    request: document('post', 'Documents/parity', { form: { Data: jsonOf(16_385) } }),
    facts: { 'document-size': refused(413, 54006) },
  },
  {
    name: 'data that is a list',
    request: document('post', 'Documents/parity', { form: { Data: '[1]' } }),
    facts: { 'document-only-objects': refused(400, 54008) },
  },
  {
    name: 'data that is no JSON',
    request: document('post', 'Documents/parity', { form: { Data: '{' } }),
  },
  {
    name: 'a second document, so that there is a second page',
    request: document('post', 'Documents', { form: { UniqueName: 'parity.second', Data: '{}' } }),
  },
  {
    name: 'a page of one document',
    request: document('get', 'Documents', { query: { PageSize: '1' } }),
    // Documents come in no order that is known.
    view: ({ documents, meta }) => ({ documents: objects(documents).length, meta }),
  },
  {
    name: 'a list under the name of a document',
    request: document('post', 'Lists', { form: { UniqueName: 'parity' } }),
    facts: { 'names-by-kind': succeeded },
  },
  {
    name: 'a list under a taken name',
    request: document('post', 'Lists', { form: { UniqueName: 'parity' } }),
    facts: { 'list-name-taken': refused(409, 54301) },
  },
  {
    name: 'an item',
    request: document('post', 'Lists/parity/Items', { form: { Data: '{"n":1}', ItemTtl: '3600' } }),
    note(body, known) {
      known.note('item', body.index);
      known.note('item revision', body.revision);
    },
  },
  {
    name: 'an item that is updated under its revision',
    request: (known) => ({
      method: 'post',
      url: inService(known, `Lists/parity/Items/${known.get('item')}`),
      form: { Data: '{"n":2}' },
      ifMatch: known.get('item revision'),
    }),
    note: (body, known) => known.note('newer item revision', body.revision),
  },
  {
    name: 'an item that is updated under the revision that was',
    request: (known) => ({
      method: 'post',
      url: inService(known, `Lists/parity/Items/${known.get('item')}`),
      form: { Data: '{"n":3}' },
      ifMatch: known.get('item revision'),
    }),
    facts: { 'item-revision-stale': refused(412, 54155) },
  },
  {
    name: 'an item that is removed under the revision that was',
    request: (known) => ({
      method: 'delete',
      url: inService(known, `Lists/parity/Items/${known.get('item')}`),
      ifMatch: known.get('item revision'),
    }),
    facts: { 'item-revision-stale': refused(412, 54155) },
  },
  {
    name: 'the items in order',
    request: document('get', 'Lists/parity/Items', { query: { Order: 'asc', PageSize: '50' } }),
  },
  {
    name: 'an item that is removed under its revision',
    request: (known) => ({
      method: 'delete',
      url: inService(known, `Lists/parity/Items/${known.get('item')}`),
      ifMatch: known.get('newer item revision'),
    }),
  },
  {
    name: 'an item that is not there',
    request: (known) => ({ method: 'get', url: inService(known, `Lists/parity/Items/${known.get('item')}`) }),
    facts: { 'item-unknown': refused(404, 54151) },
  },
  {
    name: 'a further item',
    request: document('post', 'Lists/parity/Items', { form: { Data: '{}' } }),
    // Not the number itself: what counts is that it is new.
    view: (body, known) => ({ ...body, index: String(body.index) === known.get('item') ? 'again' : 'new' }),
    facts: {
      'item-index-not-reused': (answer, { index }, known) =>
        succeeded(answer) && String(index) !== known.get('item'),
    },
  },
  { name: 'a list that is not there', request: document('get', 'Lists/nothing') },
  { name: 'a map', request: document('post', 'Maps', { form: { UniqueName: 'parity' } }) },
  {
    name: 'a map item',
    request: document('post', 'Maps/parity/Items', { form: { Key: 'one', Data: '{"n":1}' } }),
    note: (body, known) => known.note('map revision', body.revision),
  },
  {
    name: 'a map item under a taken key',
    request: document('post', 'Maps/parity/Items', { form: { Key: 'one', Data: '{}' } }),
    facts: { 'map-key-taken': refused(409, 54208) },
  },
  {
    name: 'a map item that is updated',
    request: document('post', 'Maps/parity/Items/one', { form: { Data: '{"n":2}' } }),
  },
  {
    name: 'a map item that is updated under the revision that was',
    request: (known) => ({
      method: 'post',
      url: inService(known, 'Maps/parity/Items/one'),
      form: { Data: '{"n":3}' },
      ifMatch: known.get('map revision'),
    }),
    facts: { 'map-revision-stale': refused(412, 54205) },
  },
  { name: 'a map item that is not there', request: document('get', 'Maps/parity/Items/two') },
  { name: 'a document that is removed', request: document('delete', 'Documents/parity.second') },
  { name: 'a document that was removed', request: document('delete', 'Documents/parity.second') },
];

/** A message that is to be refused. */
const bad = (name: string, form: NonNullable<ApiRequest['form']>, facts: Step['facts'] = {}): Step => ({
  name: `a message ${name}`,
  request: (known) => ({
    method: 'post',
    url: messagesUrl(known),
    form: { To: NOBODY, From: known.sender, ...form },
  }),
  facts,
});

const refusalSteps: readonly Step[] = [
  bad('to no one', { To: '', Body: 'Hello' }),
  bad('to no number', { To: 'whatsapp:+12', Body: 'Hello' }),
  bad('to a plain number', { To: NOBODY.replace('whatsapp:', ''), Body: 'Hello' }),
  bad('of 1,601 characters', { Body: 'x'.repeat(1601) }),
  bad('of 801 emoji', { Body: '😀'.repeat(801) }, { 'length-in-utf-16': refused(400, 21617) }),
  bad('without a text', {}),
  bad(
    'from a sender of somebody else',
    { From: 'whatsapp:+12025550144', Body: 'Hello' },
    {
      'sender-unknown': refused(400, 63007),
    },
  ),
  bad('by a Content SID that is none', { ContentSid: `HX${UNKNOWN}` }),
  bad('with an empty variable', { ContentSid: APPOINTMENT, ContentVariables: '{"1":"","2":"3pm"}' }),
  bad('with variables of no template', { Body: 'Hello', ContentVariables: '{"1":"a"}' }),
  bad('with a variable of 1,601 characters', {
    ContentSid: APPOINTMENT,
    ContentVariables: JSON.stringify({ 1: 'x'.repeat(1601), 2: '3pm' }),
  }),
  bad('with eleven attachments', { MediaUrl: Array(11).fill('https://demo.twilio.com/owl.png') }),
  bad('with an attachment at an address of FTP', { MediaUrl: 'ftp://example.com/owl.png' }),
  bad('whose status callback is an address of FTP', { Body: 'Hello', StatusCallback: 'ftp://example.com/' }),
  bad('whose status callback has 4,001 characters', {
    Body: 'Hello',
    StatusCallback: 'https://example.com/'.padEnd(4001, 'x'),
  }),
  bad('whose status callback has a host with an underscore', {
    Body: 'Hello',
    StatusCallback: 'https://a_b.example.com/',
  }),
  {
    name: 'a message from the sender to itself',
    request: (known) => ({
      method: 'post',
      url: messagesUrl(known),
      form: { To: known.sender, From: known.sender, Body: 'Hello' },
    }),
  },
  bad('that is valid for no time', { Body: 'Hello', ValidityPeriod: '0' }),
  bad('that is scheduled without a Messaging Service', {
    Body: 'Hello',
    ScheduleType: 'fixed',
    SendAt: '2099-01-01T00:00:00Z',
  }),
  {
    name: 'a message that is not there',
    request: (known) => ({ method: 'get', url: messagesUrl(known, `/SM${UNKNOWN}.json`) }),
  },
  {
    name: 'the messages from somebody who never wrote',
    request: (known) => ({
      method: 'get',
      url: messagesUrl(known),
      query: { From: NOBODY, To: known.sender, PageSize: '1' },
    }),
  },
];

const contentSteps: readonly Step[] = [
  {
    name: 'a template of its own',
    request: () => ({
      method: 'post',
      url: `${CONTENT}/Content`,
      json: {
        friendly_name: 'parity',
        language: 'en',
        variables: { 1: 'Ada' },
        types: { 'twilio/text': { body: 'Hello {{1}}' } },
      },
    }),
    note: (body, known) => known.note('content', body.sid),
  },
  { name: 'the template', request: (known) => ({ method: 'get', url: contentUrl(known) }) },
  {
    name: 'the approval of the template',
    request: (known) => ({ method: 'get', url: contentUrl(known, '/ApprovalRequests') }),
  },
  {
    name: 'the templates with their approvals',
    request: () => ({ method: 'get', url: `${CONTENT}/ContentAndApprovals`, query: { PageSize: '500' } }),
    view: ({ contents }, known) =>
      objects(contents).find(({ sid }) => sid === known.get('content')) ?? 'not on the first page',
  },
  {
    name: 'the list of templates',
    request: () => ({ method: 'get', url: `${CONTENT}/Content`, query: { PageSize: '500' } }),
    view: ({ contents }, known) =>
      objects(contents).find(({ sid }) => sid === known.get('content')) ?? 'not on the first page',
  },
  {
    name: 'a template that is not there',
    request: () => ({ method: 'get', url: `${CONTENT}/Content/HX${UNKNOWN}` }),
  },
];

const says = (text: string) => (_answer: ApiAnswer, body: Body) => body.body === text;

const userSteps: readonly Step[] = [
  {
    name: 'the newest message from the user',
    needs: 'user',
    afterInbound: true,
    request: (known) => ({
      method: 'get',
      url: messagesUrl(known),
      query: { From: known.user ?? '', To: known.sender, PageSize: '1' },
    }),
    // What they wrote, and whether there is more, is theirs.
    view: ({ messages }) => objects(messages).map((message) => ({ ...message, body: typeof message.body })),
  },
  ...good(
    'a free-form message inside the window',
    'user',
    { Body: 'Parity check: no answer is needed.', ValidityPeriod: '3600' },
    { created: { 'validity-accepted': succeeded } },
  ),
  {
    name: 'the newest message to the user',
    needs: 'user',
    request: (known) => ({
      method: 'get',
      url: messagesUrl(known),
      query: { From: known.sender, To: known.user ?? '', PageSize: '1' },
    }),
    view: ({ messages }) => objects(messages).map(({ body, direction }) => ({ body, direction })),
    facts: {
      'messages-newest-first': (_answer, { messages }) =>
        objects(messages)[0]?.body === 'Parity check: no answer is needed.',
    },
  },
  {
    name: 'the messages to the user after today, 23:59:59',
    needs: 'user',
    request: (known) => ({
      method: 'get',
      url: messagesUrl(known),
      query: {
        ...{ From: known.sender, To: known.user ?? '', PageSize: '1' },
        'DateSent>': `${new Date().toISOString().slice(0, 10)}T23:59:59Z`,
      },
    }),
    view: ({ messages }) => ({ listed: objects(messages).length }),
    facts: { 'date-sent-by-day': (_answer, { messages }) => objects(messages).length === 1 },
  },
  ...good('the Sandbox’s appointment', 'sandbox', {
    ContentSid: APPOINTMENT,
    ContentVariables: '{"1":"12/1","2":"3pm"}',
  }),
  ...good(
    'the Sandbox’s order',
    'sandbox',
    { ContentSid: ORDER, ContentVariables: '{"1":"12/1","2":"3pm"}' },
    {
      delivered: {
        'sandbox-order-text': says('Thank you for your order. Your delivery is scheduled for 12/1 at 3pm.'),
      },
    },
  ),
  ...good(
    'the Sandbox’s code',
    'sandbox',
    { ContentSid: CODE, ContentVariables: '{"1":"1337"}' },
    {
      delivered: {
        'sandbox-code-text': says(
          '1337 is your verification code. For your security, do not share this code.',
        ),
      },
    },
  ),
];

export const STEPS: readonly Step[] = [
  ...[
    syncSteps,
    refusalSteps,
    contentSteps,
    DOUBTFUL_STEPS,
    CONVERSATION_STEPS,
    userSteps,
    DOUBTFUL_USER_STEPS,
  ].flat(),
];

/** What the scenario made for itself, to be removed whatever happened. Messages cannot be. */
export const CLEAN_UP: readonly Step[] = [
  {
    name: 'the template is removed',
    request: (known) => ({ method: 'delete', url: contentUrl(known) }),
  },
  ...UNAPPROVED.map(
    ({ name }): Step => ({
      name: `${name} is removed`,
      request: (known) => ({ method: 'delete', url: `${CONTENT}/Content/${known.get(name)}` }),
    }),
  ),
  ...CONVERSATIONS_MADE.map(
    (name): Step => ({
      name: `${name} is removed`,
      request: (known) => ({ method: 'delete', url: `${CONVERSATIONS}/${known.get(name)}` }),
    }),
  ),
  {
    name: 'the Functions service is removed',
    request: (known) => ({ method: 'delete', url: `${SERVERLESS}/${known.get('functions service')}` }),
  },
  {
    name: 'the Sync service is removed',
    request: (known) => ({ method: 'delete', url: `${SYNC}/${known.get('service')}` }),
  },
];
