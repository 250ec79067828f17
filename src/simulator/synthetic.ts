import type { Interval } from '../model/interval.js';
import { INTERVAL_MS } from '../model/interval.js';
import type { Market } from '../model/series.js';
import { fixed } from './exchange/decimals.js';
import { createRandom } from './exchange/random.js';
import type { BarText, Recording } from './exchange/recording.js';
import { fewestTrades } from './exchange/recording.js';
import type { Recordings } from './recordings.js';

export interface SyntheticOptions {
  /** The same seed makes the same bars. */
  readonly seed: number;
  /** How many, or which: of a number the first two are BTCUSDT and ETHUSDT, the others have made-up names. */
  readonly symbols: number | readonly string[];
  readonly interval: Interval;
  /** Open time of the first bar, ms UTC; on the grid of the interval. */
  readonly fromMs: number;
  /** The last bar opens before this, ms UTC. */
  readonly toMs: number;
  readonly market?: Market;
  /**
   * How many different price paths there are; one for each symbol by default. With fewer, symbols take them in turn and share
   * their memory (72 bytes a bar): ten thousand symbols over a day then fit.
   */
  readonly paths?: number;
}

/** One price path on integer grids: prices in ticks, quantities in steps. What is divided by a power of ten prints exactly. */
type Path = Omit<Recording, 'symbol'>;

const QUANTITY_DECIMALS = 3;
const QUOTE_DECIMALS = 2;
/** One bar in so many jumps, on a volume to match: something to find. */
const JUMP_EVERY = 1_500;
/** Of the paths one in so many is thin: a third of its bars have no trade. */
const THIN_EVERY = 10;

