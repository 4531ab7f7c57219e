/** The parts of an OpenAPI 3.0 document that are read here, and a walk over its schemas. It must not know what is right or wrong. */

export interface Schema {
  type?: string;
  format?: string;
  nullable?: boolean;
  $ref?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  enum?: unknown[];
  items?: Schema;
  additionalProperties?: boolean | Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  /** Ours: may be left out of an answer. */
  'x-may-be-missing'?: boolean;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
  readonly $ref?: string;
}

export interface Content {
  readonly schema: Schema;
}

export interface Answer {
  readonly content?: Readonly<Record<string, Content>>;
  readonly headers?: Readonly<Record<string, unknown>>;
}

export interface Operation {
  readonly operationId: string;
  parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Readonly<Record<string, Content>> };
  readonly responses: Record<string, Answer>;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
export type Method = (typeof METHODS)[number];

export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Partial<Record<Method, Operation>>>>;
  readonly components: {
    readonly schemas: Record<string, Schema>;
    readonly parameters?: Readonly<Record<string, Parameter>>;
  };
}

export interface Place {
  readonly path: string;
  readonly method: Method;
  readonly operation: Operation;
}

export function operationsOf(document: OpenApiDocument): readonly Place[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation ? [{ path, method, operation }] : [];
    }),
  );
}

/** Puts parameters that are only referred to in the place of the reference. */
export function withParametersInPlace(document: OpenApiDocument): OpenApiDocument {
  const named = (reference: string) =>
    document.components.parameters?.[reference.replace('#/components/parameters/', '')];
  for (const { operation } of operationsOf(document)) {
    operation.parameters = (operation.parameters ?? []).map(
      (parameter) => (parameter.$ref && named(parameter.$ref)) || parameter,
    );
  }
  return document;
}

/** Every schema of the document, those inside others too. A property may itself be called `properties`. */
export function forEachSchema(document: OpenApiDocument, visit: (schema: Schema) => void): void {
  const walk = (schema: Schema): void => {
    visit(schema);
    const { items, additionalProperties } = schema;
    if (items) walk(items);
    if (typeof additionalProperties === 'object') walk(additionalProperties);
    const within = [...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
    for (const inner of [...Object.values(schema.properties ?? {}), ...within]) walk(inner);
  };
  for (const schema of Object.values(document.components.schemas)) walk(schema);
  for (const { operation } of operationsOf(document)) {
    for (const { schema } of operation.parameters ?? []) walk(schema);
    for (const { schema } of Object.values(operation.requestBody?.content ?? {})) walk(schema);
    for (const answer of Object.values(operation.responses)) {
      for (const { schema } of Object.values(answer.content ?? {})) walk(schema);
    }
  }
}
