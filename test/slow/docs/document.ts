/** A document of docs/ as its tests need it: the code that stands in it. It must not know what any of it means. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../scripts/offline/twilio-run';

/** @param path from the top of the repository */
export function documentText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The fenced blocks of a language, in order. */
export function codeBlocks(text: string, language: string): readonly string[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap(([, of, code]) =>
    of === language && code !== undefined ? [code] : [],
  );
}
