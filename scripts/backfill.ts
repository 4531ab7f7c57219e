/**
 * `npm run backfill`: tells Sync what Twilio's message log knows of the last 24 hours, so that the windows of those who
 * wrote before the webhook was connected, or while it was away, are known. May be interrupted and repeated at any time.
 */
import { InvalidArgumentError } from 'commander';
import { checkedSettings, connect, readEnv } from './account/account';
import { type Figures, seedDay } from './backfill/seed-day';
import { command, type Ended, type Run } from './command/command';
import type { CommonOptions } from './command/options';
import { runProgram } from './command/program';
import { demandSyncService } from './setup/sync-service';

interface Options extends CommonOptions {
  readonly perSecond: number;
}

export const main = command<Options>(
  {
    name: 'backfill',
    summary:
      "Tell Sync who wrote in the last 24 hours, from Twilio's message log. Safe to interrupt and to repeat.",
    examples: [['--dry-run', 'how many windows would be written; nothing is changed']],
    changes: true,
    own: (line) =>
      line.option(
        '--per-second <pairs>',
        'how many pairs are looked at in a second, with two to five requests to Sync each',
        rateOf,
        20,
      ),
  },
  backfill,
);

function rateOf(text: string): number {
  const rate = Number(text);
  if (Number.isInteger(rate) && rate >= 1 && rate <= 1000) return rate;
  throw new InvalidArgumentError('It must be a whole number from 1 to 1000.');
}

async function backfill(run: Run<Options>): Promise<Ended> {
  const { options, output, io } = run;
  const { perSecond, dryRun } = options;
  const settings = readEnv(run);
  const { syncServiceSid, consentWords } = checkedSettings(settings);
  const how = { now: io.now(), perSecond, dryRun };
  const sdk = connect(settings, io);
  await demandSyncService(sdk, syncServiceSid, options);
  const figures = await seedDay(sdk, syncServiceSid, consentWords, how, output);
  output.say(sentence(figures, dryRun));
  if (figures.written + figures.optedOut === 0) output.nothingToDo('Sync knows all of it already');
  return { ok: true, json: { dryRun, ...figures } };
}

function sentence(figures: Figures, dryRun: boolean): string {
  const { pairs, written, known, older, optedOut } = figures;
  return [
    `Pairs: ${pairs}. ${dryRun ? 'To be written' : 'Written'}: ${written}.`,
    `Known already: ${known}. Older than what Sync knows: ${older}.`,
    `Opt-outs ${dryRun ? 'to be written' : 'written'}: ${optedOut}.`,
  ].join(' ');
}

if (require.main === module) runProgram(main);
