/**
 * Twilio Functions as far as a function can tell: warm containers, several at once, each with one invocation at a time,
 * given up at the platform's pleasure; ten seconds to answer, and whoever dies answers nothing. What runs in them are the
 * built bundles. It must not know what the functions do.
 */
import crypto from 'node:crypto';
import { freshGlobals, type Handler, loadFunction, providePlatformGlobals } from '../built-functions/load';
import type { Invocation } from './ledger';
import type { Random } from './random';
import type { CallFault } from './trace-event';
import type { Running, SdkRequest, TwilioLine } from './twilio-line';
import type { VirtualTime } from './virtual-time';

export interface FunctionRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

export interface FunctionAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly contentType: string;
}

export interface Cause {
  readonly event: number;
  readonly random: Random;
  readonly callFault: CallFault | null;
}

/** One container: the handler with all that its modules remember, and what it is at just now. */
interface Container {
  readonly id: number;
  readonly handler: Handler;
  running: Running | null;
}

/** https://www.twilio.com/docs/serverless/functions-assets/functions/invocation */
const LIMIT_MS = 10_000;
const PROTECTED: ReadonlySet<string> = new Set(['/incoming-message', '/message-status']);

export class FunctionsPlatform {
  /** By path: containers that are warm and have nothing to do. */
  private readonly idle = new Map<string, Container[]>();
  private containers = 0;
  private drawn = 0;
  /** Ids are drawn alike in every run, because in which Map of Sync a record stands depends on its id. */
  private readonly crypto = Object.create(crypto, {
    randomBytes: { value: (size: number) => this.drawBytes(size) },
  });

  /** @param wrap puts something between the platform and a function, to see whether the oracle notices */
  constructor(
    private readonly environment: object,
    private readonly line: TwilioLine,
    private readonly time: VirtualTime,
    private readonly invoked: (invocation: Invocation) => void,
    private readonly wrap: ((path: string, handler: Handler) => Handler) | undefined,
  ) {
    providePlatformGlobals();
  }

  /** @returns the invocation and its answer, null where the container died or took too long */
  async invoke(
    request: FunctionRequest,
    cause: Cause,
  ): Promise<{ readonly invocation: Invocation; readonly answer: FunctionAnswer | null }> {
    const { path } = request;
    const idle = this.idle.get(path) ?? [];
    this.idle.set(path, idle);
    const index = Math.floor(cause.random.next() * idle.length);
    const [container = this.load(path)] = idle.splice(index, 1);
    const invocation: Invocation = {
      path,
      container: container.id,
      startedAt: this.time.now(),
      endedAt: null,
      status: null,
      requests: 0,
      hits: [],
      event: cause.event,
      created: [],
    };
    this.invoked(invocation);
    const event = { request: { headers: request.headers, cookies: {} }, ...request.query, ...request.body };
    const answer = await new Promise<FunctionAnswer | null>((resolve) => {
      const running: Running = {
        record: invocation,
        random: cause.random,
        callFault: cause.callFault,
        dead: false,
        die: () => {
          running.dead = true;
          resolve(null);
        },
      };
      container.running = running;
      const limit = setTimeout(() => running.die(), LIMIT_MS);
      void container.handler(this.environment, event, (_error, response) => {
        clearTimeout(limit);
        if (running.dead) return;
        // What is still pending is killed with the answer.
        running.dead = true;
        this.idle.get(path)?.push(container);
        const { 'Content-Type': contentType = '' } = response.headers;
        resolve({ status: response.statusCode, body: response.body, contentType });
      });
    });
    invocation.endedAt = this.time.now();
    invocation.status = answer?.status ?? null;
    return { invocation, answer };
  }

  private drawBytes(size: number): Buffer {
    this.drawn += 1;
    return crypto.createHash('sha512').update(`draw ${this.drawn}`).digest().subarray(0, size);
  }

  /** Gives up a share of the containers that have nothing to do. */
  restart(random: Random, share: number): void {
    for (const [path, containers] of this.idle) {
      this.idle.set(
        path,
        containers.filter(() => !random.chance(share)),
      );
    }
  }

  /** Module state and globals are what a warm container remembers; a fresh one remembers nothing. The SDK itself is shared. */
  private load(path: string): Container {
    const file = `${path.slice(1)}${PROTECTED.has(path) ? '.protected' : ''}.js`;
    const container: { readonly id: number; running: Running | null } = {
      id: this.containers++,
      running: null,
    };
    const { line } = this;
    class LineClient {
      request(asked: SdkRequest) {
        return line.request(container.running, asked);
      }
    }
    const handler = loadFunction(file, {
      RequestClient: LineClient,
      // A container's globals outlive an invocation as its modules do, and are nobody else's.
      globals: freshGlobals(),
      console: { log: () => undefined },
      modules: { 'node:crypto': this.crypto },
    });
    return Object.assign(container, { handler: this.wrap ? this.wrap(path, handler) : handler });
  }
}
