/** What is attached to the messages of a thread. The log counts attachments; of which kind each is costs a request a message. */
import type { MessageSid } from '../../domain/twilio-sid';
import type { Media, ThreadMedia, ThreadMessage } from '../ports/thread-log';

/** As many messages are looked up for one page of a thread, the newest first. */
const MAX_LOOKUPS = 10;

/**
 * @param messages newest first
 * @returns the attachments by message, of those that could be looked up
 */
export async function mediaAmong(
  threadMedia: ThreadMedia,
  messages: readonly ThreadMessage[],
): Promise<ReadonlyMap<MessageSid, readonly Media[]>> {
  const withMedia = messages.filter(({ mediaCount }) => mediaCount > 0).slice(0, MAX_LOOKUPS);
  const found = await Promise.all(
    withMedia.map(async ({ sid }) => {
      // It says more of an attachment, and nobody needs it: it must not fail the whole thread.
      const media = await threadMedia.of(sid).catch(() => []);
      return [sid, media] as const;
    }),
  );
  // Of a message that was just sent Twilio lists none yet.
  return new Map(found.filter(([, media]) => media.length > 0));
}
