/** GET /held-messages: what waits for users to answer. POST /held-messages: cancels one of them. */
import type { WhatsAppAddress } from '../domain/whatsapp-address';
import { errorJson, isoOrNull } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { Failure } from '../use-cases/failure';
import { cancelHeld, heldFor } from '../use-cases/hold/release-held';

export const handler = endpoint({
  path: '/held-messages',
  methods: ['GET', 'POST'],
  guard: 'bearer',
  failed: (failure) => ({ held: [], nextCursor: null, cancelled: false, error: errorJson(failure) }),
  async respond({ method, parameters, services, settings, now }) {
    const isCancel = method === 'POST';
    if (!isCancel && parameters.raw('cancel') !== undefined)
      parameters.add('cancel', 'cancel changes something: send it by POST.');
    const isForAll = !isCancel && parameters.raw('to') === undefined;
    const user = isForAll ? undefined : parameters.to();
    const sender = parameters.from(settings);
    const cursor = parameters.text('cursor', 2000) ?? null;
    const id = parameters.text('cancel', 40) ?? '';
    if (isCancel && parameters.raw('cancel') === undefined) {
      parameters.add('cancel', 'cancel is missing: give the id of the held message to cancel.');
    } else if (isCancel && !/^b?\d{1,15}$/.test(id)) {
      parameters.add('cancel', 'cancel must be the id of a held message.');
    }
    parameters.finish(['to', 'from', 'cursor', 'cancel']);
    // `finish` throws where `to` was wanted and not readable.
    const pair = { sender, user: user as WhatsAppAddress };

    if (isCancel) {
      if (!(await cancelHeld(services, pair, id))) {
        throw new Failure('NOT_FOUND', 'No held message with this id exists for this user.');
      }
      return { status: 200, json: { cancelled: true, error: null } };
    }
    const page = isForAll
      ? await services.held.page(cursor)
      : { held: await heldFor(services, pair), nextCursor: null };
    const held = page.held
      .filter((message) => message.expiresAt > now)
      .sort((a, b) => a.heldAt - b.heldAt)
      .map(({ id, pair: { sender }, to, message, heldAt, expiresAt }) => ({
        ...{ id, to, from: sender, body: message.body, mediaUrl: message.mediaUrls },
        ...{ heldAt: isoOrNull(heldAt), expiresAt: isoOrNull(expiresAt) },
      }));
    return {
      status: 200,
      json: { held, nextCursor: page.nextCursor, error: null },
      log: { held: held.length },
    };
  },
});
