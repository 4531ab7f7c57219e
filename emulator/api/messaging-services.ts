/**
 * Messaging Services and the senders in their pools: https://www.twilio.com/docs/messaging/api/service-resource
 * A service that has a sender in its pool takes over that sender's inbound webhook; `inbound-destination.ts` decides it.
 * Only what concerns inbound messages can be set; the rest is answered with Twilio's defaults.
 */

import type { Clock } from '../clock';
import { PAGING_PARAMETERS, pageRequest, v1Page } from '../server/paging';
import type { Parameters } from '../server/parameters';
import type { Call, Route } from '../server/router';
import { newSid } from '../server/sids';
import { isoDate } from '../server/twilio-dates';
import { notFound, TwilioError } from '../server/twilio-error';
import { isWebUrl } from '../whatsapp/webhook-url';
import type { ChannelSenders } from './channel-senders';

export interface MessagingService {
  readonly sid: string;
  readonly createdAt: number;
  updatedAt: number;
  friendlyName: string;
  inboundRequestUrl: string | null;
  inboundMethod: 'GET' | 'POST';
  fallbackUrl: string | null;
  fallbackMethod: 'GET' | 'POST';
  statusCallback: string | null;
  /** "Defer to sender's webhook": the service leaves inbound messages to the sender's own. */
  useInboundWebhookOnNumber: boolean;
  /** The senders in the pool, such as `whatsapp:+15550001111`, and since when. */
  readonly pool: Map<string, number>;
}

const SETTABLE = [
  'FriendlyName',
  'InboundRequestUrl',
  'InboundMethod',
  'FallbackUrl',
  'FallbackMethod',
  'StatusCallback',
  'UseInboundWebhookOnNumber',
] as const;

export class MessagingServices {
  private readonly services = new Map<string, MessagingService>();

  constructor(private readonly clock: Clock) {}

  add(sid: string, friendlyName: string): MessagingService {
    const now = this.clock.now();
    const service: MessagingService = {
      sid,
      createdAt: now,
      updatedAt: now,
      friendlyName,
      inboundRequestUrl: null,
      inboundMethod: 'POST',
      fallbackUrl: null,
      fallbackMethod: 'POST',
      statusCallback: null,
      useInboundWebhookOnNumber: false,
      pool: new Map(),
    };
    this.services.set(sid, service);
    return service;
  }

  /** In the place of all that are there. */
  restore(services: readonly MessagingService[]): void {
    this.services.clear();
    for (const service of services) this.services.set(service.sid, service);
  }

  get(sid: string): MessagingService | undefined {
    return this.services.get(sid);
  }

  all(): MessagingService[] {
    return [...this.services.values()];
  }

  /** A sender is in one pool at most. */
  withSender(address: string): MessagingService | undefined {
    return this.all().find((service) => service.pool.has(address));
  }
}

