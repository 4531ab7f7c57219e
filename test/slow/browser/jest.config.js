/** The dashboard in a real Chromium against the built service: slower than the other tests, and apart from them. */
/** @type {import('jest').Config} */
module.exports = {
  ...require('../../../jest.config.js'),
  rootDir: '../../..',
  roots: ['<rootDir>/test/slow/browser'],
  testPathIgnorePatterns: [],
  testTimeout: 180_000,
  globalSetup: '<rootDir>/test/slow/browser/chromium-server.ts',
  globalTeardown: '<rootDir>/test/slow/browser/chromium-server-end.ts',
  maxWorkers: 2,
};
