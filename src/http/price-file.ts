/**
 * The operator's own prices, from the private asset that `prices.json` is deployed as. A send must not fail for them:
 * where they cannot be read there is none, and a sentence for the log.
 */
import { parseJson } from '../domain/json-text';
import { type Prices, readPrices } from '../domain/prices';

export interface PriceFile {
  /** null where there is no file, or it is no price file. */
  readonly prices: Prices | null;
  /** What is wrong with the file, and the fix; null where nothing is. */
  readonly problem: string | null;
}

/** As the platform names a private asset (https://www.twilio.com/docs/serverless/functions-assets/client: Runtime.getAssets). */
const ASSET = '/prices.json';
/** A log line should stay one that can be read. */
const MAX_PROBLEMS = 10;
const FIX = 'Correct prices.json (prices.example.json shows its form), then run npm run deploy again.';

/** Outlives the invocation on purpose: an asset does not change before the next deployment. */
let known: PriceFile | undefined;

/** Read once per container. */
export function deployedPrices(): PriceFile {
  known ??= readPriceFile();
  return known;
}

function readPriceFile(): PriceFile {
  let json: unknown;
  try {
    // The platform's global, which is not there where the functions are run by something else.
    const asset = typeof Runtime === 'undefined' ? undefined : Runtime.getAssets()[ASSET];
    if (asset === undefined) return { prices: null, problem: null };
    json = parseJson(asset.open());
  } catch {
    return unusable('it cannot be read, or is no JSON.');
  }
  const read = readPrices(json);
  if (read.ok) return { prices: read.prices, problem: null };
  const problems = read.problems.map(({ field, message }) => `${field}: ${message}`);
  return unusable(problems.slice(0, MAX_PROBLEMS).join(' '));
}

function unusable(why: string): PriceFile {
  return { prices: null, problem: `prices.json is not used, and every cost is null: ${why} ${FIX}` };
}
