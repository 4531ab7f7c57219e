/**
 * What the five tools do alike: a sentence first, the whole answer beside it, a failure as a result, a line in the log.
 * The log names no person and no text.
 */
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { WindowClient } from '../../client/window-client.ts';
import { WindowError } from '../../client/window-error.ts';
import { failureSentence } from './failure-words';
import type { Permission } from './permission';

export interface ToolContext {
  readonly client: WindowClient;
  readonly permission: Permission;
  /** The service's clock, milliseconds since the epoch. */
  readonly now: () => Promise<number>;
  readonly log: (line: Readonly<Record<string, unknown>>) => void;
  readonly calls: PendingCalls;
}

export interface ToolAnswer {
  readonly text: string;
  readonly structured: Readonly<Record<string, unknown>>;
  /** For the log. */
  readonly outcome: string;
}

/** What is under way, so that a client that hangs up does not cut it off. */
export class PendingCalls {
  readonly #pending = new Set<Promise<unknown>>();

  async during<T>(work: Promise<T>): Promise<T> {
    this.#pending.add(work);
    try {
      return await work;
    } finally {
      this.#pending.delete(work);
    }
  }

  /** Once nothing is under way, and what was answered is on its way out. */
  async idle(): Promise<void> {
    do {
      await Promise.allSettled(this.#pending);
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.#pending.size > 0);
  }
}

/** @param idempotencyKey of a send; null where the call only reads */
export function answerTool(
  context: ToolContext,
  tool: string,
  work: () => Promise<ToolAnswer>,
  idempotencyKey: string | null = null,
): Promise<CallToolResult> {
  return context.calls.during(answered(context, tool, work, idempotencyKey));
}

async function answered(
  context: ToolContext,
  tool: string,
  work: () => Promise<ToolAnswer>,
  idempotencyKey: string | null,
): Promise<CallToolResult> {
  const startedAt = performance.now();
  const log = (outcome: string) =>
    context.log({ tool, outcome, ms: Math.round(performance.now() - startedAt) });
  try {
    const { text, structured, outcome } = await work();
    log(outcome);
    return { content: [{ type: 'text', text }], structuredContent: { ...structured } };
  } catch (error) {
    log(error instanceof WindowError ? error.code : `INTERNAL_ERROR: ${nameOf(error)}`);
    const text = failureSentence(error, idempotencyKey);
    return {
      isError: true,
      content: [{ type: 'text', text }],
      structuredContent: failureJson(error, idempotencyKey),
    };
  }
}

function failureJson(error: unknown, idempotencyKey: string | null): Record<string, unknown> {
  const known = error instanceof WindowError ? error : null;
  return {
    error: {
      code: known?.code ?? 'INTERNAL_ERROR',
      problems: known?.problems ?? [],
      ...(known?.twilioCode != null && { twilioCode: known.twilioCode, class: known.class }),
    },
    ...(idempotencyKey !== null && { idempotencyKey }),
  };
}

const nameOf = (error: unknown) => (error instanceof Error ? error.name : typeof error);
