/** Whether the settings are complete and well-formed, and whether the file with the secrets is closed to others. */
import { existsSync } from 'node:fs';
import { readSettings } from '../../../src/http/settings';
import { OFFLINE_ENV } from '../../account/env-file';
import { isOpenToOthers } from '../../setup/settings-file';
import { broken, type Check, ok, warning } from '../check';

export const settings: Check = {
  name: 'settings',
  why: 'A missing or malformed one makes every function answer 500.',
  look(account) {
    const { env, file, settingsFile } = account;
    const { path } = settingsFile;
    if (!existsSync(path)) {
      return broken(
        `${file} does not exist.`,
        `Copy .env.example to ${file}, fill in the credentials, then ${account.run('setup')}.`,
      );
    }
    const read = readSettings(env);
    if (!read.ok) {
      return broken(
        read.problems.map(({ message }) => message).join(' '),
        `${account.run('setup')} fills in what is empty; the rest is yours to correct.`,
      );
    }
    // What stands in the repository is no secret.
    if (file !== OFFLINE_ENV && isOpenToOthers(path)) {
      return warning(
        `They are complete, but other users of this machine can read ${file}.`,
        `chmod 600 ${file}`,
      );
    }
    return ok('They are complete and well-formed.');
  },
};
