/** The calls that are measured on every side, each with what has to have happened before. It must not measure. */
import {
  demandSuccess,
  type FunctionProcess,
  type Invocation,
  newUser,
  type OfflineService,
  type Side,
} from './offline-service';

export interface Scenario {
  readonly what: string;
  /** Does what has to come first, with a user of its own. @returns the call to be measured */
  readonly prepare: (offline: OfflineService, side: Side, functions: FunctionProcess) => Promise<Invocation>;
}

export const FREE_FORM = { body: 'Your parcel is on its way.' };

export const SCENARIOS: readonly Scenario[] = [
  {
    what: 'inbound, known user',
    async prepare(offline, side, functions) {
      const user = await knownUser(offline, side, functions);
      return offline.inbound(side, user, await offline.writes(user));
    },
  },
  {
    what: 'inbound, new user',
    async prepare(offline, side) {
      const user = newUser();
      return offline.inbound(side, user, await offline.writes(user));
    },
  },
  {
    what: 'send, warm container',
    async prepare(offline, side, functions) {
      const user = await knownUser(offline, side, functions);
      await perform(functions, offline.send(side, user, FREE_FORM));
      return offline.send(side, user, FREE_FORM);
    },
  },
  {
    what: 'send, fresh container',
    async prepare(offline, side, functions) {
      const user = await knownUser(offline, side, functions);
      await functions.forget();
      return offline.send(side, user, FREE_FORM);
    },
  },
  {
    what: 'window, fresh container',
    async prepare(offline, side, functions) {
      const user = await knownUser(offline, side, functions);
      await functions.forget();
      return offline.window(side, user);
    },
  },
];

/** Somebody who wrote before, and whose window is stored. */
export async function knownUser(
  offline: OfflineService,
  side: Side,
  functions: FunctionProcess,
): Promise<string> {
  const user = newUser();
  await perform(functions, offline.inbound(side, user, await offline.writes(user)));
  return user;
}

/** @returns milliseconds that the handler took */
export async function perform(functions: FunctionProcess, invocation: Invocation): Promise<number> {
  return demandSuccess(await functions.run([invocation])).answers[0]?.ms ?? Number.NaN;
}
