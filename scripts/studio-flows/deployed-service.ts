/** What is deployed, as the account's Serverless API tells it. It only reads. */
import type { TwilioSdk } from '../account/account';
import { ScriptFailure } from '../command/script-failure';

export interface DeployedService {
  readonly name: string;
  readonly serviceSid: string;
  readonly environmentSid: string;
  /** Without `https://`. */
  readonly domain: string;
  /** SIDs of the functions by their path. */
  readonly functions: ReadonlyMap<string, string>;
}

/**
 * @param environment its unique name or domain suffix; null where there is one only
 * @throws ScriptFailure where there is no such service or environment, or nothing is deployed to it
 */
export async function readDeployed(
  sdk: TwilioSdk,
  name: string,
  environment: string | null,
): Promise<DeployedService> {
  const services = await sdk.serverless.v1.services.list();
  const service = services.find(({ uniqueName }) => uniqueName === name);
  if (!service) {
    throw new ScriptFailure(
      `This account has no Functions service named ${name}.`,
      `Run npm run deploy first, or name the service with --service${listed(services)}.`,
    );
  }
  const context = sdk.serverless.v1.services(service.sid);
  const environments = await context.environments.list();
  const fitting = environments.filter(
    ({ uniqueName, domainSuffix }) =>
      environment === null || uniqueName === environment || domainSuffix === environment,
  );
  const [chosen] = fitting;
  if (!chosen || fitting.length > 1) {
    throw new ScriptFailure(
      `${name} has ${fitting.length === 0 ? 'no such environment' : `${fitting.length} environments`}.`,
      `Name one with --environment${listed(environments)}.`,
    );
  }
  if (!chosen.buildSid) {
    throw new ScriptFailure(
      `Nothing is deployed to the environment ${chosen.uniqueName} of ${name}.`,
      'Run npm run deploy first.',
    );
  }
  const build = await context.builds(chosen.buildSid).fetch();
  return {
    name,
    serviceSid: service.sid,
    environmentSid: chosen.sid,
    domain: chosen.domainName,
    functions: new Map(build.functionVersions.flatMap(pathAndSid)),
  };
}

const listed = (named: readonly { readonly uniqueName: string }[]) =>
  named.length === 0 ? '' : ` (there are ${named.map(({ uniqueName }) => uniqueName).join(', ')})`;

/** The SDK leaves a build's function versions as Twilio sends them (https://www.twilio.com/docs/serverless/api/resource/build). */
function pathAndSid(version: unknown): readonly (readonly [string, string])[] {
  if (typeof version !== 'object' || version === null) return [];
  const { path, function_sid } = version as { readonly path?: unknown; readonly function_sid?: unknown };
  return typeof path === 'string' && typeof function_sid === 'string' ? [[path, function_sid]] : [];
}
