/** What /held-messages answers: the list, and the cancelling of one message. */

import type * as Json from '../../../client/answers';
import type { CancelAnswer, HeldPage } from '../../../client/answers';
import type { Failure } from '../../use-cases/failure';
import { cancelHeld } from '../../use-cases/hold/cancel-held';
import { heldFor } from '../../use-cases/hold/held-queue';
import type { HeldMessage } from '../../use-cases/ports/held-messages';
import { type Answer, errorJson, type Failed, isoTime } from '../answers';
import type { Call } from '../endpoint';

const HELD_PARAMETERS = ['to', 'from', 'cursor', 'cancel'] as const;

export function respondToHeldMessages(call: Call): Promise<Answer> {
  return call.method === 'POST' ? cancelOne(call) : list(call);
}

export function heldMessagesFailedJson(
  failure: Failure,
): Failed<Omit<HeldPage, 'error'> & { readonly cancelled: false }> {
  return { held: [], nextCursor: null, cancelled: false, error: errorJson(failure) };
}

async function cancelOne({ parameters, services, settings, now }: Call): Promise<Answer<CancelAnswer>> {
  const user = parameters.to();
  const sender = parameters.from(settings);
  parameters.text('cursor', 2000);
  const cancel = parameters.text('cancel', 40);
  if (parameters.raw('cancel') === undefined) {
    parameters.add('cancel', 'cancel is missing: give the id of the held message to cancel.');
  } else if (!/^[bp]?\d{1,15}$/.test(cancel ?? '')) {
    parameters.add('cancel', 'cancel must be the id of a held message.');
  }
  const read = parameters.finish(HELD_PARAMETERS, { user, cancel });
  const at = { now, marginSeconds: settings.marginSeconds };
  await cancelHeld(services, { sender, user: read.user }, read.cancel, at);
  return { status: 200, json: { cancelled: true, error: null } };
}

async function list({ parameters, services, settings, now }: Call): Promise<Answer<HeldPage>> {
  if (parameters.raw('cancel') !== undefined)
    parameters.add('cancel', 'cancel changes something: send it by POST.');
  const isForAll = parameters.raw('to') === undefined;
  const user = isForAll ? null : parameters.to();
  const sender = parameters.from(settings);
  const cursor = parameters.text('cursor', 2000) ?? null;
  const read = parameters.finish(HELD_PARAMETERS, { user });
  const page =
    read.user === null
      ? await services.held.page(cursor)
      : { held: await heldFor(services, { sender, user: read.user }), nextCursor: null };
  const held = page.held
    .filter((message) => message.expiresAt > now)
    .sort((a, b) => a.acceptedAt - b.acceptedAt)
    .map(shown);
  return {
    status: 200,
    json: { held, nextCursor: page.nextCursor, error: null },
    log: { held: held.length },
  };
}

function shown({ id, pair: { sender }, to, message, heldAt, expiresAt }: HeldMessage): Json.HeldMessage {
  return {
    ...{ id, to, from: sender, body: message.body, mediaUrl: message.mediaUrls },
    ...{ heldAt: isoTime(heldAt), expiresAt: isoTime(expiresAt) },
  };
}
