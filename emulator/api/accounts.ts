/**
 * The Account resource, read only: what a program fetches to find out whether its credentials work.
 * https://www.twilio.com/docs/iam/api/account
 */
import type { Route } from '../server/router';
import { rfc2822Date } from '../server/twilio-dates';
import { notFound } from '../server/twilio-error';
import type { Settings } from '../settings';

export function accountRoutes(settings: Settings, createdAt: number): Route[] {
  return [
    {
      service: 'api',
      method: 'GET',
      path: '/2010-04-01/Accounts/{Sid}.json',
      label: 'Accounts/{sid}',
      handle(call) {
        const uri = `/2010-04-01/Accounts/${call.at('Sid')}`;
        if (call.at('Sid') !== settings.accountSid) throw notFound(`${uri}.json`);
        return {
          status: 200,
          body: {
            auth_token: settings.authToken,
            date_created: rfc2822Date(createdAt),
            date_updated: rfc2822Date(createdAt),
            friendly_name: 'Offline account of the emulator',
            owner_account_sid: settings.accountSid,
            sid: settings.accountSid,
            status: 'active',
            subresource_uris: { messages: `${uri}/Messages.json` },
            type: 'Full',
            uri: `${uri}.json`,
          },
        };
      },
    },
  ];
}
