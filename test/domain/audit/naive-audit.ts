/**
 * The audit's counts, computed a second time and in another way: every row against every other row of its pair, straight
 * from their definitions, without the code of the service. It must stay slow and plain.
 */

export interface PlainRow {
  readonly seconds: number;
  readonly isInbound: boolean;
  /** One letter for the pair. */
  readonly pair: string;
  readonly kind: 'text' | 'template' | 'empty' | 'media';
  readonly is63016: boolean;
}

const DAY = 86_400;

export function naiveCounts(rows: readonly PlainRow[]) {
  const outbound = rows.filter(({ isInbound }) => !isInbound);
  const inbound = rows.filter(({ isInbound }) => isInbound);
  const end = Math.max(...rows.map(({ seconds }) => seconds));
  const sincePairWrote = (row: PlainRow) =>
    Math.min(
      ...inbound
        .filter(({ pair, seconds }) => pair === row.pair && seconds <= row.seconds)
        .map(({ seconds }) => row.seconds - seconds),
    );
  const rejected = outbound.filter(({ is63016 }) => is63016);
  const others = outbound.filter(({ is63016 }) => !is63016);

  const followsInBurst = (row: PlainRow, before: PlainRow) =>
    row.pair === before.pair &&
    row.seconds - before.seconds <= 10 &&
    !inbound.some(
      ({ pair, seconds }) => pair === row.pair && seconds > before.seconds && seconds <= row.seconds,
    );
  // The order among rows of one second is of no matter: it is theirs in the list.
  const inTime = [...outbound].sort((a, b) => a.seconds - b.seconds);
  const precedes = (a: PlainRow, b: PlainRow) => inTime.indexOf(a) < inTime.indexOf(b);
  const isLater = (row: PlainRow) =>
    outbound.some((before) => precedes(before, row) && followsInBurst(row, before));
  const isEarlier = (row: PlainRow) =>
    outbound.some((after) => precedes(row, after) && followsInBurst(after, row));

  const isLastOfWindow = (row: PlainRow) =>
    !inbound.some(
      ({ pair, seconds }) => pair === row.pair && seconds > row.seconds && seconds < row.seconds + DAY,
    );
  const isAnswered = (row: PlainRow) =>
    outbound.some(
      ({ pair, seconds }) => pair === row.pair && seconds >= row.seconds && seconds < row.seconds + DAY,
    );
  const unanswered = new Set(
    inbound
      .filter((row) => isLastOfWindow(row) && !isAnswered(row) && row.seconds + DAY <= end)
      .map(({ pair, seconds }) => `${pair} ${seconds}`),
  );

  return {
    inbound: inbound.length,
    outbound: outbound.length,
    rejectedForWindow: rejected.length,
    falselyRejected: rejected.filter((row) => sincePairWrote(row) < DAY).length,
    nearMisses: others.filter((row) => sincePairWrote(row) >= DAY - 300 && sincePairWrote(row) < DAY).length,
    templatesWhileOpen: others.filter((row) => row.kind === 'template' && sincePairWrote(row) < DAY - 300)
      .length,
    unknownForm: outbound.filter(({ kind }) => kind === 'empty').length,
    bursts: {
      messages: outbound.filter((row) => isLater(row) || isEarlier(row)).length,
      avoidable: outbound.filter(isLater).length,
    },
    unanswered: unanswered.size,
    serviceMessages: others.filter(
      (row) => (row.kind === 'text' || row.kind === 'media') && sincePairWrote(row) < DAY,
    ).length,
  };
}
