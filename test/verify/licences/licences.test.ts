/** The licence check: what it refuses of a bill of materials. */
import { type Component, refusedLicences } from '../../../verify/licences/licences';

const component = (name: string, licenses?: Component['licenses']): Component => ({
  name,
  version: '1.0.0',
  ...(licenses && { licenses }),
});

test('a licence is accepted only where it is on the list, or one of a choice is, or all of a sum are', () => {
  const components = [
    component('plain', [{ license: { id: 'MIT' } }]),
    component('choice', [{ expression: '(GPL-3.0-only OR MIT)' }]),
    component('sum', [{ expression: 'Apache-2.0 AND MIT' }]),
    component('@twilio-labs/serverless-runtime-types'),
    component('copyleft', [{ license: { id: 'GPL-3.0-only' } }]),
    component('half', [{ expression: 'MIT AND GPL-3.0-only' }]),
    component('two', [{ license: { id: 'MIT' } }, { license: { name: 'My own' } }]),
    component('nothing'),
  ];
  expect(refusedLicences({ components })).toEqual([
    'copyleft 1.0.0: GPL-3.0-only',
    'half 1.0.0: MIT AND GPL-3.0-only',
    'two 1.0.0: MIT AND My own',
    'nothing 1.0.0: none is named',
  ]);
});
