/** What is of this project in a Sync service, which may hold anything beside it. */

/** By the beginning of its name. */
const OWN = /^(?:window|guard|link|held|key|sent|forget|repair|send|call|items|setup)\./;

export function isOwnObject(name: string | null): name is string {
  return name !== null && OWN.test(name);
}
