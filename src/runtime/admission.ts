import { lookup as systemLookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { buildConnector } from 'undici';

/** The part of `dns.lookup` that is asked here: all addresses of a name. */
export type Lookup = (
  hostname: string,
  options: { readonly all: true; readonly family?: number; readonly hints?: number },
  answer: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export const namesOf: Lookup = (hostname, options, answer) => systemLookup(hostname, options, answer);

/** The code of the error that a connection ends with when none of the addresses is admitted. */
export const FORBIDDEN = 'ERR_ADDRESS_FORBIDDEN';

const forbidden = (): NodeJS.ErrnoException => Object.assign(new Error('address not admitted'), { code: FORBIDDEN });

/** The name's addresses without those that are not admitted, as `net.connect` asks for them: all, or only the first. */
const admitted =
  (admits: (address: string) => boolean, lookup: Lookup): LookupFunction =>
  (hostname, { family, hints, all = false }, answer) => {
    const wanted = family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : family;
    lookup(
      hostname,
      { all: true, ...(wanted === undefined ? {} : { family: wanted }), ...(hints === undefined ? {} : { hints }) },
      (error, found) => {
        if (error !== null) return answer(error, '');
        const reachable = found.filter(({ address }) => admits(address));
        const [first] = reachable;
        if (first === undefined) return answer(forbidden(), '');
        return all ? answer(null, reachable) : answer(null, first.address, first.family);
      },
    );
  };

/**
 * Opens connections only to addresses that are admitted. A name is looked up by the very step that connects, so that it cannot
 * lead elsewhere between being looked at and being used.
 */
export const admittedConnector = (
  admits: (address: string) => boolean,
  lookup: Lookup,
  timeoutMs: number,
): buildConnector.connector => {
  const connect = buildConnector({
    timeout: timeoutMs,
    lookup: admitted(admits, lookup),
  });
  return (options, callback) => {
    const literal = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) !== 0 && !admits(literal)) callback(forbidden(), null);
    else connect(options, callback);
  };
};
