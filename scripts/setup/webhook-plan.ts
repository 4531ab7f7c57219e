/**
 * What is to be done about the webhook for inbound messages: nothing yet, something a person has to do in the Console, or
 * a change from one address to another. It only looks.
 */
import type { TwilioSdk } from '../account/account';
import type { Env } from '../account/env-file';
import {
  findSender,
  findWebhookPlace,
  isOwnAddress,
  isSame,
  isSandbox,
  type WebhookPlace,
  wantedWebhook,
} from '../account/inbound-webhook';

export type WebhookPlan =
  /** The functions are not deployed yet, as far as is known. */
  | { readonly kind: 'not-deployed' }
  /** The Sandbox: these lines are to be pasted into the Console. */
  | { readonly kind: 'paste'; readonly url: string }
  | { readonly kind: 'no-such-sender' }
  | { readonly kind: 'right-already'; readonly place: WebhookPlace }
  | {
      readonly kind: 'change';
      readonly place: WebhookPlace;
      readonly wanted: ReturnType<typeof wantedWebhook>;
      /** The address that handles inbound messages today, where that is somebody else's. */
      readonly formerUrl: string | null;
    };

/** @param domain of the functions, undefined where nothing is deployed */
export async function planWebhook(
  sdk: TwilioSdk,
  address: string,
  domain: string | undefined,
): Promise<WebhookPlan> {
  if (domain === undefined) return { kind: 'not-deployed' };
  const wanted = wantedWebhook(`https://${domain}`);
  if (isSandbox(address)) return { kind: 'paste', url: wanted.url };
  const sender = await findSender(sdk, address);
  if (!sender) return { kind: 'no-such-sender' };
  const place = await findWebhookPlace(sdk, sender, address);
  if (isSame(place.current, wanted)) return { kind: 'right-already', place };
  return { kind: 'change', place, wanted, formerUrl: somebodyElses(place.current.url, domain) };
}

/** Another environment of these functions, or the reply that Twilio gives new numbers, is nobody that has to hear on. */
function somebodyElses(url: string | null, domain: string): string | null {
  if (url === null || !URL.canParse(url)) return null;
  const { host } = new URL(url);
  if (host === domain || isOwnAddress(url) || host === 'demo.twilio.com') return null;
  // Connection overrides belong to whoever calls, and here that will be Twilio's answer to a <Redirect>.
  return url.split('#')[0] ?? url;
}

/** The setting that keeps the former handler in work, where it is not taken. */
export function forwardUrlFor(plan: WebhookPlan, env: Env): string | null {
  if (plan.kind !== 'change' || env.FORWARD_URL?.trim()) return null;
  return plan.formerUrl;
}
