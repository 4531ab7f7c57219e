/**
 * Jest reads a file of a package through this, and gets what Node has loaded for it: once for a process, and not once for
 * every test file. Needs the environment of environment.ts.
 */
module.exports = {
  process: () => ({ code: 'module.exports = requireOnce(__filename);' }),
};
