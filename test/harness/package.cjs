/**
 * Jest reads a file of a package through this, and gets what Node has loaded for it: once for a process, and not once for
 * every test file. What begins before there is an environment (see environment.ts), such as a browser for all, gets the
 * file as it is.
 */
const { createHash } = require('node:crypto');

const codeOf = (/** @type {string} */ source) =>
  `if (typeof requireOnce === 'function') { module.exports = requireOnce(__filename); return; } ${source}`;

module.exports = {
  getCacheKey: (/** @type {string} */ source) => createHash('sha256').update(codeOf(source)).digest('hex'),
  process: (/** @type {string} */ source) => ({ code: codeOf(source) }),
};
