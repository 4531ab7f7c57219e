/**
 * How the figures change with the margin: one trace, in which everybody is written to in the last 40 minutes of a window
 * and one in ten of these messages waits in a queue, played once for each margin. It must not judge anything by itself; it adds up rows of the oracle.
 */
import { type Figures, figuresOf } from './figures';
import type { RowName } from './oracle/rows';
import { play } from './play';
import { type TraceSize, writeTrace } from './write-trace';

export const MARGINS = [0, 60, 120, 300, 600, 1800] as const;

export interface MarginFigures {
  readonly marginSeconds: number;
  /** Free-form messages that WhatsApp took too late, for each 1,000 calls that asked for free-form. */
  readonly tooLate: number;
  /** Templates, holds and refusals though free-form would have been taken, for each 1,000 such calls. */
  readonly tooCautious: number;
}

/** Refused because the window had closed meanwhile; not where WhatsApp itself was wrong. */
const TOO_LATE: readonly RowName[] = ['refused', 'refusedQueued'];
const TOO_CAUTIOUS: readonly RowName[] = ['needlessInMargin'];

export async function compareMargins(
  size: Omit<TraceSize, 'marginSeconds' | 'edge'>,
  report: (marginSeconds: number) => void,
): Promise<readonly MarginFigures[]> {
  const trace = writeTrace({ ...size, marginSeconds: 0, edge: 'spread' });
  const wanted = trace.events.filter((event) => event.kind === 'send' && event.content !== 'template').length;
  const figures: MarginFigures[] = [];
  for (const marginSeconds of MARGINS) {
    report(marginSeconds);
    const { rows } = figuresOf(await play({ ...trace, marginSeconds })).figures;
    const perThousand = (names: readonly RowName[]) => round((1000 * sum(rows, names)) / Math.max(1, wanted));
    figures.push({
      marginSeconds,
      tooLate: perThousand(TOO_LATE),
      tooCautious: perThousand(TOO_CAUTIOUS),
    });
  }
  return figures;
}

const sum = (rows: Figures['rows'], names: readonly RowName[]) =>
  names.reduce((total, name) => total + rows[name], 0);

const round = (value: number) => Math.round(value * 10) / 10;
