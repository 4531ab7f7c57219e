/** What the tests of `backfill` share: an offline service, whose message log has what no webhook ever delivered. */
import { seedDay } from '../../scripts/backfill/seed-day';
import { DEFAULT_CONSENT_WORDS } from '../../src/domain/consent';
import { clientOf } from '../emulator/emulator-client';
import { NOON, type Service, useService } from '../functions/service';
import { settingsFile } from './run-main';

export const SENDER = 'whatsapp:+14155238886';

export class BackfillStage {
  file = settingsFile({});

  constructor(readonly service: Service) {}

  /** Of the offline service, with changes; an empty text leaves one out. */
  settings(changes: Readonly<Record<string, string>> = {}): Record<string, string> {
    const entries = Object.entries({ ...this.service.offline.env, ...changes });
    return Object.fromEntries(entries.flatMap(([name, value]) => (value ? [[name, value]] : [])));
  }

  /** The words after `npm run backfill --`. */
  argv(args: readonly string[] = []): readonly string[] {
    return ['--env', this.file.path, '--json', '--per-second', '1000', ...args];
  }

  get twilio(): { readonly emulatorUrl: string; readonly clockFile: string } {
    const { emulator, clockFile } = this.service.offline;
    return { emulatorUrl: emulator.url, clockFile };
  }

  /** The command's work alone. */
  async seed(): Promise<object> {
    const { emulator } = this.service.offline;
    const { now } = await this.service.control<{ now: string }>('clock');
    const silent = { progress: () => ({ at: () => undefined, end: () => undefined }) };
    const how = { now: Date.parse(now), perSecond: 1000, dryRun: false };
    const figures = await seedDay(
      clientOf(emulator),
      emulator.syncServiceSid,
      DEFAULT_CONSENT_WORDS,
      how,
      silent,
    );
    return { dryRun: false, ...figures };
  }

  unheard(from: string, fields: object = {}) {
    return this.service.inbound(from, { deliver: false, ...fields });
  }

  /** The records in Sync by user, without the marks of time that each write leaves. */
  async records(): Promise<Record<string, object>> {
    const documents = await this.service.documents();
    return Object.fromEntries(
      documents
        .filter(({ uniqueName }) => /^(?:window|guard)\./.test(uniqueName))
        // The mark of the write is another at each.
        .map(({ data: { writer: _writer, ...data } }) => [String(data.user), data]),
    );
  }

  async writes(): Promise<readonly string[]> {
    const { requests } = await this.service.control<{
      requests: readonly { readonly method: string; readonly route: string }[];
    }>('requests');
    return requests.filter(({ method }) => method !== 'GET').map(({ route }) => route);
  }

  faults() {
    return this.service.control<{ active: readonly { readonly applied: number }[] }>('faults');
  }

  spent(): Promise<void> {
    return until(async () => (await this.faults()).active.length === 0);
  }
}

export function useBackfill(): BackfillStage {
  const stage = new BackfillStage(useService());
  beforeAll(() => {
    stage.file.remove();
    stage.file = settingsFile(stage.settings());
  });
  afterAll(() => stage.file.remove());
  beforeEach(async () => {
    await stage.service.control('reset', {});
    await stage.service.freeze(NOON);
  });
  return stage;
}

export const figures = (changes: object) => ({
  dryRun: false,
  messages: expect.any(Number),
  pairs: 0,
  written: 0,
  known: 0,
  older: 0,
  optedOut: 0,
  ...changes,
});

export async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 20));
}
