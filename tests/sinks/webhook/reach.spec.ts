import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNetwork, isOutOfReach, reachOf } from '../../../src/sinks/webhook/reach.js';

const publicOnly = reachOf([]);

describe('the reach of a webhook', () => {
  it.each(['8.8.8.8', '151.101.1.1', '2606:4700:4700::1111', '::ffff:8.8.8.8'])('holds %s', (address) => {
    expect(publicOnly(address)).toBe(true);
  });

  it.each([
    ['this machine', ['127.0.0.1', '127.9.9.9', '::1', '0.0.0.0', '::', '::ffff:127.0.0.1']],
    ['a private network', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fd00::1', 'fc00::1', 'fec0::1']],
    ['a link', ['169.254.1.1', 'fe80::1', 'fe80::1%eth0']],
    ['the metadata of a cloud machine', ['169.254.169.254', 'fd00:ec2::254', '100.100.100.200', '::ffff:169.254.169.254']],
    ['a carrier', ['100.64.0.1']],
    ['many at once', ['224.0.0.1', '255.255.255.255', 'ff02::1']],
    ['a translation of an inner address', ['64:ff9b::a00:1', '2002:a00:1::', '2001:0:a00:1::', '::7f00:1', '::10.0.0.1']],
    ['nobody', ['192.0.2.1', '198.18.0.1', '240.0.0.1', '2001:db8::1', '0.1.2.3']],
    ['no address', ['', 'localhost', 'example.com', '1.2.3.4.5', '1.2.3.4/8']],
  ])('does not hold what leads to %s', (_, addresses) => {
    expect(addresses.filter(publicOnly)).toStrictEqual([]);
  });

  it('holds what the settings allow besides, and nothing next to it', () => {
    const reach = reachOf(['10.1.0.0/16', '127.0.0.1', 'fd12::/32']);
    expect(['10.1.2.3', '127.0.0.1', '::ffff:10.1.2.3', 'fd12::7', '8.8.8.8'].filter(reach)).toHaveLength(5);
    expect(['10.2.0.1', '127.0.0.2', 'fd13::7', '::1'].filter(reach)).toStrictEqual([]);
  });

  it('knows a network when it sees one', () => {
    expect(['10.0.0.0/8', '10.0.0.1', '::1', 'fd00::/8'].every(isNetwork)).toBe(true);
    expect(['', 'lan', '10.0.0.0/33', '10.0.0/8/8', '*'].some(isNetwork)).toBe(false);
  });

  it('tells a numeric host out of reach before anything is looked up', () => {
    const hosts = ['127.0.0.1', '[::1]', '10.0.0.1', '8.8.8.8', 'hooks.example.com'];
    expect(hosts.filter((host) => isOutOfReach(host, publicOnly))).toStrictEqual(['127.0.0.1', '[::1]', '10.0.0.1']);
    for (const odd of ['0x7f.1', '2130706433', '0177.0.0.1'])
      expect(isOutOfReach(new URL(`https://${odd}`).hostname, publicOnly)).toBe(true);
  });

  it('never holds a private address, however it is written', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const inner = fc.oneof(
      fc.tuple(fc.constant(10), octet, octet, octet),
      fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), octet, octet),
      fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
      fc.tuple(fc.constant(127), octet, octet, octet),
      fc.tuple(fc.constant(169), fc.constant(254), octet, octet),
    );
    fc.assert(
      fc.property(inner, (octets) => {
        const text = octets.join('.');
        expect([publicOnly(text), publicOnly(`::ffff:${text}`), publicOnly(`64:ff9b::${text}`)]).toStrictEqual([
          false,
          false,
          false,
        ]);
      }),
    );
  });
});
