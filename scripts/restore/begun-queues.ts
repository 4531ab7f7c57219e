/** Which queues an interrupted restore has begun, in a file beside the backup: only these are filled up when it is repeated. */
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';

export class BegunQueues {
  private readonly file: string;
  readonly names: ReadonlySet<string>;

  /** @param backup the file of the backup @param serviceSid of the Sync service that is written to */
  constructor(
    backup: string,
    private readonly serviceSid: string,
  ) {
    this.file = `${backup}.journal`;
    const lines = existsSync(this.file) ? readFileSync(this.file, 'utf8').split('\n') : [];
    this.names = new Set(
      lines.flatMap((line) => (line.startsWith(`${serviceSid} `) ? [line.slice(serviceSid.length + 1)] : [])),
    );
  }

  begin(name: string): void {
    appendFileSync(this.file, `${this.serviceSid} ${name}\n`, { mode: 0o600 });
  }

  /** The restore has come to its end. */
  forget(): void {
    rmSync(this.file, { force: true });
  }
}
