/**
 * Settings that were deployed once and are empty now: twilio-run leaves them in place, so that a FORWARD_URL which is
 * gone from the file would go on being called. Variables that these functions do not know are somebody else's and stay.
 */
import type { TwilioSdk } from '../account/account';
import type { Uploaded } from './upload';

/**
 * Removes them, and puts the same build live once more, so that it certainly runs without them.
 * @param known all names that a deploy may set
 * @param deployed those that it has just set
 * @returns the names that were removed
 */
export async function removeEmptied(
  sdk: TwilioSdk,
  { serviceSid, environmentSid, buildSid }: Uploaded,
  known: readonly string[],
  deployed: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const environment = sdk.serverless.v1.services(serviceSid).environments(environmentSid);
  const live = await environment.variables.list({ pageSize: 100 });
  const emptied = live.filter(({ key }) => known.includes(key) && !(key in deployed));
  for (const { sid } of emptied) await environment.variables(sid).remove();
  if (emptied.length > 0) await environment.deployments.create({ buildSid });
  return emptied.map(({ key }) => key).sort();
}
