/**
 * Plays cases by chance, where the table is regular: one or two events at any moment from before the work to after it,
 * requests that take from 10 to 500 ms each, and mostly a fault as well. What overtakes what is different in each. The same
 * seed plays the same case.
 */
import { Random } from '../simulate/random';
import { FAULTS } from './faults';
import { NEXT_EVENTS } from './next-events';
import type { Finding, Rule } from './oracle';
import { judgeAtTheEnd } from './play';
import { Stage, TRAVEL_MS } from './stage';
import { Story } from './story';
import { WORKS } from './works';

export interface ByChance {
  /** What happens, with the seed. */
  readonly name: string;
  readonly findings: readonly Finding[];
}

/** A webhook that comes again looks like a new message until the log has told its time: the table has what that may do. */
const EVENTS = NEXT_EVENTS.filter(({ meets, name }) => meets && name !== 'inbound webhook again');
/** Milliseconds from the beginning of the work. */
const [EARLIEST, LATEST] = [-300, 500];
/** In how many cases of a hundred a request is interrupted as well, and at which at the latest. */
const [FAULTY, LAST_REQUEST] = [60, 12];

export async function playByChance(seed: number, told?: (story: Story) => void): Promise<ByChance> {
  const random = new Random(`chance ${seed}`);
  const work = random.pick(WORKS);
  const events = Array.from({ length: random.whole(1, 2) }, () => ({
    event: random.pick(EVENTS),
    at: random.whole(EARLIEST, LATEST),
  }));
  const isFaulty = random.whole(1, 100) <= FAULTY;
  const fault = { at: random.whole(1, LAST_REQUEST), what: random.pick(FAULTS) };
  const slow = { share: random.pick([0, 0.05, 0.2]), longest: random.pick([60, 200, 500]) };

  const findings = await Stage.play(work.environment ?? {}, async (stage) => {
    const story = new Story(stage);
    await work.prepare(story);
    if (isFaulty) stage.interrupt({ isFor: work.isFor, ...fault });
    stage.travel = () =>
      random.chance(slow.share) ? random.whole(TRAVEL_MS, slow.longest) : random.whole(10, 40);
    const beginning = -Math.min(0, ...events.map(({ at }) => at));
    const meetings = events.map(async ({ event, at }) => {
      await stage.pause(beginning + at);
      await event.happen(story);
    });
    await stage.pause(beginning);
    await Promise.all([work.begin(story), ...meetings]);
    stage.travel = () => TRAVEL_MS;
    await stage.pause(200);
    const found = await judgeAtTheEnd(story);
    told?.(story);
    return hasTwoWordsAtOnce(story) ? found.filter(({ rule }) => FOR_ALL.includes(rule)) : found;
  });
  const met = events.map(({ event, at }) => `${event.name} at ${at} ms`).join(', ');
  const interrupted = isFaulty ? `, request ${fault.at} ${fault.what}` : '';
  return {
    name: `seed ${seed}: ${work.name}, ${met}${interrupted}, ${slow.share * 100} % of the requests up to ${slow.longest} ms`,
    findings,
  };
}

/** What holds also where nobody can know whether the person is opted out. */
const FOR_ALL: readonly Rule[] = ['doubled', 'after STOP', 'out of order', 'own error'];

/** Twilio's log knows whole seconds: of a STOP and a START of one second it does not tell the later, and nothing is sent. */
function hasTwoWordsAtOnce({ inbounds }: Story): boolean {
  const words = inbounds.filter(({ word }) => word !== null);
  return words.some((one) =>
    words.some((other) => one.word !== other.word && Math.abs(one.at - other.at) <= 1000),
  );
}
