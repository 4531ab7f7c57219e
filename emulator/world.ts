/**
 * Everything that exists between two resets: the account's data, WhatsApp, and the work under way. A reset retires
 * one world and begins another, so nothing of the old can reach into the new.
 */
import { accountRoutes } from './accounts';
import { Activity } from './activity';
import type { Clock } from './clock';
import { contentRoutes } from './content';
import { approvalRoutes } from './content-approvals';
import { ContentTemplates } from './content-templates';
import { Deliveries } from './deliveries';
import { Faults } from './faults';
import { Inbound } from './inbound';
import { mediaRoutes } from './media';
import { MessageLog } from './message-log';
import { messageRoutes } from './messages';
import { RateLimits } from './rate-limits';
import { RequestLog } from './request-log';
import { Router } from './router';
import { Schedule } from './schedule';
import { seed } from './seed';
import { type Settings, type Wiring, wiringFrom } from './settings';
import { documentRoutes } from './sync/documents';
import { listRoutes } from './sync/lists';
import { mapRoutes } from './sync/maps';
import { SyncServices, serviceRoutes } from './sync/services';
import type { Transport } from './webhook-transport';
import { Webhooks } from './webhooks';
import { WhatsApp } from './whatsapp';

/** What a program that runs the emulator in its own process may bring instead. */
export interface Doors {
  readonly faults?: Faults;
  readonly transport?: Transport;
}

export class World {
  readonly wiring: Wiring;
  readonly activity = new Activity();
  readonly faults: Faults;
  readonly requests = new RequestLog();
  readonly messages = new MessageLog();
  readonly templates = new ContentTemplates();
  readonly whatsapp = new WhatsApp();
  readonly sync: SyncServices;
  readonly webhooks: Webhooks;
  readonly inbound: Inbound;
  readonly router: Router;
  private readonly schedule: Schedule;
  private readonly deliveries: Deliveries;

  constructor(settings: Settings, clock: Clock, functionsUrl: string, doors: Doors = {}) {
    this.faults = doors.faults ?? new Faults();
    this.wiring = wiringFrom(settings, functionsUrl);
    this.schedule = new Schedule(clock);
    this.sync = new SyncServices(clock, settings.accountSid, settings.syncServiceSid);
    this.webhooks = new Webhooks(
      settings.authToken,
      clock,
      this.schedule,
      this.activity,
      this.faults,
      doors.transport,
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
    );
    this.inbound = new Inbound(
      settings,
      this.wiring,
      clock,
      this.messages,
      this.whatsapp,
      this.webhooks,
      this.deliveries,
    );
    seed(this.templates, clock.now());
    const limits = new RateLimits(clock, this.wiring, settings.limitsByClock);
    this.router = new Router([
      ...serviceRoutes(this.sync),
      ...documentRoutes(this.sync, limits),
      ...listRoutes(this.sync, limits),
      ...mapRoutes(this.sync, limits),
      ...accountRoutes(settings, clock.now()),
      ...messageRoutes(
        settings,
        this.wiring,
        clock,
        this.activity,
        this.messages,
        this.templates,
        this.deliveries,
      ),
      ...mediaRoutes(settings, this.messages),
      ...contentRoutes(this.templates, clock, settings.accountSid),
      ...approvalRoutes(this.templates, clock, settings.accountSid),
    ]);
  }

  retire(): void {
    this.schedule.stop();
    this.deliveries.retire();
    this.webhooks.retire();
  }
}
