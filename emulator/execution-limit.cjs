/**
 * A Functions service runs 30 executions at a time; what comes beyond that is answered 429 before any function sees it
 * (https://www.twilio.com/docs/serverless/api, "Limitations"). Used by the preload, and by tests that serve functions
 * themselves. It must load nothing but Node's own modules, because the preload loads it.
 */
'use strict';

const AT_A_TIME = 30;
const REFUSAL = JSON.stringify({
  code: 20429,
  message: 'Too Many Requests',
  more_info: 'https://www.twilio.com/docs/errors/20429',
  status: 429,
});

/**
 * @param {string | undefined} text of the variable EMULATOR_EXECUTIONS: a number, 0 for no limit
 * @returns {number}
 */
function executionLimitFrom(text) {
  if (text === undefined || text === '') return AT_A_TIME;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 0) {
    throw new Error(`EMULATOR_EXECUTIONS is "${text}": it has to be a whole number, or 0 for no limit.`);
  }
  return limit === 0 ? Number.POSITIVE_INFINITY : limit;
}

/**
 * @param {number} limit
 * @returns {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => boolean}
 *   whether the request may go on; one that may not has been answered
 */
function executionGate(limit) {
  let running = 0;
  return (request, response) => {
    // A file is no execution.
    if (/\.(?:css|html|ico|js|map|png|svg|txt)(?:\?|$)/.test(request.url ?? '')) return true;
    if (running >= limit) {
      request.resume();
      response.writeHead(429, { 'content-type': 'application/json' }).end(REFUSAL);
      return false;
    }
    running += 1;
    response.once('close', () => {
      running -= 1;
    });
    return true;
  };
}

module.exports = { executionLimitFrom, executionGate };
