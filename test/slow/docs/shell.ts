/** Runs the commands of a document as somebody would paste them, against an offline service. It must not know what they answer. */
import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../../scripts/offline/twilio-run';
import type { Service } from '../../functions/service';

/** Such as `URL=…` and `AUTH=…`, which docs/reference/endpoints.md sets: here they are those of the offline service. */
const VARIABLES = ['URL', 'EMULATOR', 'AUTH'];

export class Shell {
  private readonly bin = mkdtempSync(join(tmpdir(), 'documents-'));

  constructor(private readonly service: Service) {
    const curl = join(this.bin, 'curl');
    copyFileSync(join(__dirname, 'curl.mjs'), `${curl}.mjs`);
    copyFileSync(join(__dirname, 'curl.sh'), curl);
    chmodSync(curl, 0o755);
  }

  /** @returns what was printed, an answer each, as every answer but a page is one line; throws where a command fails */
  async run(commands: string): Promise<readonly string[]> {
    const assigned = new RegExp(`^(?:${VARIABLES.join('|')})=.*$`, 'gm');
    const { stdout } = await promisify(execFile)(
      'bash',
      ['-euo', 'pipefail', '-c', commands.replace(assigned, '')],
      {
        cwd: ROOT,
        env: {
          ...process.env,
          // The machine's own curl, if it has one.
          PATH: `${process.env.PATH}${delimiter}${this.bin}`,
          URL: this.service.url,
          EMULATOR: this.service.offline.emulator.url,
          AUTH: `Authorization: Bearer ${this.service.token}`,
        },
      },
    );
    // curl ends no line, so that one answer follows the other.
    return stdout.split(/\n|(?<=\})(?=\{|<!doctype)/).filter((line) => line.trim() !== '');
  }

  close(): void {
    rmSync(this.bin, { recursive: true, force: true });
  }
}
