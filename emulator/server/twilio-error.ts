/**
 * The one error a resource throws to refuse a request: an HTTP status and Twilio's own code, in Twilio's own body.
 * It must not be used for faults of the emulator itself; those are plain errors and end in a 500.
 */

export interface TwilioErrorBody {
  code: number | string;
  message: string;
  more_info: string;
  status: number;
}

export class TwilioError extends Error {
  constructor(
    readonly status: number,
    /** A Twilio code is a number. The emulator's own complaints are words, so that nobody mistakes them for Twilio's. */
    readonly code: number | string,
    message: string,
  ) {
    super(message);
  }

  /** https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions */
  body(): TwilioErrorBody {
    return {
      code: this.code,
      message: this.message,
      more_info:
        typeof this.code === 'number'
          ? `https://www.twilio.com/docs/errors/${this.code}`
          : 'See emulator/README.md: what is imitated and what is not.',
      status: this.status,
    };
  }
}

/** 20404: https://www.twilio.com/docs/api/errors/20404 */
export function notFound(path: string): TwilioError {
  return new TwilioError(404, 20404, `The requested resource ${path} was not found`);
}
