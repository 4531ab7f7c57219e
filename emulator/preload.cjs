/**
 * Given to the process that runs the functions (`node -r emulator/preload.cjs …`): sends its requests for
 * *.twilio.com to the emulator, lets `Date` follow the emulator's clock, and answers 429 where more functions would run
 * at a time than Twilio runs. The functions know nothing of it. It must load nothing but Node's own modules, because every
 * forked function process loads it first, and it must leave timers and every other host alone.
 */
'use strict';

const childProcess = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const { syncBuiltinESMExports } = require('node:module');
const { resolve } = require('node:path');
const { executionGate, executionLimitFrom } = require('./execution-limit.cjs');

const handedDown = {
  EMULATOR_URL: process.env.EMULATOR_URL || 'http://localhost:4010',
  // Whole, because a child may live in another folder.
  EMULATOR_CLOCK_FILE: process.env.EMULATOR_CLOCK_FILE && resolve(process.env.EMULATOR_CLOCK_FILE),
};
const emulator = new URL(handedDown.EMULATOR_URL);
/** One agent for all: the SDK brings an https one, which cannot speak to the emulator, and expects to keep alive. */
const agent = new http.Agent({ keepAlive: true });

/** By what speaks TLS and by what does not: nothing for Twilio leaves the machine. */
const real = new Map([https, http].map((sender) => [sender, { request: sender.request, get: sender.get }]));
const requestToEmulator = http.request;

/**
 * The host that a call of `https.request` is for, whichever of its signatures was used.
 * @param {unknown[]} args
 * @returns {string}
 */
function hostOf(args) {
  const [first, second] = args;
  const options = /** @type {Record<string, unknown>} */ (
    typeof first === 'string' || first instanceof URL
      ? (typeof second === 'object' && second) || {}
      : first || {}
  );
  const given = options.hostname || options.host;
  if (typeof given === 'string') return given.replace(/:\d+$/, '');
  if (typeof first === 'string') return new URL(first).hostname;
  return first instanceof URL ? first.hostname : '';
}

/**
 * @param {string} host
 * @param {unknown[]} args
 * @returns {http.ClientRequest}
 */
function toEmulator(host, args) {
  const rest = [...args];
  const url = typeof rest[0] === 'string' || rest[0] instanceof URL ? new URL(String(rest.shift())) : null;
  const options = /** @type {https.RequestOptions} */ (
    typeof rest[0] === 'object' && rest[0] ? rest.shift() : {}
  );
  const callback = /** @type {((response: http.IncomingMessage) => void) | undefined} */ (rest[0]);
  const headers = Array.isArray(options.headers)
    ? Object.fromEntries(pairs(options.headers))
    : options.headers;
  return requestToEmulator(
    {
      ...(url ? { path: url.pathname + url.search, ...credentialsIn(url) } : {}),
      ...options,
      protocol: 'http:',
      hostname: emulator.hostname,
      host: emulator.hostname,
      port: emulator.port || 80,
      // Left in, these would have it looked for elsewhere, or spoken to in TLS.
      defaultPort: 80,
      socketPath: undefined,
      createConnection: undefined,
      agent,
      headers: { ...headers, host: emulator.host, 'x-emulator-host': host.toLowerCase() },
    },
    callback,
  );
}

/**
 * Node reads these off an address itself, but not off a part of one.
 * @param {URL} url
 * @returns {{ auth?: string }}
 */
function credentialsIn(url) {
  if (url.username === '' && url.password === '') return {};
  return { auth: `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}` };
}

/**
 * Raw headers, name after value, as pairs.
 * @param {readonly string[]} raw
 * @returns {[string, string][]}
 */
function pairs(raw) {
  /** @type {[string, string][]} */
  const found = [];
  for (let index = 0; index + 1 < raw.length; index += 2)
    found.push([raw[index] ?? '', raw[index + 1] ?? '']);
  return found;
}

/** @param {string} host */
function isTwilio(host) {
  return /(?:^|\.)twilio\.com\.?$/i.test(host);
}

for (const [sender, { request: realRequest, get: realGet }] of real) {
  /** @param {unknown[]} args */
  const request = (...args) => {
    const host = hostOf(args);
    return isTwilio(host) ? toEmulator(host, args) : Reflect.apply(realRequest, sender, args);
  };
  /** @param {unknown[]} args */
  const get = (...args) => {
    if (!isTwilio(hostOf(args))) return Reflect.apply(realGet, sender, args);
    const sent = request(...args);
    sent.end();
    return sent;
  };
  Object.assign(sender, { request, get });
}

