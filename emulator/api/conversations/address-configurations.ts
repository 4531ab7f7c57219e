/**
 * Addresses that Conversations takes over: whoever writes there for the first time gets a conversation, and no message
 * webhook comes. https://www.twilio.com/docs/conversations/api/address-configuration-resource
 */
import type { Clock } from '../../clock';
import { PAGING_PARAMETERS } from '../../server/paging';
import type { Parameters } from '../../server/parameters';
import type { Call, Route } from '../../server/router';
import { newSid } from '../../server/sids';
import { isoDate } from '../../server/twilio-dates';
import { notFound, TwilioError } from '../../server/twilio-error';
import type { ConversationLog } from './conversation-log';
import { BASE, page } from './conversations';

export const CREATION_TYPES = ['webhook', 'studio', 'default'] as const;
type CreationType = (typeof CREATION_TYPES)[number];

export interface AutoCreation {
  readonly enabled: boolean;
  readonly type: CreationType;
  /** Null: the default service. */
  readonly conversationServiceSid: string | null;
  readonly webhookUrl: string | null;
  readonly webhookMethod: string | null;
  readonly webhookFilters: readonly string[] | null;
  readonly studioFlowSid: string | null;
  readonly studioRetryCount: number | null;
}

export interface AddressConfiguration {
  readonly sid: string;
  readonly type: 'whatsapp' | 'sms';
  readonly address: string;
  readonly createdAt: number;
  friendlyName: string;
  autoCreation: AutoCreation;
}

const NO_CREATION: AutoCreation = {
  enabled: false,
  type: 'default',
  conversationServiceSid: null,
  webhookUrl: null,
  webhookMethod: null,
  webhookFilters: null,
  studioFlowSid: null,
  studioRetryCount: null,
};

export class AddressConfigurations {
  private readonly bySid = new Map<string, AddressConfiguration>();

  constructor(private readonly clock: Clock) {}

  restore(configurations: readonly AddressConfiguration[]): void {
    for (const configuration of configurations) this.bySid.set(configuration.sid, configuration);
  }

  all(): AddressConfiguration[] {
    return [...this.bySid.values()];
  }

  get(sid: string): AddressConfiguration | undefined {
    return this.bySid.get(sid);
  }

  at(address: string): AddressConfiguration | undefined {
    return this.all().find((configuration) => configuration.address === address);
  }

  add(given: Pick<AddressConfiguration, 'type' | 'address' | 'friendlyName' | 'autoCreation'>) {
    const configuration = { ...given, sid: newSid('IG'), createdAt: this.clock.now() };
    this.bySid.set(configuration.sid, configuration);
    return configuration;
  }

  remove(sid: string): void {
    this.bySid.delete(sid);
  }
}

const PATH = '/v1/Configuration/Addresses';
const SETTABLE = [
  'FriendlyName',
  'AutoCreation.Enabled',
  'AutoCreation.Type',
  'AutoCreation.ConversationServiceSid',
  'AutoCreation.WebhookUrl',
  'AutoCreation.WebhookMethod',
  'AutoCreation.WebhookFilters',
  'AutoCreation.StudioFlowSid',
  'AutoCreation.StudioRetryCount',
];

