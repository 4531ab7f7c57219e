/** Where the functions are: the domains that Twilio says are live, or the one a person named. It only reads. */

import { ScriptFailure, WrongLine } from '../command/script-failure';
import type { TwilioSdk } from './account';

/** The unique name of the Functions service, unless a person chose another. */
export const SERVICE_NAME = 'whatsapp-window';

/**
 * The domains of the environments of one Functions service in which something is live.
 * @returns such as `whatsapp-window-1234-dev.twil.io`; none before the first deploy
 */
export async function deployedDomains(sdk: TwilioSdk, serviceName: string): Promise<readonly string[]> {
  const services = await sdk.serverless.v1.services.list({ pageSize: 100 });
  const service = services.find((candidate) => candidate.uniqueName === serviceName);
  if (!service) return [];
  const environments = await sdk.serverless.v1.services(service.sid).environments.list({ pageSize: 100 });
  return environments.filter(({ buildSid }) => buildSid).map(({ domainName }) => domainName);
}

/** @returns the unique name of the Functions service under whose domain something is live; undefined where none is */
export async function serviceAt(sdk: TwilioSdk, domain: string): Promise<string | undefined> {
  for (const { uniqueName } of await sdk.serverless.v1.services.list({ pageSize: 100 })) {
    if ((await deployedDomains(sdk, uniqueName)).includes(domain)) return uniqueName;
  }
  return undefined;
}

/**
 * Reads what a person typed: `xyz.twil.io`, with or without `https://` and a path.
 * @throws WrongLine where it is no host
 */
export function parseDomain(text: string): string {
  const url = /^https?:\/\//i.test(text) ? text : `https://${text}`;
  const host = URL.canParse(url) ? new URL(url).host : '';
  if (/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i.test(host)) return host;
  throw new WrongLine(
    '--domain is no domain.',
    'Give the one that npm run deploy printed, such as --domain whatsapp-window-1234-dev.twil.io',
  );
}

/** @param option how a person says which @throws ScriptFailure that lists them, where a choice is needed */
export function theOnly(domains: readonly string[], option = '--domain'): string | undefined {
  if (domains.length > 1) {
    throw new ScriptFailure(
      `The functions are deployed in several environments: ${domains.join(', ')}.`,
      `Say which one is meant with ${option}.`,
    );
  }
  return domains[0];
}
