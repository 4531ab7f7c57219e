/** The price file that its owner keeps: read and checked. It must not know any price itself. */
import { readFileSync } from 'node:fs';
import { type Prices, readPrices } from '../../src/domain/prices';
import { ScriptFailure } from '../command/script-failure';

const EXAMPLE = 'prices.example.json shows what a price file looks like.';

/**
 * @param file undefined where none was named
 * @returns null where no file was named: then no price is known
 * @throws ScriptFailure that names everything wrong with it
 */
export function readPriceFile(file: string | undefined): Prices | null {
  if (file === undefined) return null;
  const read = readPrices(readJsonFile(file, EXAMPLE));
  if (!read.ok) {
    const problems = read.problems.map(({ field, message }) => `  ${field}: ${message}`);
    throw new ScriptFailure(`${file} is no price file.\n${problems.join('\n')}`, EXAMPLE);
  }
  return read.prices;
}

/** @throws ScriptFailure where there is no such file, or no JSON in it */
export function readJsonFile(file: string, nextStep: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new ScriptFailure(`There is no file ${file}.`, nextStep);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new ScriptFailure(`${file} is no JSON.`, nextStep);
  }
}
