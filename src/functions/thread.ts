/** GET /thread: what was said with one person, both ways, and what became of each message. From Twilio's own log. */
import { errorClass } from '../domain/error-class';
import { errorWords } from '../domain/error-words';
import { errorJson, isoOrNull } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { pairHash } from '../http/pair-hash';
import { readThread } from '../use-cases/thread/read-thread';

/** The names of a person are in it, of which a BSUID may be long. */
const MAX_CURSOR = 4000;

export const handler = endpoint({
  path: '/thread',
  methods: ['GET'],
  guard: 'bearer',
  failed: (failure) => ({ messages: [], nextCursor: null, error: errorJson(failure) }),
  async respond({ parameters, services, settings }) {
    const user = parameters.to();
    const sender = parameters.from(settings);
    const limit = parameters.integer('limit', 1, 100, 20);
    const cursor = parameters.text('cursor', MAX_CURSOR) ?? null;
    const pair = { sender, ...parameters.finish(['to', 'from', 'limit', 'cursor'], { user }) };
    const page = await readThread(services, pair, limit, cursor);
    const messages = page.messages.map(({ at, errorCode, ...message }) => ({
      ...{ sid: message.sid, direction: message.direction, at: isoOrNull(at), body: message.body },
      ...{ mediaCount: message.mediaCount, status: message.status },
      error: errorCode && { code: errorCode, class: errorClass(errorCode), message: errorWords(errorCode) },
      repairOf: message.repairOf,
    }));
    return {
      status: 200,
      json: { messages, nextCursor: page.nextCursor, error: null },
      log: { pair: pairHash(settings.authToken, pair), messages: messages.length },
    };
  },
});
