/** Which addresses lie in a private network, where a service that calls what others name must not go. */
import { BlockList, isIP } from 'node:net';

/** https://www.iana.org/assignments/iana-ipv4-special-registry and its counterpart for IPv6 */
const IPV4 = [
  ...([
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
  ] as const),
  ...(['192.0.0.0/24', '192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/4', '240.0.0.0/4'] as const),
];
/** Those of the second line have an IPv4 address in them, behind which a private network may stand. */
const IPV6 = [
  ...(['::1/128', '100::/64', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'] as const),
  ...(['::/96', '::ffff:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48', '2001::/32', '2002::/16'] as const),
] as const;

/** Made when it is first asked for: most containers never forward anything. */
let privateNetworks: BlockList | undefined;

function listOfPrivate(): BlockList {
  const list = new BlockList();
  for (const [family, subnets] of [['ipv4', IPV4] as const, ['ipv6', IPV6] as const]) {
    for (const subnet of subnets) {
      const [network = '', prefix] = subnet.split('/');
      list.addSubnet(network, Number(prefix), family);
    }
  }
  return list;
}

const LOCAL = new Set(['localhost', '127.0.0.1', '[::1]']);

/** A developer's own machine, by its usual names. @param hostname as `URL` gives it */
export function isLocalHost(hostname: string): boolean {
  return LOCAL.has(hostname);
}

/** @param address an IP address, or a name, of which nothing is known here: false. IPv6 with or without brackets */
export function isPrivateAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, '');
  const version = isIP(bare);
  privateNetworks ??= listOfPrivate();
  return version !== 0 && privateNetworks.check(bare, version === 4 ? 'ipv4' : 'ipv6');
}
