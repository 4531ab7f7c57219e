/**
 * What a STOP or a START does to what restricts a person. It follows the time at which the word was written, not that at
 * which its webhook came. It must not store anything.
 */
import { type ConsentWords, consentIn } from '../../domain/consent';
import type { MessageSid } from '../../domain/twilio-sid';
import type { Pair } from '../../domain/whatsapp-address';
import { CONSENT_HISTORY } from '../contacts/read-person';
import { Failure } from '../failure';
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

/** A word as its webhook brings it. */
export interface SaidWord {
  readonly word: Word['word'];
  /** Null where the message has none that Twilio's message log knows it by. */
  readonly messageSid: MessageSid | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * A webhook that failed comes again within a second or two, and another word may have been said by then: the log is asked
 * each time.
 * @param now milliseconds since the epoch
 * @returns the word that counts now: a newer one of Twilio's message log, where it has one
 * @throws Failure `STATE_UNAVAILABLE` where this one's webhook comes late and the log cannot be read
 */
export async function wordThatCounts(
  sources: WordSources,
  pair: Pair,
  { word, messageSid, at }: SaidWord,
  now: number,
): Promise<Word> {
  const isRepeated = now - at > PROMPT_MS;
  const said = { word, at, isRepeated };
  try {
    return await newestWord(sources, pair, said, messageSid);
  } catch (error) {
    if (isRepeated || !(error instanceof Failure)) throw error;
    return said;
  }
}

/** A function lives 10 s, and the log knows whole seconds. */
const STORING_MS = 11_000;

/**
 * Whether a STOP that is older than this START may not be stored yet: then there is nothing to lift, and it would be
 * stored after all. Where the log cannot be read, none is.
 * @param now milliseconds since the epoch
 */
export async function isStopUnderWay(
  { messageLog, consentWords }: WordSources,
  pair: Pair,
  { at, messageSid }: SaidWord,
  now: number,
): Promise<boolean> {
  const history = await messageLog.newestInbound(pair, CONSENT_HISTORY).catch(() => []);
  return history.some(
    (message) =>
      message.messageSid !== messageSid &&
      message.at <= at &&
      now - message.at < STORING_MS &&
      consentIn(message.body, consentWords) === 'stop',
  );
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
  // The newest STOP counts: a START from between two of them lifts neither.
  if (word === 'stop') return Math.max(optedOutAt ?? at, at);
  if (optedOutAt === null) return null;
  const isOlder = isRepeated ? at <= optedOutAt : at < Math.floor(optedOutAt / 1000) * 1000;
  return isOlder ? optedOutAt : null;
}

/** A repeated STOP must not undo a START that came since, nor the other way round: the log has both, newest first. */
async function newestWord(
  sources: WordSources,
  pair: Pair,
  said: Word,
  messageSid: MessageSid | null,
): Promise<Word> {
  const history = await sources.messageLog.newestInbound(pair, CONSENT_HISTORY);
  const own = messageSid === null ? -1 : history.findIndex((message) => message.messageSid === messageSid);
  const since = own < 0 ? history.filter(({ at }) => at > said.at) : history.slice(0, own);
  const newer = since.flatMap(({ body, at }) => {
    const word = consentIn(body, sources.consentWords);
    return word === null ? [] : [{ word, at, isRepeated: false }];
  });
  return newer[0] ?? said;
}
