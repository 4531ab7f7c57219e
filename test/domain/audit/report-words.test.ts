/** The audit's words for a row: the reason with its time, and an address without its middle. */
import { DECISIONS, type ReplayedRow } from '../../../src/domain/audit/replay';
import { decisionWords, durationWords, shortAddress } from '../../../src/domain/audit/report-words';
import { parseWhatsAppAddress } from '../../../src/domain/whatsapp-address';

const address = parseWhatsAppAddress('whatsapp:+15551234567');
const DAY = 24 * 3_600_000;

function rowAt(at: number, rest: Partial<ReplayedRow> = {}): ReplayedRow {
  if (!address) throw new Error('no address');
  const pair = { sender: address, user: address };
  return {
    line: 2,
    at,
    direction: 'outbound',
    ...pair,
    lastInboundAt: 0,
    decision: 'hold',
    findings: 0,
    ...rest,
  };
}

test.each([
  [DAY - 60_000, 'the window closes in 1 min.'],
  [DAY, 'the window closes at that moment.'],
  [DAY + 1000, 'the window had been closed for 1 s.'],
  [3 * DAY, 'the window had been closed for 2 d.'],
])('explains for a held text when its window closes, %d ms after the inbound message: %s', (at, words) => {
  expect(decisionWords(rowAt(at))).toContain(words);
});

test('explains for a held text that the user never wrote', () => {
  expect(decisionWords(rowAt(DAY, { lastInboundAt: null }))).toContain('no message from the user');
});

test('explains every decision in a sentence of its own', () => {
  const sentences = DECISIONS.map((decision) => decisionWords(rowAt(DAY, { decision })));
  expect(new Set(sentences).size).toBe(DECISIONS.length);
});

test.each([
  [1, '1 s'],
  [59_000, '59 s'],
  [60_000, '1 min'],
  [3_600_000, '1 h'],
  [47 * 3_600_000, '47 h'],
  [48 * 3_600_000, '2 d'],
])('writes a duration of %d ms as %s', (ms, words) => {
  expect(durationWords(ms)).toBe(words);
});

test.each([
  ['whatsapp:+491701234567', '+49…567'],
  ['whatsapp:US.13491208655302741918', 'US.1…918'],
  ['whatsapp:DE.1', 'DE.1'],
])('shortens the address %s to %s', (text, short) => {
  expect(shortAddress(text)).toBe(short);
});
