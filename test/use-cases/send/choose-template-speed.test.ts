/**
 * That recognising a text does not try every split, which would not end within a test's time. Apart from what is
 * recognised, because mutation testing has no use for it.
 */
import { recogniseTemplate } from '../../../src/use-cases/send/choose-template';
import { inMemoryCatalogue } from '../../twilio/in-memory-ports';
import { phone, template } from '../stage';

test('chooses among 5,000 templates for a hostile text without trying every split', async () => {
  const many = Array.from({ length: 5000 }, (_, index) =>
    template(index, { text: 'a{{1}}a{{2}}a{{3}}b', placeholders: ['1', '2', '3'] }),
  );
  const catalogue = inMemoryCatalogue(() => many);
  expect(await recogniseTemplate(catalogue, 'a'.repeat(1600), null, phone)).toBeUndefined();
});
