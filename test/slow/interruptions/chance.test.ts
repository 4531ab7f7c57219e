/** Cases by chance: events at any moment, requests that take their time, and faults. */
import { playByChance } from '../../../verify/interruptions/chance';

const CASES = 60;

test('nothing is lost, doubled or said wrongly where chance says what overtakes what', async () => {
  const wrong = [];
  for (let seed = 0; seed < CASES; seed += 1) {
    const played = await playByChance(seed);
    if (played.findings.length > 0) wrong.push(played);
  }
  expect(wrong).toEqual([]);
});

test('a case by chance is the same whenever it is played', async () => {
  const sids = async () => {
    const created: string[] = [];
    await playByChance(7, ({ stage }) =>
      created.push(...stage.outbound().map(({ sid, createdAt }) => `${sid} ${createdAt}`)),
    );
    return created;
  };
  const [first, second] = [await sids(), await sids()];
  expect(first.length).toBeGreaterThan(0);
  expect(second).toEqual(first);
});
