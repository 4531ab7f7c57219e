/** How durations spread: how many lie within each of a few bounds, for a plot or a table. */

export interface SpreadPart {
  /** Such as `1 h`: up to and with it; `longer`; or `never` where there is no duration. */
  readonly upTo: string;
  readonly count: number;
}

const UNITS: Readonly<Record<string, number>> = { min: 60_000, h: 3_600_000, d: 24 * 3_600_000 };

export class Spread {
  readonly #bounds: readonly { readonly upTo: string; readonly ms: number }[];
  readonly #counts: number[];
  #longer = 0;
  #never = 0;

  /** @param bounds ascending, such as `['5 min', '1 h', '7 d']` */
  constructor(bounds: readonly string[]) {
    this.#bounds = bounds.map((upTo) => {
      const [number, unit = ''] = upTo.split(' ');
      return { upTo, ms: Number(number) * (UNITS[unit] ?? 0) };
    });
    this.#counts = bounds.map(() => 0);
  }

  /** @param ms milliseconds; null where it never came to an end, or had no beginning */
  add(ms: number | null): void {
    if (ms === null) {
      this.#never += 1;
      return;
    }
    const index = this.#bounds.findIndex((bound) => ms <= bound.ms);
    if (index < 0) this.#longer += 1;
    else this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  parts(): readonly SpreadPart[] {
    const parts = this.#bounds.map(({ upTo }, index) => ({ upTo, count: this.#counts[index] ?? 0 }));
    return [...parts, { upTo: 'longer', count: this.#longer }, { upTo: 'never', count: this.#never }];
  }
}
