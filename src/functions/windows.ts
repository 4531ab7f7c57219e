/** GET /windows: what is known of every pair, a page at a time, or only the windows that close soon. */
import { windowAt } from '../domain/customer-service-window';
import { errorJson, windowJson } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { windowKey } from '../http/window-key';
import { closingWindows } from '../use-cases/contacts/closing-windows';

export const handler = endpoint({
  path: '/windows',
  methods: ['GET'],
  guard: 'bearer',
  failed: (failure) => ({ windows: [], nextCursor: null, error: errorJson(failure) }),
  async respond({ parameters, services, settings, now }) {
    const limit = parameters.integer('limit', 1, 100, 50);
    const cursor = parameters.text('cursor', 2000) ?? null;
    const isForAll = parameters.raw('closingWithin') === undefined;
    const closingWithin = parameters.integer('closingWithin', 1, 86_400, 86_400);
    parameters.finish(['limit', 'cursor', 'closingWithin'], {});
    const page = isForAll
      ? await services.windows.page(limit, cursor)
      : await closingWindows(services, limit, cursor, closingWithin, { ...settings, now });
    const windows = page.windows.map((stored) => ({
      sender: stored.pair.sender,
      user: stored.pair.user,
      profileName: stored.profileName,
      optedOut: stored.restrictions.optedOutAt !== null,
      windowKey: windowKey(settings.authToken, stored),
      window: windowJson(windowAt(stored.facts, now, settings.marginSeconds)),
    }));
    return {
      status: 200,
      json: {
        windows,
        nextCursor: page.nextCursor,
        // By this clock, not by its own, the page counts down and flips.
        now: new Date(now).toISOString(),
        marginSeconds: settings.marginSeconds,
        error: null,
      },
      log: { windows: windows.length },
    };
  },
});
