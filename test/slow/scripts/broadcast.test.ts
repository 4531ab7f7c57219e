/**
 * `npm run broadcast` as a process, and where it has to wait: ended by Ctrl-C in the middle, limited in its rate, left by
 * the service. The other cases are in test/scripts/broadcast.test.ts.
 */
import { main } from '../../../scripts/broadcast';
import { bare, errorOf, onceEach, sentByJournal, until, useBroadcast } from '../../scripts/broadcast-stage';
import { runMain } from '../../scripts/run-main';
import { runScript } from './script-run';

const stage = useBroadcast();
const { service } = stage;
const broadcast = (args: readonly string[]) => runMain(main, stage.argv(args), stage.twilio);

test('ended by Ctrl-C in the middle and repeated; a third time, nothing is left to do', async () => {
  const { file, users } = await stage.manyRows(40);
  await stage.stuckAfter(12);
  const killed = await runScript('broadcast', stage.argv([file]), {
    ...stage.twilio,
    signal: 'SIGINT',
    killWhen: until(async () => sentByJournal(file) >= 12),
  });
  await service.clearFaults();
  expect([killed.code, sentByJournal(file)]).toEqual([130, 12]);
  // By now the calls that were under way have ended.
  await service.advance(20_000);
  const again = await runScript('broadcast', stage.argv([file]), stage.twilio);
  expect([again.code, again.json]).toMatchObject([0, { sent: 40, failed: 0, unknown: 0 }]);
  const third = await broadcast([file]);
  expect([third.code, third.json]).toMatchObject([0, { preview: { rows: 0 }, sent: 40 }]);
  expect(await stage.texts()).toEqual(onceEach(users));
  expect(stage.results().map(({ outcome }) => outcome)).toEqual(users.map(() => 'sent'));
});

test('joined rows go out once, in one message for their person, where Ctrl-C ends the command in the middle and it is repeated', async () => {
  const { file, users } = await stage.manyRows(20);
  const second = users.map((user) => [user, `Bye ${user.slice(-3)}`]);
  stage.csv([['to', 'body'], ...users.map((user) => [bare(user), `Hello ${user.slice(-3)}`]), ...second]);
  await stage.stuckAfter(6);
  const killed = await runScript('broadcast', stage.argv(['--together', file]), {
    ...stage.twilio,
    signal: 'SIGINT',
    killWhen: until(async () => sentByJournal(file) >= 6),
  });
  await service.clearFaults();
  await service.advance(20_000);
  const again = await runScript('broadcast', stage.argv(['--together', file]), stage.twilio);
  expect([killed.code, again.code, again.json]).toMatchObject([130, 0, { sent: 40, failed: 0, unknown: 0 }]);
  expect(await stage.texts()).toEqual(
    Object.fromEntries(users.map((user) => [user, [`Hello ${user.slice(-3)}\n\nBye ${user.slice(-3)}`]])),
  );
});

test('Twilio limits the rate for a while: it waits, and all go out', async () => {
  const { file, users } = await stage.manyRows(2);
  await service.fault({
    match: { service: 'api', method: 'POST', path: 'Messages' },
    do: 'status',
    status: 429,
    times: 12,
  });
  const run = await broadcast(['--per-second', '1', file]);
  expect([run.code, run.json]).toMatchObject([0, { sent: 2 }]);
  expect(await stage.texts()).toEqual(onceEach(users));
});

test('the service goes away in the middle: it stops, says so, and goes on when it is back', async () => {
  const { file, users } = await stage.manyRows(30);
  await stage.stuckAfter(8);
  const running = broadcast([file]);
  await until(async () => sentByJournal(file) >= 8);
  await service.offline.goAway();
  const run = await running;
  await service.offline.comeBack();
  await service.clearFaults();
  expect([run.code, errorOf(run).message]).toEqual([
    1,
    `There is no service of this project at ${service.url}.`,
  ]);
  const outcomes = new Set(stage.results().map(({ outcome }) => outcome));
  expect([outcomes.has('sent'), outcomes.has('not sent')]).toEqual([true, true]);
  await service.advance(20_000);
  expect((await broadcast([file])).json).toMatchObject({ sent: 30, failed: 0, unknown: 0 });
  expect(await stage.texts()).toEqual(onceEach(users));
});
