/**
 * What Twilio's Debugger says of an answer to a webhook, by the code of its page. It must not decide what follows.
 * https://www.twilio.com/docs/api/errors
 */

export interface Alert {
  readonly code: number;
  readonly message: string;
}

export const ALERTS = {
  invalidUrl: 11100,
  retrieval: 11200,
  tooLarge: 11750,
  noXml: 12100,
  otherRoot: 12102,
  schema: 12200,
  contentType: 12300,
  redirectMethod: 13710,
  to: 14101,
  from: 14102,
  body: 14103,
  method: 14104,
  statusCallback: 14105,
  tooManyDocuments: 14106,
  tooManyReplies: 14109,
  otherVerb: 14110,
} as const;

export function alert(kind: keyof typeof ALERTS, message: string): Alert {
  return { code: ALERTS[kind], message };
}
