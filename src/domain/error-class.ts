/** Twilio's error codes by what they ask for (https://www.twilio.com/docs/api/errors). It must not decide what is done. */

export type ErrorClass = 'window' | 'template' | 'recipient' | 'sender' | 'transient' | 'unknown';

/** "Outside the allowed window" (https://www.twilio.com/docs/api/errors/63016): also what an unapproved template gets. */
export const OUTSIDE_WINDOW = 63016;
/** "Validity period expired": a queued message that we did not want delivered late. */
export const VALIDITY_EXPIRED = 30036;

const CLASSES: readonly (readonly [ErrorClass, ReadonlySet<number>])[] = [
  ['window', new Set([OUTSIDE_WINDOW, VALIDITY_EXPIRED])],
  [
    'template',
    new Set([
      63005, 63013, 63019, 63021, 63027, 63028, 63030, 63040, 63041, 63042, 21654, 21655, 21656, 21602, 21617,
      21619, 21620, 21623,
    ]),
  ],
  ['recipient', new Set([63003, 63014, 63015, 63024, 63032, 63033, 63049, 63050, 21610, 21211, 21614])],
  ['sender', new Set([63001, 63007, 63020, 63038, 63051, 63112, 20003, 21603, 21606, 21609])],
  ['transient', new Set([63017, 63018, 63009, 63010, 63012, 20429])],
];

/** WhatsApp or Twilio failed for the moment, or had too much at once (63018): the same message may get through later. */
export function isTransient(code: number | null): boolean {
  return errorClass(code) === 'transient';
}

/** A text that fails so is sent another time, or held: it was too late for it (63016, 30036), or it failed for the moment. */
export function isRepaired(code: number | null): boolean {
  return errorClass(code) === 'window' || isTransient(code);
}

/** What an error code is about: the window, the template, the recipient, the sender, or a transient fault. */
export function errorClass(code: number | null): ErrorClass {
  if (code !== null && code >= 92_000 && code < 93_000) return 'template';
  return CLASSES.find(([, codes]) => code !== null && codes.has(code))?.[0] ?? 'unknown';
}
