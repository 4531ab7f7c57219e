/** How a command is written that a person is to run next: with what they gave to this one, so that it works on the same. */
import type { CommonOptions } from './options';

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
