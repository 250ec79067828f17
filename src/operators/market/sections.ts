import type { PlacedBar } from '../../model/bar.js';
import type { Close } from '../../model/close.js';
import type { Interval } from '../../model/interval.js';
import { numberOf } from '../../model/reading.js';
import type { Reason, Values } from '../../model/reading.js';
import { lookUp } from '../../model/row.js';
import type { Section, Standing } from '../../model/section.js';
import type { Market } from '../../model/series.js';
import { reaches } from '../judges/reaches.js';
import { correlationOf, slopeOf } from './parts/regression.js';
import { midRank } from './parts/rank.js';
import type { MarketReturns } from './parts/returns.js';
import { barNumberOf, createMarketReturns, medianOfSorted } from './parts/returns.js';

/** Fewer expected series than these are no market (decisions.md 4). */
const EXPECTED_MIN = 20;
/** Tenths of the expected series below which those that came are not the market. */
const COVERAGE_TENTHS_MIN = 6;
/** Bars over which β and the correlation are taken, this close's not among them (signals.md §6.2, §6.4). */
const LOOK_BACK_BARS = 96;
const COMMON_BARS_MIN = 72;
const BETA_MAX = 3;
/** Average true ranges from which a symbol counts as moved. */
const BROAD_MOVE_ATR = 2;
/** Closes whose market is remembered for those that come late. */
const REMEMBERED_CLOSES = 10;
const BITCOIN = 'BTCUSDT';

/** The market at one close, as those saw it who were there when it was told. */
interface Snapshot {
  readonly openTimeMs: number;
  /** Ascending. */
  readonly returns: Float64Array;
  readonly index: number;
  readonly bitcoin: number | null;
  readonly breadthUp: number;
  readonly breadthDown: number;
}

/** The cross-section of a close, or why there is none. */
export type Sectioned = { readonly section: Section } | { readonly section: null; readonly reason: Reason };

/** Everything that cross-sections need to remember: the returns of every symbol, and the latest closes. */
export interface Sections {
  /** Listens to the readings of one series, history and all. */
  readonly track: () => (bar: PlacedBar) => void;
  /** To be asked once for each close, in the order in which closes are told. */
  of(close: Close): Sectioned;
}

interface MarketState {
  readonly market: Market;
  readonly interval: Interval;
  readonly returns: MarketReturns;
  readonly latest: Snapshot[];
}

const none = (reason: Reason): Sectioned => ({ section: null, reason });

/** `excess` in average true ranges before the bar (signals.md §6.2): `excess · C / ATR`, and their ratio is a measure. */
const excessAtrOf = (excess: number, values: Values): number | null => {
  const rangePct = numberOf(values, 'natr14_before');
  return rangePct === null || rangePct === 0 ? null : (100 * excess) / rangePct;
};

const moveOf = lookUp('m_1');

const snapshotOf = (close: Close, { returns }: MarketState): Snapshot | null => {
  const barNumber = barNumberOf(close.openTimeMs, close.interval);
  const there = new Float64Array(close.judged.length);
  let bitcoin: number | null = null;
  let count = 0;
  let up = 0;
  let down = 0;
  for (const judged of close.judged) {
    const { bar } = judged;
    const value = returns.at(returns.numberOf(bar.symbol), barNumber);
    if (value !== value) continue;
    there[count++] = value;
    if (bar.symbol === BITCOIN) bitcoin = value;
    const move = moveOf(judged);
    if (typeof move === 'number' && reaches(Math.abs(move), BROAD_MOVE_ATR)) {
      if (move > 0) up++;
      else down++;
    }
  }
  if (count === 0 || count * 10 < close.expected * COVERAGE_TENTHS_MIN) return null;
  const sorted = there.subarray(0, count).sort();
  return {
    openTimeMs: close.openTimeMs,
    returns: sorted,
    index: medianOfSorted(sorted),
    bitcoin,
    breadthUp: up / count,
    breadthDown: down / count,
  };
};

