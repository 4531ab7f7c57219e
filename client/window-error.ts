/** Whatever the service did not answer as asked, as one error with a stable code. It holds no token and no message text. */
import type { ErrorAnswer, ErrorClass, Problem } from './answers.ts';

/**
 * `code` is the service's own (docs/reference/answers.md), or one of the client's:
 * `NO_ANSWER`: the connection failed or nothing came in time. After a send without an `idempotencyKey` it is not known
 * whether the message went out.
 * `UNEXPECTED_ANSWER`: something else than this service answered, or a service that does not know this call.
 */
export class WindowError extends Error {
  override readonly name = 'WindowError';
  readonly code: string;
  /** Of HTTP; null where no answer came. */
  readonly status: number | null;
  readonly problems: readonly Problem[];
  readonly twilioCode: number | null;
  readonly class: ErrorClass | null;

  constructor(error: ErrorAnswer, status: number | null, options?: ErrorOptions) {
    super(error.message, options);
    this.code = error.code;
    this.status = status;
    this.problems = error.problems;
    this.twilioCode = error.twilioCode ?? null;
    this.class = error.class ?? null;
  }
}
