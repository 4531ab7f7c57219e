/**
 * The JSON body or the query of a control request, taken apart field by field. A field nobody asked for is refused by
 * name when the reading is done, so a misspelt one never goes unnoticed.
 */

export class ControlError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export class Fields {
  private readonly asked = new Set<string>();

  private constructor(
    private readonly values: Readonly<Record<string, unknown>>,
    private readonly where: string,
  ) {}

  static fromBody(text: string): Fields {
    let parsed: unknown;
    try {
      parsed = text.trim() === '' ? {} : JSON.parse(text);
    } catch {
      throw new ControlError(400, 'The body is not JSON.');
    }
    return Fields.fromValue(parsed, 'body');
  }

  static fromQuery(query: URLSearchParams): Fields {
    return new Fields(Object.fromEntries(query), 'query');
  }

  static fromValue(value: unknown, where: string): Fields {
    if (!isObject(value)) throw new ControlError(400, `The ${where} must be a JSON object.`);
    return new Fields(value, where);
  }

  has(name: string): boolean {
    this.asked.add(name);
    return this.values[name] !== undefined;
  }

  text(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined || typeof value === 'string') return value;
    throw this.wrong(name, 'must be text');
  }

  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') throw this.wrong(name, 'is required');
    return value;
  }

  /** Null is a value here: it takes a setting back. */
  textOrNull(name: string): string | null | undefined {
    return this.value(name) === null ? null : this.text(name);
  }

  number(name: string): number | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    const number = typeof value === 'string' && this.where === 'query' ? Number(value) : value;
    if (typeof number === 'number' && Number.isFinite(number)) return number;
    throw this.wrong(name, 'must be a number');
  }

  boolean(name: string): boolean | undefined {
    const value = this.value(name);
    if (value === undefined || typeof value === 'boolean') return value;
    throw this.wrong(name, 'must be true or false');
  }

  list(name: string): unknown[] | undefined {
    const value = this.value(name);
    if (value === undefined || Array.isArray(value)) return value;
    throw this.wrong(name, 'must be a list');
  }

  fields(name: string): Fields | undefined {
    const value = this.value(name);
    return value === undefined ? undefined : Fields.fromValue(value, name);
  }

  /** Names and texts of an object whose names are not fixed. */
  texts(name: string): Record<string, string> | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (!isObject(value)) throw this.wrong(name, 'must be an object');
    const texts: Record<string, string> = {};
    for (const [key, text] of Object.entries(value)) {
      if (typeof text !== 'string') throw this.wrong(`${name}.${key}`, 'must be text');
      texts[key] = text;
    }
    return texts;
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    const given = this.text(name);
    if (given === undefined) return undefined;
    const found = values.find((value) => value === given);
    if (found !== undefined) return found;
    throw this.wrong(name, `must be one of ${values.join(', ')}`);
  }

  /** Call it when every field has been read. */
  done(): void {
    for (const name of Object.keys(this.values)) {
      if (!this.asked.has(name)) {
        const known = [...this.asked].join(', ');
        throw this.wrong(name, `is unknown; known are: ${known || 'none'}`);
      }
    }
  }

  wrong(name: string, problem: string): ControlError {
    return new ControlError(400, `"${name}" in the ${this.where} ${problem}.`);
  }

  private value(name: string): unknown {
    this.asked.add(name);
    return this.values[name];
  }
}
