/** What every tool says of itself: the rule of the 24 hours, and the parameters that several take. */
import { z } from 'zod';

export const TO = z
  .string()
  .describe('The person: +15551234567, whatsapp:+15551234567, or a BSUID such as US.13491208655302741918.');
export const FROM = z.string().optional().describe('The sender; leave it out for the default one.');
export const CURSOR = z.string().optional().describe('nextCursor of an earlier answer, for the next page.');

export const RULE =
  'WhatsApp takes free-form text only within 24 hours of the last message that the person wrote; each of their messages restarts the 24 hours. At any other time only an approved template may be sent.';
