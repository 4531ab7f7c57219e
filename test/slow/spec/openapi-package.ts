/**
 * Twilio's OpenAPI documents, out of the npm package that Twilio's own command line reads them from. The package is
 * fetched once by npm, from whatever registry npm is set to, and is believed only under the hash that is pinned here. It
 * must not be installed: as a dependency it would bring 150 MB along.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenApiDocument, withParametersInPlace } from './openapi-document';

const PACKAGE = '@twilio/cli-core@9.0.0';
const FILE = 'twilio-cli-core-9.0.0.tgz';
/** `npm view @twilio/cli-core@9.0.0 dist.integrity`. */
const INTEGRITY =
  'sha512-FPHm5gXAUwM2oATmQi3AGYPFz4Urg5G5/vDkpUu5WqNuwueQaS93HwXjdX1OM+miuq0LMimdfbXDTLEp4Nsjfg==';
const FOLDER = 'package/src/services/twilio-api';
const MAX_BYTES = 10_000_000;

export interface OpenApiPackage {
  /** The names of the documents of one host's API, such as `content_v1` and `content_v2` for `content`. */
  namesFor(subdomain: string): readonly string[];
  /** A fresh copy, which the caller may change. */
  read(name: string): OpenApiDocument;
}

/** @throws Error in one sentence where the package cannot be had or is not the one that was pinned */
export function openApiPackage(cacheFolder = join(tmpdir(), 'whatsapp-window-openapi')): OpenApiPackage {
  const file = join(cacheFolder, FILE);
  if (!existsSync(file)) fetchTo(cacheFolder, file);
  if (integrityOf(file) !== INTEGRITY) {
    rmSync(file);
    throw new Error(
      `${PACKAGE} is not what was pinned in test/slow/spec/openapi-package.ts: its hash differs, so nothing of it was used.`,
    );
  }
  const listing = tar('-tzf', file);
  const names = [...listing.matchAll(/twilio_(\w+?_v\d+)\.json$/gm)].map(([, name = '']) => name);
  const texts = new Map<string, string>();
  return {
    namesFor: (subdomain) =>
      names.filter((name) => name.slice(0, name.lastIndexOf('_v')) === subdomain).sort(),
    read(name) {
      const text = texts.get(name) ?? tar('-xzOf', file, `${FOLDER}/twilio_${name}.json`);
      texts.set(name, text);
      return withParametersInPlace(JSON.parse(text) as OpenApiDocument);
    },
  };
}

/** Into a folder of its own first, so that two runs at once do not see each other's half of a file. */
function fetchTo(cacheFolder: string, file: string): void {
  mkdirSync(cacheFolder, { recursive: true });
  const own = mkdtempSync(join(cacheFolder, 'fetch-'));
  try {
    execFileSync(
      'npm',
      ['pack', PACKAGE, '--ignore-scripts', '--silent', '--fetch-retries=1', '--pack-destination', own],
      {
        cwd: own,
        stdio: ['ignore', 'ignore', 'pipe'],
        shell: process.platform === 'win32',
      },
    );
    renameSync(join(own, FILE), file);
  } catch (error) {
    throw new Error(
      `Twilio's OpenAPI documents are needed, and npm could not fetch ${PACKAGE}: look after the connection to the package registry (npm ping), then run this again.`,
      { cause: error },
    );
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

function integrityOf(file: string): string {
  return `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
}

function tar(...args: readonly string[]): string {
  return execFileSync('tar', args, { encoding: 'utf8', maxBuffer: MAX_BYTES });
}
