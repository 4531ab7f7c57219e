/**
 * What comes after a deploy. It goes by what the account's webhooks lead to: a second service leaves them where they are,
 * and `npm run setup` would take them away from the first. It only reads.
 */
import type { TwilioSdk } from '../account/account';
import { conversationsPlace, conversationsWebhook, takingService } from '../account/conversations-webhook';
import { deployedDomains, SERVICE_NAME, serviceAt } from '../account/functions-domain';
import { isSandbox, ownDomainOf } from '../account/inbound-webhook';
import { npmRun } from '../command/npm-run';
import type { CommonOptions } from '../command/options';
import { planWebhook } from '../setup/webhook-plan';

/** What has just been deployed. */
export interface Deployed {
  readonly service: string;
  readonly domain: string;
}

interface Webhooks {
  /** Those of functions of this project that are called today. */
  readonly domains: readonly string[];
  readonly isRightAlready: boolean;
}

/** @returns a command or a sentence, to stand after "next: " */
export async function nextStepAfter(
  sdk: TwilioSdk,
  sender: string,
  { service, domain }: Deployed,
  options: Pick<CommonOptions, 'offline' | 'env'>,
): Promise<string> {
  const setup = npmRun(options, 'setup', `--domain ${domain}`);
  const moves = (from: string) =>
    `${setup}, only if inbound messages are to come to ${domain} and no longer to ${from}`;
  if (isSandbox(sender)) {
    // Its webhook can be read in the Console only. The usual service has it, where there is one.
    const [usual] = service === SERVICE_NAME ? [] : await deployedDomains(sdk, SERVICE_NAME);
    return usual === undefined ? setup : moves(usual);
  }
  const { domains, isRightAlready } = await webhooksOf(sdk, sender, domain);
  const other = domains.find((called) => called !== domain);
  const otherService = other === undefined ? undefined : await serviceAt(sdk, other);
  // What the webhook leads to may have been removed.
  if (other === undefined || otherService === undefined) {
    return isRightAlready ? npmRun(options, 'doctor', `--domain ${domain}`) : setup;
  }
  return otherService === service
    ? moves(other)
    : `point your programs at https://${domain}. Inbound messages stay with ${other}, so there is nothing to set up`;
}

async function webhooksOf(sdk: TwilioSdk, sender: string, domain: string): Promise<Webhooks> {
  const plan = await planWebhook(sdk, sender, domain);
  const urls = 'place' in plan ? [plan.place.current.url] : [];
  const taking = await takingService(sdk, sender);
  if (taking !== undefined) {
    urls.push((await conversationsWebhook(sdk, await conversationsPlace(sdk, taking))).url);
  }
  return {
    domains: urls.flatMap((url) => ownDomainOf(url) ?? []),
    isRightAlready: plan.kind === 'right-already',
  };
}
