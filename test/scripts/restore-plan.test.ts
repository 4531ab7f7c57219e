/** What a restore plans, for any state of a backup and of Sync: the rules at the head of scripts/restore/plan.ts. */
import fc from 'fast-check';
import type { Entry } from '../../scripts/backup/entries';
import { namesIn } from '../../scripts/restore/names';
import { type Planned, plan } from '../../scripts/restore/plan';
import { presentIn } from '../../scripts/restore/present';

const NOW = 1_000_000;
const PAIR = '14155238886.15551234567';

const record = fc.record({
  optedOutAt: fc.option(fc.constant('2026-01-01T00:00:00.000Z'), { nil: undefined }),
  holding: fc.option(fc.constant(true), { nil: undefined }),
  n: fc.nat(2),
});
const stored = fc.record({
  data: record,
  updatedAt: fc.nat(3),
  expiresAt: fc.constantFrom(null, NOW - 1, NOW, NOW + 1),
  revision: fc.constant('0'),
});
const document = (name: string) =>
  fc.option(stored.map((rest): Entry => ({ kind: 'document', name: `${name}.${PAIR}`, ...rest })));
const queue = fc.array(fc.nat(3), { maxLength: 3 }).map((marks): readonly Entry[] => [
  { kind: 'list', name: `held.${PAIR}`, expiresAt: null },
  ...[...new Set(marks)].map(
    (mark, index): Entry => ({
      ...{ kind: 'list-item', name: `held.${PAIR}`, index, data: { mark: String(mark) } },
      ...{ updatedAt: 0, expiresAt: null, revision: '0' },
    }),
  ),
]);
const contents = fc
  .tuple(document('guard'), document('window'), fc.option(queue))
  .map(([guard, window, held]) => [guard, window, ...(held ?? [])].filter((entry) => entry !== null));
const question = fc.record({ wrote: fc.boolean(), start: fc.boolean(), overwriteNewer: fc.boolean() });

type Asked = typeof question extends fc.Arbitrary<infer T> ? T : never;

function planned(backup: readonly Entry[], there: readonly Entry[], asked: Asked): readonly Planned[] {
  return plan(backup, {
    present: presentIn(there),
    since: { wrote: () => asked.wrote, saidStart: () => asked.start },
    namesOf: namesIn([...backup, ...there]),
    ...{ now: NOW, overwriteNewer: asked.overwriteNewer, begun: new Set() },
  });
}

const isWrite = ({ step }: Planned) => step === 'create' || step === 'overwrite';
const guardIn = (entries: readonly Entry[]) =>
  entries.find((entry) => entry.kind === 'document' && entry.name.startsWith('guard.'));
const isOptOut = (entry: Entry | undefined) =>
  entry !== undefined && 'data' in entry && entry.data.optedOutAt !== undefined;
const isWindow = ({ name }: Entry) => name.startsWith('window.');

test('a restore writes nothing for a person whose opt-out is in Sync', () => {
  fc.assert(
    fc.property(contents, contents, question, (backup, there, asked) => {
      fc.pre(isOptOut(guardIn(there)));
      expect(planned(backup, there, asked).filter(isWrite)).toEqual([]);
    }),
  );
});

test('a restore puts no plain record beside a restricted one, of Sync or of the backup', () => {
  fc.assert(
    fc.property(contents, contents, question, (backup, there, asked) => {
      const steps = planned(backup, there, asked);
      const guard = guardIn(there) ?? guardIn(backup);
      const isLive =
        guard && (guardIn(there) || !('expiresAt' in guard) || (guard.expiresAt ?? NOW + 1) > NOW);
      const restricts = isLive && 'data' in guard && (isOptOut(guard) || guard.data.holding === true);
      fc.pre(restricts === true);
      expect(steps.filter((one) => isWindow(one.entry) && isWrite(one))).toEqual([]);
    }),
  );
});

test('a restore creates only opt-outs of a person who wrote since the backup and of whom Sync has nothing', () => {
  fc.assert(
    fc.property(contents, question, (backup, asked) => {
      const created = planned(backup, [], { ...asked, wrote: true }).filter(isWrite);
      expect(created.filter(({ entry }) => !isOptOut(entry))).toEqual([]);
    }),
  );
});

test('a restore leaves a queue of Sync as it is, and overwrites nothing newer unless it is asked to', () => {
  fc.assert(
    fc.property(contents, contents, question, (backup, there, asked) => {
      const steps = planned(backup, there, asked).filter(isWrite);
      const hasQueue = there.some(({ kind }) => kind === 'list');
      const inQueue = steps.filter(({ entry }) => entry.name.startsWith('held.'));
      expect(hasQueue ? inQueue : []).toEqual([]);
      const newer = steps.filter(({ entry, step }) => {
        const same = there.find(({ kind, name }) => kind === 'document' && name === entry.name);
        return (
          step === 'overwrite' &&
          same &&
          'data' in same &&
          'data' in entry &&
          same.updatedAt >= entry.updatedAt
        );
      });
      expect(asked.overwriteNewer ? [] : newer).toEqual([]);
    }),
  );
});

test('a STOP counts under each name of the person, a number and a BSUID', () => {
  const of = (name: string, data: Record<string, unknown>): Entry => ({
    ...{ kind: 'document', name, data },
    ...{ updatedAt: 0, expiresAt: null, revision: '0' },
  });
  const [number, bsuid] = ['14155238886.15551234567', '14155238886.US.134'];
  const link = of('link.US.134', { phone: 'whatsapp:+15551234567' });
  const asked = { wrote: false, start: false, overwriteNewer: true };
  const stepOf = (window: string, guard: string) =>
    planned([of(`window.${window}`, {}), link], [of(`guard.${guard}`, { optedOutAt: 'then' })], asked)[0]
      ?.step;
  expect([stepOf(bsuid, number), stepOf(number, bsuid), stepOf('14155238886.1555', number)]).toEqual([
    'optedOut',
    'optedOut',
    'create',
  ]);
});

test.each([
  [NOW - 1, 'expired'],
  [NOW, 'expired'],
  [NOW + 1, 'create'],
  [null, 'create'],
])('an entry that expires at %s is planned at %#: %s', (expiresAt, step) => {
  const entry: Entry = {
    ...{ kind: 'document', name: 'link.US.134', data: { n: 1 } },
    ...{ updatedAt: 0, expiresAt, revision: '0' },
  };
  const asked = { wrote: false, start: false, overwriteNewer: false };
  expect(planned([entry], [], asked).map((one) => one.step)).toEqual([step]);
});
