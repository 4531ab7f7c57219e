/**
 * What there is to be attacked, read from the sources: every function with its guard, and every parameter name that any
 * of them reads. A function or a parameter that is added later is attacked without a word here.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../scripts/offline/twilio-run';

export interface AttackedFunction {
  /** Such as `/studio/window`. */
  readonly path: string;
  /** Below dist/functions. */
  readonly file: string;
  readonly guard: 'bearer' | 'signature';
}

const sources = (folder: string) =>
  readdirSync(join(ROOT, 'src', folder), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );

export const FUNCTIONS: readonly AttackedFunction[] = sources('functions')
  .sort()
  .map((file) => {
    const name = file.slice(0, -'.ts'.length);
    const path = `/${name.replace(/\.protected$/, '')}`;
    return {
      path,
      file: `${name}.js`,
      guard: name.endsWith('.protected') ? ('signature' as const) : ('bearer' as const),
    };
  });

const namesIn = (source: string, reads: RegExp) => [...source.matchAll(reads)].map(([, name = '']) => name);

/** `parameters.text('body', …)`, and `text('From')` where a webhook is read. */
const READS = /\b(?:raw|text|choice|flag|integer|time)\(\s*'([A-Za-z]+[a-z][A-Za-z]*)'/g;

export const PARAMETER_NAMES: readonly string[] = [
  ...new Set(
    ['functions', 'http', 'twilio'].flatMap((folder) =>
      sources(folder)
        .map((file) => readFileSync(join(ROOT, 'src', folder, file), 'utf8'))
        .flatMap((source) => namesIn(source, READS)),
    ),
  ),
].sort();

export const SETTING_NAMES: readonly string[] = [
  ...new Set(
    ['settings.ts', 'api-tokens.ts'].flatMap((file) =>
      namesIn(readFileSync(join(ROOT, 'src/http', file), 'utf8'), /[(,]\s*'([A-Z]+(?:_[A-Z]+)+)'/g),
    ),
  ),
].sort();
