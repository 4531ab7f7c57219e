/** What a broadcast comes to: how many rows of each form, how many messages, and what each form costs by the price file. */
import { partsOf } from '../../src/domain/outbound-message';
import { basisOf, type Prices, priceOf, rounded } from '../../src/domain/prices';
import { conversationOf } from './messages';
import type { Planned } from './preview';

interface FormCost {
  readonly messages: number;
  /** Of those whose price is known. */
  readonly amount: number;
  readonly withoutPrice: number;
  /** The table says that WhatsApp does not deliver them to their market. */
  readonly notDeliverable: number;
}

export interface Totals {
  readonly rows: number;
  readonly freeForm: number;
  /** By category. */
  readonly templates: Readonly<Record<string, number>>;
  readonly held: number;
  /** By reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /** What goes out now: a text that is held goes out later, or never. */
  readonly messages: number;
  readonly cost: {
    readonly currency: string | null;
    /** The day on which the prices were true. */
    readonly asOf: string | null;
    readonly known: number;
    readonly messagesWithoutPrice: number;
    readonly notDeliverable: number;
    /** By form: `free-form`, or a template's category. */
    readonly forms: Readonly<Record<string, FormCost>>;
  };
}

const FREE_FORM = 'free-form';

export function totals(plans: readonly Planned[], table: Prices | null): Totals {
  const rowsOf = (form: Planned['form']) => plans.filter((plan) => plan.form === form).flatMap(rowByRow);
  const forms = formCosts(plans, table);
  const sum = (name: keyof FormCost) =>
    rounded(Object.values(forms).reduce((total, cost) => total + cost[name], 0));
  return {
    rows: plans.flatMap(rowByRow).length,
    freeForm: rowsOf('free-form').length,
    templates: countBy(rowsOf('template').map(({ category }) => category ?? 'UNKNOWN')),
    held: rowsOf('held').length,
    skipped: countBy(rowsOf('skipped').map(({ reason }) => reason ?? 'UNKNOWN')),
    messages: sum('messages'),
    cost: {
      currency: table?.currency ?? null,
      asOf: table?.asOf ?? null,
      known: sum('amount'),
      messagesWithoutPrice: sum('withoutPrice'),
      notDeliverable: sum('notDeliverable'),
      forms,
    },
  };
}

const rowByRow = (plan: Planned): readonly Planned[] => plan.message.rows.map(() => plan);

function formCosts(plans: readonly Planned[], table: Prices | null): Readonly<Record<string, FormCost>> {
  const forms: Record<string, FormCost> = {};
  const asked = new Set<string>();
  for (const plan of plans) {
    const messages = messagesNow(plan, asked);
    if (messages === 0) continue;
    const form = plan.form === 'free-form' ? FREE_FORM : (plan.category ?? 'UNKNOWN');
    const cost = costOf(form, plan.message.rows[0].to, messages, table);
    const before = forms[form] ?? { messages: 0, amount: 0, withoutPrice: 0, notDeliverable: 0 };
    forms[form] = {
      messages: before.messages + cost.messages,
      amount: rounded(before.amount + cost.amount),
      withoutPrice: before.withoutPrice + cost.withoutPrice,
      notDeliverable: before.notDeliverable + cost.notDeliverable,
    };
  }
  return forms;
}

function costOf(form: string, to: string, messages: number, table: Prices | null): FormCost {
  const price = table && priceOf(table, form === FREE_FORM ? 'service' : basisOf(form), to);
  const nothing = { messages, amount: 0, withoutPrice: 0, notDeliverable: 0 };
  if (price === null) return { ...nothing, withoutPrice: messages };
  if (price === 'not deliverable') return { ...nothing, notDeliverable: messages };
  return { ...nothing, amount: rounded(price.amount * messages) };
}

/** @param asked whom a template asks for an answer: once, however many texts are held for them */
function messagesNow({ form, category, message }: Planned, asked: Set<string>): number {
  const [row] = message.rows;
  if (form === 'skipped' || (form === 'held' && category === null)) return 0;
  if (form === 'template') return 1;
  if (form === 'held') {
    const isAsked = asked.has(conversationOf(row));
    asked.add(conversationOf(row));
    return isAsked ? 0 : 1;
  }
  const { body = '', mediaUrl = [] } = message.parameters;
  return partsOf({ kind: 'free-form', body: String(body), mediaUrls: [mediaUrl].flat() }).length;
}

function countBy(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** The totals for a person, a line each. */
export function sentences(figures: Totals): readonly string[] {
  const { rows, freeForm, templates, held, skipped, messages, cost } = figures;
  const counted = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ') || '0';
  return [
    `${rows} rows: free-form ${freeForm}; by template: ${counted(templates)}; held ${held}; skipped: ${counted(skipped)}.`,
    `Messages now: ${messages}.`,
    ...Object.entries(cost.forms).map(([form, one]) => `  ${formSentence(form, one, cost.currency)}`),
    costSentence(cost),
  ];
}

function formSentence(form: string, cost: FormCost, currency: string | null): string {
  const { messages, amount, withoutPrice, notDeliverable } = cost;
  const name = form === FREE_FORM ? 'free-form' : `${form.toLowerCase()} template`;
  const parts = [
    ...(currency === null ? [] : [`${amount} ${currency}`]),
    ...(notDeliverable > 0 ? [`${notDeliverable} not deliverable (${share(notDeliverable, messages)})`] : []),
    ...(currency !== null && withoutPrice > 0 ? [`${withoutPrice} without a price`] : []),
  ];
  return `${name}: ${[counting(messages), ...parts].join(', ')}`;
}

function costSentence({
  currency,
  asOf,
  known,
  messagesWithoutPrice,
  notDeliverable,
}: Totals['cost']): string {
  if (currency === null) return 'Cost: no price file (--prices), so no price is known.';
  const without =
    messagesWithoutPrice > 0
      ? `, and ${counting(messagesWithoutPrice)} whose price the file does not know`
      : '';
  const undeliverable =
    notDeliverable > 0
      ? ` By the price file, WhatsApp does not deliver ${notDeliverable} of them to their market.`
      : '';
  return `Cost: ${known} ${currency}${asOf === null ? '' : ` by the prices of ${asOf}`}${without}.${undeliverable}`;
}

const counting = (messages: number) => (messages === 1 ? '1 message' : `${messages} messages`);

const share = (part: number, whole: number) => `${Math.round((part / whole) * 1000) / 10} %`;
