/** How a command is written that a person is to run next: with what they gave to this one, so that it works on the same. */
import type { CommonOptions } from './options';

/** Commands that work on an account, named in a sentence without any words of their own. */
const NAMED = /\bnpm run (setup|deploy|doctor|backfill|backup|restore|teardown)\b(?! --)/g;

/** @returns such as `npm run setup -- --offline --submit` */
export function npmRun(
  { offline, env }: Pick<CommonOptions, 'offline' | 'env'>,
  name: string,
  words = '',
): string {
  const all = [offline ? '--offline' : '', env === undefined ? '' : `--env ${env}`, words]
    .filter((word) => word !== '')
    .join(' ');
  return all === '' ? `npm run ${name}` : `npm run ${name} -- ${all}`;
}

/** A sentence that names commands, so that they work on what this one worked on. */
export function forTheSameAccount(options: Pick<CommonOptions, 'offline' | 'env'>, sentence: string): string {
  return sentence.replace(NAMED, (_whole, name: string) => npmRun(options, name));
}
