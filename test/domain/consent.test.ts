/** STOP and START: only as the whole message, in any case, and the last word counts. */
import { consentIn, DEFAULT_CONSENT_WORDS, lastConsentIn } from '../../src/domain/consent';

test.each([
  ['stop', 'STOP'],
  ['stop', 'STOPALL'],
  ['stop', 'STOP ALL'],
  ['stop', 'UNSUBSCRIBE'],
  ['stop', 'CANCEL'],
  ['stop', 'END'],
  ['stop', 'QUIT'],
  ['stop', 'REVOKE'],
  ['stop', 'OPTOUT'],
  ['stop', 'OPT OUT'],
  ['start', 'START'],
  ['start', 'YES'],
  ['start', 'UNSTOP'],
])('recognizes Twilio’s keyword for %s: %s', (consent, word) => {
  expect(consentIn(word, DEFAULT_CONSENT_WORDS)).toBe(consent);
});

test.each([
  ['in small letters', 'stop', 'stop'],
  ['with a full stop', 'Stop.', 'stop'],
  ['with an exclamation mark', 'STOP!', 'stop'],
  ['with spaces around', ' \n stop\t ', 'stop'],
  ['of two words with more than one space between', 'opt  \n out', 'stop'],
  ['of two words with none', 'stopall', 'stop'],
  ['with two marks', 'stop!!', 'stop'],
  ['with a mark after a space', 'STOP !', 'stop'],
  ['with a full stop of Chinese', 'STOP。', 'stop'],
  ['in full-width letters', 'ＳＴＯＰ', 'stop'],
  ['with a right-to-left mark before it', '\u200fSTOP', 'stop'],
  ['with a zero-width space in it', 'ST\u200bOP', 'stop'],
  ['with a soft hyphen in it', 'ST\u00adOP', 'stop'],
  ['with a variation selector behind it', 'STOP\ufe0f', 'stop'],
  ['between the marks of an embedding', '\u202aSTOP\u202c', 'stop'],
  ['with a mark before it', '.stop', null],
  ['with a question mark', 'start?', null],
  ['in a sentence', 'please stop', null],
  ['at the beginning of one', 'stop it', null],
  ['in another word', 'nonstop', null],
  ['cut short', 'sto', null],
  ['of letters with spaces between', 's t o p', null],
  ['with a mark in it', 'st.op', null],
  ['that is none at all', '', null],
  ['that is a mark only', '.', null],
])(
  'reads a message as consent only where it is nothing but a keyword: a word %s (%j)',
  (_says, body, consent) => {
    expect(consentIn(body, DEFAULT_CONSENT_WORDS)).toBe(consent);
  },
);

test('recognizes an account’s own keywords however they are written', () => {
  const words = { stop: ['Aufhören!', ' bitte  nicht '], start: ['weiter'] };
  expect(['aufhören', 'Bitte nicht.', 'WEITER', 'stop'].map((body) => consentIn(body, words))).toEqual([
    'stop',
    'stop',
    'start',
    null,
  ]);
});

test.each([
  ['ARRE\u0302T', 'arrêt'],
  ['arrêt', 'ARRE\u0302T'],
  ['İPTAL', 'iptal'],
  ['iptal', 'İPTAL'],
  ['IPTAL', 'iptal'],
  ['ıptal', 'İPTAL'],
])('recognizes %s as the keyword %s written in another way', (body, word) => {
  expect(consentIn(body, { stop: [word], start: [] })).toBe('stop');
});

test('reads a keyword that means both STOP and START as STOP, the safer of the two', () => {
  expect(consentIn('ok', { stop: ['ok'], start: ['ok'] })).toBe('stop');
});

test.each<readonly [string, readonly string[], 'stop' | 'start' | null]>([
  ['there is no message', [], null],
  ['no message is a keyword', ['Hello', 'Hi'], null],
  ['another message follows STOP', ['Hello', 'STOP'], 'stop'],
  ['STOP follows START', ['STOP', 'START'], 'stop'],
  ['START follows STOP', ['START', 'Hello', 'STOP'], 'start'],
])('takes the consent from the newest message that is a keyword: %s', (_says, bodies, consent) => {
  expect(lastConsentIn(bodies, DEFAULT_CONSENT_WORDS)).toBe(consent);
});
