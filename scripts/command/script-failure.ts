/** What goes wrong in a script, as a sentence and a next step for a person. It must never hold a secret or a stack. */
import { Failure, isUnavailable } from '../../src/use-cases/failure';

export class ScriptFailure extends Error {
  override readonly name = 'ScriptFailure';

  /** @param nextStep what to do about it, as a sentence */
  constructor(
    message: string,
    readonly nextStep: string,
  ) {
    super(message);
  }
}

/** The command line is wrong: exit code 2. */
export class WrongLine extends ScriptFailure {}

/** The person ended the command where it asked something. */
export class Stopped extends Error {}

/** Node's and the SDK's codes for "no network". */
const UNREACHABLE =
  /^(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ECONNRESET|ECONNABORTED|ETIMEDOUT)$/;

/** Node's codes for a file or a folder that cannot be used as it is. */
const UNUSABLE = /^(?:EACCES|EPERM|EROFS|ENOSPC|EISDIR|ENOTDIR)$/;

/** Reads whatever was thrown: a failure of a script's own, Twilio's answer (https://www.twilio.com/docs/api/errors), or no answer at all. */
export function sentenceOf(error: unknown): { readonly message: string; readonly nextStep: string } {
  if (error instanceof ScriptFailure) return { message: error.message, nextStep: error.nextStep };
  if (error instanceof Failure) {
    return {
      message: error.message,
      nextStep: isUnavailable(error)
        ? 'Run the same command again in a minute: it goes on where it stopped.'
        : 'Correct this in the file with the settings, then run the same command again.',
    };
  }
  const { status, code, message, path } = detailsOf(error);
  if (isRefused(error)) {
    return {
      message: 'Twilio does not accept ACCOUNT_SID and AUTH_TOKEN (error 20003).',
      nextStep: 'Copy both from the first page of the Twilio Console into the file with the settings.',
    };
  }
  if (status === 429) {
    return {
      message: 'Twilio limits the rate of requests (HTTP 429), also after several tries.',
      nextStep: 'Run the same command again in a minute: it goes on where it stopped.',
    };
  }
  if (typeof status === 'number' && status >= 400) {
    return {
      message: `Twilio refused a request: ${code === undefined ? `HTTP ${status}` : `error ${code}`}, ${message}`,
      nextStep:
        status >= 500
          ? 'Run the same command again: it goes on where it stopped.'
          : `Look the error up at https://www.twilio.com/docs/api/errors/${code ?? ''}`,
    };
  }
  return (
    ofThisMachine(code, path) ?? {
      message: `Something unexpected went wrong: ${message}`,
      nextStep: 'Run the same command again; if it comes back, please report it.',
    }
  );
}

/** @returns null for what is neither the network's nor a file's */
function ofThisMachine(
  code: unknown,
  path: unknown,
): { readonly message: string; readonly nextStep: string } | null {
  if (typeof code !== 'string') return null;
  if (UNREACHABLE.test(code)) {
    return {
      message: `There was no answer over the network (${code}).`,
      nextStep: 'Look after the connection, then run the same command again: it goes on where it stopped.',
    };
  }
  if (!UNUSABLE.test(code) || path === null) return null;
  return {
    message: `${path} cannot be used (${code}).`,
    nextStep: 'Look who may read and write there, then run the same command again.',
  };
}

/** Whether Twilio said that the credentials are wrong, as against not saying anything of them. */
export function isRefused(error: unknown): boolean {
  const { status, code } = detailsOf(error);
  return status === 401 || code === 20003;
}

function detailsOf(error: unknown): {
  readonly status: unknown;
  readonly code: unknown;
  readonly message: string;
  /** Of the file, where it is about one: the one to be written, where another is copied. */
  readonly path: string | null;
} {
  const fields =
    typeof error === 'object' && error !== null ? (error as Readonly<Record<string, unknown>>) : {};
  const message = typeof fields.message === 'string' ? fields.message : String(error);
  const path = [fields.dest, fields.path].find((value) => typeof value === 'string') ?? null;
  return {
    path,
    status: fields.status,
    code: fields.code,
    message: message.replace(/\s+/g, ' ').slice(0, 300),
  };
}
