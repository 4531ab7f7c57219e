/** The Sync service that holds the state: the one that the settings name, or one that is found or made by its name. */
import type { TwilioSdk } from '../account/account';
import type { Env } from '../account/env-file';
import { isNotFound } from '../account/former-webhooks';
import type { CommonOptions } from '../command/options';
import { ScriptFailure } from '../command/script-failure';

export const SYNC_SERVICE_NAME = 'whatsapp-window';

/**
 * @returns its SID, or undefined where it has to be created
 * @throws ScriptFailure where the settings name one that the account does not have
 */
export async function findSyncService(
  sdk: TwilioSdk,
  env: Env,
  options: Pick<CommonOptions, 'offline'>,
): Promise<string | undefined> {
  const named = env.SYNC_SERVICE_SID?.trim();
  if (named) {
    await demandSyncService(sdk, named, options);
    return named;
  }
  const services = await sdk.sync.v1.services.list({ pageSize: 100 });
  // Several of one name: always the same one, so that a second run finds what the first one chose.
  return services
    .filter(({ friendlyName }) => friendlyName === SYNC_SERVICE_NAME)
    .sort((a, b) => a.dateCreated.getTime() - b.dateCreated.getTime() || (a.sid < b.sid ? -1 : 1))[0]?.sid;
}

/** @returns its SID */
export async function createSyncService(sdk: TwilioSdk): Promise<string> {
  return (await sdk.sync.v1.services.create({ friendlyName: SYNC_SERVICE_NAME })).sid;
}

/**
 * Before anything else is done: that it is missing would come up in the middle otherwise.
 * @throws ScriptFailure where the account has no such Sync service
 */
export async function demandSyncService(
  sdk: TwilioSdk,
  serviceSid: string,
  options: Pick<CommonOptions, 'offline'>,
): Promise<void> {
  try {
    await sdk.sync.v1.services(serviceSid).fetch();
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw noSyncService(options);
  }
}

export function noSyncService({ offline }: Pick<CommonOptions, 'offline'>): ScriptFailure {
  return new ScriptFailure(
    'SYNC_SERVICE_SID names no Sync service of this account.',
    offline
      ? 'The npm start that had it has ended, and forgot everything. npm run setup begins the settings anew.'
      : 'Correct the line; or empty it, and npm run setup finds or makes one.',
  );
}
