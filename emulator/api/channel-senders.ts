/**
 * The account's WhatsApp senders and their webhooks: https://www.twilio.com/docs/whatsapp/api/senders
 * The Sandbox's number is not among them: it belongs to Twilio, and its webhook is set in the Console.
 */
import { jsonFields } from '../server/json-fields';
import { PAGING_PARAMETERS, pageRequest, v1Page } from '../server/paging';
import type { Call, Route } from '../server/router';
import { newSid } from '../server/sids';
import { notFound, TwilioError } from '../server/twilio-error';
import type { Wiring } from '../settings';
import { isWebUrl } from '../whatsapp/webhook-url';

export const SANDBOX_SENDER = 'whatsapp:+14155238886';

/** https://www.twilio.com/docs/whatsapp/api/senders#whatsapp-sender-status-values */
export const SENDER_STATUSES = [
  'CREATING',
  'ONLINE',
  'OFFLINE',
  'PENDING_VERIFICATION',
  'VERIFYING',
  'ONLINE:UPDATING',
  'TWILIO_REVIEW',
  'DRAFT',
  'STUBBED',
] as const;
export type SenderStatus = (typeof SENDER_STATUSES)[number];

export const WEBHOOK_FIELDS = [
  'callback_url',
  'callback_method',
  'fallback_url',
  'fallback_method',
  'status_callback_url',
  'status_callback_method',
] as const;
export type SenderWebhook = Record<(typeof WEBHOOK_FIELDS)[number], string | null>;

export interface ChannelSender {
  readonly sid: string;
  /** Such as `whatsapp:+15550001111`. */
  readonly address: string;
  status: SenderStatus;
  webhook: SenderWebhook;
}

const PROFILE = {
  name: 'Offline sender of the emulator',
  about: null,
  address: null,
  description: null,
  logo_url: null,
  banner_url: null,
  privacy_url: null,
  terms_of_service_url: null,
  accent_color: null,
  use_case: null,
  vertical: null,
  websites: null,
  emails: null,
  phone_numbers: null,
};

/** Whoever may send (`senders` of the wiring) is a sender; its further particulars are kept here from the first look on. */
export class ChannelSenders {
  private readonly byAddress = new Map<string, ChannelSender>();

  constructor(private readonly wiring: Pick<Wiring, 'senders'>) {}

  all(): ChannelSender[] {
    return this.wiring.senders.flatMap((address) => this.at(address) ?? []);
  }

  restore(senders: readonly ChannelSender[]): void {
    for (const sender of senders) this.byAddress.set(sender.address, sender);
  }

  get(sid: string): ChannelSender | undefined {
    return this.all().find((sender) => sender.sid === sid);
  }

  at(address: string): ChannelSender | undefined {
    if (address === SANDBOX_SENDER || !this.wiring.senders.includes(address)) return undefined;
    const known = this.byAddress.get(address);
    if (known) return known;
    const sender: ChannelSender = {
      sid: newSid('XE'),
      address,
      status: 'ONLINE',
      webhook: {
        callback_url: null,
        callback_method: null,
        fallback_url: null,
        fallback_method: null,
        status_callback_url: null,
        status_callback_method: null,
      },
    };
    this.byAddress.set(address, sender);
    return sender;
  }
}

export function channelSenderRoutes(senders: ChannelSenders): Route[] {
  const base = 'https://messaging.twilio.com/v2/Channels/Senders';

  const shown = (sender: ChannelSender): Record<string, unknown> => ({
    sid: sender.sid,
    status: sender.status,
    sender_id: sender.address,
    friendly_name: null,
    configuration: {
      waba_id: '1234567890',
      verification_method: null,
      verification_code: null,
      voice_application_sid: null,
      account_type: null,
    },
    webhook: sender.webhook,
    profile: PROFILE,
    pending_display_name: null,
    pending_display_name_status: null,
    pending_display_name_status_date: null,
    properties: { quality_rating: 'HIGH', messaging_limit: '1K Customers/24hr' },
    offline_reasons:
      sender.status === 'OFFLINE'
        ? [
            {
              code: '63020',
              message: 'Twilio encountered a Business Manager account error',
              more_info: 'https://www.twilio.com/docs/errors/63020',
            },
          ]
        : null,
    compliance: null,
    url: `${base}/${sender.sid}`,
  });

  const found = (call: Call): ChannelSender => {
    const sender = senders.get(call.at('SenderSid'));
    if (!sender) throw notFound(`/v2/Channels/Senders/${call.at('SenderSid')}`);
    return sender;
  };

  return [
    {
      service: 'messaging',
      method: 'GET',
      path: '/v2/Channels/Senders',
      label: 'Channels/Senders',
      query: ['Channel', ...PAGING_PARAMETERS],
      handle(call) {
        const channel = call.query.get('Channel');
        if (channel !== 'whatsapp' && channel !== 'rcs') {
          throw new TwilioError(400, 20001, 'Channel is required: whatsapp or rcs.');
        }
        const request = pageRequest(call.query, 1000);
        const all = channel === 'whatsapp' ? senders.all() : [];
        const from = all.findIndex((sender) => sender.sid === request.after) + 1;
        const items = all
          .slice(from, from + request.size + 1)
          .map((sender) => ({ token: sender.sid, value: shown(sender) }));
        return { status: 200, body: v1Page(base, 'senders', call.query, request, items) };
      },
    },
    {
      service: 'messaging',
      method: 'GET',
      path: '/v2/Channels/Senders/{SenderSid}',
      label: 'Channels/Senders/{sid}',
      handle: (call) => ({ status: 200, body: shown(found(call)) }),
    },
    {
      service: 'messaging',
      method: 'POST',
      path: '/v2/Channels/Senders/{SenderSid}',
      label: 'Channels/Senders/{sid}',
      body: 'json',
      handle(call) {
        const sender = found(call);
        const { webhook } = jsonFields(call.json, ['webhook']);
        if (webhook !== undefined) sender.webhook = { ...sender.webhook, ...webhookFrom(webhook) };
        return { status: 202, body: shown(sender) };
      },
    },
  ];
}

export function webhookFrom(json: unknown): Partial<SenderWebhook> {
  const fields = jsonFields(json, WEBHOOK_FIELDS, 'webhook');
  const webhook: Partial<SenderWebhook> = {};
  for (const field of WEBHOOK_FIELDS) {
    const value = fields[field];
    if (value === undefined) continue;
    const isFine =
      value === null ||
      (typeof value === 'string' &&
        (field.endsWith('_url') ? isWebUrl(value) : /^(?:POST|PUT)$/.test(value)));
    if (!isFine) {
      throw new TwilioError(
        400,
        20001,
        `webhook.${field} must be ${field.endsWith('_url') ? 'a URL' : 'POST or PUT'}.`,
      );
    }
    webhook[field] = value;
  }
  return webhook;
}
