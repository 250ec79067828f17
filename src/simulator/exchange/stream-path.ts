import type { Market } from '../../model/series.js';
import type { PathClass } from './channels.js';
import { LIMITS } from './limits.js';

/** What an upgrade request asks for. */
export interface StreamPath {
  readonly market: Market;
  readonly pathClass: PathClass;
  readonly combined: boolean;
  /** Streams named in the address itself. */
  readonly names: readonly string[];
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    // A broken escape is taken as it stands; it then names no stream, which is what a bogus name does.
    return text;
  }
};

const namesIn = (text: string): readonly string[] => decode(text).split('/').filter((name) => name !== ''); // prettier-ignore

/** `ws`, `ws/<s1>/<s2>`, `stream`, `stream?streams=<s1>/<s2>`; anything else is no stream address (§2.2). */
const readDoor = (rest: string): Pick<StreamPath, 'combined' | 'names'> | null => {
  if (rest === 'ws' || rest === 'stream') return { combined: rest === 'stream', names: [] };
  if (rest.startsWith('ws/') && rest.length > 3 && !rest.includes('?')) return { combined: false, names: namesIn(rest.slice(3)) };
  if (!rest.startsWith('stream?')) return null;
  const streams = rest.slice(7).split('&').find((pair) => pair.startsWith('streams=')); // prettier-ignore
  return streams === undefined ? null : { combined: true, names: namesIn(streams.slice(8)) };
};

/**
 * Reads an upgrade path. USD-M is split by path, and an unrouted one behaves as `/public` (§2.3); spot lives under `/spot`.
 * A number is the status that the upgrade is refused with.
 */
export const readStreamPath = (path: string): StreamPath | number => {
  const [, first = ''] = /^\/([^/?]*)/.exec(path) ?? [];
  const market: Market = first === 'spot' ? 'spot' : 'usdm';
  const { pathCharactersMax } = LIMITS[market];
  if (pathCharactersMax !== null && path.length > pathCharactersMax) return 414;
  const routed = first === 'market' || first === 'public' || first === 'private';
  const pathClass: PathClass = first === 'spot' ? 'spot' : routed ? first : 'public';
  const door = readDoor(path.slice(routed || first === 'spot' ? first.length + 2 : 1));
  return door === null ? 404 : { market, pathClass, ...door };
};
