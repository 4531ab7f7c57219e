/**
 * Makes one HTML page of openapi.yaml, for a person to read: no script, no font, nothing from another site, so it opens
 * without a connection and from disk. It must not know any function of this service by name.
 */
/**
 * @typedef {{ [name: string]: Schema }} Schemas
 * @typedef {{
 *   $ref?: string, type?: string | string[], description?: string, enum?: unknown[], const?: unknown, default?: unknown,
 *   oneOf?: Schema[], anyOf?: Schema[], allOf?: Schema[], items?: Schema, properties?: Schemas, required?: string[],
 *   pattern?: string, minLength?: number, maxLength?: number, minimum?: number, maximum?: number, maxItems?: number,
 * }} Schema
 * @typedef {{ schema: Schema, examples?: Record<string, Example> }} Media
 * @typedef {{ $ref?: string, value?: unknown }} Example
 * @typedef {{ $ref?: string, name: string, in: string, required?: boolean, description?: string, schema: Schema }} Parameter
 * @typedef {{ $ref?: string, description?: string, content?: Record<string, Media> }} Body
 * @typedef {{
 *   tags?: string[], summary: string, description?: string, security?: Record<string, unknown>[],
 *   parameters?: Parameter[], requestBody?: Body, responses: Record<string, Body>,
 * }} Operation
 * @typedef {{
 *   info: { title: string, version: string, summary: string, description: string },
 *   tags: { name: string, description?: string }[],
 *   paths: Record<string, Record<string, Operation>>,
 *   components: { schemas: Schemas, securitySchemes: Record<string, { description: string }> },
 * }} OpenApi
 * @typedef {{ method: string, path: string, operation: Operation }} Route
 */

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/**
 * @param {OpenApi} api the document, parsed
 * @returns {string} a page whose style and its hash are still to be put in
 */
export function apiPage(api) {
  const routes = Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([method]) => METHODS.includes(method))
      .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const groups = api.tags.map(({ name, description }) => ({
    name,
    description,
    routes: routes.filter(({ operation }) => operation.tags?.includes(name)),
  }));
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta
      http-equiv="Content-Security-Policy"
      content="default-src 'none'; style-src 'sha256-style'; img-src data:; base-uri 'none'; form-action 'none'"
    />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="referrer" content="no-referrer" />
    <meta name="robots" content="noindex" />
    <title>${escaped(api.info.title)}: the interface</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="pages.css" />
  </head>
  <body>
    <header>
      <h1>${escaped(api.info.title)} ${escaped(api.info.version)}</h1>
      <p>${inline(api.info.summary)}</p>
      ${prose(api.info.description)}
    </header>
    <nav aria-label="Addresses">
      ${groups.map(contentsOf).join('\n')}
    </nav>
    <main>
      ${groups.map((group) => sectionOf(api, group)).join('\n')}
      <section aria-labelledby="callers">
        <h2 id="callers">Who may call</h2>
        <dl>${Object.entries(api.components.securitySchemes)
          .map(
            ([name, { description }]) =>
              `<dt id="${name}"><code>${name}</code></dt><dd>${prose(description)}</dd>`,
          )
          .join('')}</dl>
      </section>
      <section aria-labelledby="shapes">
        <h2 id="shapes">Shapes</h2>
        ${Object.entries(api.components.schemas)
          .map(([name, schema]) => shapeOf(api, name, schema))
          .join('\n')}
      </section>
    </main>
  </body>
</html>
`;
}

/** @param {{ name: string, routes: Route[] }} group */
function contentsOf({ name, routes }) {
  const links = routes.map((route) => `<li><a href="#${anchorOf(route)}">${titleOf(route)}</a></li>`);
  return `<h2>${escaped(name)}</h2><ul>${links.join('')}</ul>`;
}

/**
 * @param {OpenApi} api
 * @param {{ name: string, description?: string | undefined, routes: Route[] }} group
 */
function sectionOf(api, { name, description, routes }) {
  return `<section><h2>${escaped(name)}</h2>${prose(description)}${routes
    .map((route) => routeOf(api, route))
    .join('\n')}</section>`;
}

/**
 * @param {OpenApi} api
 * @param {Route} route
 */
function routeOf(api, route) {
  const { operation } = route;
  const callers = (operation.security ?? []).flatMap((scheme) => Object.keys(scheme));
  return `<article id="${anchorOf(route)}">
