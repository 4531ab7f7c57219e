/**
 * Everything that exists between two resets: the account's data, WhatsApp, and the work under way. A reset retires
 * one account and begins another, so nothing of the old can reach into the new.
 */
import { accountRoutes } from './api/accounts';
import { ChannelSenders, channelSenderRoutes, SANDBOX_SENDER } from './api/channel-senders';
import { contentRoutes } from './api/content/content';
import { approvalRoutes } from './api/content/content-approvals';
import { ContentTemplates } from './api/content/content-templates';
import {
  AddressConfigurations,
  addressConfigurationRoutes,
} from './api/conversations/address-configurations';
import { ConversationLog } from './api/conversations/conversation-log';
import { conversationMessageRoutes } from './api/conversations/conversation-messages';
import { conversationServiceRoutes } from './api/conversations/conversation-services';
import { conversationRoutes } from './api/conversations/conversations';
import { mediaRoutes } from './api/messages/media';
import { MessageLog, type MessageRecord } from './api/messages/message-log';
import { messageRoutes } from './api/messages/messages';
import { MessagingServices, messagingServiceRoutes } from './api/messaging-services';
import { buildRoutes } from './api/serverless/builds';
import { environmentRoutes } from './api/serverless/environments';
import { ServerlessServices, serverlessServiceRoutes } from './api/serverless/services';
import { uploadRoutes } from './api/serverless/uploads';
import { StudioFlows, studioFlowRoutes } from './api/studio-flows';
import { collectionRoutes } from './api/sync/collection-routes';
import { documentRoutes } from './api/sync/document-routes';
import { serviceRoutes } from './api/sync/service-routes';
import { SyncServices } from './api/sync/services';
import { webhookConfigurationRoutes } from './api/webhook-configuration';
import type { Clock } from './clock';
import { seed } from './seed';
import { Activity } from './server/activity';
import { Faults } from './server/faults';
import { RateLimits } from './server/rate-limits';
import { RequestLog } from './server/request-log';
import { Router } from './server/router';
import { type Settings, type Wiring, wiringFrom } from './settings';
import { AdvancedOptOut } from './whatsapp/advanced-opt-out';
import { ConversationEvents } from './whatsapp/conversation-events';
import { Deliveries } from './whatsapp/deliveries';
import { Inbound } from './whatsapp/inbound';
import { InboundConversations } from './whatsapp/inbound-conversation';
import { InboundDestinations } from './whatsapp/inbound-destination';
import { OptOuts } from './whatsapp/opt-outs';
import { Schedule } from './whatsapp/schedule';
import { WebhookRules } from './whatsapp/webhook-rules';
import type { Transport } from './whatsapp/webhook-transport';
import { Webhooks } from './whatsapp/webhooks';
import { WhatsApp } from './whatsapp/whatsapp';

/** What a program that runs the emulator in its own process may bring instead. */
export interface Overrides {
  readonly faults?: Faults;
  readonly transport?: Transport;
}

export class Account {
  readonly wiring: Wiring;
  readonly activity = new Activity();
  readonly faults: Faults;
  readonly requests = new RequestLog();
  readonly messages = new MessageLog();
  readonly templates = new ContentTemplates();
  readonly whatsapp: WhatsApp;
  readonly optOuts = new OptOuts();
  readonly advancedOptOut: AdvancedOptOut;
  readonly sync: SyncServices;
  readonly serverless: ServerlessServices;
  readonly senders: ChannelSenders;
  readonly webhookRules: WebhookRules;
  readonly webhooks: Webhooks;
  readonly inbound: Inbound;
  readonly conversationEvents: ConversationEvents;
  readonly conversations: ConversationLog;
  readonly addressConfigurations: AddressConfigurations;
  readonly messagingServices: MessagingServices;
  readonly studioFlows = new StudioFlows();
  readonly router: Router;
  private readonly schedule: Schedule;
  private readonly deliveries: Deliveries;