export function messagingServiceRoutes(
  services: MessagingServices,
  senders: ChannelSenders,
  clock: Clock,
  accountSid: string,
): Route[] {
  const base = 'https://messaging.twilio.com/v1/Services';

  const shown = (service: MessagingService): Record<string, unknown> => {
    const url = `${base}/${service.sid}`;
    return {
      sid: service.sid,
      account_sid: accountSid,
      friendly_name: service.friendlyName,
      date_created: isoDate(service.createdAt),
      date_updated: isoDate(service.updatedAt),
      inbound_request_url: service.inboundRequestUrl,
      inbound_method: service.inboundMethod,
      fallback_url: service.fallbackUrl,
      fallback_method: service.fallbackMethod,
      status_callback: service.statusCallback,
      sticky_sender: true,
      mms_converter: true,
      smart_encoding: true,
      scan_message_content: 'inherit',
      fallback_to_long_code: false,
      area_code_geomatch: true,
      synchronous_validation: false,
      validity_period: 36_000,
      url,
      links: {
        phone_numbers: `${url}/PhoneNumbers`,
        short_codes: `${url}/ShortCodes`,
        alpha_senders: `${url}/AlphaSenders`,
        messages: `${url}/Messages`,
        us_app_to_person: `${url}/Compliance/Usa2p`,
        us_app_to_person_usecases: `${url}/Compliance/Usa2p/Usecases`,
        channel_senders: `${url}/ChannelSenders`,
        destination_alpha_senders: `${url}/DestinationAlphaSenders`,
      },
      usecase: 'undeclared',
      us_app_to_person_registered: false,
      use_inbound_webhook_on_number: service.useInboundWebhookOnNumber,
    };
  };

  const shownSender = (service: MessagingService, address: string, since: number) => {
    const sid = senders.at(address)?.sid ?? '';
    return {
      account_sid: accountSid,
      messaging_service_sid: service.sid,
      sid,
      sender: address,
      sender_type: 'WhatsApp',
      // Read off the number by the real Twilio; nothing here needs it.
      country_code: null,
      date_created: isoDate(since),
      date_updated: isoDate(since),
      url: `${base}/${service.sid}/ChannelSenders/${sid}`,
    };
  };

  const found = (call: Call): MessagingService => {
    const service = services.get(call.at('ServiceSid'));
    if (!service) throw notFound(`/v1/Services/${call.at('ServiceSid')}`);
    return service;
  };

  return [
    {
      service: 'messaging',
      method: 'GET',
      path: '/v1/Services',
      label: 'Services',
      query: PAGING_PARAMETERS,
      handle(call) {
        const request = pageRequest(call.query, 1000);
        const all = services.all();
        const from = all.findIndex((service) => service.sid === request.after) + 1;
        const items = all
          .slice(from, from + request.size + 1)
          .map((service) => ({ token: service.sid, value: shown(service) }));
        return { status: 200, body: v1Page(base, 'services', call.query, request, items) };
      },
    },
    {
      service: 'messaging',
      method: 'POST',
      path: '/v1/Services',
      label: 'Services',
      body: SETTABLE,
      handle(call) {
        const name = call.form.get('FriendlyName') ?? '';
        if (name === '') throw new TwilioError(400, 20001, 'FriendlyName is required.');
        const changes = changesIn(call.form);
        return { status: 201, body: shown(Object.assign(services.add(newSid('MG'), name), changes)) };
      },
    },
    {
      service: 'messaging',
      method: 'GET',
      path: '/v1/Services/{ServiceSid}',
      label: 'Services/{sid}',
      handle: (call) => ({ status: 200, body: shown(found(call)) }),
    },
    {
      service: 'messaging',
      method: 'POST',
      path: '/v1/Services/{ServiceSid}',
      label: 'Services/{sid}',
      body: SETTABLE,
      handle(call) {
        const service = found(call);
        return {
          status: 200,
          body: shown(Object.assign(service, changesIn(call.form), { updatedAt: clock.now() })),
        };
      },
    },
    {
      service: 'messaging',
      method: 'GET',
      path: '/v1/Services/{ServiceSid}/ChannelSenders',
      label: 'Services/{sid}/ChannelSenders',
      query: PAGING_PARAMETERS,
      handle(call) {
        const service = found(call);
        const request = pageRequest(call.query, 1000);
        const all = [...service.pool];
        const from = all.findIndex(([address]) => address === request.after) + 1;
        const items = all
          .slice(from, from + request.size + 1)
          .map(([address, since]) => ({ token: address, value: shownSender(service, address, since) }));
        const url = `${base}/${service.sid}/ChannelSenders`;
        return { status: 200, body: v1Page(url, 'senders', call.query, request, items) };
      },
    },
    {
      service: 'messaging',
      method: 'POST',
      path: '/v1/Services/{ServiceSid}/ChannelSenders',
      label: 'Services/{sid}/ChannelSenders',
      body: ['Sid'],
      handle(call) {
        const service = found(call);
        const sender = senders.get(call.form.get('Sid') ?? '');
        if (!sender) throw new TwilioError(400, 20001, 'Sid must be that of one of the account’s senders.');
        const { address } = sender;
        // 21710: https://www.twilio.com/docs/api/errors/21710
        if (services.withSender(address)) {
          throw new TwilioError(
            409,
            21710,
            'Phone Number or Short Code is already in the Messaging Service.',
          );
        }
        service.pool.set(address, clock.now());
        return { status: 201, body: shownSender(service, address, clock.now()) };
      },
    },
  ];
}

function changesIn(form: Parameters): Partial<MessagingService> {
  const changes: Partial<MessagingService> = {};
  const url = (name: string): string | null | undefined => {
    const given = form.get(name);
    if (given === undefined) return undefined;
    if (given === '') return null;
    if (!isWebUrl(given)) throw new TwilioError(400, 20001, `${name} is not a URL: "${given}".`);
    return given;
  };
  const method = (name: string): 'GET' | 'POST' | undefined => {
    const given = form.get(name)?.toUpperCase();
    if (given === undefined || given === 'GET' || given === 'POST') return given;
    throw new TwilioError(400, 20001, `${name} must be GET or POST.`);
  };
  const name = form.get('FriendlyName');
  if (name !== undefined) changes.friendlyName = name;
  const inboundRequestUrl = url('InboundRequestUrl');
  if (inboundRequestUrl !== undefined) changes.inboundRequestUrl = inboundRequestUrl;
  const inboundMethod = method('InboundMethod');
  if (inboundMethod !== undefined) changes.inboundMethod = inboundMethod;
  const fallbackUrl = url('FallbackUrl');
  if (fallbackUrl !== undefined) changes.fallbackUrl = fallbackUrl;
  const fallbackMethod = method('FallbackMethod');
  if (fallbackMethod !== undefined) changes.fallbackMethod = fallbackMethod;
  const statusCallback = url('StatusCallback');
  if (statusCallback !== undefined) changes.statusCallback = statusCallback;
  const defer = form.get('UseInboundWebhookOnNumber');
  if (defer !== undefined) changes.useInboundWebhookOnNumber = defer.toLowerCase() === 'true';
  return changes;
}
