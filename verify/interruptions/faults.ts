/** The ways in which one request of a function to Twilio is interrupted, or the container with it. */

export const FAULTS = [
  'refused (429)',
  'refused (500)',
  'refused after effect',
  'no answer before',
  'no answer after',
  'cut off before',
  'cut off after',
  'killed before',
  'killed after',
] as const;
export type Fault = (typeof FAULTS)[number];

/** Another event that comes between two requests: wholly before the later one, or at the same time as the rest. */
export const MEETINGS = ['between', 'alongside'] as const;
export type Meeting = (typeof MEETINGS)[number];

/** Whether the request still reaches Twilio. */
export function takesEffect(fault: Fault): boolean {
  return fault === 'refused after effect' || fault.endsWith('after');
}
