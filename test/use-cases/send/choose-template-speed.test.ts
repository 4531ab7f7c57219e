/** How long it takes to recognise a text, apart from what is recognised: mutation testing has no use for it. */
import { recogniseTemplate } from '../../../src/use-cases/send/choose-template';
import { inMemoryCatalogue } from '../../twilio/in-memory-ports';
import { phone, template } from '../stage';

test('chooses among 5,000 templates for a hostile text in a short time', async () => {
  const many = Array.from({ length: 5000 }, (_, index) =>
    template(index, { text: 'a{{1}}a{{2}}a{{3}}b', placeholders: ['1', '2', '3'] }),
  );
  const catalogue = inMemoryCatalogue(() => many);
  const started = performance.now();
  expect(await recogniseTemplate(catalogue, 'a'.repeat(1600), null, phone)).toBeUndefined();
  expect(performance.now() - started).toBeLessThan(2000);
});
