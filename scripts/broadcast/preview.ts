/** What a broadcast would do, row by row, and what that comes to: how many of each form, what is skipped, what it costs. */
import { basisOf, type Prices, priceOf, rounded } from '../../src/domain/prices';
import type { Row } from './rows';
import type { SendAnswer } from './service';

export interface Planned {
  readonly row: Row;
  readonly form: 'free-form' | 'template' | 'held' | 'skipped';
  /** Of the template that goes out. */
  readonly category: string | null;
  /** Why it is skipped; null where it is not. */
  readonly reason: string | null;
  /** For a person. */
  readonly explanation: string;
  /** A mistake in the row, as against somebody who may not be written to just now. */
  readonly isMistake: boolean;
  /** When an open window closes, in milliseconds since the epoch; null where none is open. */
  readonly closesAt: number | null;
}

export interface Totals {
  readonly rows: number;
  readonly freeForm: number;
  /** By category. */
  readonly templates: Readonly<Record<string, number>>;
  readonly held: number;
  /** By reason. */
  readonly skipped: Readonly<Record<string, number>>;
  readonly cost: {
    readonly currency: string | null;
    readonly known: number;
    readonly messagesWithoutPrice: number;
    /** Of these the table says that WhatsApp does not deliver them to their market. */
    readonly notDeliverable: number;
  };
}

export function planned(row: Row, answer: SendAnswer, categories: ReadonlyMap<string, string>): Planned {
  const { decision, window, preview, error } = answer;
  const action = error ? 'refuse' : (decision?.action ?? 'refuse');
  const problems = (error?.problems ?? []).map(({ message }) => message).join(' ');
  return {
    row,
    form: action === 'hold' ? 'held' : action === 'refuse' ? 'skipped' : action,
    category: preview ? (categories.get(preview.contentSid) ?? 'UNKNOWN') : null,
    reason: action === 'refuse' ? (error?.code ?? decision?.reason ?? 'UNKNOWN') : null,
    explanation: problems || error?.message || decision?.explanation || '',
    isMistake: error !== null,
    closesAt: window?.state === 'open' && window.closesAt !== null ? Date.parse(window.closesAt) : null,
  };
}

/** Those whose window closes first come first; those without an open window keep the order of the file, at the end. */
export function bySoonestClosing(plans: readonly Planned[]): readonly Planned[] {
  const urgency = ({ closesAt }: Planned) => closesAt ?? Number.POSITIVE_INFINITY;
  return [...plans].sort((a, b) => (urgency(a) === urgency(b) ? 0 : urgency(a) - urgency(b)));
}

export function totals(plans: readonly Planned[], table: Prices | null): Totals {
  const going = plans.filter(({ form }) => form !== 'skipped');
  const prices = going.flatMap(({ form, category, row }) => {
    // A text that is held goes out later, or never; what goes out now is the question, if there is one.
    if (form === 'held' && category === null) return [];
    return [table && priceOf(table, form === 'free-form' ? 'service' : basisOf(category), row.to)];
  });
  return {
    rows: plans.length,
    freeForm: going.filter(({ form }) => form === 'free-form').length,
    templates: countBy(
      going.filter(({ form }) => form === 'template').map(({ category }) => category ?? 'UNKNOWN'),
    ),
    held: going.filter(({ form }) => form === 'held').length,
    skipped: countBy(plans.flatMap(({ reason }) => reason ?? [])),
    cost: {
      currency: table?.currency ?? null,
      known: rounded(
        prices.reduce((sum, price) => sum + (typeof price === 'object' ? (price?.amount ?? 0) : 0), 0),
      ),
      messagesWithoutPrice: prices.filter((price) => price === null).length,
      notDeliverable: prices.filter((price) => price === 'not deliverable').length,
    },
  };
}

function countBy(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** The totals for a person, a line each. */
export function sentences(figures: Totals): readonly string[] {
  const { rows, freeForm, templates, held, skipped, cost } = figures;
  const counted = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ') || '0';
  const without =
    cost.messagesWithoutPrice > 0
      ? `, and ${cost.messagesWithoutPrice} messages whose price the file does not know`
      : '';
  const undeliverable =
    cost.notDeliverable > 0
      ? [`By the price file, ${cost.notDeliverable} of these messages are not deliverable.`]
      : [];
  return [
    `${rows} rows: free-form ${freeForm}; by template: ${counted(templates)}; held ${held}; skipped: ${counted(skipped)}.`,
    cost.currency === null
      ? 'Cost: no price file (--prices), so no price is known.'
      : `Cost: ${cost.known} ${cost.currency}${without}.`,
    ...undeliverable,
  ];
}
