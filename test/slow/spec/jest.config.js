/** Everything that goes between the software and Twilio, against Twilio's own OpenAPI documents: needs the package registry, and is apart from the other tests for that. */
/** @type {import('jest').Config} */
module.exports = {
  ...require('../../../jest.config.js'),
  rootDir: '../../..',
  roots: ['<rootDir>/test/slow/spec'],
  testPathIgnorePatterns: [],
  testTimeout: 300_000,
};
