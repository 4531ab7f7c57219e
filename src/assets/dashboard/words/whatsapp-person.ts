/** How a person is shown and found: name, number, initials, what was typed into the search. Pure text. */

/** `whatsapp:+15551234567` without its prefix. */
export function bareAddress(address: string): string {
  return address.replace(/^whatsapp:/, '');
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** One or two characters for the avatar; the last digits where there is no name. */
export function initials(profileName: string | null, user: string): string {
  const all = (profileName ?? '').split(/\s+/).filter((word) => word !== '');
  const named = all.filter((word) => /^[\p{L}\p{N}]/u.test(word));
  const words = named.length > 0 ? named : all.filter((word) => /\p{Extended_Pictographic}/u.test(word));
  const chosen = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  const letters = chosen.map((word) => [...graphemes.segment(word ?? '')][0]?.segment ?? '').join('');
  return letters === '' ? bareAddress(user).slice(-2) : letters.toUpperCase();
}

/** Everything but letters and digits falls away, so that `+49 (170) 123` finds `+49170123`. */
function folded(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** What a search looks through: each fact by itself, so that no query is found across two of them. */
export function foldedFacts(facts: readonly (string | null)[]): string {
  return facts.map((fact) => folded(bareAddress(fact ?? ''))).join('\n');
}

/** What was typed, as it has to be looked for; '' finds everybody. */
export function foldedQuery(query: string): string {
  return folded(query);
}

/** The whole address that was typed, ready to be looked up, or null where it is only part of one. */
export function typedAddress(query: string): string | null {
  const text = query.trim();
  const number = text.replace(/^whatsapp:/, '').replace(/[\s().-]/g, '');
  if (/^\+[1-9]\d{6,14}$/.test(number)) return `whatsapp:${number}`;
  return /^whatsapp:[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/.test(text) ? text : null;
}