<h3>${titleOf(route)}</h3>
<p>${inline(operation.summary)}</p>
${prose(operation.description)}
<p class="callers">${callers.map((name) => `<a href="#${name}">${name}</a>`).join(' or ')}</p>
${parametersOf(api, operation)}
${answersOf(api, operation)}
</article>`;
}

/**
 * @param {OpenApi} api
 * @param {Operation} operation
 */
function parametersOf(api, operation) {
  const inQuery = (operation.parameters ?? []).map((parameter) => found(api, parameter));
  const body = operation.requestBody && found(api, operation.requestBody);
  const bodies = Object.values(body?.content ?? {});
  const rows = [
    ...inQuery.map(({ name, required, description, schema }) =>
      row(api, name, markRequired(required === true), { ...(description && { description }), ...schema }),
    ),
    ...(bodies[0] ? rowsOf(api, found(api, bodies[0].schema), markRequired) : []),
  ];
  const examples = bodies.flatMap((media) => examplesOf(api, media));
  return `${table(['parameter', 'values', 'meaning'], rows)}${examples.join('')}`;
}

/**
 * @param {OpenApi} api
 * @param {Operation} operation
 */
function answersOf(api, operation) {
  const answers = Object.entries(operation.responses).map(([status, response]) => {
    const { description = '', content = {} } = found(api, response);
    return { status, description, medias: Object.values(content) };
  });
  const rows = answers.map(({ status, description, medias }) => {
    const shapes = [...new Set(medias.map(({ schema }) => typeOf(schema)))].join(' or ');
    return `<tr><td><code>${status}</code></td><td>${shapes}</td><td>${inline(description)}</td></tr>`;
  });
  // Of a shape that has no name, the keys stand here.
  const keys = answers.flatMap(({ medias }) =>
    medias.flatMap(({ schema }) => rowsOf(api, schema, markMissing)),
  );
  const examples = answers.flatMap(({ medias }) => medias.flatMap((media) => examplesOf(api, media)));
  return `${table(['status', 'answer', 'when'], rows)}${table(['key', 'values', 'meaning'], keys)}${examples.join('')}`;
}

/**
 * @param {OpenApi} api
 * @param {string} name
 * @param {Schema} schema
 */
function shapeOf(api, name, schema) {
  const rows = rowsOf(api, schema, name.endsWith('Parameters') ? markRequired : markMissing);
  const type = rows.length > 0 ? '' : `<p>${typeOf({ ...schema, description: '' })}</p>`;
  return `<article id="shape-${name}"><h3>${escaped(name)}</h3>${prose(schema.description)}${type}${table(
    ['key', 'values', 'meaning'],
    rows,
  )}</article>`;
}

/**
 * The keys of an object, those of objects inside it by their way: `decision.reason`, `messages[].sid`.
 * @param {OpenApi} api
 * @param {Schema} schema
 * @param {(isRequired: boolean) => string} mark
 * @param {string} way
 * @returns {string[]}
 */
function rowsOf(api, schema, mark, way = '') {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const inside = [property, property.items, ...(property.oneOf ?? []), ...(property.anyOf ?? [])];
    const nested = inside.flatMap((part) =>
      part?.properties ? rowsOf(api, part, mark, `${way}${name}${part === property.items ? '[]' : ''}.`) : [],
    );
    const isRequired = schema.required?.includes(name) === true;
    return [row(api, `${way}${name}`, mark(isRequired), property), ...nested];
  });
}

/** @param {boolean} isRequired */
const markRequired = (isRequired) => (isRequired ? 'required' : '');

/** @param {boolean} isRequired of an answer, whose keys are nearly all there */
const markMissing = (isRequired) => (isRequired ? '' : 'may be missing');

/**
 * @param {OpenApi} api
 * @param {string} name
 * @param {string} mark
 * @param {Schema} schema
 */
function row(api, name, mark, schema) {
  const meaning = schema.description ?? found(api, schema).description ?? '';
  const standard = schema.default === undefined ? '' : ` Default ${code(schema.default)}.`;
  const note = mark && ` <span class="note">${mark}</span>`;
  return `<tr><td>${code(name)}${note}</td><td>${typeOf(schema)}</td><td>${inline(meaning)}${standard}</td></tr>`;
}

/**
 * @param {string[]} heads
 * @param {string[]} rows
 */
function table(heads, rows) {
  if (rows.length === 0) return '';
  return `<div class="wide"><table><thead><tr>${heads
    .map((head) => `<th scope="col">${head}</th>`)
    .join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
}

