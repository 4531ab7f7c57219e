/** What a command says of an error that nobody foresaw: which file it is about, and what to do. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { sentenceOf } from '../../scripts/command/script-failure';

/** No folder, whoever asks: a test that runs as root may write into any. */
const NO_FOLDER = '/dev/null';

test.each([
  ['copied', () => copyFileSync(__filename, `${NO_FOLDER}/.env`), `${NO_FOLDER}/.env`, 'ENOTDIR'],
  ['made', () => mkdirSync(`${NO_FOLDER}/filled`, { recursive: true }), `${NO_FOLDER}/filled`, 'ENOTDIR'],
])('a file that cannot be %s is named, with what to look for', (_what, act, path, code) => {
  let thrown: unknown;
  try {
    act();
  } catch (error) {
    thrown = error;
  }
  expect(sentenceOf(thrown)).toEqual({
    message: `${path} cannot be used (${code}).`,
    nextStep: 'Look who may read and write there, then run the same command again.',
  });
});

test('an error that is neither of a file nor of the network is told as it is', () => {
  expect(sentenceOf(Object.assign(new Error('odd'), { code: 'EACCES' })).message).toBe(
    'Something unexpected went wrong: odd',
  );
});