export function addressConfigurationRoutes(
  addresses: AddressConfigurations,
  log: ConversationLog,
  accountSid: string,
): Route[] {
  const shown = (configuration: AddressConfiguration): Record<string, unknown> => {
    const { sid, type, address, friendlyName, createdAt, autoCreation } = configuration;
    return {
      account_sid: accountSid,
      sid,
      type,
      address,
      friendly_name: friendlyName,
      auto_creation: {
        enabled: autoCreation.enabled,
        type: autoCreation.type,
        conversation_service_sid: autoCreation.conversationServiceSid,
        webhook_url: autoCreation.webhookUrl,
        webhook_method: autoCreation.webhookMethod,
        webhook_filters: autoCreation.webhookFilters,
        studio_flow_sid: autoCreation.studioFlowSid,
        studio_retry_count: autoCreation.studioRetryCount,
      },
      date_created: isoDate(createdAt),
      date_updated: isoDate(createdAt),
      url: `${BASE}/Configuration/Addresses/${sid}`,
      address_country: null,
    };
  };
  const found = (call: Call): AddressConfiguration => {
    const sid = call.at('Sid');
    const configuration = addresses.get(sid) ?? addresses.at(sid);
    if (!configuration) throw notFound(`/Configuration/Addresses/${sid}`);
    return configuration;
  };

  return [
    {
      service: 'conversations',
      method: 'GET',
      path: PATH,
      label: 'Configuration/Addresses',
      query: [...PAGING_PARAMETERS, 'Type'],
      handle(call) {
        const type = call.query.get('Type');
        const all = addresses.all().filter((one) => type === undefined || one.type === type);
        return page(call, `${BASE}/Configuration/Addresses`, 'address_configurations', all, shown);
      },
    },
    {
      service: 'conversations',
      method: 'POST',
      path: PATH,
      label: 'Configuration/Addresses',
      body: ['Type', 'Address', 'AddressCountry', ...SETTABLE],
      handle({ form }) {
        const { type, address } = addressIn(form);
        if (addresses.at(address)) {
          throw new TwilioError(409, 20409, `${address} has a configuration already.`);
        }
        const friendlyName = form.get('FriendlyName') ?? '';
        const autoCreation = creationIn(form, NO_CREATION, log);
        return { status: 201, body: shown(addresses.add({ type, address, friendlyName, autoCreation })) };
      },
    },
    {
      service: 'conversations',
      method: 'GET',
      path: `${PATH}/{Sid}`,
      label: 'Configuration/Addresses/{sid}',
      handle: (call) => ({ status: 200, body: shown(found(call)) }),
    },
    {
      service: 'conversations',
      method: 'POST',
      path: `${PATH}/{Sid}`,
      label: 'Configuration/Addresses/{sid}',
      body: SETTABLE,
      handle(call) {
        const configuration = found(call);
        configuration.autoCreation = creationIn(call.form, configuration.autoCreation, log);
        configuration.friendlyName = call.form.get('FriendlyName') ?? configuration.friendlyName;
        return { status: 200, body: shown(configuration) };
      },
    },
    {
      service: 'conversations',
      method: 'DELETE',
      path: `${PATH}/{Sid}`,
      label: 'Configuration/Addresses/{sid}',
      handle(call) {
        addresses.remove(found(call).sid);
        return { status: 204 };
      },
    },
  ];
}

function addressIn(form: Parameters): Pick<AddressConfiguration, 'type' | 'address'> {
  const type = form.get('Type');
  const address = form.get('Address') ?? '';
  if (type !== 'whatsapp' && type !== 'sms') {
    throw new TwilioError(400, 20001, 'Type must be whatsapp or sms; no other channel is imitated.');
  }
  if (!(type === 'whatsapp' ? /^whatsapp:\+\d{7,15}$/ : /^\+\d{7,15}$/).test(address)) {
    throw new TwilioError(400, 20001, `Address must be an address of the channel ${type}.`);
  }
  return { type, address };
}

function creationIn(form: Parameters, before: AutoCreation, log: ConversationLog): AutoCreation {
  const given = (name: string) => form.get(`AutoCreation.${name}`);
  const type = CREATION_TYPES.find((known) => known === (given('Type') ?? before.type));
  if (!type) throw new TwilioError(400, 20001, `AutoCreation.Type must be ${CREATION_TYPES.join(', ')}.`);
  const enabled = given('Enabled') ?? String(before.enabled);
  if (enabled !== 'true' && enabled !== 'false') {
    throw new TwilioError(400, 20001, 'AutoCreation.Enabled must be true or false.');
  }
  const conversationServiceSid = given('ConversationServiceSid') ?? before.conversationServiceSid;
  if (conversationServiceSid !== null && !log.service(conversationServiceSid)) {
    throw notFound(`/Services/${conversationServiceSid}`);
  }
  const filters = form.all('AutoCreation.WebhookFilters');
  const retries = given('StudioRetryCount');
  return {
    enabled: enabled === 'true',
    type,
    conversationServiceSid,
    webhookUrl: given('WebhookUrl') ?? before.webhookUrl,
    webhookMethod: given('WebhookMethod') ?? before.webhookMethod,
    webhookFilters: filters.length > 0 ? filters : before.webhookFilters,
    studioFlowSid: given('StudioFlowSid') ?? before.studioFlowSid,
    studioRetryCount: retries === undefined ? before.studioRetryCount : Number(retries),
  };
}
