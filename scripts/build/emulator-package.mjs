/**
 * Makes a package of the emulator in dist/emulator-package (or `--out FOLDER`): one file for the command, the preload, the
 * pages and the README. It needs nothing but Node.js, so that it installs without a network. It must not be published.
 */
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { values: options } = parseArgs({
  options: { out: { type: 'string', default: join(root, 'dist/emulator-package') } },
});
const { out } = options;
const { version, license, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const NAME = 'whatsapp-window-emulator';
const COMMAND = 'bin/emulator.cjs';

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: [join(root, 'emulator/main.ts')],
  outfile: join(out, COMMAND),
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  banner: { js: '#!/usr/bin/env node' },
  // Never reached: the package brings the page's script as it is.
  external: ['esbuild'],
  metafile: true,
  logLevel: 'warning',
});
chmodSync(join(out, COMMAND), 0o755);
await build({
  entryPoints: [join(root, 'emulator/phone/phone.ts')],
  outfile: join(out, 'phone/phone.js'),
  bundle: true,
  format: 'esm',
  target: 'es2022',
  tsconfigRaw: {},
  logLevel: 'warning',
});
for (const file of [
  'preload.cjs',
  'execution-limit.cjs',
  'phone/index.html',
  'phone/phone.css',
  'about/about.css',
]) {
  cpSync(join(root, 'emulator', file), join(out, file));
}
cpSync(join(root, 'LICENSE'), join(out, 'LICENSE'));
writeFileSync(
  join(out, 'README.md'),
  withoutLinksElsewhere(readFileSync(join(root, 'emulator/README.md'), 'utf8')),
);
writeFileSync(join(out, 'THIRD-PARTY.txt'), licencesOf(Object.keys(metafile.inputs)));
writeFileSync(
  join(out, 'package.json'),
  `${JSON.stringify(
    {
      name: NAME,
      version,
      description: 'An offline Twilio, with a WhatsApp behind it, for programs that use the stock SDK.',
      license,
      private: true,
      engines,
      bin: { [NAME]: COMMAND },
      exports: { './preload': './preload.cjs', './package.json': './package.json' },
    },
    null,
    2,
  )}\n`,
);
console.log(`made ${out}`);

/**
 * What a link leads to in the repository is not in the package.
 * @param {string} readme
 */
function withoutLinksElsewhere(readme) {
  return readme.replace(/\[([^\]]+)\]\(\.\.?\/[^)]*\)/g, '$1');
}

/**
 * The licences of what is inside the bundle.
 * @param {readonly string[]} inputs paths from the root
 */
function licencesOf(inputs) {
  const folders = new Set(
    inputs.flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path) ?? []),
  );
  return [...folders]
    .sort()
    .map((folder) => {
      const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
      const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt']
        .map((name) => join(root, folder, name))
        .find((path) => existsSync(path));
      const text = file === undefined ? '' : `\n\n${readFileSync(file, 'utf8').trim()}`;
      return `${manifest.name} ${manifest.version}, ${manifest.license}${text}\n`;
    })
    .join('\n\n');
}
