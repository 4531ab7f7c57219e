/**
 * How long the recognition of a template in a body takes, for an ordinary body and for one made to be slow, against the
 * way it is often done: a regular expression made of the template. Measures only; it decides nothing.
 */
import { matchTemplate } from '../../src/domain/message-template';
import type { Row } from './row';

const TEMPLATES = 1000;
const LENGTH = 1600;
const HOSTILE_FOR_REGEX = 250;

export function measureBodyMatching(): readonly Row[] {
  const templates = Array.from(
    { length: TEMPLATES },
    (_, index) => `{{1}}${'a'.repeat(200)}b{{2}} number ${index}`,
  );
  const ordinary = 'Your parcel is on its way to you. '.repeat(60).slice(0, LENGTH);
  // Every place is nearly one where the template's fixed text begins.
  const hostile = 'a'.repeat(LENGTH);
  const all = (body: string) =>
    best(() => {
      for (const template of templates) matchTemplate(template, body);
    });
  const ordinaryMs = all(ordinary);
  const hostileMs = all(hostile);
  // One template, and a shorter body: each character more makes it longer by the fourth power.
  const expression = /^(.+)a(.+)a(.+)a(.+)b number 1$/s;
  const hostileByRegexMs = best(() => expression.test(hostile.slice(0, HOSTILE_FOR_REGEX)), 1);
  return [
    {
      what: `an ordinary body of ${LENGTH} characters against ${TEMPLATES} templates`,
      unit: 'ms',
      figures: { ours: ordinaryMs },
    },
    {
      what: 'one made to be slow',
      unit: 'ms',
      figures: { ours: hostileMs, baseline: hostileByRegexMs },
      note: `The baseline is a regular expression made of one template, on the first ${HOSTILE_FOR_REGEX} characters: the whole would take hours. Ours takes ${(hostileMs / ordinaryMs).toFixed(2)} times as long as an ordinary body.`,
    },
  ];
}

/** The shortest of several runs: what else the machine does only ever makes it longer. */
function best(run: () => void, times = 7): number {
  const durations = Array.from({ length: times }, () => {
    const startedAt = performance.now();
    run();
    return performance.now() - startedAt;
  });
  return Math.min(...durations);
}
