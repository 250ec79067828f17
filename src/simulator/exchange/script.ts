import type { SchedulerLike } from 'rxjs';
import type { Market, Series } from '../../model/series.js';
import { seriesKey } from '../../model/series.js';
import type { SimulatedReply } from '../door.js';
import type { PathClass } from './channels.js';
import type { Tally } from './log.js';
import type { BarText } from './recording.js';

/** What the next requests get instead of their answer. */
export interface RestFault {
  /** Only paths that begin so; all by default. */
  readonly path?: string;
  readonly reply: SimulatedReply;
  /** For this many requests; without `times` and `forMs` until it is undone. */
  readonly times?: number;
  /** For this long, in wire milliseconds. */
  readonly forMs?: number;
}

/** What happens to new connections. */
export type UpgradeFault = { readonly status: number; readonly headers: Readonly<Record<string, string>> } | 'hang';

/** How requests over the socket are answered: not at all, with an error, or under another request's id. */
export type ControlFault = 'silence' | 'error' | 'other-id';

/** What is done to the bar of a closing event, by the letters of the wire (binance-protocol.md §5.2). */
export interface FrameEdit {
  /** Any JSON value for a letter: `{"c": ""}`, `{"x": false}`, `{"t": 1}`. */
  readonly set?: Readonly<Record<string, unknown>>;
  readonly drop?: readonly string[];
}

/** What a script wants of one closing event. Each is counted where it strikes. */
export interface Closing {
  readonly copies?: number;
  /** Market milliseconds that it is held back. */
  readonly heldMs?: number;
  readonly edit?: FrameEdit;
  /** A second closing event with other values, market milliseconds after the first. */
  readonly revision?: { readonly values: Partial<BarText>; readonly afterMs: number };
}

interface Lasting<T> {
  readonly what: T;
  left: number;
  readonly untilMs: number;
}

/** A symbol on a market, whatever its interval, or one series of it. */
export type Place = Pick<Series, 'market' | 'symbol'> & Partial<Pick<Series, 'interval'>>;

/** Text that is equal for equal places. */
export const placeKey = ({ market, symbol, interval }: Place): string =>
  interval === undefined ? `${market}|${symbol}` : seriesKey({ market, symbol, interval });

/** Ends what a fault began. */
export type Undo = () => void;

const takeFirst = <T>(lasting: Lasting<T>[], nowMs: number, fits: (what: T) => boolean): T | null => {
  const found = lasting.find(({ what, left, untilMs }) => left > 0 && nowMs < untilMs && fits(what));
  if (found === undefined) return null;
  found.left--;
  return found.what;
};

const put = <T>(lasting: Lasting<T>[], what: T, left: number, untilMs: number): Undo => {
  const one = { what, left, untilMs };
  lasting.push(one);
  return () => {
    one.left = 0;
  };
};

/** What scripts have changed of the bars that are told. A question that no script has an answer to costs nothing. */
const createBarScript = (random: () => number, tally: Tally) => {
  const muted = new Set<string>();
  const closings = new Map<string, Closing>();
  const quiet = new Set<Market>();
  let extraDelayMs = 0;
  let lossShare = 0;
  let openCopies = 1;

  return {
    isMuted: (of: { readonly placeKey: string; readonly seriesKey: string }): boolean => {
      if (muted.size === 0 || (!muted.has(of.placeKey) && !muted.has(of.seriesKey))) return false;
      tally.fault('muteSeries');
      return true;
    },
    mute: (of: Place): Undo => {
      const key = placeKey(of);
      muted.add(key);
      return () => muted.delete(key);
    },
    closing: (key: string, openTimeMs: number): Closing | null =>
      closings.size === 0 ? null : (closings.get(`${key}|${openTimeMs}`) ?? null),
    setClosing: (of: Series, openTimeMs: number, closing: Closing): Undo => {
      const key = `${seriesKey(of)}|${openTimeMs}`;
      closings.set(key, { ...closings.get(key), ...closing });
      return () => closings.delete(key);
    },
    extraDelayMs: (): number => {
      if (extraDelayMs > 0) tally.fault('delayCloses');
      return extraDelayMs;
    },
    delayCloses: (ms: number): Undo => {
      extraDelayMs = ms;
      return () => {
        extraDelayMs = 0;
      };
    },
    loses: (): boolean => {
      if (lossShare === 0 || random() >= lossShare) return false;
      tally.fault('loseFrames');
      return true;
    },
    loseFrames: (share: number): Undo => {
      lossShare = share;
      return () => {
        lossShare = 0;
      };
    },
    openCopies: (): number => {
      if (openCopies > 1) tally.fault('storm', openCopies - 1);
      return openCopies;
    },
    storm: (copies: number): Undo => {
      openCopies = copies;
      return () => {
        openCopies = 1;
      };
    },
    /** Whether a closing event without one trade is kept back. */
    hidesQuiet: (market: Market): boolean => {
      if (!quiet.has(market)) return false;
      tally.fault('hideQuietCloses');
      return true;
    },
    hideQuiet: (market: Market): Undo => {
      quiet.add(market);
      return () => quiet.delete(market);
    },
  };
};

