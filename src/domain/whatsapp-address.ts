/**
 * Who talks to whom on WhatsApp: parsing of addresses, and the one key under which a person's window is kept.
 * It must not decide how an address is shown or sent: the address stays as the caller or WhatsApp wrote it.
 */

/** `whatsapp:+15551234567` or, since 2026, a business-scoped user id (BSUID) such as `whatsapp:US.13491208655302741918`. */
export type WhatsAppAddress = string & { readonly __brand: 'WhatsAppAddress' };

/** A sender of ours and a user of theirs: what a customer service window belongs to. */
export interface Pair {
  readonly sender: WhatsAppAddress;
  readonly user: WhatsAppAddress;
}

/** The number that every account's WhatsApp Sandbox sends from (Twilio docs: "WhatsApp Sandbox"). */
export const SANDBOX_SENDER = 'whatsapp:+14155238886' as WhatsAppAddress;

const E164 = /^\+[1-9]\d{6,14}$/;
const BSUID = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/;

/**
 * Reads `whatsapp:+15551234567`, `+15551234567` or `whatsapp:US.1349…`.
 * @returns the address with its `whatsapp:` prefix, or undefined where the text is none of these
 */
export function parseWhatsAppAddress(text: string): WhatsAppAddress | undefined {
  const bare = text.startsWith('whatsapp:') ? text.slice('whatsapp:'.length) : text;
  const known = E164.test(bare) || (BSUID.test(bare) && text !== bare);
  return known ? (`whatsapp:${bare}` as WhatsAppAddress) : undefined;
}

/** Reads the value of Twilio's `ExternalUserId` (a BSUID, with or without the prefix). */
export function parseExternalUserId(text: string): WhatsAppAddress | undefined {
  const bare = text.startsWith('whatsapp:') ? text.slice('whatsapp:'.length) : text;
  return BSUID.test(bare) ? (`whatsapp:${bare}` as WhatsAppAddress) : undefined;
}

/**
 * The id that a person has for all accounts of a company, beside the BSUID that they have for this one
 * (`ParentExternalUserId`).
 */
export function isParentId(address: WhatsAppAddress): boolean {
  return /^whatsapp:[A-Z]{2}\.ENT\./.test(address);
}

export function isPhone(address: WhatsAppAddress): boolean {
  return address.startsWith('whatsapp:+');
}

/** Marketing templates to these are not delivered (error 63049). +1 is shared with Canada and the Caribbean, which Meta excludes. */
export function isUnitedStates(address: WhatsAppAddress): boolean {
  if (address.startsWith('whatsapp:US.')) return true;
  return address.startsWith('whatsapp:+1') && !OTHER_NANP_AREA_CODES.has(address.slice(11, 14));
}

/** North American area codes outside the United States (NANPA's list of non-US geographic codes). */
const OTHER_NANP_AREA_CODES = new Set(
  (
    '204 226 236 249 250 257 263 289 306 343 354 365 367 368 382 387 403 416 418 428 431 437 438 450 460 468 474 506 514 ' +
    '519 537 548 568 579 581 584 587 600 604 613 639 647 672 683 705 709 742 753 778 780 782 807 819 825 851 867 873 879 ' +
    '902 905 942 242 246 264 268 284 345 441 473 649 658 664 721 758 767 784 809 829 849 868 869 876'
  ).split(' '),
);

/** A country whose mobile numbers come in two spellings: `WaId` may differ from `From`. */
interface TwoSpellings {
  readonly long: RegExp;
  readonly short: RegExp;
  /** From a number that `long` fits to the same one that `short` fits, and back; digits only. */
  readonly shorten: (long: string) => string;
  readonly lengthen: (short: string) => string;
  /** Under which of the two a person is filed. */
  readonly filed: 'long' | 'short';
}

/** The prefix of an Ivorian operator since 2021, by the second digit of the older number. */
const IVORIAN_PREFIXES = ['01', '01', '01', '01', '05', '05', '05', '07', '07', '07'] as const;

const TWO_SPELLINGS: readonly TwoSpellings[] = [
  // Argentina: with and without the 9.
  {
    ...{ long: /^549\d{10}$/, short: /^54\d{10}$/, filed: 'short' },
    shorten: (long) => `54${long.slice(3)}`,
    lengthen: (short) => `549${short.slice(2)}`,
  },
  // Mexico: with and without the 1.
  {
    ...{ long: /^521\d{10}$/, short: /^52\d{10}$/, filed: 'short' },
    shorten: (long) => `52${long.slice(3)}`,
    lengthen: (short) => `521${short.slice(2)}`,
  },
  // Brazil: only 8-digit mobile numbers (6…9) were given a ninth digit; landlines (2…5) never were.
  {
    ...{ long: /^55\d{2}9[6-9]\d{7}$/, short: /^55\d{2}[6-9]\d{7}$/, filed: 'short' },
    shorten: (long) => `${long.slice(0, 4)}${long.slice(5)}`,
    lengthen: (short) => `${short.slice(0, 4)}9${short.slice(4)}`,
  },
  // Ivory Coast: 8 digits got the operator's prefix before them in 2021.
  {
    long: /^225(?:01\d[0-3]|05\d[4-6]|07\d[7-9])\d{6}$/,
    short: /^225\d{8}$/,
    filed: 'long',
    shorten: (long) => `225${long.slice(5)}`,
    lengthen: (short) => `225${IVORIAN_PREFIXES[Number(short[4])] ?? ''}${short.slice(3)}`,
  },
  // Benin: 8 digits got 01 before them in 2024.
  {
    ...{ long: /^22901\d{8}$/, short: /^229\d{8}$/, filed: 'long' },
    shorten: (long) => `229${long.slice(5)}`,
    lengthen: (short) => `22901${short.slice(3)}`,
  },
];

/** The long and the short spelling of a number, where its country has two. @param digits without the plus */
function bothSpellings(
  digits: string,
): (TwoSpellings & { readonly of: readonly [string, string] }) | undefined {
  for (const country of TWO_SPELLINGS) {
    if (country.long.test(digits)) return { ...country, of: [digits, country.shorten(digits)] };
    if (country.short.test(digits)) return { ...country, of: [country.lengthen(digits), digits] };
  }
  return undefined;
}

/**
 * The spelling under which a person is filed, made of `[A-Za-z0-9_.-]` only because the SDK does not encode path
 * parameters. Two spellings of one number file alike.
 */
export function filingName(address: WhatsAppAddress): string {
  const bare = address.slice('whatsapp:'.length);
  if (!bare.startsWith('+')) return bare;
  const digits = bare.slice(1);
  const both = bothSpellings(digits);
  if (!both) return digits;
  const [long, short] = both.of;
  return both.filed === 'long' ? long : short;
}

/** All spellings that file alike, the given one first: Twilio's message log knows a message only by the spelling it came with. */
export function spellings(address: WhatsAppAddress): readonly WhatsAppAddress[] {
  const both = isPhone(address) ? bothSpellings(address.slice('whatsapp:+'.length)) : undefined;
  const all = (both?.of ?? []).map((digits) => `whatsapp:+${digits}` as WhatsAppAddress);
  return [address, ...all.filter((spelling) => spelling !== address)];
}