  constructor(settings: Settings, clock: Clock, functionsUrl: string, overrides: Overrides = {}) {
    this.faults = overrides.faults ?? new Faults();
    this.wiring = wiringFrom(settings, functionsUrl);
    this.whatsapp = new WhatsApp(this.wiring);
    this.schedule = new Schedule(clock);
    this.sync = new SyncServices(clock, settings.accountSid, settings.syncServiceSid);
    this.webhookRules = new WebhookRules(clock);
    this.webhooks = new Webhooks(
      settings.authToken,
      clock,
      this.schedule,
      this.activity,
      this.faults,
      this.webhookRules,
      overrides.transport,
    );
    this.deliveries = new Deliveries(
      settings,
      this.wiring,
      clock,
      this.schedule,
      this.activity,
      this.faults,
      this.messages,
      this.templates,
      this.whatsapp,
      this.webhooks,
      this.optOuts,
    );
    this.serverless = new ServerlessServices(clock, settings.accountSid);
    this.senders = new ChannelSenders(this.wiring);
    const messagingServices = seededServices(settings, clock);
    this.messagingServices = messagingServices;
    this.advancedOptOut = new AdvancedOptOut(this.wiring, messagingServices, this.optOuts);
    const destinations = new InboundDestinations(
      settings,
      this.wiring,
      messagingServices,
      this.senders,
      (host) => this.serverless.runsAt(host, this.wiring.functionsUrl),
    );
    const conversations = new ConversationLog(clock);
    this.conversations = conversations;
    const addresses = new AddressConfigurations(clock);
    this.addressConfigurations = addresses;
    this.conversationEvents = new ConversationEvents(
      settings,
      this.wiring,
      conversations,
      addresses,
      this.webhooks,
      (host) => this.serverless.runsAt(host, this.wiring.functionsUrl),
    );
    this.inbound = new Inbound(
      settings,
      this.wiring,
      clock,
      this.messages,
      this.whatsapp,
      this.webhooks,
      new InboundConversations(this.wiring, clock, this.messages, this.webhooks, this.deliveries),
      messagingServices,
      destinations,
      this.advancedOptOut,
      this.conversationEvents,
    );
    seed(this.templates, clock.now());
    const limits = new RateLimits(clock, this.wiring, settings.limitsByClock);
    this.router = new Router([
      ...serviceRoutes(this.sync),
      ...documentRoutes(this.sync, limits),
      ...collectionRoutes(this.sync, limits),
      ...accountRoutes(settings, clock.now()),
      ...messageRoutes(
        settings,
        this.wiring,
        clock,
        this.activity,
        this.messages,
        this.templates,
        this.deliveries,
        messagingServices,
        this.optOuts,
      ),
      ...mediaRoutes(settings, this.messages),
      ...contentRoutes(this.templates, clock, settings.accountSid),
      ...approvalRoutes(this.templates, clock, settings.accountSid),
      ...messagingServiceRoutes(messagingServices, this.senders, clock, settings.accountSid),
      ...channelSenderRoutes(this.senders),
      ...serverlessServiceRoutes(this.serverless),
      ...environmentRoutes(this.serverless),
      ...uploadRoutes(this.serverless),
      ...buildRoutes(this.serverless),
      ...webhookConfigurationRoutes(this.webhookRules),
      ...studioFlowRoutes(this.studioFlows, clock, settings.accountSid),
      ...conversationRoutes(conversations, settings.accountSid),
      ...conversationServiceRoutes(conversations, settings.accountSid),
      ...addressConfigurationRoutes(addresses, conversations, settings.accountSid),
      ...conversationMessageRoutes(
        conversations,
        this.conversationEvents,
        this.activity,
        settings.accountSid,
      ),
    ]);
  }

  /** Goes on with a message that was on its way when its state was kept. */
  resume(message: MessageRecord): void {
    this.deliveries.resume(message);
  }

  retire(): void {
    this.schedule.stop();
    this.deliveries.retire();
    this.webhooks.retire();
  }
}

/** The account's own service has its sender in the pool and defers to it: inbound messages go where they always went. */
function seededServices(settings: Settings, clock: Clock): MessagingServices {
  const services = new MessagingServices(clock);
  if (settings.messagingServiceSid === '') return services;
  const service = services.add(settings.messagingServiceSid, 'Default Messaging Service');
  service.useInboundWebhookOnNumber = true;
  if (settings.sender !== SANDBOX_SENDER) service.pool.set(settings.sender, clock.now());
  return services;
}
