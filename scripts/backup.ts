/**
 * `npm run backup`: writes everything that this project keeps in the account's Sync service into a file. It changes
 * nothing in the account; `npm run restore` brings it back.
 */
import { resolve } from 'node:path';
import { connect, demandSettings, readEnv } from './account/account';
import { demandNoFile, writeBackup } from './backup/backup-file';
import { countsInWords, countsOf } from './backup/entries';
import { readSync } from './backup/read-sync';
import { command, type Ended, type Run } from './command/command';
import type { CommonOptions } from './command/options';
import { runProgram } from './command/program';
import { demandSyncService } from './setup/sync-service';

interface Options extends CommonOptions {
  readonly file?: string;
}

export const main = command<Options>(
  {
    name: 'backup',
    summary: 'Write all that is kept in Sync into a file. It holds personal data, and only you can read it.',
    examples: [
      ['', 'into a file that is named after the moment'],
      ['--file friday.backup', 'into this file'],
    ],
    changes: false,
    own: (line) => line.option('--file <file>', 'the file; default: sync-TIME.backup'),
  },
  backUp,
);

async function backUp(run: Run<Options>): Promise<Ended> {
  const { options, output, io } = run;
  const settings = readEnv(run);
  const sdk = connect(settings, io);
  const { SYNC_SERVICE_SID } = demandSettings(settings.env, settings.file, ['SYNC_SERVICE_SID']);
  await demandSyncService(sdk, SYNC_SERVICE_SID, options);
  const at = io.now();
  const name = options.file ?? `sync-${new Date(at).toISOString().replace(/[:.]/g, '-')}.backup`;
  const file = resolve(io.cwd, name);
  demandNoFile(file);
  const entries = await readSync(sdk, SYNC_SERVICE_SID, output);
  writeBackup(file, { at, accountSid: sdk.accountSid, syncServiceSid: SYNC_SERVICE_SID, entries });
  const counts = countsOf(entries);
  output.say(`written: ${name}, with ${countsInWords(counts)}`);
  output.say('It holds personal data: numbers, names, texts that wait. Delete it in time.');
  return { ok: true, json: { file, at: new Date(at).toISOString(), ...counts } };
}

if (require.main === module) runProgram(main);
