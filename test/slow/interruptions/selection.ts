/**
 * Plays a share of the kinds of work, each interrupted at every request in every way, with one next event each. Those that
 * `npm run interruptions` finds something in, or that nobody has looked through, are left to that command.
 */
import { playSelection } from '../../../verify/interruptions/table';
import { tallyOf } from '../../../verify/interruptions/tally';
import { WORKS } from '../../../verify/interruptions/works';

/** Files that share the work: Jest runs them at once. */
const SHARES = 4;

const LEFT_TO_THE_COMMAND: ReadonlySet<string> = new Set([
  'inbound message by which two names become one, a text held under each',
  'inbound message under the BSUID that releases what is held under the number',
  'STOP under the BSUID',
  'START',
  'START under both names, a text held',
  'send behind a release that was refused',
  'send with a template beside, window closed',
  'send of two attachments',
  'hold and prompt',
  'hold and prompt, person unknown',
  'keyed hold and prompt',
  'keyed hold of two attachments',
  'template now, text held',
  'release by a status callback',
  'release by a read',
  'release by a call',
  'repair by the template beside',
  'repair by holding',
  'cancel the only one',
  'forget, a text held',
  'forget, opted out',
]);

export function interruptShare(share: number): void {
  const works = WORKS.filter(({ name }) => !LEFT_TO_THE_COMMAND.has(name));
  test.each(works.filter((_, index) => index % SHARES === share))(
    'nothing is lost, doubled or said wrongly, whatever interrupts this and whatever comes next: $name',
    async (work) => {
      const played = [];
      for await (const one of playSelection(work, 0)) played.push(one);
      expect(tallyOf(work, played).findings).toEqual([]);
      expect(played.length).toBeGreaterThan(0);
    },
    300_000,
  );
}
