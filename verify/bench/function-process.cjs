/**
 * The process that functions are measured in: Twilio's own local runtime makes their globals and their context, and each
 * message from the parent is one batch of invocations. Time and CPU are taken here, around the handler alone, so that
 * neither the parent's work nor the transport between the two counts. It must not know what it measures.
 */
'use strict';

const { join } = require('node:path');

const root = join(__dirname, '../..');
/** The package exports its server only; these are what that server makes of each request. */
const { constructContext, constructGlobalScope, isTwiml } = require(
  join(root, 'node_modules/@twilio/runtime-handler/dist/dev-runtime/route.js'),
);
const { Response } = require(
  join(root, 'node_modules/@twilio/runtime-handler/dist/dev-runtime/internal/response.js'),
);

/** @typedef {{ file: string, path: string, event: object }} Invocation */
/** @typedef {{ status: number, body: unknown, ms: number }} Answer */

/** @type {{ url: string, env: Record<string, string>, baseDir: string, logger: Console }} */
const config = {
  url: process.env.BENCH_URL ?? '',
  env: JSON.parse(process.env.BENCH_ENV ?? '{}'),
  baseDir: root,
  logger: console,
};
constructGlobalScope(config);

/**
 * @param {Invocation} invocation
 * @returns {Promise<Answer>}
 */
function invoke({ file, path, event }) {
  const { handler } = require(join(root, file));
  const context = constructContext(config, path);
  const startedAt = performance.now();
  return new Promise((resolve) => {
    handler(context, event, (/** @type {unknown} */ error, /** @type {any} */ response) => {
      const ms = performance.now() - startedAt;
      if (error) resolve({ status: 500, body: String(error), ms });
      else if (response?.constructor === Response)
        resolve({ status: response.statusCode, body: response.body, ms });
      else resolve({ status: 200, body: isTwiml(response) ? String(response) : response, ms });
    });
  });
}

const tasks = {
  /**
   * One after the other, or `atOnce` at a time.
   * @param {{ invocations: Invocation[], atOnce: number }} batch
   */
  async run({ invocations, atOnce }) {
    /** @type {Answer[]} */
    const answers = [];
    const before = process.cpuUsage();
    const startedAt = performance.now();
    let next = 0;
    const work = async () => {
      for (let index = next++; index < invocations.length; index = next++) {
        const invocation = invocations[index];
        if (invocation) answers[index] = await invoke(invocation);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    const { user, system } = process.cpuUsage(before);
    return { answers, ms: performance.now() - startedAt, cpuMs: (user + system) / 1000 };
  },
  /** As a container that was just started: no function has been loaded, the SDK has. */
  async forget() {
    // What all functions of a process remember together stands outside their modules.
    Reflect.deleteProperty(globalThis, Symbol.for('whatsapp-window.open-windows'));
    for (const file of Object.keys(require.cache)) {
      if (file.startsWith(join(root, 'dist')) || file.startsWith(join(root, 'bench')))
        delete require.cache[file];
    }
  },
  /** Bytes in use once everything that can go has gone. Needs --expose-gc. */
  async heap() {
    for (let round = 0; round < 3; round += 1) {
      global.gc?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return process.memoryUsage().heapUsed;
  },
};

process.on('message', async (/** @type {{ task: keyof typeof tasks, input: any }} */ { task, input }) => {
  const result = await tasks[task](input);
  process.send?.(result ?? null);
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
