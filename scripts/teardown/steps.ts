/**
 * What there is to take away, and how: each step only where there is something for it. The webhooks come first, so that
 * nobody calls what is gone; the Sync service comes last, because it remembers what the webhooks were.
 */
import { parseWhatsAppAddress } from '../../src/domain/whatsapp-address';
import { listTemplates } from '../../src/twilio/content-templates';
import type { SettingsFile, TwilioSdk } from '../account/account';
import {
  ACCOUNT_PLACE,
  type ConversationsPlace,
  conversationsWebhook,
  servicePlace,
  setConversationsWebhook,
} from '../account/conversations-webhook';
import { type FormerConversations, isNotFound, readFormerWebhooks } from '../account/former-webhooks';
import {
  findSender,
  findWebhookPlace,
  isOwnAddress,
  isSandbox,
  setWebhook,
  type WebhookSettings,
} from '../account/inbound-webhook';
import { isOwnObject } from '../account/own-sync-objects';
import { counted } from '../command/counted';
import { deployedServiceIn } from '../deploy/last-deploy';
import { SYNC_SERVICE_NAME } from '../setup/sync-service';
import { templateStates } from '../setup/templates';

export interface Step {
  /** What would go, a line each. */
  readonly lines: readonly string[];
  act(): Promise<void>;
}

export interface Account {
  readonly sdk: TwilioSdk;
  readonly settings: SettingsFile;
  readonly serviceName: string;
}

const PAGE_SIZE = 100;

export interface Planned {
  readonly steps: readonly Step[];
  /** Functions services that go on to work with the same Sync service and the same webhooks, which stay for them. */
  readonly others: readonly string[];
}

/** @param withTemplates they stay unless somebody asks: WhatsApp takes days to approve them again */
export async function stepsFor(account: Account, withTemplates: boolean): Promise<Planned> {
  const others = await otherServices(account);
  if (others.length > 0) {
    const own = await functionsStep(account);
    return { steps: own === null ? [] : [own], others };
  }
  const found = [
    await inboundStep(account),
    ...(await conversationsSteps(account)),
    await functionsStep(account),
    ...(withTemplates ? await templateSteps(account) : []),
    await syncStep(account),
  ];
  return { steps: found.filter((step) => step !== null), others };
}

/** Deployed from the same settings under another name, by what `deploy` noted in Sync, and still there. */
async function otherServices(account: Account): Promise<readonly string[]> {
  const { sdk, serviceName } = account;
  const sid = syncSidOf(account);
  if (sid === '') return [];
  const documents = await sdk.sync.v1
    .services(sid)
    .documents.list({ pageSize: PAGE_SIZE })
    .catch((error: unknown) => {
      if (isNotFound(error)) return [];
      throw error;
    });
  const deployed = new Set(documents.map(({ uniqueName }) => deployedServiceIn(uniqueName)));
  if (deployed.size === 0) return [];
  const services = await sdk.serverless.v1.services.list({ pageSize: PAGE_SIZE });
  return services
    .map(({ uniqueName }) => uniqueName)
    .filter((name) => name !== serviceName && deployed.has(name));
}

const syncSidOf = ({ settings }: Account) => settings.env.SYNC_SERVICE_SID?.trim() ?? '';

async function inboundStep(account: Account): Promise<Step | null> {
  const { sdk, settings } = account;
  const address = parseWhatsAppAddress(settings.env.WHATSAPP_SENDER?.trim() ?? '');
  if (!address || isSandbox(address)) return null;
  const sender = await findSender(sdk, address);
  if (!sender) return null;
  const place = await findWebhookPlace(sdk, sender, address);
  if (!isOwnAddress(place.current.url)) return null;
  const former: WebhookSettings = (await readFormerWebhooks(sdk, syncSidOf(account))).inbound[place.sid] ?? {
    url: null,
    method: null,
    fallbackUrl: null,
    fallbackMethod: null,
  };
  return {
    lines: [`webhook of ${place.name}: back to ${former.url ?? 'none'}`],
    act: () => setWebhook(sdk, place, former),
  };
}

/** The account's, and those of the conversation services that setup connected. */
async function conversationsSteps(account: Account): Promise<readonly (Step | null)[]> {
  const former = await readFormerWebhooks(account.sdk, syncSidOf(account));
  const services = Object.entries(former.conversationServices);
  return [
    await conversationsStep(account, ACCOUNT_PLACE, former.conversations),
    ...(await Promise.all(
      services.map(([sid, before]) => conversationsStep(account, servicePlace(sid), before)),
    )),
  ];
}

