/**
 * Fills Sync with pairs, for the measurements of many: copies of a record that the functions of a side wrote themselves,
 * so that nothing here knows its form. It must not measure.
 */

import type { FunctionProcess, OfflineService, Side } from './offline-service';
import { knownUser } from './scenarios';

const AT_ONCE = 32;

interface SyncDump {
  readonly documents: readonly { readonly uniqueName: string; readonly data: unknown }[];
  readonly maps: readonly {
    readonly uniqueName: string;
    readonly items: readonly { readonly key: string; readonly data: unknown }[];
  }[];
}

export class Pairs {
  private count = 0;

  private constructor(
    private readonly offline: OfflineService,
    private readonly model: string,
    private readonly path: string,
    private readonly form: Readonly<Record<string, string>>,
  ) {}

  /** Lets a side's functions write one record, in a Sync that holds nothing else of theirs. */
  static async of(offline: OfflineService, side: Side, functions: FunctionProcess): Promise<Pairs> {
    const user = await knownUser(offline, side, functions);
    const digits = user.slice('whatsapp:+'.length);
    const { documents, maps } = await offline.control<SyncDump>('sync');
    const document = documents.find(({ uniqueName }) => uniqueName.includes(digits));
    if (document) {
      const form = { UniqueName: document.uniqueName, Data: JSON.stringify(document.data) };
      return new Pairs(offline, digits, 'Documents', form);
    }
    for (const { uniqueName, items } of maps) {
      const item = items.find(({ key }) => key.includes(digits));
      if (item) {
        const form = { Key: item.key, Data: JSON.stringify(item.data) };
        return new Pairs(offline, digits, `Maps/${uniqueName}/Items`, form);
      }
    }
    throw new Error(`The functions of ${side} stored nothing for ${user}.`);
  }

  /** @returns the user of a pair that is stored, whichever */
  user(index: number): string {
    return `whatsapp:+${this.digits(index % this.count)}`;
  }

  /** Adds pairs until there are so many. */
  async fill(total: number): Promise<void> {
    const add = async () => {
      while (this.count < total) {
        const digits = this.digits(this.count);
        this.count += 1;
        const form = Object.entries(this.form).map(([name, value]) => [
          name,
          value.replaceAll(this.model, digits),
        ]);
        await this.offline.sync(this.path, Object.fromEntries(form));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, add));
  }

  private digits(index: number): string {
    return `4930${String(index).padStart(9, '0')}`;
  }
}
