import { BlockList, isIP, isIPv4 } from 'node:net';

/** Special-purpose networks of the IANA registries: nothing that the public internet routes to one machine. */
const SPECIAL_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** Global unicast; whatever is outside of it (loopback, mapped IPv4, NAT64, ULA, link-local, multicast) is refused. */
const GLOBAL_IPV6 = networks(['2000::/3']);
/** Within global unicast: Teredo and other protocols, documentation, 6to4. */
const SPECIAL_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];
const SPECIAL = networks([...SPECIAL_IPV4, ...SPECIAL_IPV6]);

/** True of an IP address that belongs to a machine on the public internet. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !SPECIAL.check(address, 'ipv4');
  return inNetworks(GLOBAL_IPV6, address) && !SPECIAL.check(address, 'ipv6');
}

/** True when an IP address lies in one of the networks; an address of a zone (`fe80::1%eth0`) lies in none. */
export function inNetworks(list: BlockList, address: string): boolean {
  const version = address.includes('%') ? 0 : isIP(address);
  return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

/** Networks written as `address/prefix`. Throws TypeError or RangeError for one that is none. */
export function networks(texts: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of texts) {
    const [address = '', prefix = ''] = text.split('/');
    if (!/^[0-9]{1,3}$/.test(prefix)) throw new TypeError(`${text} has no prefix length`);
    list.addSubnet(address, Number(prefix), isIPv4(address) ? 'ipv4' : 'ipv6');
  }
  return list;
}
