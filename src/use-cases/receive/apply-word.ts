/**
 * Stores what a STOP or a START does. A STOP that was stored since the message log was asked may be newer than the START:
 * then the log is asked again.
 */
import type { Pair } from '../../domain/whatsapp-address';
import { Failure } from '../failure';
import type { ContactRecord, ContactStore } from '../ports/contact-store';
import { type SaidWord, type Word, type WordSources, wordThatCounts } from './consent-word';

/** One is the rule, two where a STOP came in between; who says more in a second is asked to come again. */
const MAX_ROUNDS = 3;

/**
 * @param seen when the person had opted out as far as was known before the log is asked; milliseconds since the epoch, null
 * where nothing was
 * @param now milliseconds since the epoch
 * @param change as in `ContactStore.change`, by the word that counts
 * @returns the word that counts
 * @throws Failure `STATE_UNAVAILABLE` where it could not be stored, or not be found out
 */
export async function applyWord(
  ports: WordSources & { readonly windows: ContactStore },
  pair: Pair,
  said: SaidWord,
  seen: number | null,
  now: number,
  change: (current: ContactRecord, word: Word) => ContactRecord | null,
): Promise<Word> {
  let known = seen;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const word = await wordThatCounts(ports, pair, said, now);
    const met: { unseen: number | null } = { unseen: null };
    await ports.windows.change(pair, (current) => {
      const { optedOutAt } = current.restrictions;
      met.unseen = word.word === 'start' && optedOutAt !== known ? optedOutAt : null;
      return met.unseen === null ? change(current, word) : null;
    });
    if (met.unseen === null) return word;
    known = met.unseen;
  }
  throw new Failure('STATE_UNAVAILABLE', 'The user says STOP and START at the same time; try again.');
}
