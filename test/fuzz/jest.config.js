/** The long attack. The ordinary tests run a share of the same. */
process.env.FUZZ_RUNS ??= '100000';

/** @type {import('jest').Config} */
module.exports = {
  ...require('../../jest.config.js'),
  rootDir: '../..',
  roots: ['<rootDir>/test/fuzz'],
};
