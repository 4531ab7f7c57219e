/** What the functions that are live were given, by name and value. It only reads; a value must never be shown. */
import type { TwilioSdk } from './account';

/**
 * @param domain such as `whatsapp-window-1234-dev.twil.io`
 * @returns null where no such domain is one of the service
 */
export async function deployedVariables(
  sdk: TwilioSdk,
  serviceName: string,
  domain: string,
): Promise<Readonly<Record<string, string>> | null> {
  const services = await sdk.serverless.v1.services.list({ pageSize: 100 });
  const service = services.find(({ uniqueName }) => uniqueName === serviceName);
  if (!service) return null;
  const { environments } = sdk.serverless.v1.services(service.sid);
  const environment = (await environments.list({ pageSize: 100 })).find(
    ({ domainName }) => domainName === domain,
  );
  if (!environment) return null;
  const variables = await environments(environment.sid).variables.list({ pageSize: 100 });
  return Object.fromEntries(variables.map(({ key, value }) => [key, value]));
}
