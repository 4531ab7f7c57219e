/** What the tests of `broadcast` share: an offline service, a folder with a CSV in it, and what became of its rows. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { NOON, newUser, type Service, useService } from '../functions/service';
import { settingsFile } from './run-main';

export type Rows = readonly (readonly string[])[];

export class BroadcastStage {
  folder = '';
  env = settingsFile({});

  constructor(readonly service: Service) {}

  csv(rows: Rows, name = 'spring.csv'): string {
    const file = join(this.folder, name);
    writeFileSync(file, csvText(rows));
    return file;
  }

  /** The words after `npm run broadcast --`, for a run that nobody watches. */
  argv(args: readonly string[]): readonly string[] {
    const { env, service } = this;
    return ['--env', env.path, '--url', service.url, '--json', '--yes', '--per-second', '80', ...args];
  }

  get twilio(): { readonly emulatorUrl: string; readonly clockFile: string } {
    const { emulator, clockFile } = this.service.offline;
    return { emulatorUrl: emulator.url, clockFile };
  }

  /** What became of the rows, by line, from the file that the command leaves. */
  results(name = 'spring.csv.spring.results.csv'): readonly Record<string, string>[] {
    return parse(readFileSync(join(this.folder, name), 'utf8'), { columns: true });
  }

  async texts(): Promise<Record<string, readonly string[]>> {
    const messages = await this.service.outbound();
    const byUser: Record<string, string[]> = {};
    for (const { to, text } of messages) byUser[to] = [...(byUser[to] ?? []), text];
    return byUser;
  }

  /** From now on the functions get no answer to a message, after the first ones: the command is surely in the middle. */
  stuckAfter(messages: number): Promise<void> {
    return this.service.fault({
      match: { service: 'api', method: 'POST', path: 'Messages' },
      do: 'hang',
      skip: messages,
      times: 0,
    });
  }

  /** Many users who wrote just now, and a file with a row for each. */
  async manyRows(count: number): Promise<{ file: string; users: readonly string[] }> {
    const users = Array.from({ length: count }, newUser);
    await Promise.all(users.map((user) => this.service.inbound(user)));
    return {
      file: this.csv([['to', 'body'], ...users.map((user) => [bare(user), `Hello ${user.slice(-3)}`])]),
      users,
    };
  }
}

export function useBroadcast(): BroadcastStage {
  const stage = new BroadcastStage(useService());
  const { service } = stage;
  beforeAll(() => {
    stage.env.remove();
    stage.env = settingsFile({ API_TOKEN: service.token });
  });
  afterAll(() => stage.env.remove());
  beforeEach(async () => {
    stage.folder = mkdtempSync(join(tmpdir(), 'broadcast-'));
    await service.control('reset', {});
    await service.clearFaults();
    await service.freeze(NOON);
  });
  afterEach(() => rmSync(stage.folder, { recursive: true, force: true }));
  return stage;
}

export const csvText = (rows: Rows) =>
  rows.map((row) => `${row.map((field) => `"${field.replaceAll('"', '""')}"`).join(',')}\n`).join('');

export const bare = (address: string) => address.replace('whatsapp:', '');

export function sentByJournal(file: string): number {
  const journal = `${file}.spring.journal`;
  return existsSync(journal) ? readFileSync(journal, 'utf8').split('"outcome":"sent"').length - 1 : 0;
}

export const errorOf = (run: { readonly json: unknown }) =>
  (run.json as { error: { message: string; nextStep: string } }).error;

export const onceEach = (users: readonly string[]) =>
  Object.fromEntries(users.map((user) => [user, [`Hello ${user.slice(-3)}`]]));

export async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 20));
}
