/**
 * What is fixed in every trace: the business's sender, when the trace begins, and the settings that the functions run
 * with. It must not depend on what is played.
 */
export const SENDER = 'whatsapp:+14155238886';
/** Asks the user to answer, where a call names no template. */
export const QUESTION_TEMPLATE = 'please_answer';
export const HOLD_TTL_SECONDS = 2 * 24 * 3600;
/** Milliseconds since the epoch. */
export const START = Date.parse('2026-03-02T00:00:00Z');
export const HOST = 'whatsapp-window-1234.twil.io';
export const API_TOKEN = 'simulated-token-that-is-no-secret';
/** As the README says: Twilio comes again on timeouts and 5xx, and then calls the fallback URL. */
export const INCOMING_URL = `https://${HOST}/incoming-message#rc=3&rp=ct,rt,4xx,5xx`;
export const FALLBACK_URL = `https://${HOST}/incoming-message`;
