/**
 * Plays every kind of work, each interrupted in every way, with one next event each: at every request, and of the few long
 * kinds at every fourth beyond the fortieth. `npm run interruptions` plays those as well.
 */
import { playSelection } from '../../../verify/interruptions/table';
import { tallyOf } from '../../../verify/interruptions/tally';
import { WORKS } from '../../../verify/interruptions/works';

/** Files that share the work: Jest runs them at once. */
const SHARES = 4;

const isChosen = (at: number) => at <= 40 || at % 4 === 0;

export function interruptShare(share: number): void {
  test.each(WORKS.filter((_, index) => index % SHARES === share))(
    'nothing is lost, doubled or said wrongly, whatever interrupts this and whatever comes next: $name',
    async (work) => {
      const played = [];
      for await (const one of playSelection(work, 0, isChosen)) played.push(one);
      expect(tallyOf(work, played).findings).toEqual([]);
      expect(played.length).toBeGreaterThan(0);
    },
  );
}
