/**
 * The query or form parameters of one request, checked against those the route knows. A name that the route does not
 * know is refused loudly: real Twilio ignores it in silence, which is how a misspelt parameter goes unnoticed.
 */
import { unknownParameter } from './twilio-error';

export class Parameters {
  private readonly values = new Map<string, string[]>();

  constructor(source: URLSearchParams, known: readonly string[], where: 'query' | 'form') {
    for (const [name, value] of source) {
      if (!known.includes(name)) {
        const list = known.length > 0 ? `It knows: ${known.join(', ')}.` : 'It takes none.';
        throw unknownParameter(`The ${where} parameter "${name}" is unknown to this request. ${list}`);
      }
      const earlier = this.values.get(name);
      if (earlier) earlier.push(value);
      else this.values.set(name, [value]);
    }
  }

  get size(): number {
    return this.values.size;
  }

  get(name: string): string | undefined {
    return this.values.get(name)?.[0];
  }

  all(name: string): string[] {
    return this.values.get(name) ?? [];
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  /** The parameters as they were given, less the named ones: what a paging link repeats. */
  without(...names: string[]): URLSearchParams {
    const rest = new URLSearchParams();
    for (const [name, values] of this.values) {
      if (!names.includes(name)) for (const value of values) rest.append(name, value);
    }
    return rest;
  }
}
