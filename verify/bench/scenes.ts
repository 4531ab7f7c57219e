/** The calls that are measured on every side, each with what has to have happened before. It must not measure. */
import {
  demandSuccess,
  type FunctionProcess,
  type Invocation,
  newUser,
  type Side,
  type Stand,
} from './stand';

export interface Scene {
  readonly what: string;
  /** Does what has to come first, with a user of its own. @returns the call to be measured */
  readonly prepare: (stand: Stand, side: Side, functions: FunctionProcess) => Promise<Invocation>;
}

export const FREE_FORM = { body: 'Your parcel is on its way.' };

export const SCENES: readonly Scene[] = [
  {
    what: 'inbound, known user',
    async prepare(stand, side, functions) {
      const user = await knownUser(stand, side, functions);
      return stand.inbound(side, user, await stand.writes(user));
    },
  },
  {
    what: 'inbound, new user',
    async prepare(stand, side) {
      const user = newUser();
      return stand.inbound(side, user, await stand.writes(user));
    },
  },
  {
    what: 'send, warm container',
    async prepare(stand, side, functions) {
      const user = await knownUser(stand, side, functions);
      await perform(functions, stand.send(side, user, FREE_FORM));
      return stand.send(side, user, FREE_FORM);
    },
  },
  {
    what: 'send, fresh container',
    async prepare(stand, side, functions) {
      const user = await knownUser(stand, side, functions);
      await functions.forget();
      return stand.send(side, user, FREE_FORM);
    },
  },
  {
    what: 'window, fresh container',
    async prepare(stand, side, functions) {
      const user = await knownUser(stand, side, functions);
      await functions.forget();
      return stand.window(side, user);
    },
  },
];

/** Somebody who wrote before, and whose window is stored. */
export async function knownUser(stand: Stand, side: Side, functions: FunctionProcess): Promise<string> {
  const user = newUser();
  await perform(functions, stand.inbound(side, user, await stand.writes(user)));
  return user;
}

/** @returns milliseconds that the handler took */
export async function perform(functions: FunctionProcess, invocation: Invocation): Promise<number> {
  return demandSuccess(await functions.run([invocation])).answers[0]?.ms ?? Number.NaN;
}
