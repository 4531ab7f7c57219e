/**
 * What a STOP or a START does to what restricts a person. It follows the time at which the word was written, not that at
 * which its webhook came. It must not store anything.
 */
import { type ConsentWords, consentIn } from '../../domain/consent';
import type { Pair } from '../../domain/whatsapp-address';
import { CONSENT_HISTORY } from '../contacts/read-person';
import type { Restrictions } from '../ports/contact-store';
import type { MessageLog } from '../ports/message-log';

export interface WordSources {
  readonly messageLog: MessageLog;
  readonly consentWords: ConsentWords;
}

/** A word on consent, and when it was said. */
export interface Word {
  readonly word: 'stop' | 'start';
  /** Milliseconds since the epoch; where the message log told it, a whole second. */
  readonly at: number;
  /** Its webhook came late, or again: of two words of one second it is the older. */
  readonly isRepeated: boolean;
}

/** Twilio posts a webhook within a second. One that comes later is delivered again, or overtaken by others. */
const PROMPT_MS = 3000;

/**
 * @param time milliseconds since the epoch: when the word was written, and now
 * @returns the word that counts now: a newer one of Twilio's message log, where this one's webhook comes late
 * @throws Failure `STATE_UNAVAILABLE` where the log is needed and cannot be read
 */
export async function wordThatCounts(
  sources: WordSources,
  pair: Pair,
  word: Word['word'],
  { saidAt, now }: { readonly saidAt: number; readonly now: number },
): Promise<Word> {
  const isRepeated = now - saidAt > PROMPT_MS;
  const said = { word, at: saidAt, isRepeated };
  return isRepeated ? newestWord(sources, pair, said) : said;
}

/** With the opt-out it is noted that scheduled messages have to be cancelled, until they are. */
export function consentAfter(
  said: Word,
  { optedOutAt, cancelScheduled: left }: Restrictions,
): Pick<Restrictions, 'optedOutAt' | 'cancelScheduled'> {
  const after = optedOutAfter(said, optedOutAt);
  const isStoppedNow = said.word === 'stop' && after !== null;
  return { optedOutAt: after, cancelScheduled: isStoppedNow || (left && after !== null) };
}

/** Consent follows the time of the message, not of its arrival: a START that is older than the stored STOP changes nothing. */
function optedOutAfter({ word, at, isRepeated }: Word, optedOutAt: number | null): number | null {
  if (word === 'stop') return optedOutAt ?? at;
  if (optedOutAt === null) return null;
  const isOlder = isRepeated ? at <= optedOutAt : at < Math.floor(optedOutAt / 1000) * 1000;
  return isOlder ? optedOutAt : null;
}

/** A repeated STOP must not undo a START that came since, nor the other way round: the log has both. */
async function newestWord(sources: WordSources, pair: Pair, said: Word): Promise<Word> {
  const history = await sources.messageLog.newestInbound(pair, CONSENT_HISTORY);
  const newer = history.flatMap(({ body, at }) => {
    const word = consentIn(body, sources.consentWords);
    return word !== null && at > said.at ? [{ word, at, isRepeated: false }] : [];
  });
  return newer[0] ?? said;
}
