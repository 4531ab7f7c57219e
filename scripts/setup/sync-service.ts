/** The Sync service that holds the state: the one that the settings name, or one that is found or made by its name. */
import type { TwilioSdk } from '../account/account';
import type { Env } from '../account/env-file';
import { ScriptFailure } from '../command/script-failure';

export const SYNC_SERVICE_NAME = 'whatsapp-window';

/**
 * @returns its SID, or undefined where it has to be created
 * @throws ScriptFailure where the settings name one that the account does not have
 */
export async function findSyncService(sdk: TwilioSdk, env: Env): Promise<string | undefined> {
  const named = env.SYNC_SERVICE_SID?.trim();
  if (named) {
    await sdk.sync.v1
      .services(named)
      .fetch()
      .catch((error: { readonly status?: unknown }) => {
        if (error.status !== 404) throw error;
        throw new ScriptFailure(
          'SYNC_SERVICE_SID names no Sync service of this account.',
          'Empty the line to have one found or created, or correct it.',
        );
      });
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
