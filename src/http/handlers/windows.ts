/** What /windows answers: a page of all pairs, of those that close soon, or of those active since; or one person alone. */

import type { ListedWindow, WindowsPage } from '../../../client/answers';
import type { Pair } from '../../domain/whatsapp-address';
import { activePeople, type ListedPerson, listed, onePerson } from '../../use-cases/contacts/active-people';
import { closingWindows } from '../../use-cases/contacts/closing-windows';
import type { Moment } from '../../use-cases/contacts/read-person';
import type { Failure } from '../../use-cases/failure';
import type { WindowPage } from '../../use-cases/ports/contact-store';
import { type Answer, errorJson, type Failed, isoTime, windowJson } from '../answers';
import type { Call } from '../endpoint';
import { messageJson } from '../message-json';
import { windowKey } from '../window-key';

const PARAMETERS = ['limit', 'cursor', 'closingWithin', 'since', 'to', 'from'] as const;

export async function respondToWindows(call: Call): Promise<Answer<WindowsPage>> {
  const { settings, now } = call;
  const { people, nextCursor } = await find(call, read(call));
  const windows = people.map((person) => shown(person, settings.authToken));
  return {
    status: 200,
    json: {
      windows,
      nextCursor,
      // By this clock, not by its own, the page counts down and flips.
      now: isoTime(now),
      marginSeconds: settings.marginSeconds,
      ...settings.desk,
      caller: call.caller,
      error: null,
    },
    log: { windows: windows.length },
  };
}

export function windowsFailedJson(failure: Failure): Failed<Pick<WindowsPage, 'windows' | 'nextCursor'>> {
  return { windows: [], nextCursor: null, error: errorJson(failure) };
}

function shown(
  { pair, window, optedOut, record, lastMessage }: ListedPerson,
  authToken: string,
): ListedWindow {
  return {
    sender: pair.sender,
    user: pair.user,
    profileName: record?.profileName ?? null,
    optedOut,
    windowKey: record ? windowKey(authToken, record) : null,
    window: windowJson(window),
    // Only where the log was read anyway.
    lastMessage: lastMessage && messageJson(lastMessage),
  };
}

type Question =
  | {
      readonly of: 'all' | 'closing';
      readonly limit: number;
      readonly cursor: string | null;
      readonly seconds: number;
    }
  | { readonly of: 'active'; readonly since: number }
  | { readonly of: 'person'; readonly pair: Pair };

/** @throws Failure `INVALID_REQUEST` with all problems */
function read({ parameters, settings }: Call): Question {
  const isGiven = (name: string) => parameters.raw(name) !== undefined;
  const limit = parameters.integer('limit', 1, 100, 50);
  const cursor = parameters.text('cursor', 2000) ?? null;
  const seconds = parameters.integer('closingWithin', 1, 86_400, 86_400);
  const since = parameters.time('since');
  const user = isGiven('to') ? parameters.to() : undefined;
  const sender = isGiven('to') ? parameters.from(settings) : settings.sender;
  const [first, ...others] = ['to', 'since', 'closingWithin'].filter(isGiven);
  for (const name of others) parameters.add(name, `Give ${first} or ${name}, not both.`);
  if (cursor !== null && (isGiven('to') || isGiven('since')))
    parameters.add('cursor', 'There is one page only: leave cursor out.');
  parameters.finish(PARAMETERS, {});
  if (user !== undefined) return { of: 'person', pair: { sender, user } };
  if (since !== undefined) return { of: 'active', since };
  return { of: isGiven('closingWithin') ? 'closing' : 'all', limit, cursor, seconds };
}

interface Found {
  readonly people: readonly ListedPerson[];
  readonly nextCursor: string | null;
}

async function find({ services, settings, now }: Call, question: Question): Promise<Found> {
  const at = { now, marginSeconds: settings.marginSeconds };
  switch (question.of) {
    case 'person':
      return { people: [await onePerson(services, question.pair, at)], nextCursor: null };
    case 'active':
      return { people: await activePeople(services, question.since, at), nextCursor: null };
    case 'closing':
      return asFound(
        await closingWindows(services, question.limit, question.cursor, question.seconds, at),
        at,
      );
    case 'all':
      return asFound(await services.windows.page(question.limit, question.cursor), at);
  }
}

function asFound(page: WindowPage, at: Moment): Found {
  return { people: page.windows.map((record) => listed(record, at)), nextCursor: page.nextCursor };
}
