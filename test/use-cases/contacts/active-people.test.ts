/** The people of a while are one page, or a problem that says how to go on. */

import type { MessageSid } from '../../../src/domain/twilio-sid';
import type { Pair, WhatsAppAddress } from '../../../src/domain/whatsapp-address';
import { activePeople } from '../../../src/use-cases/contacts/active-people';
import type { RecentMessage } from '../../../src/use-cases/ports/recent-messages';
import { at, HOUR, NOON, sender, stage } from '../stage';

const people = (count: number): readonly Pair[] =>
  Array.from({ length: count }, (_, index) => ({
    sender,
    user: `whatsapp:+4915${String(index).padStart(9, '0')}` as WhatsAppAddress,
  }));

const said = (pair: Pair, body: string): RecentMessage => ({
  ...{ pair, sid: 'SM00000000000000000000000000000001' as MessageSid, direction: 'inbound', at: NOON, body },
  ...{ mediaCount: 0, status: 'received', errorCode: null },
});

const active = (count: number, isComplete = true) => {
  const recentMessages = {
    since: async () => ({ messages: people(count).map((pair) => said(pair, 'Hello')), isComplete }),
  };
  return activePeople({ ...stage().ports, recentMessages }, NOON - HOUR, at);
};

test('shows 250 people on one page', async () => {
  expect((await active(250)).map(({ pair }) => pair.user)).toEqual(people(250).map(({ user }) => user));
});

test('refuses to put %s on one page, and says in the problem what to do', async () => {
  const [pair] = people(1);
  if (!pair) throw new Error('Nobody.');
  const messages = [said(pair, 'newest'), said(pair, 'older')];
  const recentMessages = { since: async () => ({ messages, isComplete: true }) };
  const listed = await activePeople({ ...stage().ports, recentMessages }, NOON - HOUR, at);
  expect(listed.map(({ lastMessage }) => lastMessage?.body)).toEqual(['newest']);
});

test.each([
  ['251 people', 251, true],
  ['a log that could not be read to that time', 1, false],
])('%s are too many for one page, and the problem says what to do', async (_says, count, isComplete) => {
  await expect(active(count, isComplete)).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
    problems: [{ field: 'since', message: expect.stringMatching(/^More than 250 people.* read all pages/) }],
  });
});
