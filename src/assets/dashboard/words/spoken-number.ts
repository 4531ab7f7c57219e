/** A phone number as people write it: the country's code, then groups. Pure text, by the lengths of calling codes. */

/** Calling codes of one and two digits (https://www.itu.int/pub/T-SP-E.164D); all others have three. */
const ONE = /^[17]/;
const TWO = /^(?:2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;

/** @example spokenNumber('whatsapp:+14155238886') // '+1 415 523 8886' */
export function spokenNumber(address: string): string {
  const bare = address.replace(/^whatsapp:/, '');
  const [, digits = ''] = /^\+(\d{7,15})$/.exec(bare) ?? [];
  if (digits === '') return bare;
  const length = ONE.test(digits) ? 1 : TWO.test(digits) ? 2 : 3;
  const national = digits.slice(length);
  return `+${digits.slice(0, length)} ${grouped(digits.slice(0, length), national)}`;
}

function grouped(code: string, national: string): string {
  if (code === '1' && national.length === 10) return northAmerican(national);
  if (code === '44' && national.length === 10) return `${national.slice(0, 4)} ${national.slice(4)}`;
  return inThrees(national);
}

const northAmerican = (digits: string) => `${digits.slice(0, 3)} ${digits.slice(3, 6)} ${digits.slice(6)}`;

/** Groups of three, the last of up to four: none of a single digit. */
function inThrees(digits: string): string {
  const groups: string[] = [];
  let rest = digits;
  while (rest.length > 4) {
    groups.push(rest.slice(0, 3));
    rest = rest.slice(3);
  }
  return [...groups, rest].join(' ');
}
