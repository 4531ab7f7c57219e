/**
 * Loads a built function into this process as the platform would: a module of its own with the globals that it may use.
 * The one place that does so, for the tests, the simulation and the interruptions. It must not know what a function does.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import twilio from 'twilio';

export type Handler = (
  context: object,
  event: object,
  callback: (error: unknown, response: PlatformResponse) => void,
) => Promise<void>;

/** What a function answers with: the platform's `Twilio.Response`, as far as it can be looked at. */
export class PlatformResponse {
  statusCode = 200;
  body: unknown = null;
  /** By the name as the function wrote it. */
  readonly headers: Record<string, string> = {};

  setStatusCode(code: number): this {
    this.statusCode = code;
    return this;
  }
  setBody(body: unknown): this {
    this.body = body;
    return this;
  }
  appendHeader(name: string, value: string): this {
    this.headers[name] = value;
    return this;
  }
}

/** The SDK's HTTP client, as far as a function uses it. */
type RequestClientClass = new (options: {
  timeout?: number;
}) => { request(options: never): Promise<unknown> };

export interface ContainerParts {
  /** Takes the place of `twilio.RequestClient`. All else of the SDK is shared. */
  readonly RequestClient: RequestClientClass;
  /** What several functions of one container remember together. A new object is a new container. */
  readonly globals: object;
  readonly console: object;
  /** Modules that the function gets in place of the real ones, by name. */
  readonly modules?: Readonly<Record<string, unknown>>;
  /** Which clock the function reads. */
  readonly Date?: DateConstructor;
}

const ROOT = join(__dirname, '../..');
const requireHere = createRequire(join(ROOT, 'package.json'));
const bundles = new Map<string, (...args: unknown[]) => void>();

/**
 * A function in a container that was just started: it remembers nothing but what `globals` holds.
 * @param file below dist/functions, such as `send-message.js`
 */
export function loadFunction(file: string, parts: ContainerParts): Handler {
  let bundle = bundles.get(file);
  if (!bundle) {
    const source = readFileSync(join(ROOT, 'dist/functions', file), 'utf8');
    bundle = new Function('require', 'module', 'exports', 'console', 'globalThis', 'Date', source) as (
      ...args: unknown[]
    ) => void;
    bundles.set(file, bundle);
  }
  const sdk = Object.create(twilio, { RequestClient: { value: parts.RequestClient } });
  const replaced: Readonly<Record<string, unknown>> = { twilio: sdk, ...parts.modules };
  const module = { exports: {} as { handler: Handler } };
  bundle(
    (name: string) => replaced[name] ?? requireHere(name),
    module,
    module.exports,
    parts.console,
    parts.globals,
    parts.Date ?? Date,
  );
  return module.exports.handler;
}

/** What a fresh container has as its globals: those of this process, and nothing that another container remembers. */
export function freshGlobals(): object {
  return Object.create(globalThis);
}

/** Gives this process the platform's global `Twilio`, which functions read when they are called. */
export function providePlatformGlobals(): void {
  Object.assign(globalThis, { Twilio: { ...twilio, Response: PlatformResponse } });
}

type SdkRequest = Parameters<typeof twilio.RequestClient.prototype.request>[0];
type SdkResponse = Awaited<ReturnType<typeof twilio.RequestClient.prototype.request>>;

/**
 * A request client of the SDK that asks an emulator instead of Twilio.
 * @param emulatorUrl asked at each request: an emulator has none before it is started
 * @param around is called for each request and performs it, or not
 */
export function emulatorClient(
  emulatorUrl: () => string,
  around: (perform: () => Promise<SdkResponse>) => Promise<SdkResponse>,
): RequestClientClass {
  return class extends twilio.RequestClient {
    override request<TData>(options: Parameters<typeof twilio.RequestClient.prototype.request<TData>>[0]) {
      const asked = new URL(options.uri);
      const uri = `${emulatorUrl()}${asked.pathname}${asked.search}`;
      const headers = { ...options.headers, 'x-emulator-host': asked.hostname };
      const perform = () => super.request({ ...options, uri, headers } as SdkRequest);
      return around(perform) as ReturnType<typeof twilio.RequestClient.prototype.request<TData>>;
    }
  };
}
