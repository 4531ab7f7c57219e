/**
 * What openapi.yaml says of our answers, as validators and as a list: for tests and fuzzers that ask whether a real
 * answer is one of those that are promised. It must not ask the functions anything.
 */
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { documentText } from '../slow/docs/document';

interface Response {
  readonly description: string;
  readonly content: Readonly<Record<string, Media>>;
}
interface Media {
  readonly schema: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}
interface Operation {
  readonly operationId: string;
  readonly security: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: unknown }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Response>>;
}
interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

const ID = 'https://window.spec/openapi.yaml';
const document: unknown = parse(documentText('openapi.yaml'));
/** With the references between components followed; schemas keep theirs, for the validator to follow. */
export const openApi = withoutReferences(document) as OpenApi;

// Strict about the schemas, too: an unknown keyword is a misspelt one.
const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, strictTypes: false });
addFormats(ajv);
ajv.addVocabulary(['openapi', 'info', 'servers', 'tags', 'paths', 'components', 'example']);
ajv.addSchema(document as object, ID);

const compiled = new Map<string, ValidateFunction>();

/** @param schema as it stands in the document: its references are those of the document */
export function validatorOf(schema: unknown): ValidateFunction {
  const key = JSON.stringify(schema);
  const known = compiled.get(key) ?? ajv.compile(JSON.parse(key.replaceAll('"#/', `"${ID}#/`)));
  compiled.set(key, known);
  return known;
}

/** The operation that answers; to a method that an address does not take, any of it answers, with 405. */
function operationOf(path: string, method: string): Operation | undefined {
  const operations = openApi.paths[path.replace(/\?.*/s, '')];
  return operations?.[method.toLowerCase()] ?? Object.values(operations ?? {})[0];
}

/**
 * What about an answer is not as promised.
 * @param body the JSON, or the text where the answer is XML
 * @returns sentences; none where all is well
 */
export function problemsOf(path: string, method: string, status: number, body: unknown): readonly string[] {
  const operation = operationOf(path, method);
  if (!operation) return [`${path} is not documented`];
  const response = operation.responses[String(status)];
  if (!response) return [`${method} ${path}: the status ${status} is not documented`];
  const media = response.content[typeof body === 'string' ? 'text/xml' : 'application/json'];
  if (!media) return [`${method} ${path} ${status}: documented is ${Object.keys(response.content)}`];
  const validate = validatorOf(media.schema);
  if (validate(body)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${instancePath || 'the answer'} ${message} ${JSON.stringify(params)}`,
  );
}

export interface DocumentedAnswer {
  readonly path: string;
  readonly method: string;
  readonly status: number;
  /** Null where the answer has no error. */
  readonly code: string | null;
}

/** Every kind of answer: a row for each status, and for each error code of it. */
export function documentedAnswers(): readonly DocumentedAnswer[] {
  return operations().flatMap(({ path, method, operation }) =>
    Object.entries(operation.responses).flatMap(([status, { content }]) => {
      const codes = Object.values(content).flatMap(({ schema }) => errorCodes(schema));
      // /messages has Twilio's own error objects, whose codes are not listed.
      const all = status === '200' || codes.length === 0 ? [null, ...codes] : codes;
      return all.map((code) => ({ path, method, status: Number(status), code }));
    }),
  );
}

export function operations() {
  return Object.entries(openApi.paths).flatMap(([path, byMethod]) =>
    Object.entries(byMethod).map(([method, operation]) => ({
      path,
      method: method.toUpperCase(),
      operation,
    })),
  );
}

/** The names of parameters that an operation takes, in its query or its body. */
export function parameterNames(operation: Operation): readonly string[] {
  const inBody = Object.values(operation.requestBody?.content ?? {}).flatMap(({ schema }) =>
    propertyNames(schema),
  );
  return [...new Set([...(operation.parameters ?? []).map(({ name }) => name), ...inBody])];
}

function errorCodes(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  if ('$ref' in schema) return errorCodes(follow(schema.$ref));
  const {
    properties,
    allOf = [],
    oneOf = [],
  } = schema as {
    properties?: { error?: { properties?: { code?: { enum?: readonly string[] } } } };
    allOf?: readonly unknown[];
    oneOf?: readonly unknown[];
  };
  const own = properties?.error?.properties?.code?.enum ?? [];
  return [...own, ...[...allOf, ...oneOf].flatMap(errorCodes)];
}

function propertyNames(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  if ('$ref' in schema) return propertyNames(follow(schema.$ref));
  const { properties = {}, anyOf = [] } = schema as { properties?: object; anyOf?: readonly unknown[] };
  return [...Object.keys(properties), ...anyOf.flatMap(propertyNames)];
}

function follow(reference: unknown): unknown {
  return String(reference)
    .replace('#/', '')
    .split('/')
    .reduce<unknown>(
      (found, name) => (found as Readonly<Record<string, unknown>> | undefined)?.[name],
      document,
    );
}

function withoutReferences(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutReferences);
  if (typeof node !== 'object' || node === null) return node;
  const { $ref } = node as { $ref?: unknown };
  if (typeof $ref === 'string' && !$ref.startsWith('#/components/schemas/'))
    return withoutReferences(follow($ref));
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, withoutReferences(value)]));
}
