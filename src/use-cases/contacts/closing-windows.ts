/**
 * Who can still be written to freely, but not for much longer: open windows that close within some seconds, of people
 * who did not opt out, each person once. It must not send anything; a reminder is its caller's decision.
 */
import { isOpen, windowAt } from '../../domain/customer-service-window';
import { isPhone } from '../../domain/whatsapp-address';
import type { ContactRecord, ContactStore, WindowPage } from '../ports/contact-store';
import type { Moment } from './read-person';

export interface ClosingWindowsPorts {
  readonly windows: ContactStore;
  /** Whether the invocation still has time for another page. */
  readonly hasTime: () => boolean;
}

/**
 * Sync lists in no order and by no condition, so pages without any such window are passed over while there is time;
 * a page may be short or empty, and the end is where the cursor is null.
 * @param limit 1 to 100
 * @param seconds a window counts that closes in so many seconds or less
 */
export async function closingWindows(
  { windows, hasTime }: ClosingWindowsPorts,
  limit: number,
  cursor: string | null,
  seconds: number,
  at: Moment,
): Promise<WindowPage> {
  let position = cursor;
  for (;;) {
    const page = await windows.page(limit, position);
    const closing = page.windows.filter((stored) => closesWithin(stored, seconds, at));
    const isWanted = await Promise.all(closing.map((stored) => speaksForThePerson(windows, stored)));
    const found = closing.filter((_, index) => isWanted[index]);
    if (found.length > 0 || page.nextCursor === null || !hasTime()) {
      return { windows: found, nextCursor: page.nextCursor };
    }
    position = page.nextCursor;
  }
}

function closesWithin({ facts, restrictions }: ContactRecord, seconds: number, at: Moment): boolean {
  const window = windowAt(facts, at.now, at.marginSeconds);
  if (!isOpen(window) || window.closesAt === null || restrictions.optedOutAt !== null) return false;
  return window.closesAt - at.now <= seconds * 1000;
}

/** One person, one window: not where it stands under another name as well, as version 0.1 stored it. */
async function speaksForThePerson(windows: ContactStore, stored: ContactRecord): Promise<boolean> {
  if (isPhone(stored.pair.user)) return true;
  const person = await windows.read(stored.pair, true);
  const isKey = person === undefined || person.pair.user === stored.pair.user;
  return isKey || (await windows.read(person.pair, true)) === undefined;
}
