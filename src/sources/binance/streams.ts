import type { Interval } from '../../model/interval.js';

/** Spot swallows a larger SUBSCRIBE in silence (about 4 096 bytes); binance-protocol.md §6. */
const BATCH_BYTES_MAX = 3_500;
const BATCH_NAMES_MAX = 150;

/** The stream of a symbol's bars. ASCII letters are in lower case there, all others as they are. */
export const streamName = (symbol: string, interval: Interval): string =>
  `${symbol.replace(/[A-Z]/g, (letter) => letter.toLowerCase())}@kline_${interval}`;

/** Names in groups that one SUBSCRIBE may hold, raw UTF-8. */
export const batches = (names: readonly string[]): readonly (readonly string[])[] => {
  const groups: string[][] = [];
  let bytes = 0;
  for (const name of names) {
    const size = Buffer.byteLength(JSON.stringify(name)) + 1;
    const latest = groups.at(-1);
    if (latest === undefined || latest.length >= BATCH_NAMES_MAX || bytes + size > BATCH_BYTES_MAX - 100) {
      groups.push([name]);
      bytes = size;
    } else {
      latest.push(name);
      bytes += size;
    }
  }
  return groups;
};

/** A control message of the exchange. `id` names the answer. */
export const controlText = (method: 'SUBSCRIBE' | 'UNSUBSCRIBE', names: readonly string[], id: number): string =>
  JSON.stringify({ method, params: names, id });

/**
 * Which symbols which socket carries. Whoever has a place keeps it; those who leave make room, those who come fill it, and
 * new sockets are added at the end. A socket never vanishes: it may be empty.
 */
export const assign = (
  shards: readonly (readonly string[])[],
  wanted: readonly string[],
  perSocket: number,
): readonly (readonly string[])[] => {
  const wantedSet = new Set(wanted);
  const next = shards.map((symbols) => symbols.filter((symbol) => wantedSet.has(symbol)));
  const placed = new Set(next.flat());
  let shard = 0;
  for (const symbol of wanted) {
    if (placed.has(symbol)) continue;
    while (shard < next.length && (next[shard]?.length ?? 0) >= perSocket) shard++;
    if (shard === next.length) next.push([]);
    next[shard]?.push(symbol);
    placed.add(symbol);
  }
  return next;
};
