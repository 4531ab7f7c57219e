/**
 * Lets a process reach the functions under the domain that they were deployed to: requests by `fetch` for it go to
 * where the functions run. A preload for tests; the emulator does the same for webhooks.
 */
'use strict';

const { DEPLOYED_DOMAIN, FUNCTIONS_URL } = process.env;
const realFetch = globalThis.fetch;

/** @type {typeof realFetch} */
const toFunctions = (input, init) =>
  realFetch(
    typeof input === 'string' ? input.replace(`https://${DEPLOYED_DOMAIN}`, FUNCTIONS_URL ?? '') : input,
    init,
  );
Object.assign(globalThis, { fetch: toFunctions });
