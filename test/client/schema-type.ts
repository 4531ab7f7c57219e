/** A schema of openapi.yaml as the text of a TypeScript type, so that the compiler can compare it with the client's. */

type Schema = Readonly<Record<string, unknown>>;

export function typeOf(schema: unknown, components: Schema): string {
  if (!isSchema(schema)) return 'unknown';
  if (typeof schema.$ref === 'string')
    return typeOf(components[schema.$ref.split('/').at(-1) ?? ''], components);
  const of = (part: unknown) => typeOf(part, components);
  // `if` and `then` say what goes with what, which the types do not.
  const parts = [
    ...literals(schema),
    ...alternatives(schema, of),
    ...listOf(schema.allOf)
      .filter((part) => isSchema(part) && !('if' in part))
      .map(of),
    ...own(schema, of),
  ];
  return parts.length === 0 ? 'unknown' : parts.map((part) => `(${part})`).join(' & ');
}

function literals({ enum: values, const: only }: Schema): readonly string[] {
  const all = only === undefined ? listOf(values) : [only];
  return all.length === 0 ? [] : [all.map((value) => JSON.stringify(value)).join(' | ')];
}

function alternatives({ oneOf, anyOf }: Schema, of: (part: unknown) => string): readonly string[] {
  const all = [...listOf(oneOf), ...listOf(anyOf)];
  return all.length === 0 ? [] : [all.map(of).join(' | ')];
}

function own(schema: Schema, of: (part: unknown) => string): readonly string[] {
  const { type, properties, required, additionalProperties, items } = schema;
  if (isSchema(properties)) {
    const fields = Object.entries(properties).map(
      ([name, field]) => `${JSON.stringify(name)}${listOf(required).includes(name) ? '' : '?'}: ${of(field)}`,
    );
    return [`{ ${fields.join('; ')} }`];
  }
  if (type === 'object') {
    return [isSchema(additionalProperties) ? `Record<string, ${of(additionalProperties)}>` : 'object'];
  }
  if (type === 'array') return [`readonly (${of(items)})[]`];
  const names = (Array.isArray(type) ? type : [type]).filter((name) => typeof name === 'string');
  return names.length === 0 ? [] : [names.map((name) => (name === 'integer' ? 'number' : name)).join(' | ')];
}

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null;
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
