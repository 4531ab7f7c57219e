/** A number with its noun, as a person writes it. */

/** @param plural where it is not the noun with an `s` @returns such as `1 document`, `2 people` */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
