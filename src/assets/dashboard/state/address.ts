/** The address of a person in this page: `#/+491701234567`, and `?from=` where it is not about the service's usual sender. */
import type { PairName } from '../service/requests';
import { bareAddress, typedAddress } from '../words/whatsapp-person';

export function addressOf(pair: PairName, usualSender: string): string {
  // A plus and a dot stand for themselves after the `#`.
  const from = pair.sender === usualSender || pair.sender === '' ? '' : `?from=${bareAddress(pair.sender)}`;
  return `#/${bareAddress(pair.user)}${from}`;
}

/** null where it names nobody. */
export function readAddress(hash: string): { readonly user: string; readonly sender: string | null } | null {
  const [, path = '', query = ''] = /^#\/([^?]+)(?:\?from=(.+))?$/.exec(decoded(hash)) ?? [];
  const user = typedAddress(path) ?? typedAddress(`whatsapp:${path}`);
  return user === null ? null : { user, sender: typedAddress(query) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
