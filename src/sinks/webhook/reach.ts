import ipaddr from 'ipaddr.js';

/*
 * Whom a webhook may reach. An address in a settings file may be somebody else's idea, and a name may be made to lead into the
 * network behind it: to a router, a database, the metadata of a cloud machine. Only what is certainly public is reached, and what
 * the settings allow on top of it; everything else is refused, whatever it is called.
 */

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = readonly [Address, number];

/** Global addresses of IPv6 are handed out of this one network. */
const GLOBAL_V6: Network = ipaddr.parseCIDR('2000::/3');

const parsed = (text: string): Address | null => (ipaddr.isValid(text) ? ipaddr.process(text) : null);

const isPublic = (address: Address): boolean =>
  address.range() === 'unicast' && (address.kind() === 'ipv4' || address.match(GLOBAL_V6 as [ipaddr.IPv6, number]));

/** A network as `10.1.0.0/16`, or one address; `null` when it is neither. */
const networkOf = (text: string): Network | null => {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  const address = text.includes('/') ? null : parsed(text);
  return address === null ? null : [address, address.kind() === 'ipv4' ? 32 : 128];
};

export const isNetwork = (text: string): boolean => networkOf(text) !== null;

const isWithin = (address: Address, [network, bits]: Network): boolean =>
  address.kind() === network.kind() && address.match([network, bits] as [ipaddr.IPv6, number]);

/** Whether a numeric address may be reached: it is public, or in one of the allowed networks. */
export const reachOf = (allowed: readonly string[]): ((address: string) => boolean) => {
  const networks = allowed.map(networkOf).filter((network) => network !== null);
  return (text) => {
    const address = parsed(text);
    return address !== null && (isPublic(address) || networks.some((network) => isWithin(address, network)));
  };
};

/** Of the host of a URL: whether it is a numeric address that may not be reached. A name is only known when it is looked up. */
export const isOutOfReach = (hostname: string, admits: (address: string) => boolean): boolean => {
  const literal = hostname.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(literal) && !admits(literal);
};
