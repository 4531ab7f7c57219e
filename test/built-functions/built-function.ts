/**
 * The built functions inside this process, as the platform runs them: a module of their own, the global `Twilio`, a
 * callback; and the SDK's requests sent to an emulator. It must not know what any function does.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import twilio from 'twilio';
import { ROOT } from '../../scripts/offline/twilio-run';

export type Handler = (
  context: object,
  event: object,
  callback: (error: unknown, response: PlatformResponse) => void,
) => Promise<void>;

/** What a function answers with: the platform's `Twilio.Response`, as far as it can be looked at. */
export class PlatformResponse {
  statusCode = 200;
  body: unknown = null;
  readonly headers: Record<string, string> = {};

  setStatusCode(code: number) {
    this.statusCode = code;
    return this;
  }
  setBody(body: unknown) {
    this.body = body;
    return this;
  }
  appendHeader(name: string, value: string) {
    this.headers[name] = value;
    return this;
  }
}

const requireHere = createRequire(join(ROOT, 'package.json'));
type Load = (require: (name: string) => unknown, module: object, exports: object) => void;
const loads = new Map<string, Load>();

/**
 * A fresh container's handler. Module state is what a warm container remembers; a fresh one remembers nothing. The SDK
 * itself is shared.
 * @param file below dist/functions
 */
export function loadFresh(file: string): Handler {
  const load =
    loads.get(file) ??
    (new Function(
      'require',
      'module',
      'exports',
      readFileSync(join(ROOT, 'dist/functions', file), 'utf8'),
    ) as Load);
  loads.set(file, load);
  const module = { exports: {} as { handler: Handler } };
  load((name) => (name === 'twilio' ? twilio : requireHere(name)), module, module.exports);
  return module.exports.handler;
}

/**
 * Sends what the SDK asks of Twilio to an emulator, and gives the functions the platform's global.
 * @param around is called for each request and performs it, or not
 * @returns undoes it
 */
export function sendSdkTo(
  emulatorUrl: () => string,
  around: <T>(perform: () => Promise<T>) => Promise<T>,
): () => void {
  const original = twilio.RequestClient.prototype.request;
  twilio.RequestClient.prototype.request = function request(
    this: InstanceType<typeof twilio.RequestClient>,
    options,
  ) {
    return around(() => {
      const asked = new URL(options.uri);
      const uri = `${emulatorUrl()}${asked.pathname}${asked.search}`;
      const headers = { ...options.headers, 'x-emulator-host': asked.hostname };
      return original.call(this, { ...options, uri, headers });
    });
  } as typeof original;
  Object.assign(globalThis, { Twilio: { ...twilio, Response: PlatformResponse } });
  return () => {
    twilio.RequestClient.prototype.request = original;
  };
}
