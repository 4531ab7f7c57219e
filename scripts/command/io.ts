/**
 * What a command has around it: streams, settings, the network, the clock and the way to Twilio. A test gives
 * its own; `program.ts` gives those of the process. A command must not reach past it.
 */
import type { Readable, Writable } from 'node:stream';
import type twilio from 'twilio';
import type { Env } from '../account/env-file';

export interface Sink extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Source extends Readable {
  readonly isTTY?: boolean;
}

/** How requests for *.twilio.com leave: to Twilio, or to an emulator in its place. */
export interface TwilioAccess {
  /** Of the SDK; undefined for its own. */
  readonly httpClient?: InstanceType<typeof twilio.RequestClient>;
  /** What a Node.js process that a command starts is given before its script. */
  readonly nodeArgs: readonly string[];
  readonly nodeEnv: Readonly<Record<string, string>>;
}

export interface Io {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly stdin: Source;
  readonly env: Env;
  /** Files that are named on the command line are looked for from here. */
  readonly cwd: string;
  readonly fetch: typeof fetch;
  /** Milliseconds since the epoch. */
  now(): number;
  readonly twilio: TwilioAccess;
  /** Aborted when the person stops the command, as by Ctrl-C. */
  readonly stopped: AbortSignal;
}

/** A command: its words after its name, and what is around it. @returns the exit code */
export type Main = (argv: readonly string[], io: Io) => Promise<number>;
