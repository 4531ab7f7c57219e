/**
 * Commands of the pages that take minutes, or that other tests run: README.md, CONTRIBUTING.md, docs/guide/agents.md,
 * docs/guide/troubleshooting.md, docs/internals/bench.md, docs/internals/parity.md and docs/internals/proof.md. They are not run to their end here, but
 * each has to exist and to know every option that stands there.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import manifest from '../../../package.json';
import { ROOT } from '../../../scripts/offline/twilio-run';
import { codeBlocks, documentText } from './document';

const run = promisify(execFile);
const SCRIPTS: Readonly<Record<string, string>> = manifest.scripts;

/** The commands of a page, a line each, without what is said beside them. */
const linesOf = (page: string) =>
  codeBlocks(documentText(page), 'sh').flatMap((block) =>
    block
      .trim()
      .split('\n')
      .map((line) => line.replace(/ +#.*$/, '')),
  );

/** The options of a command, by its own `--help`; without the build, which that does not need. */
async function helpOf(script: string): Promise<string> {
  const command = (SCRIPTS[script] ?? '').split('&& ').at(-1) ?? '';
  const { stdout } = await run('bash', ['-c', `${command} --help`], { cwd: ROOT });
  return stdout;
}

test.each(['README.md', 'CONTRIBUTING.md'])('%s names the two commands that CI runs', (page) => {
  const commands = linesOf(page).flatMap((line) => line.split(' && '));
  const known = ['npm ci', 'npm start', 'npm test'];
  expect(commands.filter((command) => !known.includes(command))).toEqual([]);
});

test.each([
  'docs/guide/troubleshooting.md',
  'docs/internals/bench.md',
  'docs/internals/parity.md',
  'docs/internals/proof.md',
])('%s names only commands and options that exist', async (page) => {
  for (const line of linesOf(page).filter((command) => command.startsWith('npm run '))) {
    const [, script = '', options = ''] = /^npm run (\S+)(?: -- (.*))?$/.exec(line) ?? [];
    const help = await helpOf(script);
    const unknown = [...options.matchAll(/--[\w-]+/g)].filter(([option]) => !help.includes(`${option} `));
    expect([line, script in SCRIPTS, unknown]).toEqual([line, true, []]);
  }
});

test('the client is bundled into one file by the command of docs/guide/agents.md', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'client-'));
  const [line = ''] = linesOf('docs/guide/agents.md');
  const outfile = join(folder, 'window-client.js');
  await run('bash', ['-c', line.replace('window-client.js', outfile)], { cwd: ROOT });
  const isMade = existsSync(outfile);
  rmSync(folder, { recursive: true, force: true });
  expect(isMade).toBe(true);
});
