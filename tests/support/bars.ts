import fc from 'fast-check';
import type { Bar } from '../../src/model/bar.js';
import { INTERVAL_MS } from '../../src/model/interval.js';
import type { Measured } from '../../src/model/reading.js';
import type { Window } from '../../src/model/window.js';
import type { Measure } from '../../src/ports/measure.js';

/** 2024-01-01 00:00 UTC: a whole number of every bar length. */
export const START_MS = 1_704_067_200_000;

/** A bar of BTCUSDT at 15m with one price and volume 1, but for what is given. */
export const bar = (given: Partial<Bar> = {}): Bar => {
  const close = given.close ?? 100;
  const open = given.open ?? close;
  return {
    market: 'usdm',
    symbol: 'BTCUSDT',
    interval: '15m',
    openTimeMs: START_MS,
    open,
    high: Math.max(open, close),
    low: Math.min(open, close),
    close,
    volume: 1,
    quoteVolume: null,
    tradeCount: null,
    takerVolume: null,
    takerQuoteVolume: null,
    provenance: 'replay',
    ...given,
  };
};

/** Bars one after another, each with its own facts. */
export const barsOf = (facts: readonly Partial<Bar>[], firstOpenTimeMs = START_MS): readonly Bar[] =>
  facts.map((given, i) => bar({ openTimeMs: firstOpenTimeMs + i * INTERVAL_MS[given.interval ?? '15m'], ...given }));

/** The bar of BTCUSDT at 15m that is `index` bars after the start, with its own close, but for what is given. */
export const barAt = (index: number, given: Partial<Bar> = {}): Bar =>
  bar({ openTimeMs: START_MS + index * INTERVAL_MS[given.interval ?? '15m'], close: 100 + index, ...given });

/** `'100+1x3'` says `100 101 102`. */
const spellOut = (token: string): readonly string[] => {
  const match = /^([\d.]+)([+-][\d.]+)x(\d+)$/.exec(token);
  return match === null
    ? [token]
    : Array.from({ length: Number(match[3]) }, (_, i) => String(Number(match[1]) + i * Number(match[2])));
};

/** `'100 101 - 99'`: bars by their closes; a dash leaves a hole, and `100+1x9` is nine bars from 100 up by 1. */
export const barsOfCloses = (closes: string): readonly Bar[] =>
  closes
    .split(/\s+/)
    .flatMap(spellOut)
    .map((close, i) => ({ close, openTimeMs: START_MS + i * INTERVAL_MS['15m'] }))
    .filter(({ close }) => close !== '-')
    .map(({ close, openTimeMs }) => bar({ close: Number(close), openTimeMs }));

/** The window after the last of the bars, by the plainest means: an array, of which only the newest `size` are held. */
export const windowOf = (bars: readonly Bar[], size: number, barCount = bars.length): Window => {
  const length = Math.min(size, bars.length);
  const at = (back: number): Bar => {
    const found = back >= 0 && back < length ? bars[bars.length - 1 - back] : undefined;
    if (found === undefined) throw new RangeError(`bar ${back} back of ${length} held`);
    return found;
  };
  const intervalMs = INTERVAL_MS[at(0).interval];
  return {
    length,
    barCount,
    latest: at(0),
    intervalMs,
    openTimeMs: (back) => at(back).openTimeMs,
    open: (back) => at(back).open,
    high: (back) => at(back).high,
    low: (back) => at(back).low,
    close: (back) => at(back).close,
    volume: (back) => at(back).volume,
    quoteVolume: (back) => at(back).quoteVolume,
    tradeCount: (back) => at(back).tradeCount,
    takerVolume: (back) => at(back).takerVolume,
    backOf: (barsBack) => {
      for (let back = 0; back < length; back++) if (at(back).openTimeMs === at(0).openTimeMs - barsBack * intervalMs) return back;
      return -1;
    },
  };
};

/** What the measure says at every bar, with a window that holds no more than the measure has asked for. */
export const readAll = (measure: Measure, bars: readonly Bar[]): readonly Measured[] => {
  const interval = bars[0]?.interval ?? '15m';
  const read = measure.start(interval);
  const size = measure.windowBars(interval);
  return bars.map((_, i) => read(windowOf(bars.slice(Math.max(0, i + 1 - size), i + 1), size, i + 1)));
};

/** Random walks of bars with every column, volumes over many orders of magnitude and now and then a bar without trades. */
export const arbitraryBars = (length: number): fc.Arbitrary<readonly Bar[]> =>
  fc.integer({ min: 1, max: 2 ** 31 - 1 }).map((seed) => {
    let state = seed;
    // Numerical Recipes' linear congruence: chance enough for prices, and one seed shrinks better than a thousand numbers.
    const random = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
    let close = 10;
    return Array.from({ length }, (_, i) => {
      const open = close;
      const quiet = random() < 0.02;
      close = quiet ? open : open * (1 + (random() - 0.5) * 0.02);
      const high = quiet ? open : Math.max(open, close) * (1 + random() * 0.005);
      const low = quiet ? open : Math.min(open, close) * (1 - random() * 0.005);
      const volume = quiet ? 0 : 10 ** (6 * random());
      return bar({
        openTimeMs: START_MS + i * INTERVAL_MS['15m'],
        open,
        high,
        low,
        close,
        volume,
        quoteVolume: volume * close,
        takerVolume: volume * random(),
        tradeCount: quiet ? 0 : 1 + Math.floor(1_000 * random()),
      });
    });
  });