const realFetch = globalThis.fetch;

/**
 * Node's own `fetch` does not use `https.request`.
 * @type {typeof fetch}
 */
async function redirectedFetch(input, init) {
  const asked = new URL(input instanceof Request ? input.url : String(input));
  if (!isTwilio(asked.hostname)) return realFetch(input, init);
  const sent = new Request(new URL(asked.pathname + asked.search, emulator), new Request(input, init));
  sent.headers.set('x-emulator-host', asked.hostname.toLowerCase());
  return realFetch(sent);
}
Object.assign(globalThis, { fetch: redirectedFetch });

// Node's own WebSocket uses neither: the emulator refuses it by name, where the real host would let it wait.
if (globalThis.WebSocket) {
  globalThis.WebSocket = new Proxy(globalThis.WebSocket, {
    construct(target, [address, ...rest], newTarget) {
      const asked = new URL(String(address));
      if (!isTwilio(asked.hostname)) return Reflect.construct(target, [address, ...rest], newTarget);
      const there = new URL(asked.pathname + asked.search, emulator);
      return Reflect.construct(target, [there, ...rest], newTarget);
    },
  });
}

/**
 * `twilio-run` replaces its environment by that of the functions before it forks one process per request, so the two
 * settings would be lost on the way; the preload itself is inherited.
 */
const realFork = childProcess.fork;
Object.assign(childProcess, {
  /**
   * @param {string | URL} modulePath
   * @param {readonly string[] | childProcess.ForkOptions} [args]
   * @param {childProcess.ForkOptions} [options]
   */
  fork(modulePath, args, options) {
    const given = /** @type {childProcess.ForkOptions} */ (
      (Array.isArray(args) ? options : args) || options || {}
    );
    const list = /** @type {readonly string[]} */ (Array.isArray(args) ? args : []);
    return realFork(modulePath, list, { ...given, env: { ...(given.env || process.env), ...handedDown } });
  },
});

// The server of twilio-run is this process's only one; each of its requests is an execution.
const mayRun = executionGate(executionLimitFrom(process.env.EMULATOR_EXECUTIONS));
const realEmit = http.Server.prototype.emit;
/**
 * @param {string | symbol} event
 * @param {unknown[]} args
 */
http.Server.prototype.emit = function emitWithinLimit(event, ...args) {
  const [request, response] = args;
  const isRequest =
    event === 'request' && request instanceof http.IncomingMessage && response instanceof http.ServerResponse;
  if (isRequest && !mayRun(request, response)) return true;
  return Reflect.apply(realEmit, this, [event, ...args]);
};

if (handedDown.EMULATOR_CLOCK_FILE) followClock(handedDown.EMULATOR_CLOCK_FILE);
syncBuiltinESMExports();

/**
 * The file holds `O` and an offset, or `F` and a frozen instant, always as long, written in one piece by the emulator
 * (`clock.ts`). It is read at every look at the time: one small read, and a change is seen at once everywhere.
 * @param {string} file
 */
function followClock(file) {
  const RealDate = Date;
  const realNow = RealDate.now;
  const record = Buffer.alloc(18);
  /** @type {number | null} */
  let descriptor = null;

  function now() {
    if (descriptor === null) {
      try {
        descriptor = fs.openSync(file, 'r');
      } catch {
        return realNow(); // The emulator has not written it yet.
      }
    }
    if (fs.readSync(descriptor, record, 0, 18, 0) < 18) return realNow();
    const value = Number(record.toString('latin1', 1));
    return record[0] === 0x46 /* F */ ? value : realNow() + value;
  }

  /**
   * @this {unknown}
   * @param {unknown[]} args
   */
  function FollowingDate(...args) {
    if (!new.target) return new RealDate(now()).toString();
    return Reflect.construct(RealDate, args.length === 0 ? [now()] : args, new.target);
  }
  Object.setPrototypeOf(FollowingDate, RealDate);
  Object.defineProperty(FollowingDate, 'prototype', { value: RealDate.prototype, writable: false });
  Object.defineProperty(FollowingDate, 'name', { value: 'Date' });
  Object.defineProperty(FollowingDate, 'length', { value: 7 });
  Object.defineProperty(FollowingDate, 'now', { value: now, writable: true, configurable: true });
  RealDate.prototype.constructor = /** @type {DateConstructor} */ (/** @type {unknown} */ (FollowingDate));
  globalThis.Date = /** @type {DateConstructor} */ (/** @type {unknown} */ (FollowingDate));
}
