/** The slow lane but for the browser and the specification: processes, interruptions, simulation, documentation. */
/** @type {import('jest').Config} */
module.exports = {
  ...require('../../jest.config.js'),
  rootDir: '../..',
  roots: ['<rootDir>/test/slow'],
  testPathIgnorePatterns: ['<rootDir>/test/slow/browser/', '<rootDir>/test/slow/spec/'],
  // A test that hangs is to end; a machine that is slow is to be waited for.
  testTimeout: 600_000,
};
