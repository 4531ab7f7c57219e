/**
 * The fields of a JSON body, checked against those the route knows: like a form parameter, an unknown one is refused by
 * name. It must not judge a value; each resource does.
 */
import { TwilioError, unknownParameter } from './twilio-error';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @param where the field that holds these, for the sentence; none for the body itself */
export function jsonFields(json: unknown, known: readonly string[], where?: string): JsonObject {
  if (!isObject(json)) throw new TwilioError(400, 20001, `${where ?? 'The body'} must be a JSON object.`);
  for (const name of Object.keys(json)) {
    if (!known.includes(name)) {
      throw unknownParameter(
        `The JSON field "${where === undefined ? name : `${where}.${name}`}" is unknown to this request. It knows: ${known.join(', ')}.`,
      );
    }
  }
  return json;
}
