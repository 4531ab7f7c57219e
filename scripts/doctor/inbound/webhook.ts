/** Whether inbound messages are posted to these functions, so that none is lost on the way. */

import type { TwilioSdk } from '../../account/account';
import { serviceAt } from '../../account/functions-domain';
import {
  findSender,
  findWebhookPlace,
  isSandbox,
  ownDomainOf,
  type WebhookSettings,
  wantedWebhook,
} from '../../account/inbound-webhook';
import { broken, type Check, type Finding, notChecked, ok, warning } from '../check';

export const webhook: Check = {
  name: 'webhook',
  why: 'An inbound message that does not arrive here opens no window: replies are held back or lost.',
  async look(account) {
    const sdk = account.sdk();
    const address = account.sender();
    const baseUrl = account.functionsUrl();
    const wanted = wantedWebhook(baseUrl);
    if (isSandbox(address)) {
      return notChecked(
        'Only the Console can read the Sandbox’s.',
        `Compare: Messaging > Try it out > Send a WhatsApp message > Sandbox settings, POST ${wanted.url}`,
      );
    }
    const sender = await findSender(sdk, address);
    if (!sender) return notChecked('There is no such sender.');
    const place = await findWebhookPlace(sdk, sender, address);
    const fix = account.run('setup', `--domain ${new URL(baseUrl).host}`);
    const subject = `The webhook of ${place.name}`;
    const other = await otherService(sdk, place.current.url, new URL(baseUrl).host);
    if (other !== null) {
      return warning(
        `${subject} leads to ${other}, a service of its own.`,
        `Nothing, where this is a second service and both use the same Sync service. Else: ${fix}`,
      );
    }
    return verdict(subject, place.current, wanted, fix);
  },
};

/** @returns the domain of another Functions service of this project that takes the messages; null where it is none */
async function otherService(sdk: TwilioSdk, url: string | null, domain: string): Promise<string | null> {
  const other = ownDomainOf(url);
  if (other === null || other === domain) return null;
  const [theirs, ours] = [await serviceAt(sdk, other), await serviceAt(sdk, domain)];
  return theirs !== undefined && ours !== undefined && theirs !== ours ? other : null;
}

function verdict(subject: string, current: WebhookSettings, wanted: WebhookSettings, fix: string): Finding {
  if (current.url === null) return broken(`${subject} is not set.`, fix);
  const [address, overrides = ''] = current.url.split('#', 2);
  if (address !== wanted.fallbackUrl) return broken(`${subject} leads to ${address}.`, fix);
  // Left out, it is a POST.
  if ((current.method ?? 'POST') !== 'POST') {
    return broken(`${subject} is called by ${current.method}, and the function takes POST only.`, fix);
  }
  const weaknesses = [
    ...(retriesOn('5xx', overrides)
      ? []
      : ['Twilio gives up on a 5xx, because the URL has no #rc=3&rp=ct,rt,4xx,5xx']),
    ...(current.fallbackUrl === wanted.fallbackUrl ? [] : ['the fallback URL does not lead here']),
  ];
  if (weaknesses.length > 0) return warning(`${subject} leads here, but ${weaknesses.join(', and ')}.`, fix);
  // More executions at a time than Twilio runs for one service are answered 429, which is a 4xx.
  const gap = retriesOn('4xx', overrides) ? '' : ` No retry follows a 429: ${fix} sets that too.`;
  return ok(`${subject} leads here, with retries and fallback.${gap}`);
}

/** Connection overrides: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides */
function retriesOn(failure: '4xx' | '5xx', overrides: string): boolean {
  const parameters = new URLSearchParams(overrides);
  const reasons = (parameters.get('rp') ?? '').split(',');
  return Number(parameters.get('rc') ?? 1) > 0 && (reasons.includes(failure) || reasons.includes('all'));
}
