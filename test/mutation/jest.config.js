/** The tests that Stryker runs for every mutant: those of the domain and the use cases alone, which need no emulator and no build. */
/** @type {import('jest').Config} */
module.exports = {
  ...require('../../jest.config.js'),
  rootDir: '../..',
  roots: ['<rootDir>/test/domain', '<rootDir>/test/use-cases'],
};
