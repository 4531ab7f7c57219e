/**
 * Mutation testing of the domain and the use cases: `npm run mutate`, by hand, see docs/internals/mutation.md. It must not need
 * the build, the emulator or the network, so that a mutant costs a second.
 */

/** How many mutants are tried at once: a machine that does something else as well should leave it at one. */
const concurrency = Number(process.env.MUTATE_CONCURRENCY ?? 1);

/** See jest.config.js; what is measured by fewer tests is kept apart. */
const only = process.env.MUTATE_TESTS;

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: ['src/domain/**/*.ts', 'src/use-cases/**/*.ts'],
  // What the sandbox does not need would only be copied.
  // Stryker would read tsconfig.json with TypeScript's JavaScript interface, which TypeScript 7 does not have.
  ignorePatterns: [
    ...['dist', 'reports', 'docs', 'emulator', 'scripts', 'flows', 'src/assets'],
    ...['verify/**', '!verify/mutation/**'],
    'tsconfig.json',
  ],
  testRunner: 'jest',
  jest: {
    projectType: 'custom',
    configFile: 'verify/mutation/jest.config.js',
    enableFindRelatedTests: only === undefined,
  },
  plugins: ['@stryker-mutator/jest-runner'],
  coverageAnalysis: 'perTest',
  concurrency,
  timeoutMS: 5000,
  // Jest leaks a little with every run.
  maxTestRunnerReuse: 300,
  // What was measured and has not changed since, neither the code nor its tests, is not measured again: `-- --force` does.
  incremental: true,
  incrementalFile: `reports/mutation/${only ?? 'incremental'}.json`,
  reporters: ['clear-text', 'progress', 'html', 'json'],
  clearTextReporter: { logTests: false, allowColor: false },
  htmlReporter: { fileName: 'reports/mutation/mutation.html' },
  jsonReporter: { fileName: 'reports/mutation/mutation.json' },
  allowConsoleColors: false,
};
