/**
 * The windows of those who wrote, or were written to, since some moment, and of one person alone. What it costs grows with
 * how many those are, not with how many are known.
 */
import { type CustomerServiceWindow, windowAt } from '../../domain/customer-service-window';
import { filingName, type Pair } from '../../domain/whatsapp-address';
import { Failure } from '../failure';
import type { ContactRecord } from '../ports/contact-store';
import type { RecentMessage, RecentMessageLog } from '../ports/recent-messages';
import { type Moment, type PersonSources, readPerson } from './read-person';

export interface ActivePeoplePorts extends PersonSources {
  readonly recentMessages: Pick<RecentMessageLog, 'since'>;
  readonly hasTime: () => boolean;
}

export interface ListedPerson {
  readonly pair: Pair;
  readonly window: CustomerServiceWindow;
  readonly optedOut: boolean;
  /** What is stored under this name; undefined where nothing could be. */
  readonly record: ContactRecord | undefined;
  /** The newest since the moment that was asked for; null where the log was not asked. */
  readonly lastMessage: RecentMessage | null;
}

/** More changed windows than this are no update of a page, but the page. */
export const MAX_ACTIVE = 250;
/** Sync reads at the same time. */
const AT_ONCE = 20;

/**
 * @param since milliseconds since the epoch
 * @returns the newest first, each person once
 * @throws Failure `INVALID_REQUEST` where those are too many for one page
 */
export async function activePeople(
  ports: ActivePeoplePorts,
  since: number,
  at: Moment,
): Promise<readonly ListedPerson[]> {
  const { messages, isComplete } = await ports.recentMessages.since(since, ports.hasTime);
  const active = newestOfEach(messages);
  if (!isComplete || active.length > MAX_ACTIVE) throw tooLongAgo();
  const rows: ListedPerson[] = [];
  for (let first = 0; first < active.length; first += AT_ONCE) {
    const some = active.slice(first, first + AT_ONCE);
    rows.push(...(await Promise.all(some.map((message) => rowOf(ports, message, at)))));
  }
  const seen = new Set<string>();
  return rows.filter(({ pair }) => {
    const isNew = !seen.has(keyOf(pair));
    seen.add(keyOf(pair));
    return isNew;
  });
}

/** The person alone, also where nothing is known of them. @throws Failure `STATE_UNAVAILABLE` where it cannot be found out */
export async function onePerson(ports: PersonSources, pair: Pair, at: Moment): Promise<ListedPerson> {
  const { window, optedOut } = await readPerson(ports, pair, at, { remember: true, fresh: true });
  return { pair, window, optedOut, record: await ports.windows.read(pair), lastMessage: null };
}

async function rowOf(
  ports: ActivePeoplePorts,
  lastMessage: RecentMessage,
  at: Moment,
): Promise<ListedPerson> {
  const { pair } = lastMessage;
  const record = await ports.windows.read(pair, true);
  if (record) return { ...listed(record, at), lastMessage };
  // Sync creates fewer than 20 documents a second: those whom it does not know are told from the log each time.
  const { window, optedOut } = await readPerson(ports, pair, at, { remember: false, fresh: true });
  return { pair, window, optedOut, record: undefined, lastMessage };
}

/** As the record itself tells. */
export function listed(record: ContactRecord, { now, marginSeconds }: Moment): ListedPerson {
  const { pair, facts, restrictions } = record;
  return {
    pair,
    window: windowAt(facts, now, marginSeconds),
    optedOut: restrictions.optedOutAt !== null,
    record,
    lastMessage: null,
  };
}

const keyOf = ({ sender, user }: Pair) => `${filingName(sender)} ${filingName(user)}`;

function newestOfEach(messages: readonly RecentMessage[]): readonly RecentMessage[] {
  return [
    ...new Map([...messages].reverse().map((message) => [keyOf(message.pair), message])).values(),
  ].reverse();
}

function tooLongAgo(): Failure {
  return new Failure('INVALID_REQUEST', 'The request has 1 problem.', [
    {
      field: 'since',
      message: `More than ${MAX_ACTIVE} people, or some thousand messages, since then: read all pages without since, then ask again with a later one.`,
    },
  ]);
}
