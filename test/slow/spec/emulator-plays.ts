/**
 * Every route of the emulator through the real SDK, with the refusals that programs live by. A play only acts; what an
 * answer should be is in Twilio's documents. A route that is new gets its line here: a test fails until it has one.
 */
import type { Twilio } from 'twilio';
import type { ContentCreateRequest } from 'twilio/lib/rest/content/v1/content';
import type { ContentApprovalRequest } from 'twilio/lib/rest/content/v1/content/approvalCreate';
import type { MessagingV2ChannelsSenderRequestsUpdate } from 'twilio/lib/rest/messaging/v2/channelsSender';
import type { Control } from '../../emulator/emulator-client';

export interface Stage {
  readonly client: Twilio;
  readonly control: Control;
  readonly sender: string;
  readonly syncServiceSid: string;
  readonly messagingServiceSid: string;
}

export interface EmulatorPlay {
  readonly name: string;
  readonly act: (stage: Stage) => Promise<unknown>;
}

const USER = 'whatsapp:+15551234567';
const UNKNOWN = '000000000000000000000000000000ff';

/** A refusal is what the play is for; anything else is a mistake of the play. */
async function refused(call: Promise<unknown>): Promise<void> {
  const error = await call.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  );
  if (!(typeof error === 'object' && error !== null && 'status' in error)) throw error;
}

/** The SDK's classes for these bodies send names that Twilio's documents do not know; its types ask for the classes. */
const asBody = <Body>(fields: object) => fields as Body;

