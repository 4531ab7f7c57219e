/**
 * The record of processing in docs/guide/operations.md against the code: every kind of object that is kept in Sync stands in
 * it, and nothing that is not kept. A name that is new in the code makes this fail until the page says what it is for.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isOwnObject } from '../../scripts/account/own-sync-objects';

const ROOT = join(__dirname, '../..');
/** Where names are given. */
const CODE = ['src/twilio', 'scripts/account', 'scripts/deploy'];
/** Maps that hold items with names of their own. */
const CONTAINERS = ['items'];

function sources(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(ROOT, folder, name), 'utf8'));
}

/** Such as `window` in `window.${sender}`, and in the name of a document without a variable. */
function namesInCode(): ReadonlySet<string> {
  const found = CODE.flatMap(sources).flatMap((text) => [
    ...text.matchAll(/[`'](\w+)\.\$\{/g),
    ...text.matchAll(/'(setup)\.\w+'/g),
    ...text.matchAll(/`(setup)\.\w+\./g),
    ...text.matchAll(/PREFIX = '(\w+)\.'/g),
  ]);
  return new Set(found.flatMap(([, name = '']) => (CONTAINERS.includes(name) ? [] : [name])));
}

function namesOnThePage(): ReadonlySet<string> {
  const page = readFileSync(join(ROOT, 'docs/guide/operations.md'), 'utf8');
  const cells = [...page.matchAll(/^\|[^|]*\| *Sync, ([^|]*)\|/gm)];
  return new Set(
    cells.flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)\.`/g)].map(([, name = '']) => name)),
  );
}

const sorted = (names: ReadonlySet<string>) => [...names].sort();

test('the record of processing has every kind of object that is kept in Sync, and no other', () => {
  expect(sorted(namesOnThePage())).toEqual(sorted(namesInCode()));
});

test('whatever is an object of Sync by itself is known to the commands that take it away, back it up and bring it back', () => {
  // Those are items of the maps, and go with them.
  const items = ['number', 'participant'];
  const objects = sorted(namesInCode()).filter((name) => !items.includes(name));
  expect([...objects, ...CONTAINERS].filter((name) => !isOwnObject(`${name}.x`))).toEqual([]);
});
