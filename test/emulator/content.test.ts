/** Content templates and their approval through the real SDK; above all the level at which the status is found. */
import { refusal, useEmulator } from './emulator-client';

const { emulator, client, control } = useEmulator();
const lessonCode = 'HX00000000000000000000000000000001';
const content = (sid: string) => client.content.v1.contents(sid);

beforeEach(() => control.post('clock', { set: '2026-03-01T12:00:00Z', freeze: true }));

test('the emulator answers a template with every field that Twilio’s has', async () => {
  const url = `https://content.twilio.com/v1/Content/${lessonCode}`;
  const fetched = (await content(lessonCode).fetch()).toJSON();
  expect(fetched).toEqual({
    dateCreated: expect.any(Date),
    dateUpdated: expect.any(Date),
    sid: lessonCode,
    accountSid: emulator.accountSid,
    friendlyName: 'lesson_code',
    language: 'en',
    variables: { '1': 'Twilio', '2': '1238432' },
    types: { 'twilio/text': { body: 'Your {{1}} code is {{2}}.' } },
    url,
    links: { approval_create: `${url}/ApprovalRequests/whatsapp`, approval_fetch: `${url}/ApprovalRequests` },
  });
});

test('the emulator answers the approval of a template with the status under whatsapp', async () => {
  expect((await content(lessonCode).approvalFetch().fetch()).toJSON()).toEqual({
    sid: lessonCode,
    accountSid: emulator.accountSid,
    whatsapp: {
      type: 'whatsapp',
      name: 'lesson_code',
      category: 'UTILITY',
      content_type: 'twilio/text',
      status: 'approved',
      rejection_reason: '',
      allow_category_change: true,
    },
    url: `https://content.twilio.com/v1/Content/${lessonCode}/ApprovalRequests`,
  });
});

test('the emulator answers the list of templates and approvals with the status directly on the approval', async () => {
  const listed = await client.content.v1.contentAndApprovals.list({ pageSize: 5 });
  const found = listed.find((template) => template.sid === lessonCode);
  expect(found?.approvalRequests).toEqual({
    name: 'lesson_code',
    category: 'UTILITY',
    content_type: 'twilio/text',
    status: 'approved',
    rejection_reason: '',
    allow_category_change: true,
  });
  const unsubmitted = listed.find((template) => template.friendlyName === 'pick_a_slot');
  expect(unsubmitted?.approvalRequests).toEqual({
    name: '',
    category: '',
    content_type: '',
    status: 'unsubmitted',
    rejection_reason: '',
    allow_category_change: true,
  });
});

test('the emulator starts with the Sandbox’s three templates, the lesson’s, and one of each kind', async () => {
  const listed = await client.content.v1.contentAndApprovals.list();
  expect(
    listed.map(({ friendlyName, language, approvalRequests }) => {
      const { status, category } = approvalRequests as unknown as { status: string; category: string };
      return [friendlyName, language, status, category].join(' ');
    }),
  ).toEqual([
    'appointment_reminder en approved UTILITY',
    'order_notification en approved UTILITY',
    'verification_code en approved AUTHENTICATION',
    'lesson_code en approved UTILITY',
    'lesson_appointment en approved UTILITY',
    'lesson_order en approved UTILITY',
    'please_answer en approved UTILITY',
    'lesson_pending en pending UTILITY',
    'lesson_paused en paused UTILITY',
    'summer_sale en approved MARKETING',
    'named_greeting en approved UTILITY',
    'welcome en approved UTILITY',
    'welcome es approved UTILITY',
    'pick_a_slot en unsubmitted ',
  ]);
});

test('the emulator lists thousands of templates to the end, page by page', async () => {
  await control.post('templates/bulk', { count: 2500 });
  const listed = await client.content.v1.contents.list({ pageSize: 500 });
  expect([listed.length, new Set(listed.map((template) => template.sid)).size]).toEqual([2514, 2514]);
  const first = await client.content.v1.contentAndApprovals.page({ pageSize: 500 });
  expect(new URL(first.nextPageUrl ?? '').host).toBe('content.twilio.com');
});

/** The SDK sends what it is given as it is, so the API's own names belong in it, not those of the SDK's types. */
test('a template can be created, submitted, approved or rejected, and removed', async () => {
  const created = await client.content.v1.contents.create({
    friendly_name: 'parcel',
    language: 'en',
    variables: { '1': 'A-17' },
    types: { 'twilio/text': { body: 'Your parcel {{1}} is here.' } },
  } as unknown as Parameters<typeof client.content.v1.contents.create>[0]);
  const status = async () =>
    ((await content(created.sid).approvalFetch().fetch()).whatsapp as unknown as { status: string }).status;
  expect(await status()).toBe('unsubmitted');
  const submitted = await content(created.sid).approvalCreate.create({
    name: 'parcel',
    category: 'UTILITY',
  } as unknown as Parameters<ReturnType<typeof content>['approvalCreate']['create']>[0]);
  expect([submitted.name, submitted.category, submitted.status]).toEqual(['parcel', 'UTILITY', 'received']);
  await control.post('templates/parcel', { status: 'rejected', rejectionReason: 'INVALID_FORMAT' });
  expect(await status()).toBe('rejected');
  expect(await content(created.sid).remove()).toBe(true);
  expect(await refusal(content(created.sid).fetch())).toEqual({ status: 404, code: 20404 });
});

test('the emulator’s control changes all languages of a friendly name', async () => {
  await control.post('templates/welcome', { status: 'paused' });
  const { templates } = await control.get<{ templates: { friendlyName: string; status: string }[] }>(
    'templates',
  );
  expect(
    templates.filter(({ friendlyName }) => friendlyName === 'welcome').map(({ status }) => status),
  ).toEqual(['paused', 'paused']);
});

test.each([
  ['an unknown template', () => content(`HX${'9'.repeat(32)}`).fetch(), 404, 20404],
  [
    'the approval of an unknown template',
    () =>
      content(`HX${'9'.repeat(32)}`)
        .approvalFetch()
        .fetch(),
    404,
    20404,
  ],
  ['a page larger than 1,000', () => client.content.v1.contents.page({ pageSize: 1001 }), 400, 20007],
])('the emulator refuses to read %s', async (_what, call, status, code) => {
  expect(await refusal(call())).toEqual({ status, code });
});

type Submission = Parameters<ReturnType<typeof content>['approvalCreate']['create']>[0];
type Creation = Parameters<typeof client.content.v1.contents.create>[0];
const submit = (fields: object) => content(lessonCode).approvalCreate.create(fields as unknown as Submission);
const create = (fields: object) => client.content.v1.contents.create(fields as unknown as Creation);
const types = { 'twilio/text': { body: 'Hi' } };

test.each([
  ['a name with capitals', () => submit({ name: 'Parcel', category: 'UTILITY' }), 20001],
  ['an unknown category', () => submit({ name: 'parcel', category: 'TRANSACTIONAL' }), 20001],
  ['a misspelt field of a submission', () => submit({ nam: 'parcel' }), 20001],
  ['a template without language', () => create({ types }), 20001],
  ['a template without content', () => create({ language: 'en', types: {} }), 20001],
  ['an unknown content type', () => create({ language: 'en', types: { 'twilio/txt': {} } }), 20001],
  ['the SDK’s own spelling of a field', () => create({ language: 'en', types, friendlyName: 'x' }), 20001],
])('the emulator refuses a template or its submission with %s', async (_what, call, code) => {
  expect(await refusal(call())).toEqual({ status: 400, code });
});
