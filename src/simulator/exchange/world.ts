import type { Market } from '../../model/series.js';
import type { Lost } from './bars.js';
import { wholeBar } from './bars.js';
import { RecordingError } from './columns.js';
import type { Days } from './day.js';
import { createDays } from './day.js';
import type { Listed, ListedBeside } from './listing.js';
import { createListing, listBeside, statusAt, streamSymbol } from './listing.js';
import type { BarText, Recording } from './recording.js';

/** Bars that open from `fromMs` up to but not including `toMs` exist nowhere; `symbol: null` means all of the market. */
export interface Hole {
  readonly fromMs: number;
  readonly toMs: number;
  readonly symbol: string | null;
}

/** One bar of one symbol; longer bars than the recorded ones are named by their own length. */
export interface BarPlace {
  readonly symbol: string;
  readonly lengthMs: number;
  readonly openTimeMs: number;
}

/** One market of the exchange: what is listed and what really happened there, holes that a script made included. */
export interface World {
  readonly market: Market;
  /** Length of the recorded bars; 0 when nothing is recorded. */
  readonly stepMs: number;
  /** Which bars of a symbol a script has taken away. */
  lostOf(symbol: string): Lost;
  /** Changes whenever a script takes bars away or gives them back, so that sums over bars may be kept until then. */
  version(): number;
  readonly days: Days;
  /** A symbol that is listed now (scripts can take one away), or `undefined`. */
  find(symbol: string): Listed | undefined;
  /** What a symbol plays, whether or not it is listed any more. */
  played(symbol: string): Recording | null;
  /** The symbol that stands before `@` in the name of a stream. */
  streamed(name: string): string | undefined;
  all(): readonly Listed[];
  /** Every symbol that is or was listed. */
  symbols(): Iterable<string>;
  /** What exchangeInfo shows of it: all, unless a script has cut it short. */
  catalogue(): readonly Listed[];
  statusOf(listed: Listed, nowMs: number): string;
  /** The whole bar as the stream tells it, or over REST; `null` when there is none. */
  bar(recording: Recording, place: BarPlace, door: 'stream' | 'rest'): BarText | null;
  /** Makes a hole; the result ends it at an open time. */
  lose(hole: Hole): (untilMs: number) => void;
  /** Other values for a bar from now on, at both doors or over REST alone. */
  revise(place: BarPlace, values: Partial<BarText>, door: 'both' | 'rest'): void;
  /** Shows another status; `null` takes the symbol off the list; `undefined` gives its own back. */
  setStatus(symbol: string, status: string | null | undefined): void;
  /** Lists one more; it has no bars before `nowMs`. */
  list(beside: ListedBeside, nowMs: number): Listed;
  /** exchangeInfo shows only the first of the symbols, this share of them (0…1). */
  show(share: number): void;
  /** First and last instant of the recordings. */
  readonly span: { readonly fromMs: number; readonly toMs: number } | null;
}

const barKey = ({ symbol, lengthMs, openTimeMs }: BarPlace): string => `${symbol}|${lengthMs}|${openTimeMs}`;

const createHoles = () => {
  const holes: { readonly symbol: string | null; readonly fromMs: number; toMs: number }[] = [];
  const lost = new Map<string, Lost>();
  let version = 0;
  const lostOf = (symbol: string): Lost => {
    const known = lost.get(symbol);
    if (known !== undefined) return known;
    const isLost: Lost = (timeMs) =>
      holes.length > 0 &&
      holes.some((hole) => timeMs >= hole.fromMs && timeMs < hole.toMs && (hole.symbol === null || hole.symbol === symbol));
    lost.set(symbol, isLost);
    return isLost;
  };
  return {
    lostOf,
    version: () => version,
    lose: (hole: Hole) => {
      const open = { ...hole };
      holes.push(open);
      version++;
      return (untilMs: number) => {
        open.toMs = Math.min(open.toMs, untilMs);
        version++;
      };
    },
  };
};

/** Throws a `RecordingError` when the recordings have different intervals or two are of one symbol. */
export const createWorld = (market: Market, recordings: readonly Recording[], beside: readonly ListedBeside[]): World => {
  const steps = new Set(recordings.map((recording) => recording.stepMs));
  if (steps.size > 1) throw new RecordingError(`${market}: the recordings have different intervals`);
  if (new Set(recordings.map(({ symbol }) => symbol)).size < recordings.length)
    throw new RecordingError(`${market}: two recordings are of one symbol`);
  const listing = new Map(createListing(market, recordings, beside));
  const names = new Map([...listing.keys()].map((symbol) => [streamSymbol(symbol), symbol]));
  const statuses = new Map<string, string | null>();
  const revised = new Map<string, Partial<BarText>>();
  const contradicted = new Map<string, Partial<BarText>>();
  const { lostOf, version, lose } = createHoles();
  const stepMs = recordings[0]?.stepMs ?? 0;
  let share = 1;

  const all = (): readonly Listed[] =>
    statuses.size === 0 ? [...listing.values()] : [...listing.values()].filter(({ symbol }) => statuses.get(symbol) !== null);

  return {
    market,
    stepMs,
    lostOf,
    version,
    days: createDays(),
    find: (symbol) => (statuses.get(symbol) === null ? undefined : listing.get(symbol)),
    played: (symbol) => listing.get(symbol)?.recording ?? null,
    streamed: (name) => names.get(name),
    all,
    symbols: () => listing.keys(),
    catalogue: () => (share >= 1 ? all() : all().slice(0, Math.floor(all().length * share))),
    statusOf: (listed, nowMs) => statuses.get(listed.symbol) ?? statusAt(listed, nowMs),
    bar: (recording, place, door) => {
      const bar = wholeBar(recording, place.lengthMs, place.openTimeMs, lostOf(place.symbol));
      if (bar === null || revised.size + contradicted.size === 0) return bar;
      const key = barKey(place);
      return { ...bar, ...revised.get(key), ...(door === 'rest' ? contradicted.get(key) : {}) };
    },
    lose,
    revise: (place, values, door) => {
      (door === 'both' ? revised : contradicted).set(barKey(place), values);
    },
    setStatus: (symbol, status) => {
      if (status === undefined) statuses.delete(symbol);
      else statuses.set(symbol, status);
    },
    list: (one, nowMs) => {
      const onboardMs = one.onboardMs ?? nowMs;
      const listed = listBeside(one, listing.get(one.plays ?? '')?.recording ?? null, onboardMs);
      listing.set(listed.symbol, listed);
      names.set(streamSymbol(listed.symbol), listed.symbol);
      statuses.delete(listed.symbol);
      const firstMs = stepMs === 0 ? onboardMs : Math.ceil(onboardMs / stepMs) * stepMs;
      lose({ fromMs: -Infinity, toMs: firstMs, symbol: listed.symbol });
      return listed;
    },
    show: (shown) => {
      share = shown;
    },
    span:
      recordings.length === 0
        ? null
        : recordings.reduce(
            ({ fromMs, toMs }, { firstMs, cells }) => ({
              fromMs: Math.min(fromMs, firstMs),
              toMs: Math.max(toMs, firstMs + cells * stepMs),
            }),
            { fromMs: Infinity, toMs: -Infinity },
          ),
  };
};
