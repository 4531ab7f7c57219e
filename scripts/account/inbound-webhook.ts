/**
 * The webhook that Twilio calls when a WhatsApp message comes in: where it is configured for a sender, what it is, what
 * it has to be. A Messaging Service with the sender in its pool overrides the sender's own, unless it defers to it
 * (https://www.twilio.com/docs/messaging/api/service-resource, UseInboundWebhookOnNumber).
 */
import { SANDBOX_SENDER } from '../../src/domain/whatsapp-address';
import type { TwilioSdk } from './account';

export interface WebhookSettings {
  readonly url: string | null;
  readonly method: string | null;
  readonly fallbackUrl: string | null;
  readonly fallbackMethod: string | null;
}

export interface Sender {
  readonly sid: string;
  /** Such as `ONLINE`. */
  readonly status: string;
  /** Why it is offline, in WhatsApp's words. */
  readonly offlineReasons: readonly string[];
}

/** The one place whose webhook counts. */
export interface WebhookPlace {
  readonly kind: 'sender' | 'messaging-service';
  readonly sid: string;
  /** For a sentence: "the sender" or the service by its name. */
  readonly name: string;
  readonly current: WebhookSettings;
}

/**
 * By default Twilio retries only where it could not connect: a 5xx would lose the message, and so would a 429, which comes where
 * more functions would run at a time than Twilio runs (https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides).
 */
export const CONNECTION_OVERRIDES = '#rc=3&rp=ct,rt,4xx,5xx';

/** Of the functions that take inbound messages. */
const OWN_PATHS: readonly string[] = ['/incoming-message', '/conversations/message-added'];

/** @param baseUrl where the functions are, such as `https://xyz.twil.io` */
export function wantedWebhook(baseUrl: string): Readonly<Record<keyof WebhookSettings, string>> {
  const url = `${baseUrl}/incoming-message`;
  return { url: `${url}${CONNECTION_OVERRIDES}`, method: 'POST', fallbackUrl: url, fallbackMethod: 'POST' };
}

export function isSame(a: WebhookSettings, b: WebhookSettings): boolean {
  return (
    a.url === b.url &&
    a.method === b.method &&
    a.fallbackUrl === b.fallbackUrl &&
    a.fallbackMethod === b.fallbackMethod
  );
}

/** The Sandbox's number belongs to Twilio: its webhook can be set in the Console only. */
export function isSandbox(sender: string): boolean {
  return sender === SANDBOX_SENDER;
}

/** @returns undefined where the account has no such sender */
export async function findSender(sdk: TwilioSdk, address: string): Promise<Sender | undefined> {
  const senders = await sdk.messaging.v2.channelsSenders.list({ channel: 'whatsapp', pageSize: 100 });
  const found = senders.find(({ senderId }) => senderId === address);
  if (!found) return undefined;
  const offlineReasons = (found.offlineReasons ?? []).map(({ code, message }) => `${message} (${code})`);
  return { sid: found.sid, status: found.status, offlineReasons };
}

/** Where the webhook for this sender's inbound messages is configured, and how. */
export async function findWebhookPlace(
  sdk: TwilioSdk,
  sender: Sender,
  address: string,
): Promise<WebhookPlace> {
  for (const service of await sdk.messaging.v1.services.list({ pageSize: 100 })) {
    if (service.useInboundWebhookOnNumber) continue;
    const pool = await sdk.messaging.v1.services(service.sid).channelSenders.list({ pageSize: 100 });
    if (!pool.some((entry) => entry.sender === address)) continue;
    return {
      kind: 'messaging-service',
      sid: service.sid,
      name: `the Messaging Service "${service.friendlyName}" (it has the sender in its pool)`,
      current: {
        url: service.inboundRequestUrl ?? null,
        method: service.inboundMethod ?? null,
        fallbackUrl: service.fallbackUrl ?? null,
        fallbackMethod: service.fallbackMethod ?? null,
      },
    };
  }
  const { webhook } = await sdk.messaging.v2.channelsSenders(sender.sid).fetch();
  return {
    kind: 'sender',
    sid: sender.sid,
    name: 'the sender',
    current: {
      url: webhook?.callbackUrl ?? null,
      method: webhook?.callbackMethod ?? null,
      fallbackUrl: webhook?.fallbackUrl ?? null,
      fallbackMethod: webhook?.fallbackMethod ?? null,
    },
  };
}

/** Whether this address is that of functions of this project: here, or in another environment. */
export function isOwnAddress(url: string | null): boolean {
  return ownDomainOf(url) !== null && new URL(url ?? '').pathname === '/incoming-message';
}

/** @returns the domain where a webhook leads to functions of this project, null where it leads elsewhere */
export function ownDomainOf(url: string | null): string | null {
  if (url === null || !URL.canParse(url)) return null;
  const { host, pathname } = new URL(url);
  return OWN_PATHS.includes(pathname) && host.endsWith('.twil.io') ? host : null;
}

/** Changes nothing but these four: a status callback that is set there stays. An address that is null is taken away. */
export async function setWebhook(
  sdk: TwilioSdk,
  place: Pick<WebhookPlace, 'kind' | 'sid'>,
  wanted: WebhookSettings,
): Promise<void> {
  if (place.kind === 'messaging-service') {
    await sdk.messaging.v1.services(place.sid).update({
      inboundRequestUrl: wanted.url ?? '',
      inboundMethod: wanted.method ?? 'POST',
      fallbackUrl: wanted.fallbackUrl ?? '',
      fallbackMethod: wanted.fallbackMethod ?? 'POST',
    });
    return;
  }
  const sender = sdk.messaging.v2.channelsSenders(place.sid);
  const { webhook } = await sender.fetch();
  const body = {
    webhook: {
      callback_url: wanted.url,
      callback_method: wanted.method,
      fallback_url: wanted.fallbackUrl,
      fallback_method: wanted.fallbackMethod,
      // Sent along as it is: Twilio's page does not say whether a part that is left out stays.
      ...(webhook?.statusCallbackUrl && {
        status_callback_url: webhook.statusCallbackUrl,
        status_callback_method: webhook.statusCallbackMethod ?? 'POST',
      }),
    },
  };
  // The SDK sends this body as it is, and its typed classes would send names that the API does not know.
  await sender.update(body as unknown as Parameters<typeof sender.update>[0]);
}
