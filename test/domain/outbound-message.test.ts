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
  [
    'a text and a document are two messages, the text first, because Twilio sets no caption of it',
    freeForm('Hello', 'https://example.com/a.PDF?b=c.jpg', 'https://example.com/b.jpg'),
    [
      freeForm('Hello'),
      freeForm('', 'https://example.com/a.PDF?b=c.jpg'),
      freeForm('', 'https://example.com/b.jpg'),
    ],
  ],
  [
    'an address that does not tell its kind is taken for that of a picture',
    freeForm('Hello', 'https://example.com/media/ME1'),
    [freeForm('Hello', 'https://example.com/media/ME1')],
  ],
  [
    'a document alone is one message',
    freeForm('', 'https://example.com/a.pdf'),
    [freeForm('', 'https://example.com/a.pdf')],
  ],
  [
    'a text of 1,024 characters is a caption',
    freeForm('x'.repeat(1024), 'https://example.com/a.jpg'),
    [freeForm('x'.repeat(1024), 'https://example.com/a.jpg')],
  ],
  [
    'a text of 1,025 characters is none',
    freeForm('x'.repeat(1025), 'https://example.com/a.jpg'),
    [freeForm('x'.repeat(1025)), freeForm('', 'https://example.com/a.jpg')],
  ],
])('splits a text and its attachments into messages: %s', (_sentence, message, parts) => {
  expect(partsOf(message)).toEqual(parts);
});

const url = fc
  .tuple(fc.webUrl(), fc.constantFrom('', '.jpg', '.ogg', '.pdf'))
  .map(([address, ending]) => address + ending);

test('puts every attachment into exactly one message, in order, and never two into one', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(url, { maxLength: 10 }), (body, mediaUrls) => {
      const parts = partsOf(freeForm(body, ...mediaUrls));
      expect(parts.flatMap((part) => part.mediaUrls)).toEqual(mediaUrls);
      expect(parts.map((part) => part.body).join('')).toBe(body);
      expect(Math.max(...parts.map((part) => part.mediaUrls.length))).toBeLessThanOrEqual(1);
    }),
  );
});
