/** Whom the agent's server may write to: nobody, the numbers that its operator named, or anyone. The agent cannot change it. */

export type Permission =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'named'; readonly people: ReadonlySet<string> }
  | { readonly kind: 'anyone' };

export type PermissionRead =
  | { readonly ok: true; readonly permission: Permission }
  | { readonly ok: false; readonly message: string };

/** @param to as `--to` named them, each a number, a BSUID or `any` */
export function readPermission(allowSend: boolean, to: readonly string[]): PermissionRead {
  const names = to.map((name) => (name === 'any' ? name : plainAddress(name)));
  const malformed = names.indexOf(null);
  if (malformed >= 0) {
    return {
      ok: false,
      message: `--to number ${malformed + 1} is malformed: give a number such as +15551234567, a BSUID, or any.`,
    };
  }
  if (!allowSend) return { ok: true, permission: { kind: 'nobody' } };
  if (names.includes('any')) return { ok: true, permission: { kind: 'anyone' } };
  const people = new Set(names.flatMap((name) => name ?? []));
  if (people.size > 0) return { ok: true, permission: { kind: 'named', people } };
  return {
    ok: false,
    message: '--allow-send needs --to: name each number that may be written to, or say --to any.',
  };
}

/** An address without spaces, punctuation and `whatsapp:`; null where it is none. */
export function plainAddress(address: string): string | null {
  const bare = address.trim().replace(/^whatsapp:/i, '');
  const number = bare.replace(/[\s().-]/g, '');
  if (/^\+\d{7,15}$/.test(number)) return number;
  return /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/.test(bare) ? bare : null;
}

export function mayWriteTo(permission: Permission, to: string): boolean {
  if (permission.kind !== 'named') return permission.kind === 'anyone';
  const address = plainAddress(to);
  return address !== null && permission.people.has(address);
}
