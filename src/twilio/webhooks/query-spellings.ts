/**
 * The ways in which a query may have been written, told from its decoded parameters. It must stay lazy: with every parameter
 * the number of mixed spellings multiplies, and whoever asks stops when it has tried enough.
 */

export type QueryParameter = readonly [name: string, value: string];

/** One way to write a name or a value, as it differs from `encodeURIComponent`. */
interface Spelling {
  /** Forms, and most libraries for them, write a space as a plus. */
  readonly isSpacePlus: boolean;
  /** Characters that are written as %XX although JavaScript leaves them. */
  readonly encoded: string;
  /** Characters that are left as they are although JavaScript writes %XX. */
  readonly raw: string;
  /** .NET writes %3a. */
  readonly isLowerCase: boolean;
  /** `?a` rather than `?a=`, where the value is empty. */
  readonly isBare: boolean;
}

/** Marks that JavaScript leaves, by who encodes which of them. */
const ENCODED = [
  // encodeURIComponent
  '',
  // PHP's rawurlencode, Go, Python
  "!'()*",
  // HTML forms, URLSearchParams, Java
  "!'()~",
  // PHP's urlencode
  "!'()*~",
  // .NET's HttpUtility
  "'~",
  // a browser's address bar
  "'",
] as const;

/** Characters that may stand in a query unencoded, by how much of that whoever wrote it knows. What ends a value cannot. */
const RAW = ['', ':', ':/', '/', ':/@,;$?', ':/@,;$?=[]', ':/@,;$?=[]{}|\\^`"<>'] as const;

/** How many spellings of one parameter are mixed with those of others, and how long a query that a person wrote may be. */
const MAX_CHOICES = 24;
const MAX_MIXED_CHARACTERS = 2_000;

/** All parameters in one spelling: what a program writes. */
export function* uniformQueries(parameters: readonly QueryParameter[]): Generator<string> {
  if (!isWritable(parameters)) return;
  for (const spelling of spellingsFor(parameters.flat().join(''), parameters.some(hasNoValue))) {
    yield parameters.map((parameter) => write(parameter, spelling)).join('&');
  }
}

/** Each parameter in a spelling of its own: what several programs and a person wrote. The likely ones come first. */
export function* mixedQueries(parameters: readonly QueryParameter[]): Generator<string> {
  if (!isWritable(parameters) || parameters.flat().join('').length > MAX_MIXED_CHARACTERS) return;
  const choices = parameters.map((parameter) =>
    spellingsFor(parameter.join(''), hasNoValue(parameter))
      .slice(0, MAX_CHOICES)
      .map((spelling) => write(parameter, spelling)),
  );
  const highest = rankOf(choices);
  for (let rank = 0; rank <= highest; rank += 1) {
    for (const chosen of ofRank(choices, rank)) yield chosen.join('&');
  }
}

/** Each choice of one item from every list whose places in their lists add up to the rank. */
function* ofRank(choices: readonly (readonly string[])[], rank: number): Generator<readonly string[]> {
  const [first, ...rest] = choices;
  if (!first) {
    yield [];
    return;
  }
  const highestOfRest = rankOf(rest);
  for (const [place, item] of first.entries()) {
    if (place > rank) return;
    // What the rest cannot add up to, an item further on must bring.
    if (rank - place > highestOfRest) continue;
    for (const others of ofRank(rest, rank - place)) yield [item, ...others];
  }
}

const rankOf = (choices: readonly (readonly string[])[]) =>
  choices.reduce((sum, { length }) => sum + length - 1, 0);

const hasNoValue = ([, value]: QueryParameter) => value === '';

/** A lone surrogate cannot stand in a URL, so nobody signed one. */
const isWritable = (parameters: readonly QueryParameter[]) => parameters.flat().join('').isWellFormed();

/** The spellings that differ for this text: what does not occur in it makes no difference. */
function spellingsFor(text: string, mayBeBare: boolean): readonly Spelling[] {
  const occurring = (sets: readonly string[]) => [
    ...new Set(sets.map((set) => [...set].filter((character) => text.includes(character)).join(''))),
  ];
  const either = (differs: boolean) => (differs ? [false, true] : [false]);
  // Whether %XX has a letter in it is known only once it is written; digits alone are rare.
  const isEncoded = /[^\w.-]/.test(text);
  return either(mayBeBare).flatMap((isBare) =>
    either(isEncoded).flatMap((isLowerCase) =>
      occurring(RAW).flatMap((raw) =>
        occurring(ENCODED).flatMap((encoded) =>
          either(text.includes(' ')).map((isSpacePlus) => ({
            ...{ isSpacePlus, encoded, raw, isLowerCase, isBare },
          })),
        ),
      ),
    ),
  );
}

function write([name, value]: QueryParameter, spelling: Spelling): string {
  if (value === '' && spelling.isBare) return writeText(name, spelling);
  return `${writeText(name, spelling)}=${writeText(value, spelling)}`;
}

function writeText(text: string, { isSpacePlus, encoded, raw, isLowerCase }: Spelling): string {
  const written = encodeURIComponent(text)
    .replace(/%20/g, isSpacePlus ? '+' : '%20')
    .replace(/[!'()*~]/g, (mark) => (encoded.includes(mark) ? percent(mark) : mark))
    .replace(/%[2-7][0-9A-F]/g, (code) =>
      raw.includes(decodeURIComponent(code)) ? decodeURIComponent(code) : code,
    );
  return isLowerCase ? written.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()) : written;
}

const percent = (mark: string) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`;
