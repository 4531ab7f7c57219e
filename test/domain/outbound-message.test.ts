/** Several attachments are several messages, and nothing of what was to be sent gets lost or comes twice. */
import fc from 'fast-check';
import { type FreeFormMessage, partsOf } from '../../src/domain/outbound-message';

const freeForm = (body: string, ...mediaUrls: string[]): FreeFormMessage => ({
  kind: 'free-form',
  body,
  mediaUrls,
});

test.each([
  ['a text is one message', freeForm('Hello'), [freeForm('Hello')]],
  ['a text with one attachment is one message', freeForm('Hello', 'a'), [freeForm('Hello', 'a')]],
  ['an attachment alone is one message', freeForm('', 'a'), [freeForm('', 'a')]],
  [
    'a text with three attachments is three messages, the text with the first',
    freeForm('Hello', 'a', 'b', 'c'),
    [freeForm('Hello', 'a'), freeForm('', 'b'), freeForm('', 'c')],
  ],
])('splits a text and its attachments into messages: %s', (_sentence, message, parts) => {
  expect(partsOf(message)).toEqual(parts);
});

test('puts every attachment into exactly one message, in order, and never two into one', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.webUrl(), { maxLength: 10 }), (body, mediaUrls) => {
      const parts = partsOf(freeForm(body, ...mediaUrls));
      expect(parts.flatMap((part) => part.mediaUrls)).toEqual(mediaUrls);
      expect(parts.map((part) => part.body).join('')).toBe(body);
      expect(Math.max(...parts.map((part) => part.mediaUrls.length))).toBeLessThanOrEqual(1);
    }),
  );
});