export const EMULATOR_PLAYS: readonly EmulatorPlay[] = [
  {
    name: 'Sync services',
    async act({ client, syncServiceSid }) {
      const services = client.sync.v1.services;
      const another = await services.create({ friendlyName: 'another' });
      await services.list({ pageSize: 1 });
      await services(another.sid).remove();
      for (const sid of [syncServiceSid, 'default']) await services(sid).fetch();
      await refused(services(`IS${UNKNOWN}`).fetch());
    },
  },
  {
    name: 'Sync documents',
    async act({ client, syncServiceSid }) {
      const documents = client.sync.v1.services(syncServiceSid).documents;
      const created = await documents.create({ uniqueName: 'one', data: { a: 1 }, ttl: 60 });
      await documents.create();
      await documents.list({ pageSize: 1 });
      await documents('one').fetch();
      await documents(created.sid).update({ data: { a: 2 }, ttl: 0, ifMatch: created.revision });
      await refused(documents('one').update({ data: { a: 3 }, ifMatch: created.revision }));
      await refused(documents.create({ uniqueName: 'one' }));
      await refused(documents.create({ data: { text: 'x'.repeat(17_000) } }));
      await refused(documents('two').fetch());
      await refused(documents(`ET${UNKNOWN}`).fetch());
      await documents('one').remove();
    },
  },
  {
    name: 'Sync lists and their items',
    async act({ client, syncServiceSid }) {
      const lists = client.sync.v1.services(syncServiceSid).syncLists;
      const list = await lists.create({ uniqueName: 'queue', ttl: 60 });
      await lists.create({ collectionTtl: 60 });
      await lists.list({ pageSize: 1 });
      await lists('queue').fetch();
      await lists(list.sid).update({ ttl: 120 });
      const items = lists('queue').syncListItems;
      const item = await items.create({ data: { n: 1 }, itemTtl: 60 });
      await items.create({ data: { n: 2 }, ttl: 60, collectionTtl: 60 });
      await items.list({ order: 'desc', from: '1', bounds: 'inclusive', pageSize: 1 });
      await items(item.index).fetch();
      await items(item.index).update({ data: { n: 3 }, itemTtl: 60, ifMatch: item.revision });
      await refused(items(item.index).remove({ ifMatch: item.revision }));
      await refused(items(99).fetch());
      await refused(lists('nothing').fetch());
      await items(item.index).remove();
      await lists('queue').remove();
    },
  },
  {
    name: 'Sync maps and their items',
    async act({ client, syncServiceSid }) {
      const maps = client.sync.v1.services(syncServiceSid).syncMaps;
      const map = await maps.create({ uniqueName: 'people', ttl: 60 });
      await maps.create();
      await maps.list({ pageSize: 1 });
      await maps('people').fetch();
      await maps(map.sid).update({ collectionTtl: 60 });
      const items = maps('people').syncMapItems;
      const item = await items.create({ key: 'ada', data: { n: 1 }, itemTtl: 60 });
      await items.create({ key: 'bob', data: { n: 2 } });
      await items.list({ order: 'asc', from: 'ada', bounds: 'exclusive' });
      await items('ada').fetch();
      await items('ada').update({ data: { n: 3 }, ttl: 60, ifMatch: item.revision });
      await refused(items.create({ key: 'ada', data: {} }));
      await refused(items('ada').update({ data: {}, ifMatch: item.revision }));
      await refused(items('eve').fetch());
      await items('ada').remove();
      await maps('people').remove();
    },
  },
  {
    name: 'The account',
    async act({ client }) {
      await client.api.v2010.accounts(client.accountSid).fetch();
      await refused(client.api.v2010.accounts(`AC${UNKNOWN}`).fetch());
    },
  },
  {
    name: 'Messages, inbound and outbound',
    async act({ client, control, sender, messagingServiceSid }) {
      const media = [{ url: 'https://example.com/cat.jpg', contentType: 'image/jpeg' }];
      await control.post('inbound', { from: USER, type: 'image', media, deliver: false });
      const contentSid = 'HX00000000000000000000000000000001';
      const template = await client.messages.create({
        to: USER,
        from: sender,
        contentSid,
        contentVariables: JSON.stringify({ 1: 'hacker', 2: '1337' }),
        statusCallback: 'https://example.com/status',
        validityPeriod: 3600,
      });
      await client.messages.create({
        to: USER,
        from: sender,
        body: 'Hello',
        mediaUrl: ['https://example.com/1.jpg'],
      });
      const later = await client.messages.create({
        to: USER,
        messagingServiceSid,
        body: 'Later',
        scheduleType: 'fixed',
        sendAt: new Date(Date.now() + 3_600_000),
      });
      await control.idle();
      await client.messages.list({ pageSize: 1 });
      await client.messages.list({ from: USER, to: sender });
      await client.messages.list({
        dateSentAfter: new Date(Date.now() - 60_000),
        dateSentBefore: new Date(),
      });
      await client.messages(template.sid).fetch();
      await client.messages(later.sid).update({ status: 'canceled' });
      await refused(client.messages(template.sid).update({ status: 'canceled' }));
      await client.messages(template.sid).update({ body: '' });
      await client.messages(template.sid).remove();
      await refused(client.messages(template.sid).fetch());
    },
  },
  {
    name: 'Messages that are lost outside the window, and refused at once',
    async act({ client, control, sender }) {
      const lost = await client.messages.create({ to: 'whatsapp:+15557654321', from: sender, body: 'Hello' });
      await control.idle();
      await client.messages(lost.sid).fetch();
      await refused(client.messages.create({ to: 'whatsapp:+12', from: sender, body: 'Hello' }));
      await refused(client.messages.create({ to: USER, from: sender, body: 'x'.repeat(1601) }));
      await refused(client.messages.create({ to: USER, from: sender, contentSid: `HX${UNKNOWN}` }));
    },
  },
  {
    name: 'The media of a message',
    async act({ client, sender }) {
      const mediaUrl = ['https://example.com/1.jpg', 'https://example.com/2.jpg'];
      const { sid } = await client.messages.create({ to: USER, from: sender, mediaUrl });
      await client.messages(sid).media.list({ pageSize: 1 });
      await refused(client.messages(`SM${UNKNOWN}`).media.list());
    },
  },
  {
    name: 'Content and its approval',
    async act({ client }) {
      const { contents, contentAndApprovals } = client.content.v1;
      const { sid } = await contents.create(
        asBody<ContentCreateRequest>({
          friendly_name: 'spec_hello',
          language: 'en',
          variables: { 1: 'Ada' },
          types: { 'twilio/text': { body: 'Hello {{1}}' } },
        }),
      );
      await contents(sid).fetch();
      await contents(sid).approvalFetch().fetch();
      await contents(sid).approvalCreate.create(
        asBody<ContentApprovalRequest>({ name: 'spec_hello', category: 'UTILITY' }),
      );
      await contents(sid).approvalFetch().fetch();
      await contents.list({ pageSize: 2, limit: 4 });
      await contentAndApprovals.list({ pageSize: 2, limit: 4 });
      await contents(sid).remove();
      await refused(contents(sid).fetch());
    },
  },
  {
    name: 'Messaging Services and their senders',
    async act({ client, control, messagingServiceSid }) {
      const services = client.messaging.v1.services;
      const { sid } = await services.create({
        friendlyName: 'Notices',
        inboundRequestUrl: 'https://example.com/in',
      });
      await services.list({ pageSize: 1 });
      await services(messagingServiceSid).fetch();
      await services(sid).update({
        fallbackUrl: 'https://example.com/out',
        useInboundWebhookOnNumber: false,
      });
      await services(messagingServiceSid).channelSenders.list();
      // In no pool yet: the first sender is in that of the first service.
      const sender = await control.post<{ sid: string }>('senders', { sender: 'whatsapp:+15550002222' });
      await services(sid).channelSenders.create({ sid: sender.sid });
      await refused(services(sid).channelSenders.create({ sid: sender.sid }));
      await refused(services(`MG${UNKNOWN}`).fetch());
    },
  },
  {
    name: 'Senders and their webhooks',
    async act({ client }) {
      const senders = client.messaging.v2.channelsSenders;
      const [own] = await senders.list({ channel: 'whatsapp', pageSize: 1 });
      const sender = senders(own?.sid ?? '');
      await sender.fetch();
      await sender.update(
        asBody<MessagingV2ChannelsSenderRequestsUpdate>({
          webhook: { callback_url: 'https://example.com/in', callback_method: 'POST' },
        }),
      );
      await refused(senders(`XE${UNKNOWN}`).fetch());
    },
  },
  {
    name: 'Conversations, their participants and messages',
    async act({ client, control, sender }) {
      const { v1 } = client.conversations;
      const { sid, chatServiceSid } = await v1.conversations.create({ friendlyName: 'spec' });
      await v1.conversations.list({ pageSize: 1 });
      await v1.conversations(sid).fetch();
      const { participants, messages } = v1.conversations(sid);
      const user = { 'messagingBinding.address': USER, 'messagingBinding.proxyAddress': sender };
      const participant = await participants.create(user);
      await refused(participants.create(user));
      await participants.create({ identity: 'ada' });
      await refused(participants.create());
      await participants.list({ pageSize: 1 });
      await participants(participant.sid).fetch();
      await v1.services(chatServiceSid).conversations(sid).participants(participant.sid).fetch();
      await messages.create({ author: 'ada', body: 'Hello' });
      await v1.configuration.webhooks().fetch();
      await v1.configuration
        .webhooks()
        .update({ method: 'POST', filters: ['onMessageAdded'], target: 'webhook' });
      await refused(v1.conversations(`CH${UNKNOWN}`).fetch());
      await v1.participantConversations.list({ address: USER, pageSize: 1 });
      await v1.conversations(sid).update({ state: 'closed' });
      await refused(v1.conversations(sid).update({ state: 'active' }));
      await v1.conversations(sid).remove();
      await refused(v1.conversations(sid).remove());
      const service = await v1.services.create({ friendlyName: 'spec' });
      await v1.services.list({ pageSize: 1 });
      await v1.services(service.sid).configuration.webhooks().fetch();
      await v1
        .services(service.sid)
        .configuration.webhooks()
        .update({ postWebhookUrl: 'https://example.com/in', method: 'POST' });
      const address = await v1.addressConfigurations.create({ type: 'whatsapp', address: sender });
      await v1.addressConfigurations.list({ pageSize: 1 });
      await v1.addressConfigurations(address.sid).fetch();
      await v1.addressConfigurations(address.sid).update({ friendlyName: 'spec' });
      await v1.addressConfigurations(address.sid).remove();
      await refused(v1.addressConfigurations(address.sid).fetch());
      await control.call('POST', 'conversation', { from: USER });
    },
  },
  {
    name: 'Studio flows',
    async act({ client }) {
      const { flows } = client.studio.v2;
      const definition = { description: 'spec', states: [], initial_state: 'Trigger' };
      const { sid } = await flows.create({ friendlyName: 'spec', status: 'published', definition });
      await flows(sid).update({ status: 'draft', definition, commitMessage: 'spec' });
      await flows.list({ pageSize: 1 });
      await flows(sid).fetch();
      await flows(sid).revisions('LatestPublished').fetch();
      await refused(flows(`FW${UNKNOWN}`).fetch());
      await flows(sid).remove();
    },
  },
  {
    name: 'Functions services, their environments and variables',
    async act({ client }) {
      const services = client.serverless.v1.services;
      const { sid } = await services.create({
        uniqueName: 'spec',
        friendlyName: 'spec',
        includeCredentials: true,
      });
      await services.list({ pageSize: 1 });
      await services(sid).fetch();
      const environments = services(sid).environments;
      const environment = await environments.create({ uniqueName: 'dev-environment', domainSuffix: 'dev' });
      await environments.list({ pageSize: 1 });
      await environments(environment.sid).fetch();
      const variables = environments(environment.sid).variables;
      const variable = await variables.create({ key: 'GREETING', value: 'Hi' });
      await variables.list({ pageSize: 1 });
      await variables(variable.sid).update({ value: 'Bye' });
      await variables(variable.sid).remove();
      await services(sid).functions.create({ friendlyName: '/hello' });
      await services(sid).functions.list({ pageSize: 1 });
      await services(sid).assets.create({ friendlyName: '/index.html' });
      await services(sid).assets.list({ pageSize: 1 });
      await refused(services(`ZS${UNKNOWN}`).fetch());
      await environments(environment.sid).remove();
      await services(sid).remove();
    },
  },
];