/** The bars before a close, oldest first. */
const before = (barNumber: number, valueAt: (barNumber: number) => number): Float64Array => {
  const values = new Float64Array(LOOK_BACK_BARS);
  for (let i = 0; i < LOOK_BACK_BARS; i++) values[i] = valueAt(barNumber - LOOK_BACK_BARS + i);
  return values;
};

/** Looks at the bars before one close, each series once. */
const createLookBack = (barNumber: number, returns: MarketReturns) => {
  const held = new Map<string, Float64Array>();
  let index: Float64Array | undefined;
  const of = (symbol: string): Float64Array => {
    let values = held.get(symbol);
    if (values === undefined) {
      const number = returns.numberOf(symbol);
      held.set(symbol, (values = before(barNumber, (each) => returns.at(number, each))));
    }
    return values;
  };
  return {
    beta: (symbol: string) => slopeOf(of(symbol), (index ??= before(barNumber, returns.indexAt))),
    correlation: (a: string, b: string) => correlationOf(of(a), of(b), COMMON_BARS_MIN),
  };
};

/** `isAmong`: the symbols of the close are among those of the snapshot. */
const sectionOf = (close: Close, snapshot: Snapshot, isAmong: boolean, returns: MarketReturns): Section => {
  const barNumber = barNumberOf(close.openTimeMs, close.interval);
  const lookBack = createLookBack(barNumber, returns);
  const standings = new Map<string, Standing>();
  const candidates = new Set(close.alerts.map(({ symbol }) => symbol));
  for (const judged of candidates.size === 0 ? [] : close.judged) {
    const { bar } = judged;
    if (!candidates.has(bar.symbol)) continue;
    const value = returns.at(returns.numberOf(bar.symbol), barNumber);
    if (value !== value) continue;
    const beta = lookBack.beta(bar.symbol);
    const excess = value - Math.min(BETA_MAX, Math.max(0, beta ?? 1)) * snapshot.index;
    const rank = midRank(snapshot.returns, value, isAmong);
    standings.set(bar.symbol, { rank, beta, excess, excessAtr: excessAtrOf(excess, judged.values) });
  }
  const { index, bitcoin, breadthUp, breadthDown } = snapshot;
  return { count: snapshot.returns.length, index, bitcoin, breadthUp, breadthDown, standings, correlation: lookBack.correlation };
};

/**
 * The market at every close (signals.md §6): ranks, index, β, excess and breadth; β and correlations only of the symbols that
 * have something to say. Who comes late is measured against the market of those who were there in time.
 *
 * *Memory.* 194 returns of each symbol, as many indices, and ten closes for latecomers, for each market and interval.
 */
export const createSections = (): Sections => {
  const states: MarketState[] = [];
  const stateOf = (market: Market, interval: Interval): MarketState => {
    for (const each of states) if (each.market === market && each.interval === interval) return each;
    const state: MarketState = { market, interval, returns: createMarketReturns(interval), latest: [] };
    states.push(state);
    return state;
  };

  const remember = ({ latest }: MarketState, snapshot: Snapshot): void => {
    latest.push(snapshot);
    if (latest.length > REMEMBERED_CLOSES) latest.shift();
  };

  return {
    track: () => {
      let returns: MarketReturns | undefined;
      let own = NaN;
      return (bar) => {
        if (returns === undefined) {
          ({ returns } = stateOf(bar.market, bar.interval));
          own = returns.numberOf(bar.symbol);
        }
        returns.see(own, bar);
      };
    },
    of: (close) => {
      if (close.expected < EXPECTED_MIN) return none('small-universe');
      const state = stateOf(close.market, close.interval);
      const isFirst = !close.late && close.revision !== true;
      const told = isFirst ? snapshotOf(close, state) : state.latest.find((one) => one.openTimeMs === close.openTimeMs);
      if (told === null || told === undefined) return none('low-coverage');
      if (isFirst) remember(state, told);
      return { section: sectionOf(close, told, isFirst, state.returns) };
    },
  };
};
