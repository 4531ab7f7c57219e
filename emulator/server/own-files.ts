/** Where the emulator's own files are, seen from the folder of a source file and of the bundle of the package alike. */
import { join, relative } from 'node:path';

const FOLDER = join(__dirname, '..');

export const README = join(FOLDER, 'README.md');
export const PHONE_FOLDER = join(FOLDER, 'phone');
export const ABOUT_STYLE = join(FOLDER, 'about/about.css');
const PRELOAD = join(FOLDER, 'preload.cjs');

/** What a program is given before its script, as one that is started in this folder names it. */
export function preloadFrom(folder: string): string {
  const path = relative(folder, PRELOAD);
  return path.startsWith('..') ? PRELOAD : `./${path}`;
}
