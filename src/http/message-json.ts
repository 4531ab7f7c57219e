/** A message of Twilio's log, as the answers have it. */
import type { LoggedMessage } from '../../client/answers';
import { errorClass } from '../domain/error-class';
import { errorWords } from '../domain/error-words';
import type { ThreadMessage } from '../use-cases/ports/thread-log';
import { isoTime } from './answers';

export function messageJson(message: ThreadMessage): LoggedMessage {
  const { sid, direction, at, body, mediaCount, status, errorCode } = message;
  return {
    ...{ sid, direction, at: isoTime(at), body, mediaCount, status },
    error:
      errorCode === null
        ? null
        : { code: errorCode, class: errorClass(errorCode), message: errorWords(errorCode) },
  };
}
