/** A failing trace becomes small, and stays the trace that fails; what is kept of it can be read and played again. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { figuresOf } from '../../../verify/simulate/figures';
import { play } from '../../../verify/simulate/play';
import { keepRegression, type Regression } from '../../../verify/simulate/regression';
import { shrink } from '../../../verify/simulate/shrink';
import type { Trace } from '../../../verify/simulate/trace-event';
import { writeTrace } from '../../../verify/simulate/write-trace';
import { answering, backwards, isItemList, withJson } from './sabotage';
import { askWindow, DAY, HOUR, inbound, MINUTE, send, traceOf } from './small-trace';

const hold = { whenClosed: 'hold' } as const;

test('shrinking leaves out the events without which a trace still fails', async () => {
  const trace = writeTrace({ seed: 'shrink', users: 20, days: 30, events: 500, marginSeconds: 300 });
  const [one, two] = [37, 401];
  const fails = async ({ events }: Trace) =>
    [one, two].every((id) => events.some((event) => event.id === id));
  const small = await shrink(trace, -1, fails);
  expect(small.events.map(({ id }) => id)).toEqual([one, two]);
});

test('shrinking leaves out the details of an event that make no difference', async () => {
  const trace = traceOf(
    send(0, { keyed: true, again: 'later', delivery: { do: 'queue', seconds: 60 }, sendInMs: HOUR }),
    inbound(MINUTE, { webhookAfterMs: [HOUR] }),
  );
  const fails = async ({ events: [first] }: Trace) => first?.kind === 'send' && first.delivery !== null;
  const small = await shrink(trace, 0, fails);
  expect(small.events).toMatchObject([
    { keyed: false, again: 'no', delivery: { do: 'queue', seconds: 60 }, sendInMs: null },
  ]);
});

test('shrinking keeps a limit on the number of plays', async () => {
  const trace = writeTrace({ seed: 'shrink', users: 20, days: 30, events: 200, marginSeconds: 300 });
  let plays = 0;
  await shrink(trace, -1, async () => ++plays < 0, 25);
  expect(plays).toBe(25);
});

test('shrinking shows functions that send in the wrong order by two texts and an answer, in a file', async () => {
  const sabotage = { tamper: answering(isItemList, withJson(backwards)) };
  const trace = traceOf(
    ...[
      inbound(0),
      send(MINUTE),
      askWindow(HOUR),
      inbound(2 * HOUR),
      send(3 * HOUR, { content: 'template' }),
    ],
    ...[send(2 * DAY, hold), send(2 * DAY + HOUR, hold), askWindow(2 * DAY + 2 * HOUR), inbound(3 * DAY)],
    ...[send(3 * DAY + HOUR), inbound(3 * DAY + 2 * HOUR)],
  );
  const disorder = async (some: Trace) =>
    figuresOf(await play(some, sabotage)).findings.find(({ row }) => row === 'disordered');
  const found = await disorder(trace);
  if (!found) throw new Error('It is sabotaged and does not fail.');
  const folder = mkdtempSync(join(tmpdir(), 'regressions-'));
  const { file } = await keepRegression(trace, found, folder, sabotage);
  expect(file).toBe(join(folder, `disordered-by hand-${found.event}.json`));
  const kept = JSON.parse(readFileSync(file ?? '', 'utf8')) as Regression;
  expect(kept.trace.events.map(({ kind }) => kind).sort()).toEqual(['inbound', 'send', 'send']);
  expect((await disorder(kept.trace))?.what).toBe(kept.what);
  rmSync(folder, { recursive: true });
});