/** What scripts have changed of connections and requests. */
const createWireScript = (wireTime: SchedulerLike, tally: Tally) => {
  const rest: Lasting<RestFault>[] = [];
  const upgrades: Lasting<UpgradeFault>[] = [];
  const controls: Lasting<ControlFault>[] = [];
  const retired = new Map<PathClass, number>();
  let lifetimeMs: number | null = null;
  let timeSkewMs = 0;

  return {
    upgradeFault: (): UpgradeFault | null => {
      const fault = takeFirst(upgrades, wireTime.now(), () => true);
      if (fault !== null) tally.fault(fault === 'hang' ? 'hangUpgrades' : 'refuseUpgrades');
      return fault;
    },
    /** Takes the place of an earlier one. */
    refuseUpgrades: (what: UpgradeFault, forMs: number): Undo => {
      upgrades.length = 0;
      return put(upgrades, what, Infinity, wireTime.now() + forMs);
    },
    controlFault: (): ControlFault | null => {
      const fault = takeFirst(controls, wireTime.now(), () => true);
      if (fault !== null) tally.fault('misanswerControl');
      return fault;
    },
    misanswerControl: (what: ControlFault, times: number): Undo => put(controls, what, times, Infinity),
    isRetired: (pathClass: PathClass): boolean => {
      if ((retired.get(pathClass) ?? 0) === 0) return false;
      tally.fault('retirePath');
      return true;
    },
    retire: (pathClass: PathClass): Undo => {
      retired.set(pathClass, (retired.get(pathClass) ?? 0) + 1);
      return () => {
        retired.set(pathClass, (retired.get(pathClass) ?? 1) - 1);
      };
    },
    lifetimeMs: (): number | null => lifetimeMs,
    setLifetime: (ms: number): Undo => {
      lifetimeMs = ms;
      return () => {
        lifetimeMs = null;
      };
    },
    timeSkewMs: (): number => {
      if (timeSkewMs !== 0) tally.fault('skewServerTime');
      return timeSkewMs;
    },
    skewTime: (ms: number): Undo => {
      timeSkewMs = ms;
      return () => {
        timeSkewMs = 0;
      };
    },
    restFault: (path: string): SimulatedReply | null => {
      const fault = takeFirst(rest, wireTime.now(), (what) => path.startsWith(what.path ?? '/'));
      if (fault !== null) tally.fault('rest');
      return fault?.reply ?? null;
    },
    addRestFault: (what: RestFault): Undo => put(rest, what, what.times ?? Infinity, wireTime.now() + (what.forMs ?? Infinity)),
  };
};

export type Script = ReturnType<typeof createScript>;

/** What the scripted faults have changed, as the exchange's parts ask for it. Each strike is counted under the fault's name. */
export const createScript = (wireTime: SchedulerLike, random: () => number, tally: Tally) => ({
  ...createBarScript(random, tally),
  ...createWireScript(wireTime, tally),
});
