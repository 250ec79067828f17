import type { Market } from '../../model/series.js';
import type { Lost } from './bars.js';
import { RecordingError } from './columns.js';
import type { Listed, ListedBeside } from './listing.js';
import { createListing, statusAt } from './listing.js';
import type { Recording } from './recording.js';

/** One market of the exchange: what is listed and what really happened there, holes that a script made included. */
export interface World {
  readonly market: Market;
  /** Length of the recorded bars; 0 when nothing is recorded. */
  readonly stepMs: number;
  readonly lost: Lost;
  /** A symbol that is listed now (scripts can take one away), or `undefined`. */
  find(symbol: string): Listed | undefined;
  all(): readonly Listed[];
  statusOf(listed: Listed, nowMs: number): string;
  /** Bars with open times from `fromMs` up to but not including `toMs` exist nowhere from now on. */
  lose(fromMs: number, toMs: number): void;
  /** Shows another status; `null` takes the symbol off the list; `undefined` gives its own back. */
  setStatus(symbol: string, status: string | null | undefined): void;
  /** First and last instant of the recordings. */
  readonly span: { readonly fromMs: number; readonly toMs: number } | null;
}

/** Throws a `RecordingError` when the recordings have different intervals or two are of one symbol. */
export const createWorld = (market: Market, recordings: readonly Recording[], beside: readonly ListedBeside[]): World => {
  const listing = createListing(market, recordings, beside);
  const steps = new Set(recordings.map((recording) => recording.stepMs));
  if (steps.size > 1) throw new RecordingError(`${market}: the recordings have different intervals`);
  if (new Set(recordings.map(({ symbol }) => symbol)).size < recordings.length)
    throw new RecordingError(`${market}: two recordings are of one symbol`);
  const holes: { readonly fromMs: number; readonly toMs: number }[] = [];
  const statuses = new Map<string, string | null>();

  return {
    market,
    stepMs: recordings[0]?.stepMs ?? 0,
    lost: (openTimeMs) => holes.length > 0 && holes.some(({ fromMs, toMs }) => openTimeMs >= fromMs && openTimeMs < toMs),
    find: (symbol) => (statuses.get(symbol) === null ? undefined : listing.get(symbol)),
    all: () => [...listing.values()].filter(({ symbol }) => statuses.get(symbol) !== null),
    statusOf: (listed, nowMs) => statuses.get(listed.symbol) ?? statusAt(listed, nowMs),
    lose: (fromMs, toMs) => {
      holes.push({ fromMs, toMs });
    },
    setStatus: (symbol, status) => {
      if (status === undefined) statuses.delete(symbol);
      else statuses.set(symbol, status);
    },
    span:
      recordings.length === 0
        ? null
        : {
            fromMs: Math.min(...recordings.map(({ firstMs }) => firstMs)),
            toMs: Math.max(...recordings.map(({ firstMs, cells, stepMs }) => firstMs + cells * stepMs)),
          },
  };
};
