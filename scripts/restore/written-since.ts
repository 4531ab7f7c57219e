/**
 * Who wrote after a backup was made, by Twilio's message log: of them it knows more than the backup does, and whoever
 * finds no record in Sync asks it. A person counts under each of two names, a number and a BSUID.
 */
import type { ConsentWords } from '../../src/domain/consent';
import { filingName } from '../../src/domain/whatsapp-address';
import type { TwilioSdk } from '../account/account';
import { readLogSince } from '../account/message-log-of-a-day';
import type { Output } from '../command/output';
import type { NamesOf } from './names';

export interface WrittenSince {
  /** @param pair as in the name of a record, `SENDER.USER` */
  wrote(pair: string): boolean;
  /** Whether START was the person's last word on consent. */
  saidStart(pair: string): boolean;
}

export const NOBODY: WrittenSince = { wrote: () => false, saidStart: () => false };

/** Twilio's times are whole seconds, and so is the moment of the backup. */
const MARGIN_MS = 2000;

export async function whoWroteSince(
  sdk: TwilioSdk,
  words: ConsentWords,
  at: number,
  namesOf: NamesOf,
  output: Pick<Output, 'progress'>,
): Promise<WrittenSince> {
  const bar = output.progress('Reading the message log since the backup', 1);
  const { pairs, messages } = await readLogSince(sdk, words, at - MARGIN_MS, (count) =>
    bar.at(0, `${count} messages`),
  );
  bar.end(`${messages} messages since the backup, ${pairs.length} pairs in which the person wrote.`);
  const wrote = new Set<string>();
  const started = new Set<string>();
  for (const { pair, consent } of pairs) {
    for (const name of namesOf(`${filingName(pair.sender)}.${filingName(pair.user)}`)) {
      wrote.add(name);
      if (consent === 'start') started.add(name);
    }
  }
  return { wrote: (pair) => wrote.has(pair), saidStart: (pair) => started.has(pair) };
}
