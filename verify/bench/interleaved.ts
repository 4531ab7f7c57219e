/**
 * Rounds in which every side has its turn, so that what else the machine does falls on all of them alike, and ratios
 * taken round by round. It must not know what is measured.
 */

export interface Ratio {
  readonly median: number;
  /** The middle half of the rounds lies between these. */
  readonly low: number;
  readonly high: number;
}

/**
 * @param sides what is measured, each giving one figure per round
 * @returns the figures of each side, round by round
 */
export async function interleaved<K extends string>(
  rounds: number,
  sides: Readonly<Record<K, () => Promise<number>>>,
): Promise<Readonly<Record<K, readonly number[]>>> {
  const names = Object.keys(sides) as K[];
  const figures = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  for (let round = 0; round < rounds; round += 1) {
    // Whoever begins finds another machine than who follows: each has its turn at it.
    const first = round % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)])
      figures[name].push(await sides[name]());
  }
  return figures;
}

export function median(figures: readonly number[]): number {
  return quantile(figures, 0.5);
}

/** How many times the first is the second, in the same round. */
export function ratioOf(figures: readonly number[], others: readonly number[]): Ratio {
  const ratios = figures.map((figure, round) => figure / (others[round] ?? Number.NaN));
  return { median: median(ratios), low: quantile(ratios, 0.25), high: quantile(ratios, 0.75) };
}

function quantile(figures: readonly number[], share: number): number {
  const ordered = [...figures].sort((a, b) => a - b);
  const place = (ordered.length - 1) * share;
  const [below, above] = [ordered[Math.floor(place)] ?? Number.NaN, ordered[Math.ceil(place)] ?? Number.NaN];
  return below + (above - below) * (place - Math.floor(place));
}
