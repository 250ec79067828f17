import type { Interval } from '../../model/interval.js';
import { INTERVAL_MS } from '../../model/interval.js';
import type { NumberColumn } from './columns.js';
import { PLACE_OF, readColumns, RecordingError } from './columns.js';

/** The cells of one bar as the wire carries them. Trade ids are -1 when nothing traded. */
export interface BarText {
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly quoteVolume: string;
  readonly trades: number;
  readonly takerVolume: string;
  readonly takerQuoteVolume: string;
  readonly firstTradeId: number;
  readonly lastTradeId: number;
}

/**
 * What happened to one symbol: its bars on a grid of `stepMs` from `firstMs` on, columns of numbers for reckoning and the
 * source's own text for the wire. A cell without a bar has NaN in every column. Trade ids count from the first bar on.
 */
export interface Recording {
  readonly symbol: string;
  readonly interval: Interval;
  readonly stepMs: number;
  readonly firstMs: number;
  readonly cells: number;
  readonly numbers: Readonly<Record<NumberColumn, Float64Array>>;
  /** Trades before a cell. */
  readonly tradesBefore: Float64Array;
  readonly priceDecimals: number;
  readonly quantityDecimals: number;
  readonly quoteDecimals: number;
  /** False for a settled contract that goes on: flat bars, not one trade. */
  readonly traded: boolean;
  /** The columns that the source lacks and that were filled in (decisions.md 14). */
  readonly derived: readonly NumberColumn[];
  /** The texts of a cell that holds a bar. */
  readonly text: (cell: number) => BarText;
}

interface Prices {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** The fewest trades that can make a bar: its ends, and each extreme that neither end is. */
export const fewestTrades = ({ open, high, low, close }: Prices): number =>
  (open === close && open === high && open === low ? 1 : 2) +
  (high > open && high > close ? 1 : 0) +
  (low < open && low < close ? 1 : 0);

/**
 * Base volume of a quote volume: q over the typical price, on the quantity grid, and such that the mean price q / v lies
 * between low and high, as it must for the volume that really was.
 */
export const baseVolume = (quoteVolume: number, { high, low, close }: Prices, decimals: number): number => {
  if (quoteVolume === 0) return 0;
  const grid = 10 ** decimals;
  const steps = Math.round((quoteVolume / ((high + low + close) / 3)) * grid);
  const least = Math.ceil((quoteVolume / high) * grid);
  const most = Math.floor((quoteVolume / low) * grid);
  return Math.max(1, least <= most ? Math.min(Math.max(steps, least), most) : steps) / grid;
};

const pricesAt = (numbers: Recording['numbers'], cell: number): Prices => ({
  open: numbers.open[cell] as number,
  high: numbers.high[cell] as number,
  low: numbers.low[cell] as number,
  close: numbers.close[cell] as number,
});

/**
 * Makes a recording of archive rows, oldest first. What the source lacks is derived: volume and quote volume from one
 * another over the typical price, trades as the fewest that can make the bar, taker volumes as half of all. Prices and
 * times are never made up. Throws a `RecordingError`.
 */
export const createRecording = (symbol: string, interval: Interval, lines: readonly string[]): Recording => {
  const { firstMs, cells, rows, numbers, decimals } = readColumns(symbol, interval, lines);
  if (decimals.volume === null && decimals.quote_volume === null)
    throw new RecordingError(`${symbol}: neither volume nor quote volume is recorded`);
  const priceDecimals = Math.max(decimals.open ?? 0, decimals.high ?? 0, decimals.low ?? 0, decimals.close ?? 0);
  const quantityDecimals = decimals.volume ?? Math.max(0, (decimals.quote_volume ?? 0) - priceDecimals);
  const quoteDecimals = decimals.quote_volume ?? priceDecimals + quantityDecimals;
  const { volume, quote_volume: quoteVolume, count } = numbers;
  const taker = { base: numbers.taker_buy_volume, quote: numbers.taker_buy_quote_volume };

  const fill = (cell: number): void => {
    const prices = pricesAt(numbers, cell);
    if (decimals.volume === null) volume[cell] = baseVolume(quoteVolume[cell] as number, prices, quantityDecimals);
    const traded = volume[cell] as number;
    if (decimals.quote_volume === null) quoteVolume[cell] = (traded * (prices.high + prices.low + prices.close)) / 3;
    if (decimals.count === null) count[cell] = traded > 0 ? fewestTrades(prices) : 0;
    if (decimals.taker_buy_volume === null) taker.base[cell] = traded / 2;
    if (decimals.taker_buy_quote_volume === null) taker.quote[cell] = (quoteVolume[cell] as number) / 2;
  };
  const tradesBefore = new Float64Array(cells);
  let trades = 0;
  let traded = false;
  for (let cell = 0; cell < cells; cell++) {
    tradesBefore[cell] = trades;
    if (rows[cell] === undefined) continue;
    fill(cell);
    trades += count[cell] as number;
    traded ||= (volume[cell] as number) > 0;
  }

  const text = (cell: number): BarText => {
    const texts = (rows[cell] ?? '').split(',');
    const own = (name: NumberColumn, digits: number): string =>
      texts[PLACE_OF[name]] || (numbers[name][cell] as number).toFixed(digits);
    const trades = count[cell] as number;
    return {
      open: own('open', priceDecimals),
      high: own('high', priceDecimals),
      low: own('low', priceDecimals),
      close: own('close', priceDecimals),
      volume: own('volume', quantityDecimals),
      quoteVolume: own('quote_volume', quoteDecimals),
      trades,
      takerVolume: own('taker_buy_volume', quantityDecimals),
      takerQuoteVolume: own('taker_buy_quote_volume', quoteDecimals),
      firstTradeId: trades === 0 ? -1 : (tradesBefore[cell] as number) + 1,
      lastTradeId: trades === 0 ? -1 : (tradesBefore[cell] as number) + trades,
    };
  };
  return {
    symbol,
    interval,
    stepMs: INTERVAL_MS[interval],
    firstMs,
    cells,
    numbers,
    tradesBefore,
    priceDecimals,
    quantityDecimals,
    quoteDecimals,
    traded,
    derived: (Object.keys(decimals) as NumberColumn[]).filter((name) => decimals[name] === null),
    text,
  };
};
