/**
 * The fast lane: `npm test`. What starts processes or runs for minutes is in test/slow, with a configuration of its own.
 * Jest runs TypeScript through swc; types are checked by `tsc` beside it.
 */
const { availableParallelism } = require('node:os');

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  setupFiles: ['<rootDir>/test/process-flags.ts'],
  testPathIgnorePatterns: ['<rootDir>/test/slow/'],
  transform: {
    '^.+\\.(t|j|mj|cj)s$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  // Most tests wait for an emulated Twilio that takes its time, so two of them share a core.
  maxWorkers: 2 * availableParallelism(),
  testTimeout: 30_000,
};
