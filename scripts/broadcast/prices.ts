/** What a message costs, by a table that its owner keeps: prices change, so none is in the code. */
import { existsSync, readFileSync } from 'node:fs';
import Ajv from 'ajv';
import { ScriptFailure } from '../command/script-failure';

export interface PriceTable {
  /** Such as `USD`. */
  readonly currency: string;
  readonly prices: readonly {
    readonly form: 'free-form' | 'template';
    /** Of a template: `UTILITY`, `MARKETING`, `AUTHENTICATION`; left out, any. */
    readonly category?: string;
    /** How the user's number begins, such as `+49`; left out, any. The longest that fits counts. */
    readonly to?: string;
    /** Of one message, in the currency. */
    readonly price: number;
  }[];
}

const validate = new Ajv({ allErrors: true }).compile<PriceTable>({
  type: 'object',
  required: ['currency', 'prices'],
  additionalProperties: false,
  properties: {
    currency: { type: 'string', minLength: 1 },
    prices: {
      type: 'array',
      items: {
        type: 'object',
        required: ['form', 'price'],
        additionalProperties: false,
        properties: {
          form: { enum: ['free-form', 'template'] },
          category: { enum: ['UTILITY', 'MARKETING', 'AUTHENTICATION'] },
          to: { type: 'string', pattern: '^\\+[1-9]\\d{0,14}$' },
          price: { type: 'number', minimum: 0 },
        },
      },
    },
  },
});

/**
 * @param file undefined where none was named
 * @returns null where there is no table: then no price is known
 * @throws ScriptFailure that names everything wrong with it
 */
export function readPrices(file: string | undefined): PriceTable | null {
  if (file === undefined) return null;
  if (!existsSync(file))
    throw new ScriptFailure(
      `There is no file ${file}.`,
      'prices.example.json shows what a price table looks like.',
    );
  let table: unknown;
  try {
    table = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new ScriptFailure(
      `${file} is no JSON.`,
      'prices.example.json shows what a price table looks like.',
    );
  }
  if (validate(table)) return table;
  const problems = (validate.errors ?? []).map(
    ({ instancePath, message }) => `  ${instancePath || '/'} ${message}`,
  );
  throw new ScriptFailure(
    `${file} is no price table.\n${problems.join('\n')}`,
    'prices.example.json shows what a price table looks like.',
  );
}

/** @returns the price of one message, or null where the table does not say */
export function priceOf(
  table: PriceTable | null,
  message: { readonly form: 'free-form' | 'template'; readonly category: string | null; readonly to: string },
): number | null {
  const number = message.to.replace(/^whatsapp:/, '');
  const fitting = (table?.prices ?? []).filter(
    ({ form, category, to }) =>
      form === message.form &&
      (category === undefined || category === message.category) &&
      (to === undefined || number.startsWith(to)),
  );
  const weight = ({ to, category }: (typeof fitting)[number]) => (to?.length ?? 0) * 2 + (category ? 1 : 0);
  return [...fitting].sort((a, b) => weight(b) - weight(a))[0]?.price ?? null;
}
