/**
 * `npm run restore`: brings back into Sync what a backup has and Sync has not. It says first what it would do. It may be
 * interrupted and repeated, and never undoes a STOP.
 */
import { resolve } from 'node:path';
import { checkedSettings, connect, readEnv } from './account/account';
import { type Backup, readBackup } from './backup/backup-file';
import { countsInWords, countsOf } from './backup/entries';
import { readSync } from './backup/read-sync';
import { command, type Ended, type Run } from './command/command';
import type { CommonOptions } from './command/options';
import type { Output } from './command/output';
import { runProgram } from './command/program';
import { WrongLine } from './command/script-failure';
import { BegunQueues } from './restore/begun-queues';
import { carryOut, type Done } from './restore/carry-out';
import { namesIn } from './restore/names';
import { LEFT, type Left, needsLog, type Planned, plan } from './restore/plan';
import { presentIn } from './restore/present';
import { NOBODY, whoWroteSince } from './restore/written-since';
import { demandSyncService } from './setup/sync-service';

interface Options extends CommonOptions {
  readonly file?: string;
  readonly overwriteNewer: boolean;
}

export const main = command<Options>(
  {
    name: 'restore',
    summary:
      'Bring back into Sync what a backup has. Newer state stays, and a STOP is never undone. Safe to interrupt and to repeat.',
    examples: [
      ['--file friday.backup --dry-run', 'what would be created, overwritten and left; nothing is changed'],
      ['--file friday.backup --offline', 'into the Sync of the running npm start'],
    ],
    changes: true,
    own: (line) =>
      line
        .option('--file <file>', 'what npm run backup made')
        .option(
          '--overwrite-newer',
          'take the backup’s also where Sync has a newer document; never against a STOP',
          false,
        ),
  },
  restore,
);

async function restore(run: Run<Options>): Promise<Ended> {
  const { options, output, io } = run;
  if (options.file === undefined)
    throw new WrongLine('--file is missing.', 'Give the file that npm run backup made.');
  const file = resolve(io.cwd, options.file);
  const backup = readBackup(file);
  const settings = readEnv(run);
  const sdk = connect(settings, io);
  const { syncServiceSid, consentWords } = checkedSettings(settings);
  await demandSyncService(sdk, syncServiceSid, options);
  tellBackup(backup, syncServiceSid, output);
  const there = await readSync(sdk, syncServiceSid, output);
  const present = presentIn(there);
  const namesOf = namesIn([...backup.entries, ...there]);
  const since = needsLog(backup.entries, present)
    ? await whoWroteSince(sdk, consentWords, backup.at, namesOf, output)
    : NOBODY;
  const begun = new BegunQueues(file, syncServiceSid);
  const { overwriteNewer, dryRun } = options;
  const question = { present, since, namesOf, now: io.now(), overwriteNewer, begun: begun.names };
  const planned = plan(backup.entries, question);
  const json = { dryRun, ...figuresOf(planned), backup: headOf(backup), syncServiceSid };
  tellPlan(planned, output);
  const isNothing = json.create === 0 && json.overwrite === 0;
  if (isNothing) output.nothingToDo('Sync has all of it that may come back');
  if (dryRun || isNothing) {
    if (!dryRun) begun.forget();
    return { ok: true, json: { ...json, changedMeanwhile: 0 } };
  }
  const onEnter = json.overwrite > 0 ? 'no' : 'yes';
  if (!(await output.agreed(`Write this to the Sync service ${syncServiceSid}?`, onEnter))) {
    output.say('Nothing was changed.');
    return { ok: false, json: { declined: true } };
  }
  const place = {
    sdk,
    serviceSid: syncServiceSid,
    now: io.now,
    onQueue: (name: string) => begun.begin(name),
  };
  const done = await carryOut(planned, place, output);
  begun.forget();
  const count = (what: Done) => done.filter((one) => one === what).length;
  const figures = {
    ...{ create: count('create'), overwrite: count('overwrite') },
    changedMeanwhile: count('changedMeanwhile'),
  };
  output.say(`created: ${figures.create}, overwritten: ${figures.overwrite}`);
  if (figures.changedMeanwhile > 0)
    output.say(`left, as somebody changed it meanwhile: ${figures.changedMeanwhile}`);
  output.say('Whoever was erased by /forget since the backup is back: erase them again.');
  return { ok: true, json: { ...json, ...figures } };
}

const headOf = ({ at, syncServiceSid }: Backup) => ({ at: new Date(at).toISOString(), syncServiceSid });

function tellBackup({ entries, ...backup }: Backup, into: string, output: Output): void {
  const { at, syncServiceSid } = headOf({ ...backup, entries });
  output.say(`The backup is of ${at} and has ${countsInWords(countsOf(entries))}.`);
  if (syncServiceSid !== into)
    output.say(`It is of the Sync service ${syncServiceSid}, and goes into ${into}.`);
}

const REASONS: Readonly<Record<Left, string>> = {
  same: 'the same in Sync already',
  newer: 'newer in Sync; --overwrite-newer takes documents from the backup all the same',
  optedOut: 'of people whose STOP is in Sync: never touched',
  restricted: 'plain records beside a restricted one, which counts',
  queue: 'of queues that are in Sync: what is missing there was sent or cancelled',
  wroteSince: 'of people who wrote since: Twilio’s message log knows more, and is asked',
  saidStart: 'opt-outs of people who said START since',
  expired: 'expired since',
};

function figuresOf(planned: readonly Planned[]) {
  const count = (wanted: Planned['step']) => planned.filter(({ step }) => step === wanted).length;
  const left = Object.fromEntries(LEFT.map((reason) => [reason, count(reason)]));
  return { create: count('create'), overwrite: count('overwrite'), left };
}

function tellPlan(planned: readonly Planned[], output: Output): void {
  const wordsOf = (wanted: Planned['step']) =>
    countsInWords(countsOf(planned.filter(({ step }) => step === wanted).map(({ entry }) => entry)));
  const has = (wanted: Planned['step']) => planned.some(({ step }) => step === wanted);
  output.say(has('create') ? `to create: ${wordsOf('create')}` : 'to create: nothing');
  output.say(has('overwrite') ? `to overwrite: ${wordsOf('overwrite')}` : 'to overwrite: nothing');
  for (const reason of LEFT.filter(has)) output.say(`left, ${REASONS[reason]}: ${wordsOf(reason)}`, 2);
}

if (require.main === module) runProgram(main);