/**
 * What a value may be, in words.
 * @param {Schema} schema
 * @returns {string}
 */
function typeOf(schema) {
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return `<a href="#shape-${name}">${escaped(name)}</a>`;
  }
  if (schema.enum) return [...new Set(schema.enum.map(code))].join(', ');
  if ('const' in schema) return code(schema.const);
  const either = schema.oneOf ?? schema.anyOf;
  if (either) return [...new Set(either.map(typeOf))].join(' or ');
  if (schema.allOf && !schema.properties) return schema.allOf.map(typeOf).join(' and ');
  if (schema.items) return `list of ${typeOf(schema.items)}`;
  const types = [schema.type ?? 'any'].flat();
  return `${types.map(escaped).join(' or ')}${limitsOf(schema)}`;
}

/** @param {Schema} schema */
function limitsOf({ minimum, maximum, maxLength }) {
  const limits = [
    ...(minimum === undefined ? [] : [`from ${minimum}`]),
    ...(maximum === undefined ? [] : [`to ${maximum}`]),
    ...(maxLength === undefined ? [] : [`at most ${maxLength} characters`]),
  ];
  return limits.length > 0 ? `, ${limits.join(' ')}` : '';
}

/**
 * @param {OpenApi} api
 * @param {Media} media
 */
function examplesOf(api, media) {
  return Object.values(media.examples ?? {}).map(
    (example) => `<pre>${escaped(JSON.stringify(found(api, example).value, null, 2))}</pre>`,
  );
}

/**
 * @template {{ $ref?: string }} Thing
 * @param {OpenApi} api
 * @param {Thing} thing
 * @returns {Thing} itself, or what it refers to
 */
function found(api, thing) {
  if (!thing.$ref) return thing;
  /** @type {any} the document is data of its own kind: a reference may lead to anything in it */
  let target = api;
  for (const part of thing.$ref.replace(/^#\//, '').split('/')) target = target?.[part];
  if (target === undefined) throw new Error(`openapi.yaml refers to ${thing.$ref}, which is not there.`);
  return target;
}

/** @param {Route} route */
function titleOf({ method, path }) {
  return `<code>${method} ${escaped(path)}</code>`;
}

/** @param {Route} route */
function anchorOf({ method, path }) {
  return `${method}${path}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

/** @param {unknown} value */
function code(value) {
  return `<code>${escaped(String(value))}</code>`;
}

/** @param {string | undefined} text paragraphs with an empty line between */
function prose(text) {
  const paragraphs = (text ?? '').trim().split(/\n\s*\n/);
  return paragraphs.map((paragraph) => (paragraph ? `<p>${inline(paragraph)}</p>` : '')).join('');
}

/** @param {string} text with code in backticks, and addresses */
function inline(text) {
  return escaped(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/(?<=^|[\s(])https:\/\/[^\s)<]+[^\s)<.,]/g, '<a href="$&" rel="noreferrer">$&</a>');
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
