/** Twilio runs 30 functions of a service at a time and answers 429 beyond that: what becomes of an inbound message. */
import { wantedWebhook } from '../../scripts/account/inbound-webhook';
import { newUser, useService } from './service';

const service = useService({ executions: '1' });

test('an inbound message that meets the execution limit is delivered again at the address that setup configures', async () => {
  const { url, fallbackUrl } = wantedWebhook(service.url);
  await service.control('config', { incomingUrl: url, fallbackUrl });
  const user = newUser();
  await service.fault({ match: { service: 'sync' }, do: 'hold' });
  const running = service.send({ to: newUser(), body: 'x', dryRun: true });
  const isTaken = async () =>
    (await service.control<{ active: readonly unknown[] }>('faults')).active.length === 0;
  while (!(await isTaken()));
  const { messageSid, webhooks } = await service.inbound(user);
  await service.clearFaults();
  await running;
  // Three retries, and the fallback address.
  expect(webhooks.map(({ status }) => status)).toEqual([429, 429, 429, 429, 429]);
  await service.control('replay', { messageSid });
  expect((await service.post('/window', { to: user })).json).toMatchObject({ freeFormAllowed: true });
});
