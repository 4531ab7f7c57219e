/** GET /windows: what is known of every pair, a page at a time. For the dashboard. */
import { windowAt } from '../domain/customer-service-window';
import { errorJson, windowJson } from '../runtime/answers';
import { endpoint } from '../runtime/endpoint';

export const handler = endpoint({
  path: '/windows',
  methods: ['GET'],
  guard: 'bearer',
  failed: (failure) => ({ windows: [], nextCursor: null, error: errorJson(failure) }),
  async respond({ parameters, services, settings, now }) {
    const limit = parameters.integer('limit', 1, 100, 50);
    const cursor = parameters.text('cursor', 2000) ?? null;
    parameters.finish(['limit', 'cursor']);
    const page = await services.windows.page(limit, cursor);
    const windows = page.windows.map((stored) => ({
      sender: stored.pair.sender,
      user: stored.pair.user,
      profileName: stored.profileName,
      optedOut: stored.care.optedOutAt !== null,
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
