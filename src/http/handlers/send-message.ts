/** What /send-message and its Studio twin do alike. */
import { createHash } from 'node:crypto';
import { errorClass } from '../../domain/error-class';
import { Failure } from '../../use-cases/failure';
import type { LoggedMessage } from '../../use-cases/ports/message-log';
import { prepareTemplate } from '../../use-cases/send/choose-template';
import { type SendRequest, type SendResult, sendMessage } from '../../use-cases/send/send-message';
import { type KeyedAnswer, sendOnce } from '../../use-cases/send/send-once';
import { type Answer, sendFailedJson, sendJson, statusOf } from '../answers';
import type { Call } from '../endpoint';
import { pairHash } from '../pair-hash';
import { invalidRequest } from '../parameters';
import { readSendParameters, sendAtProblem } from '../send-parameters';

/** @param refusalStatus Studio needs 200 to split on a refusal; HTTP callers get 409 */
export async function respondToSend(call: Call, refusalStatus: 'as-error' | 'as-success'): Promise<Answer> {
  const { parameters, services, settings, now } = call;
  const request = readSendParameters(parameters, settings, now);
  if (request.sendAt !== null && settings.messagingServiceSid === null) {
    const message =
      'MESSAGING_SERVICE_SID is missing: sendAt needs a Messaging Service (MG and 32 hexadecimal digits).';
    throw new Failure('MISCONFIGURED', message, [{ field: 'MESSAGING_SERVICE_SID', message }]);
  }
  const log: Record<string, unknown> = {
    pair: pairHash(settings.authToken, request.pair),
  };
  const late = sendAtProblem(request.sendAt, now);
  if (late && request.key !== null && !(await services.sendKeys.read(request.key))) {
    throw invalidRequest([late]);
  }
  const send = async (): Promise<KeyedAnswer> => {
    // The first call sent nothing, and now it is too late.
    if (late) return { status: 400, json: sendFailedJson(invalidRequest([late])), effect: 'nothing' };
    const result = await sendMessage(services, request, { ...settings, now });
    Object.assign(log, logFields(result));
    const isPlainRefusal = result.outcome === 'refused' && refusalStatus === 'as-success';
    const status = result.failure && !isPlainRefusal ? statusOf(result.failure) : 200;
    return { status, json: sendJson(result), effect: effectOf(result) };
  };
  if (request.key === null || request.dryRun) return { ...(await send()), log };

  const answer = await sendOnce(
    services,
    {
      key: request.key,
      fingerprint: fingerprintOf(request),
      pair: request.pair,
      texts: () => textsOf(call, request),
      send,
      found: (message) => ({ status: 200, json: foundJson(request, message) }),
    },
    now,
  );
  return { ...answer, log: { ...log, keyed: true } };
}

function logFields(result: SendResult): object {
  return {
    outcome: result.outcome,
    action: result.decision?.action,
    reason: result.decision?.reason,
    error: result.failure?.code,
    class: result.failure?.twilioCode == null ? undefined : errorClass(result.failure.twilioCode),
  };
}

function effectOf(result: SendResult): KeyedAnswer['effect'] {
  if (result.failure?.code === 'OUTCOME_UNKNOWN') return 'unknown';
  return result.failure === null ? 'done' : 'nothing';
}

function fingerprintOf(request: SendRequest): string {
  const { template } = request;
  // However the caller ordered them, they are the same variables.
  const variables = Object.entries(template?.variables ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const canonical = { ...request, template: template && { ...template, variables } };
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
}

/** What the message reads like in the log, as free-form text or as a template. */
async function textsOf({ services }: Call, request: SendRequest): Promise<readonly string[]> {
  const { freeForm, template, pair } = request;
  const ready =
    template && (await prepareTemplate(services.templates, template, pair, 'inside').catch(() => null));
  return [...(freeForm ? [freeForm.body] : []), ...(ready ? [ready.text] : [])];
}

/** The call that sent this message never answered; what it decided by is not known any more. */
function foundJson(request: SendRequest, message: LoggedMessage): object {
  return sendJson({
    outcome: request.sendAt === null ? 'sent' : 'scheduled',
    decision: null,
    window: null,
    message: message.messageSid && { sid: message.messageSid, status: message.status, contentSid: null },
    held: null,
    preview: null,
    failure: null,
  });
}
