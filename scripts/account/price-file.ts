/** The price file that its owner keeps: read and checked. It must not know any price itself. */
import { readFileSync } from 'node:fs';
import { parseJson } from '../../src/domain/json-text';
import { type Prices, readPrices } from '../../src/domain/prices';
import { ScriptFailure } from '../command/script-failure';

const EXAMPLE = 'prices.example.json shows what a price file looks like.';

/**
 * @param name as a person named it
 * @throws ScriptFailure that names everything wrong with it
 */
export function readPriceFile(file: string, name = file): Prices {
  const read = readPrices(readJsonFile(file, EXAMPLE, name));
  if (!read.ok) {
    const problems = read.problems.map(({ field, message }) => `  ${field}: ${message}`);
    throw new ScriptFailure(`${name} is no price file.\n${problems.join('\n')}`, EXAMPLE);
  }
  return read.prices;
}

/** @throws ScriptFailure where there is no such file, or no JSON in it */
export function readJsonFile(file: string, nextStep: string, name = file): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new ScriptFailure(`There is no file ${name}.`, nextStep);
  }
  try {
    return parseJson(text);
  } catch {
    throw new ScriptFailure(`${name} is no JSON.`, nextStep);
  }
}
