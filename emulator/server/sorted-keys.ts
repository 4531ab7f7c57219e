/**
 * Keys kept in order, so that a page of a list with a hundred thousand entries costs no more than a page of a short
 * one. It must not hold values; the owner looks them up.
 */

const CHUNK = 512;

export class SortedKeys<K extends string | number> {
  private readonly chunks: K[][] = [[]];

  add(key: K): void {
    const chunkIndex = this.chunkFor(key);
    const chunk = this.chunks[chunkIndex] ?? [];
    chunk.splice(this.position(chunk, key), 0, key);
    if (chunk.length > CHUNK) {
      this.chunks.splice(chunkIndex + 1, 0, chunk.splice(CHUNK / 2));
    }
  }

  delete(key: K): void {
    const chunkIndex = this.chunkFor(key);
    const chunk = this.chunks[chunkIndex] ?? [];
    const position = this.position(chunk, key);
    if (chunk[position] !== key) return;
    chunk.splice(position, 1);
    if (chunk.length === 0 && this.chunks.length > 1) this.chunks.splice(chunkIndex, 1);
  }

  /** Every key from `from` on (or from the beginning), upwards. */
  *ascending(from: K | null): Generator<K> {
    const start = from === null ? 0 : this.chunkFor(from);
    for (let index = start; index < this.chunks.length; index++) {
      const chunk = this.chunks[index] ?? [];
      const first = index === start && from !== null ? this.position(chunk, from) : 0;
      for (let position = first; position < chunk.length; position++) {
        const key = chunk[position];
        if (key !== undefined) yield key;
      }
    }
  }

  /** Every key from `from` (or from the end), downwards. */
  *descending(from: K | null): Generator<K> {
    const start = from === null ? this.chunks.length - 1 : this.chunkFor(from);
    for (let index = start; index >= 0; index--) {
      const chunk = this.chunks[index] ?? [];
      let position = chunk.length - 1;
      if (index === start && from !== null) {
        position = this.position(chunk, from);
        if (chunk[position] !== from) position--;
      }
      for (; position >= 0; position--) {
        const key = chunk[position];
        if (key !== undefined) yield key;
      }
    }
  }

  /** The last chunk whose first key is not above `key`. */
  private chunkFor(key: K): number {
    let low = 0;
    let high = this.chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const first = this.chunks[middle]?.[0];
      if (first !== undefined && first <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The first place in the chunk whose key is not below `key`. */
  private position(chunk: readonly K[], key: K): number {
    let low = 0;
    let high = chunk.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const at = chunk[middle];
      if (at !== undefined && at < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
