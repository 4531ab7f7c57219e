/** What the tests of the house ask of a source file, read off its syntax: what it imports, and the titles of its tests. */
import { parseSync } from '@swc/core';

/** A piece of the syntax tree, which is plain JSON. Its kinds differ too much for one type. */
type Piece = Readonly<Record<string, unknown>>;

const isPiece = (value: unknown): value is Piece => typeof value === 'object' && value !== null;
const parsed = (text: string): unknown => parseSync(text, { syntax: 'typescript', target: 'es2022' });

/** The names by which a file imports, exports from or requires others, also those of which it takes only types. */
export function importsIn(text: string): readonly string[] {
  const names: string[] = [];
  const visit = (piece: unknown): void => {
    if (!isPiece(piece)) return;
    const source = importedFrom(piece);
    if (isPiece(source) && source.type === 'StringLiteral') names.push(String(source.value));
    Object.values(piece).forEach(visit);
  };
  visit(parsed(text));
  return names;
}

function importedFrom({ type, source, argument, callee, ...piece }: Piece): unknown {
  if (type === 'TsImportType') return argument;
  if (type === 'TsExternalModuleReference') return piece.expression;
  if (type !== 'CallExpression') return source;
  const isImport = isPiece(callee) && (callee.type === 'Import' || callee.value === 'require');
  return isImport ? firstArguments(piece)[0] : undefined;
}

/** The titles of a file's tests as they are printed, a row's label as the placeholder that it is. */
export function titlesIn(text: string): readonly (readonly [title: string, ownTitle: string])[] {
  const titles: [string, string][] = [];
  const visit = (piece: unknown, above: readonly string[]): void => {
    if (!isPiece(piece)) return;
    const found = titledBlock(piece);
    const inside = found ? [...above, found.title] : above;
    if (found && found.name !== 'describe') titles.push([inside.join(' '), found.title]);
    for (const part of Object.values(piece)) visit(part, inside);
  };
  visit(parsed(text), []);
  return titles;
}

function titledBlock(piece: Piece): { readonly name: string; readonly title: string } | undefined {
  if (piece.type !== 'CallExpression') return undefined;
  const name = /^(?:describe|it|test)$/.exec(calledName(piece.callee))?.[0];
  const [title, body] = firstArguments(piece);
  if (!name || !isPiece(title) || !isPiece(body) || !/Function/.test(String(body.type))) return undefined;
  const words = textOf(title);
  return words === undefined ? undefined : { name, title: words };
}

/** `test` of `test('…')` and of `test.each(…)('…')`. */
function calledName(callee: unknown): string {
  if (!isPiece(callee)) return '';
  if (callee.type === 'Identifier') return String(callee.value);
  return calledName(callee.object ?? callee.callee ?? callee.tag);
}

function firstArguments({ arguments: given }: Piece): readonly unknown[] {
  return Array.isArray(given) ? given.map((one: unknown) => (isPiece(one) ? one.expression : undefined)) : [];
}

function textOf(title: Piece): string | undefined {
  if (title.type === 'StringLiteral') return String(title.value);
  if (title.type !== 'TemplateLiteral' || !Array.isArray(title.quasis)) return undefined;
  const parts: readonly unknown[] = title.quasis;
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder of a title, as it stands in the source.
  return parts.map((part) => (isPiece(part) ? String(part.raw) : '')).join('${value}');
}