async function conversationsStep(
  { sdk }: Account,
  place: ConversationsPlace,
  before: FormerConversations | null,
): Promise<Step | null> {
  const current = await conversationsWebhook(sdk, place).catch((error: unknown) => {
    if (isNotFound(error)) return null;
    throw error;
  });
  if (!current?.url?.endsWith('.twil.io/conversations/message-added')) return null;
  const former = before ?? { url: null, method: current.method, filters: current.filters };
  return {
    lines: [`webhook of ${place.name}: back to ${former.url ?? 'none'}`],
    act: () => setConversationsWebhook(sdk, place, former),
  };
}

async function functionsStep({ sdk, serviceName }: Account): Promise<Step | null> {
  const services = await sdk.serverless.v1.services.list({ pageSize: PAGE_SIZE });
  const service = services.find(({ uniqueName }) => uniqueName === serviceName);
  if (!service) return null;
  const context = sdk.serverless.v1.services(service.sid);
  const domains = (await context.environments.list({ pageSize: PAGE_SIZE })).map(
    ({ domainName }) => domainName,
  );
  return {
    lines: [
      `Functions service ${serviceName}, ${service.sid}${domains.length > 0 ? `: ${domains.join(', ')}` : ''}`,
    ],
    act: async () => {
      await unlessGone(() => context.remove());
    },
  };
}

async function templateSteps({ sdk }: Account): Promise<readonly Step[]> {
  const states = templateStates(await listTemplates(sdk));
  // One that somebody else made under the same name has another text.
  const own = states.flatMap(({ planned, existing }) =>
    existing?.contentSid && existing.text === planned.text
      ? [{ name: planned.name, sid: existing.contentSid }]
      : [],
  );
  return own.map(({ name, sid }) => ({
    lines: [`template ${name}, ${sid}`],
    act: async () => {
      await unlessGone(() => sdk.content.v1.contents(sid).remove());
    },
  }));
}

/** A service that setup made goes as a whole. From another one, which may hold anything, only what is of this project. */
async function syncStep(account: Account): Promise<Step | null> {
  const { sdk } = account;
  const sid = syncSidOf(account);
  if (sid === '') return null;
  const context = sdk.sync.v1.services(sid);
  const service = await context.fetch().catch((error: unknown) => {
    if (isNotFound(error)) return null;
    throw error;
  });
  if (!service) return null;
  const objects = await ownObjects(sdk, sid);
  const people = objects.filter(({ name }) => name.startsWith('window.')).length;
  const held = objects.filter(({ name }) => name.startsWith('held.')).length;
  const what = `${counted(objects.length, 'object')}: ${counted(people, 'window')}, ${counted(held, 'person', 'people')} for whom something is held`;
  if (service.friendlyName === SYNC_SERVICE_NAME) {
    return {
      lines: [`Sync service ${SYNC_SERVICE_NAME}, ${sid}, with ${what}`],
      act: async () => {
        await unlessGone(() => context.remove());
      },
    };
  }
  if (objects.length === 0) return null;
  return {
    lines: [`of the Sync service ${service.friendlyName ?? sid}, which setup did not make, only ${what}`],
    async act() {
      for (const { remove } of objects) await unlessGone(remove);
    },
  };
}

interface SyncObject {
  readonly name: string;
  readonly remove: () => Promise<unknown>;
}

async function ownObjects(sdk: TwilioSdk, sid: string): Promise<readonly SyncObject[]> {
  const service = sdk.sync.v1.services(sid);
  const paging = { pageSize: PAGE_SIZE };
  const kinds = [
    { found: await service.documents.list(paging), at: (object: string) => service.documents(object) },
    { found: await service.syncLists.list(paging), at: (object: string) => service.syncLists(object) },
    { found: await service.syncMaps.list(paging), at: (object: string) => service.syncMaps(object) },
  ];
  // By its SID: what the SDK lists does not know its own, and would remove nothing.
  return kinds.flatMap(({ found, at }) =>
    found
      .filter(({ uniqueName }) => isOwnObject(uniqueName))
      .map((object) => ({ name: object.uniqueName, remove: () => at(object.sid).remove() })),
  );
}

/** An earlier run may have come as far as this. */
async function unlessGone(remove: () => Promise<unknown>): Promise<void> {
  await remove().catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
}
