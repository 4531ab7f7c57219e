/**
 * The one error a resource throws to refuse a request: an HTTP status and Twilio's own code, in Twilio's own body.
 * It must not be used for faults of the emulator itself; those are plain errors and end in a 500.
 */

export interface TwilioErrorBody {
  /** Always a number: typed clients of other languages cannot decode anything else. */
  code: number;
  message: string;
  more_info: string;
  status: number;
  /** Only for the emulator's own complaints, so that nobody mistakes them for Twilio's. */
  emulator_code?: EmulatorCode;
}

export type EmulatorCode = 'EMULATOR_NOT_IMITATED' | 'EMULATOR_UNKNOWN_PARAMETER' | 'EMULATOR_ERROR';

export class TwilioError extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
    readonly emulatorCode: EmulatorCode | null = null,
  ) {
    super(message);
  }

  /** https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions */
  body(): TwilioErrorBody {
    return {
      code: this.code,
      message: this.message,
      more_info: `https://www.twilio.com/docs/errors/${this.emulatorCode === null ? this.code : ''}`,
      status: this.status,
      ...(this.emulatorCode === null ? {} : { emulator_code: this.emulatorCode }),
    };
  }
}

/** What exists at Twilio and not here: HTTP 501. The code follows Twilio's pattern of 20000 and the HTTP status. */
export function notImitatedHere(message: string): TwilioError {
  return new TwilioError(501, 20501, message, 'EMULATOR_NOT_IMITATED');
}

/** A parameter that Twilio would ignore in silence: HTTP 400, 20001 (https://www.twilio.com/docs/api/errors/20001). */
export function unknownParameter(message: string): TwilioError {
  return new TwilioError(400, 20001, message, 'EMULATOR_UNKNOWN_PARAMETER');
}

/** 20404: https://www.twilio.com/docs/api/errors/20404 */
export function notFound(path: string): TwilioError {
  return new TwilioError(404, 20404, `The requested resource ${path} was not found`);
}
