/**
 * Serves the page on which a person plays the WhatsApp user beside the dashboard. Only the files named here are served;
 * what the page shows and does it gets from the control routes like any other client.
 */
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { PHONE_FOLDER as FOLDER } from './own-files';

export const PHONE_PATH = '/_emulator/phone/';

const FILES: Readonly<Record<string, { type: string; read: () => Promise<string> }>> = {
  '': { type: 'text/html', read: () => readFile(join(FOLDER, 'index.html'), 'utf8') },
  'phone.css': { type: 'text/css', read: () => readFile(join(FOLDER, 'phone.css'), 'utf8') },
  'phone.js': { type: 'text/javascript', read: bundledScript },
};

export function isPhonePage(method: string, path: string): boolean {
  return method === 'GET' && path.startsWith(PHONE_PATH);
}

export async function servePhonePage(path: string, response: ServerResponse): Promise<void> {
  const name = path.slice(PHONE_PATH.length);
  const file = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
  const text = await file?.read();
  response.writeHead(text === undefined ? 404 : 200, {
    'Content-Type': `${file?.type ?? 'text/plain'}; charset=utf-8`,
    'Cache-Control': 'no-store',
  });
  response.end(text ?? 'There is no such file.');
}

async function bundledScript(): Promise<string> {
  // The package brings it, and no esbuild.
  const built = await readFile(join(FOLDER, 'phone.js'), 'utf8').catch(() => null);
  if (built !== null) return built;
  // Loaded late: most runs of the emulator never show the page.
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [join(FOLDER, 'phone.ts')],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    // The page's own settings; the folders above hold those of the emulator.
    tsconfigRaw: {},
  });
  return outputFiles[0]?.text ?? '';
}