/** Two independent numbers of the standard normal distribution at a time (Box and Muller). */
const createNormal = (random: () => number): (() => number) => {
  let kept: number | null = null;
  return () => {
    if (kept !== null) {
      const value = kept;
      kept = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    kept = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
};

/** The market's own return at each bar, in units of volatility: what all paths share. */
const marketReturns = (seed: number, cells: number): Float64Array => {
  const normal = createNormal(createRandom(seed));
  return Float64Array.from({ length: cells }, () => normal());
};

/** Prices at one bar, in ticks. */
interface Ticks {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

const createPath = (seed: number, place: number, interval: Interval, firstMs: number, shared: Float64Array): Path => {
  const random = createRandom(seed * 1_000_003 + place + 1);
  const normal = createNormal(random);
  const cells = shared.length;
  const priceDecimals = place % 5;
  const [tick, step, cent] = [10 ** priceDecimals, 10 ** QUANTITY_DECIMALS, 10 ** QUOTE_DECIMALS];
  const sigma = 0.0006 + random() * 0.0012;
  const beta = 0.3 + random() * 0.5;
  const isThin = place % THIN_EVERY === THIN_EVERY - 1;
  const usualQuote = 20_000 * Math.exp(normal());
  const column = (): Float64Array => new Float64Array(cells);
  const numbers = {
    open: column(), high: column(), low: column(), close: column(), volume: column(),
    quote_volume: column(), count: column(), taker_buy_volume: column(), taker_buy_quote_volume: column(),
  }; // prettier-ignore
  const tradesBefore = column();

  const move = (open: number, change: number): Ticks => {
    const close = Math.max(100, Math.round(open * Math.exp(change)));
    const beyond = (): number => Math.abs(normal()) * sigma * 0.5;
    const high = Math.max(open, close, Math.round(Math.max(open, close) * (1 + beyond())));
    const low = Math.max(1, Math.min(open, close, Math.round(Math.min(open, close) * (1 - beyond()))));
    return { open, high, low, close };
  };
  const put = (cell: number, { open, high, low, close }: Ticks, steps: number): void => {
    const prices = { open: open / tick, high: high / tick, low: low / tick, close: close / tick };
    const volume = steps / step;
    // The mean price of the bar lies between low and high.
    const quote = volume * ((prices.open + prices.high + prices.low + prices.close) / 4);
    const bought = Math.floor(steps * (0.3 + 0.4 * random())) / step;
    numbers.open[cell] = prices.open;
    numbers.high[cell] = prices.high;
    numbers.low[cell] = prices.low;
    numbers.close[cell] = prices.close;
    numbers.volume[cell] = volume;
    numbers.quote_volume[cell] = Math.round(quote * cent) / cent;
    numbers.count[cell] = steps === 0 ? 0 : fewestTrades(prices) + Math.floor(quote / 500);
    numbers.taker_buy_volume[cell] = bought;
    numbers.taker_buy_quote_volume[cell] = volume === 0 ? 0 : Math.floor(((quote * bought) / volume) * cent) / cent;
  };

  let last = Math.round(50_000 * (1 + random()));
  let trades = 0;
  for (let cell = 0; cell < cells; cell++) {
    tradesBefore[cell] = trades;
    const isQuiet = isThin && random() < 1 / 3;
    const jump = random() < 1 / JUMP_EVERY ? (random() < 0.5 ? -1 : 1) * (6 + 10 * random()) : 0;
    const change = sigma * (beta * (shared[cell] as number) + normal() + jump);
    const ticks = isQuiet ? { open: last, high: last, low: last, close: last } : move(last, change);
    const busy = Math.exp(0.5 * normal()) * (1 + Math.abs(change) / sigma) * (jump === 0 ? 1 : 4);
    const steps = isQuiet ? 0 : Math.max(1, Math.round(((usualQuote * busy) / (ticks.close / tick)) * step));
    put(cell, ticks, steps);
    trades += numbers.count[cell] as number;
    last = ticks.close;
  }

  const text = (cell: number): BarText => {
    const own = (column: Float64Array, decimals: number): string => fixed(column[cell] as number, decimals);
    const count = numbers.count[cell] as number;
    const before = tradesBefore[cell] as number;
    return {
      open: own(numbers.open, priceDecimals),
      high: own(numbers.high, priceDecimals),
      low: own(numbers.low, priceDecimals),
      close: own(numbers.close, priceDecimals),
      volume: own(numbers.volume, QUANTITY_DECIMALS),
      quoteVolume: own(numbers.quote_volume, QUOTE_DECIMALS),
      trades: count,
      takerVolume: own(numbers.taker_buy_volume, QUANTITY_DECIMALS),
      takerQuoteVolume: own(numbers.taker_buy_quote_volume, QUOTE_DECIMALS),
      firstTradeId: count === 0 ? -1 : before + 1,
      lastTradeId: count === 0 ? -1 : before + count,
    };
  };
  return {
    interval, stepMs: INTERVAL_MS[interval], firstMs, cells, numbers, tradesBefore, priceDecimals,
    quantityDecimals: QUANTITY_DECIMALS, quoteDecimals: QUOTE_DECIMALS, traded: true, derived: [], text,
  }; // prettier-ignore
};

const namesOf = (symbols: number | readonly string[]): readonly string[] =>
  typeof symbols !== 'number'
    ? symbols
    : Array.from(
        { length: symbols },
        (_, index) => ['BTCUSDT', 'ETHUSDT'][index] ?? `C${String(index + 1).padStart(4, '0')}USDT`,
      );

/**
 * Bars of as many symbols as are wanted, made by a seeded price process, for runs that no recording is long or wide enough for:
 * returns that share a market factor, jumps on high volume, thin symbols with bars in which nothing traded. They are plausible,
 * not real; a demo plays recorded bars.
 */
export const createSyntheticRecordings = (options: SyntheticOptions): Recordings => {
  const { seed, interval, fromMs, toMs, market = 'usdm' } = options;
  const names = namesOf(options.symbols);
  const stepMs = INTERVAL_MS[interval];
  const cells = Math.ceil((toMs - fromMs) / stepMs);
  if (fromMs % stepMs !== 0 || !(cells > 0))
    throw new RangeError(`fromMs lies on the ${interval} grid and before toMs; it does not: ${fromMs}, ${toMs}`);
  const shared = marketReturns(seed, cells);
  const paths: Path[] = [];
  const pathOf = (place: number): Path => (paths[place] ??= createPath(seed, place, interval, fromMs, shared));
  const count = Math.min(names.length, options.paths ?? names.length);
  const made = names.map((symbol, index): Recording => ({ symbol, ...pathOf(index % count) }));
  return { usdm: [], spot: [], [market]: made };
};
