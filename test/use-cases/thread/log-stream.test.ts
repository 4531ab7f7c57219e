/** One stream of a thread: where a reader goes on who stopped right after a page of the log was fetched. */
import { LogStream } from '../../../src/use-cases/thread/log-stream';
import { messageSid, NOON, phone, sender } from '../stage';

test('does not look on the next page for a mark that is behind, even where both share a second', async () => {
  const message = (number: number) => ({
    ...{ sid: messageSid(number), direction: 'inbound' as const, at: NOON, body: 'x', mediaCount: 0 },
    ...{ status: 'received', errorCode: null },
  });
  const log = {
    page: async (_direction: unknown, _pair: unknown, position: string | null) =>
      position === null
        ? { messages: [message(3)], next: 'second' }
        : { messages: [message(2)], next: 'third' },
  };
  const place = { direction: 'inbound' as const, user: phone.user, position: null, after: null };
  const stream = new LogStream(log, sender, place);
  await stream.advance();
  stream.take();
  await stream.advance();
  expect(stream.lastPlace).toEqual({ ...place, position: 'second' });
});
