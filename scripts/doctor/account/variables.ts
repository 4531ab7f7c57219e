/** Whether the functions that are live have the settings of this file, and no secret beside them. */
import { deployedSettings } from '../../account/deployed-settings';
import { deployedVariables } from '../../account/deployed-variables';
import { secretsFoundIn, secretsIn } from '../../account/secrets';
import { broken, type Check, type CheckedAccount, type Finding, notChecked, ok, warning } from '../check';

export const variables: Check = {
  name: 'deployed settings',
  why: 'The functions go by what was deployed, not by this file; whoever may see the service reads it.',
  async look(account) {
    const sdk = account.sdk();
    const { host } = new URL(account.functionsUrl());
    const deployed = await deployedVariables(sdk, account.options.serviceName, host);
    if (deployed === null) return notChecked('What answers there was not deployed by npm run deploy.');
    return (
      authTokenElsewhere(deployed, account) ??
      otherRegion(deployed) ??
      differing(deployed, account) ??
      ok('They are those of this file.')
    );
  },
};

/** The platform gives the functions AUTH_TOKEN by itself: nobody needs a copy. */
function authTokenElsewhere(
  deployed: Readonly<Record<string, string>>,
  { env }: CheckedAccount,
): Finding | null {
  const known = secretsIn(env).filter(({ name }) => name === 'AUTH_TOKEN');
  const names = Object.entries(deployed).flatMap(([name, value]) =>
    name !== 'AUTH_TOKEN' && secretsFoundIn(value, known).length > 0 ? [name] : [],
  );
  if (names.length === 0) return null;
  return broken(
    `${names.join(', ')} contains AUTH_TOKEN.`,
    'Remove the variable in the Console (Functions, the service, Settings), and make a new AUTH_TOKEN: whoever may see the service has read it.',
  );
}

function otherRegion({ TWILIO_REGION = '' }: Readonly<Record<string, string>>): Finding | null {
  if (['', 'us1'].includes(TWILIO_REGION.trim().toLowerCase())) return null;
  return broken(
    `TWILIO_REGION is ${TWILIO_REGION.trim()}: the functions look for WhatsApp and Sync in a region that lacks them.`,
    'Remove the variable in the Console (Functions, the service, Settings).',
  );
}

function differing(deployed: Readonly<Record<string, string>>, account: CheckedAccount): Finding | null {
  const own = deployedSettings(account.env);
  const names = Object.keys(own).filter((name) => deployed[name] !== own[name]);
  if (names.length === 0) return null;
  return warning(
    `${names.join(', ')}: another value is deployed than stands in ${account.file}, or none.`,
    account.run('deploy'),
  );
}
