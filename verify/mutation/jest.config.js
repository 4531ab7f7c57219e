/** The tests that Stryker runs for every mutant: those of the domain and the use cases alone, which need no emulator and no build. */
/** While working at one file, its own tests are enough: `MUTATE_TESTS=send-once npm run mutate -- --mutate src/use-cases/send/send-once.ts`. */
const only = process.env.MUTATE_TESTS;

/** @type {import('jest').Config} */
module.exports = {
  ...require('../../jest.config.js'),
  rootDir: '../..',
  // Stryker wraps Jest's own environment, and these tests load no package that is large.
  testEnvironment: 'node',
  transformIgnorePatterns: ['/node_modules/'],
  roots: ['<rootDir>/test/domain', '<rootDir>/test/use-cases'],
  testMatch: [`**/${only ?? '*'}.test.ts`],
  // How fast something is says nothing about a mutant, and takes its time.
  testPathIgnorePatterns: ['-speed.test.ts$'],
  // A test that waits for good fails sooner than Stryker gives up the process and starts another.
  testTimeout: 4000,
};
