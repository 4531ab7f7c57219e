/**
 * The fast lane: `npm test`. What starts processes or runs for minutes is in test/slow, with a configuration of its own.
 * Jest runs TypeScript through swc; types are checked by `tsc` beside it.
 */
const { availableParallelism } = require('node:os');

const ours = require('./package.json');
/** Takes requests to the functions, which it loads: Jest has to see that, and only that. */
const server = require('./node_modules/@twilio/runtime-handler/package.json');

/** Loaded once for a process: what we name, and what that server is made of. Jest's own packages are not among them. */
const packages = Object.keys({
  ...ours.dependencies,
  ...ours.devDependencies,
  ...server.dependencies,
}).filter((name) => name !== server.name && !/\bjest\b/.test(name));

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: '<rootDir>/test/harness/environment.ts',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['<rootDir>/test/slow/'],
  transform: {
    [`/node_modules/(?:${packages.join('|')})/.+\\.[cm]?js$`]: '<rootDir>/test/harness/package.cjs',
    '^.+\\.(t|j|mj|cj)s$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!${packages.join('|')})`],
  // Most tests wait for an emulated Twilio that takes its time, so two of them share a core.
  maxWorkers: 2 * availableParallelism(),
  // A test that hangs is to end; a machine that is slow is to be waited for.
  testTimeout: 120_000,
};
