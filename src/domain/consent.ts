/**
 * STOP and START: the words by which a user withdraws and gives consent. A message counts only as a whole: text that
 * merely contains such a word is just text. It must not decide what follows from it.
 */

export interface ConsentWords {
  readonly stop: readonly string[];
  readonly start: readonly string[];
}

/** Twilio's default keywords (help.twilio.com, "Twilio support for opt-out keywords"). */
export const DEFAULT_CONSENT_WORDS: ConsentWords = {
  stop: [
    'STOP',
    'STOPALL',
    'STOP ALL',
    'UNSUBSCRIBE',
    'CANCEL',
    'END',
    'QUIT',
    'REVOKE',
    'OPTOUT',
    'OPT OUT',
  ],
  start: ['START', 'YES', 'UNSTOP'],
};

/**
 * What the message says about consent, if that is all it says. Case, spaces, marks at its end, invisible characters and
 * other ways to write the same letters (full width, decomposed accents, the dotted İ) do not matter.
 */
export function consentIn(body: string, words: ConsentWords): 'stop' | 'start' | null {
  const said = fold(body);
  const { stop, start } = folded(words);
  if (stop.has(said)) return 'stop';
  return start.has(said) ? 'start' : null;
}

/** Folding them anew for each of a million messages would take longer than all the rest. */
const foldedWords = new WeakMap<ConsentWords, Readonly<Record<keyof ConsentWords, ReadonlySet<string>>>>();

function folded(words: ConsentWords) {
  const known = foldedWords.get(words);
  if (known) return known;
  const found = { stop: new Set(words.stop.map(fold)), start: new Set(words.start.map(fold)) };
  foldedWords.set(words, found);
  return found;
}

/** The user's last word about consent. @param bodies of their messages, newest first */
export function lastConsentIn(bodies: readonly string[], words: ConsentWords): 'stop' | 'start' | null {
  return bodies.map((body) => consentIn(body, words)).find((word) => word !== null) ?? null;
}

function fold(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\p{Cf}\p{Variation_Selector}]/gu, '')
    .replace(/\s+/g, ' ')
    .replace(/[\s.!。…]+$/u, '')
    .trim()
    .toLowerCase()
    .replace(/i\u0307|ı/g, 'i');
}
