/** The dashboard in a real Chromium against the built service: slower than the other tests, and apart from them. */
/** @type {import('jest').Config} */
module.exports = {
  ...require('../../../jest.config.js'),
  rootDir: '../../..',
  roots: ['<rootDir>/test/slow/browser'],
  testPathIgnorePatterns: [],
  testTimeout: 90_000,
  // Each file brings a browser, an emulator and a server.
  maxWorkers: 2,
};
