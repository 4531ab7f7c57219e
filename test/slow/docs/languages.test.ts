/**
 * The examples of docs/guide/migration.md that need no library, in Python, PHP and Ruby, as they are printed: against the
 * built functions, with the languages that this machine has.
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { useService } from '../../functions/service';
import { codeBlocks, documentText } from './document';

const service = useService();
const folder = mkdtempSync(join(tmpdir(), 'languages-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LANGUAGES = [
  { block: 'python', command: 'python3', ending: 'py', begins: '' },
  { block: 'php', command: 'php', ending: 'php', begins: '<?php\n' },
  { block: 'ruby', command: 'ruby', ending: 'rb', begins: '' },
] as const;

function isThere(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.each(LANGUAGES)(
  'the example of docs/guide/migration.md in $block',
  ({ block, command, ending, begins }) => {
    (isThere(command) ? test : test.skip)(
      'the three lines without a library ask for the answer of /send-message and print it',
      async () => {
        const to = 'whatsapp:+15551234567';
        await service.control('reset', {});
        await service.inbound(to);
        // The first block is the one with Twilio's library.
        const [, example = ''] = codeBlocks(documentText('docs/guide/migration.md'), block);
        const file = join(folder, `example.${ending}`);
        const program = example
          .replace('https://YOUR-DOMAIN.twil.io', service.url)
          .replace('YOUR_API_TOKEN', service.token);
        writeFileSync(file, begins + program);
        const { stdout } = await promisify(execFile)(command, [file]);
        expect(JSON.parse(stdout)).toMatchObject({ outcome: 'sent', decision: { reason: 'WINDOW_OPEN' } });
        expect((await service.outbound(to)).map(({ text }) => text)).toEqual(['Hello']);
      },
    );
  },
);
