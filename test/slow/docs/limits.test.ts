/**
 * docs/reference/limits.md says how many objects each step creates in Sync, which is what limits a campaign first. Here the steps
 * are taken through the functions, and the emulator's Sync tells what was created.
 */
import { newUser, SENDER, useService } from '../../functions/service';
import { documentText } from './document';

const service = useService();

/** The rows of the table "Objects created": what happens, and how many. */
function tableOfObjects(): readonly (readonly [string, number])[] {
  const [, section = ''] = documentText('docs/reference/limits.md').split('## Objects created\n');
  const rows = [...(section.split('\nSo ')[0] ?? '').matchAll(/^\| (.+?) +\| (\d+) +\|/gm)];
  return rows.map(([, what = '', objects = '']) => [what, Number(objects)]);
}

/**
 * How many objects of Sync came into being, also those that are gone again: what is limited is their creation. Items of a
 * List or a Map are no objects, and the Maps are a fixed set: each is created once in the life of a service.
 */
async function created(act: () => Promise<unknown>): Promise<number> {
  const { requests } = await service.requestsOf(act);
  return requests.filter(({ status, path }) => status === 201 && /\/(?:Documents|Lists)$/.test(path)).length;
}

test('each step creates as many objects as docs/reference/limits.md says', async () => {
  const [user, named, parented, silent, waiting, caller] = Array.from({ length: 6 }, newUser) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const hold = () => service.send({ to: waiting, body: 'News', whenClosed: 'hold' });
  const call = { CallSid: `CA${'5'.repeat(32)}`, Direction: 'inbound', From: caller, To: SENDER };
  await service.inbound(silent, { deliver: false });
  const steps: Readonly<Record<string, () => Promise<unknown>>> = {
    'inbound message of a new user': () => service.inbound(user),
    'inbound message of a known user': () => service.inbound(user),
    '… whose BSUID comes for the first time': () => service.inbound(named, { externalUserId: 'DE.99001' }),
    '… whose parent id comes for the first time': () =>
      service.inbound(parented, { externalUserId: 'DE.99002', parentExternalUserId: 'DE.ENT.99002' }),
    'sent message': () => service.send({ to: user, body: 'Hello' }),
    '… with an `idempotencyKey`': () => service.send({ to: user, body: 'Hello', idempotencyKey: 'limits-1' }),
    '… to a user of whom Sync knows nothing': () => service.send({ to: silent, body: 'Hello' }),
    'message held for a user for the first time': hold,
    'another message held for that user': hold,
    'answer of that user, which releases the two': () => service.inbound(waiting),
    'WhatsApp call of a new user': () => service.signed('/studio/contact', call),
    'the same call, reported again': () => service.signed('/studio/contact', call),
    'first message of a user in a conversation': () => service.control('conversation', { from: newUser() }),
  };
  const counted: [string, number][] = [];
  for (const [what, act] of Object.entries(steps)) counted.push([what, await created(act)]);
  expect(Object.fromEntries(counted)).toEqual(Object.fromEntries(tableOfObjects()));
});
