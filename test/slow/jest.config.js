/** The slow lane but for the browser and the specification: processes, interruptions, simulation, documentation. */
/** @type {import('jest').Config} */
module.exports = {
  ...require('../../jest.config.js'),
  rootDir: '../..',
  roots: ['<rootDir>/test/slow'],
  testPathIgnorePatterns: ['<rootDir>/test/slow/browser/', '<rootDir>/test/slow/spec/'],
  testTimeout: 120_000,
};
