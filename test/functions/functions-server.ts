/**
 * The built functions in this process, behind the HTTP server that `twilio-run` uses itself, on an emulator in this
 * process as well: what a request becomes on its way to a function is Twilio's own code, and no process is started.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { format, parseEnv } from 'node:util';
import { fsHelpers } from '@twilio-labs/serverless-api';
import { createEmulator } from '../../emulator/emulator';
import { executionGate, executionLimitFrom } from '../../emulator/execution-limit.cjs';
import type { OfflineService, OfflineServiceOptions } from '../../scripts/offline/offline-service';
import { ROOT } from '../../scripts/offline/twilio-run';
import { emulatorClient, freshGlobals, type Handler, loadFunction } from '../../verify/built-functions/load';

export interface FunctionsOptions extends OfflineServiceOptions {
  /** What stands in the operator's `prices.json`; left out, there is none. */
  readonly prices?: string;
}

/** The functions of one server; the mocks below find them by the domain name in a function's context. */
interface Served {
  /** @param file below dist/functions */
  handlerOf(file: string): Handler;
}
const ACCOUNT_SID = parseEnv(readFileSync(join(ROOT, '.env.offline'), 'utf8')).ACCOUNT_SID;
const served = new Map<string, Served>();
let routes: Awaited<ReturnType<typeof fsHelpers.getListOfFunctionsAndAssets>> | undefined;

/**
 * What the server loads for a function is one that looks up whose request it is: each server has containers and a clock
 * of its own.
 */
async function routesOfDist() {
  if (routes) return routes;
  routes = await fsHelpers.getListOfFunctionsAndAssets(ROOT, {
    functionsFolderNames: ['dist/functions'],
    assetsFolderNames: ['dist/assets'],
  });
  for (const { filePath } of routes.functions) {
    const file = relative(join(ROOT, 'dist/functions'), filePath);
    jest.doMock(filePath, () => ({
      handler(context: { DOMAIN_NAME: string }, event: object, callback: Parameters<Handler>[2]) {
        const server = served.get(context.DOMAIN_NAME);
        if (!server) throw new Error(`No functions are served at ${context.DOMAIN_NAME}.`);
        return server.handlerOf(file)(context, event, callback);
      },
    }));
  }
  // As a build for this account has it, which `npm start` may have made.
  const messages = routes.functions.find(({ path }) => path === '/messages');
  const path = `/2010-04-01/Accounts/${ACCOUNT_SID}/Messages.json`;
  const isThere = routes.functions.some((route) => route.path === path);
  if (messages && !isThere) routes.functions.push({ ...messages, path });
  return routes;
}

/** Whoever keeps prices of their own in this folder has them in `dist`: a test has those that it gives, or none. */
function withPrices(all: NonNullable<typeof routes>, folder: string, prices: string | undefined) {
  const assets = all.assets.filter(({ path }) => path !== '/prices.json');
  if (prices === undefined) return { ...all, assets };
  const filePath = join(folder, 'prices.private.json');
  writeFileSync(filePath, prices);
  const asset = {
    ...{ name: '/prices.json', path: '/prices.json', access: 'private' as const },
    ...{ filePath, content: prices },
  };
  return { ...all, assets: [...assets, asset] };
}

/** `Date` as the preload makes it: it follows the emulator's clock, by the emulator's own file. */
function dateOf(clockFile: string): DateConstructor {
  const now = () => {
    const record = readFileSync(clockFile, 'latin1');
    const value = Number(record.slice(1, 18));
    return record.startsWith('F') ? value : Date.now() + value;
  };
  return new Proxy(Date, {
    construct: (real, args, target) => Reflect.construct(real, args.length === 0 ? [now()] : args, target),
    apply: (real) => new real(now()).toString(),
    get: (real, key) => (key === 'now' ? now : Reflect.get(real, key)),
  });
}

/**
 * Needs `dist`: build first.
 * @param options.inProcess false: every request meets a fresh container, which is ended once it has answered
 */
export async function startFunctions(options: FunctionsOptions = {}): Promise<OfflineService> {
  const folder = mkdtempSync(join(tmpdir(), 'whatsapp-window-'));
  const clockFile = join(folder, 'clock');
  const env = { ...parseEnv(readFileSync(join(ROOT, '.env.offline'), 'utf8')), ...options.settings };
  // As it is read from a file, which trims what stands there.
  const given = parseEnv(
    Object.entries(env)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const http = createServer();
  const port = await listen(http, 0);
  const functionsUrl = `http://localhost:${port}`;
  const emulator = createEmulator({ port: 0, functionsUrl, clockFile });
  await emulator.start();
  const emulatorUrl = (await options.through?.(emulator.url)) ?? emulator.url;
  const log: string[] = [];
  const print = (...words: unknown[]) => {
    log.push(...format(...words).split('\n'));
  };
  const console = { log: print, info: print, warn: print, error: print, debug: print };
  const Clocked = dateOf(clockFile);

  const load = (file: string, globals: object, isOver: () => boolean) =>
    loadFunction(file, {
      RequestClient: emulatorClient(
        () => emulatorUrl,
        (perform) => (isOver() ? new Promise(() => undefined) : perform()),
      ),
      globals,
      console,
      Date: Clocked,
    });
  /** Ends with its answer, as a forked process does: what it begins after that reaches nobody. */
  const inFreshContainer =
    (file: string): Handler =>
    (context, event, callback) => {
      let isOver = false;
      return load(file, freshGlobals(), () => isOver)(context, event, (error, response) => {
        isOver = true;
        callback(error, response);
      });
    };
  const warm = new Map<string, Handler>();
  let globals = freshGlobals();
  const inWarmContainer = (file: string): Handler => {
    const handler = warm.get(file) ?? load(file, globals, () => false);
    warm.set(file, handler);
    return handler;
  };
  served.set(`localhost:${port}`, {
    handlerOf: options.inProcess === false ? inFreshContainer : inWarmContainer,
  });

  const { LocalDevelopmentServer } = await import('@twilio/runtime-handler/dev');
  const server = new LocalDevelopmentServer(port, {
    baseDir: ROOT,
    env: given,
    port,
    url: functionsUrl,
    detailedLogs: false,
    live: false,
    logs: false,
    legacyMode: false,
    appName: 'twilio-run',
    forkProcess: false,
    routes: withPrices(await routesOfDist(), folder, options.prices),
    enableDebugLogs: false,
  });
  const app = server.getApp();
  const mayRun = executionGate(executionLimitFrom(options.executions));
  http.on('request', (request, response) => {
    if (mayRun(request, response)) app(request, response);
  });

  return {
    functionsUrl,
    emulator,
    clockFile,
    env,
    log,
    goAway: () => close(http),
    async comeBack() {
      warm.clear();
      globals = freshGlobals();
      await listen(http, port);
    },
    async stop() {
      served.delete(`localhost:${port}`);
      await close(http);
      await emulator.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, 'localhost', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve();
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
