/**
 * `npm run backfill`: tells Sync what Twilio's message log knows of the last 24 hours, so that the windows of those who
 * wrote before the webhook was connected, or while it was away, are known. May be interrupted and repeated at any time.
 */
import { InvalidArgumentError } from 'commander';
import { checkedSettings, connect, readEnv } from './account/account';
import { type Figures, seedDay } from './backfill/seed-day';
import { type CommonOptions, commandLine, type Ended, run } from './command/command';

interface Options extends CommonOptions {
  readonly perSecond: number;
}

const program = commandLine(
  'backfill',
  "Tell Sync who wrote in the last 24 hours, from Twilio's message log. Safe to interrupt and to repeat.",
).option(
  '--per-second <pairs>',
  'how many pairs are looked at in a second, with two to five requests to Sync each',
  (text) => {
    const rate = Number(text);
    if (Number.isInteger(rate) && rate >= 1 && rate <= 1000) return rate;
    throw new InvalidArgumentError('It must be a whole number from 1 to 1000.');
  },
  20,
);

void run<Options>(program, async ({ env: file, perSecond, dryRun }, output): Promise<Ended> => {
  const env = readEnv(file, output);
  const { syncServiceSid, consentWords } = checkedSettings(env, file);
  const how = { now: Date.now(), perSecond, dryRun };
  const figures = await seedDay(connect(env, file), syncServiceSid, consentWords, how, output);
  output.say(sentence(figures, dryRun));
  return { ok: true, json: { dryRun, ...figures } };
});

function sentence(figures: Figures, dryRun: boolean): string {
  const { pairs, written, known, older, optedOut } = figures;
  return [
    `Pairs: ${pairs}. ${dryRun ? 'To be written' : 'Written'}: ${written}.`,
    `Known already: ${known}. Older than what Sync knows: ${older}.`,
    `Opt-outs ${dryRun ? 'to be written' : 'written'}: ${optedOut}.`,
  ].join(' ');
}
