import { EMPTY, Subject } from 'rxjs';
import type { Bar } from '../src/model/bar.js';
import type { Close } from '../src/model/close.js';
import { momentumRule } from '../src/operators/judges/momentum.js';
import { closes } from '../src/operators/market/closes.js';
import type { FeedEvent } from '../src/ports/source.js';
import { createVirtualClock } from '../src/runtime/virtual-clock.js';
import type { Result } from './rounds.js';
import { cpuNs, resultOf } from './rounds.js';

const BAR_MS = 900_000;
const START_MS = 1_704_067_200_000;
/** Storms before the first that is measured, so that what only alerts reach is not new to the compiler. */
const WARM_STORMS = 10;
/** Closes before them: enough for β, correlations and the average true range of young series. */
const WARM_CLOSES = 120;
const GROUPED_MAX = 8;

/** Numbers with as many digits as the exchange sends. */
const decimals = (value: number, digits: number): number => Number(value.toFixed(digits));

export interface CloseBench {
  /** CPU of one close of all symbols, from the first bar to the judged close; an item is a close. */
  readonly result: Result;
  /** Candidates of the measured closes at least: the work is not that of a quiet market. */
  readonly candidatesMin: number;
  readonly bestMs: number;
}

/**
 * One close of a whole market of `symbols`, with every symbol moving at once so that hundreds of them are ranked, measured against
 * the index and given a strength, and as many are grouped as a flood leaves.
 */
export const benchClose = ({ symbols, rounds }: { readonly symbols: number; readonly rounds: number }): CloseBench => {
  const clock = createVirtualClock(START_MS);
  const event$ = new Subject<FeedEvent>();
  const names = Array.from({ length: symbols }, (_, i) => `S${String(i).padStart(4, '0')}USDT`);
  const rule = momentumRule({
    moveThreshold: 1,
    volumeLogZThreshold: 0,
    liquidityLevel: 0,
    unknownLiquidity: 'high',
    shortHistory: 'judge',
  });
  let last: Close | null = null;
  const parts = {
    history: { bars: () => EMPTY },
    remembered: { epoch: 1, positions: [], emitted: [], pending: [], fresh: true },
    marketTime: clock,
    barrierMs: 1_500,
    higherIntervals: ['1h'] as const,
    report: () => undefined,
  };
  const subscription = event$.pipe(closes(parts, [rule])).subscribe({
    next: (close) => (last = close),
    error: (error: unknown) => {
      throw error;
    },
  });
  event$.next({ kind: 'roster', market: 'usdm', interval: '15m', symbols: names });

  const prices = names.map(() => 100);
  let seed = 1;
  const random = (): number => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  const barsAt = (index: number, isStorm: boolean): readonly Bar[] =>
    names.map((symbol, i) => {
      const open = prices[i] as number;
      const close = decimals(open * (1 + (isStorm ? 0.01 * random() : 0.004 * (random() - 0.5))), 4);
      prices[i] = close;
      const volume = decimals(100 * (1 + random()) * (isStorm ? 8 : 1), 3);
      // In one piece: an object that is put together from others is read slowly ever after.
      return {
        market: 'usdm',
        symbol,
        interval: '15m',
        openTimeMs: START_MS + index * BAR_MS,
        open,
        close,
        volume,
        high: Math.max(open, close) * 1.0005,
        low: Math.min(open, close) * 0.9995,
        quoteVolume: decimals(volume * close, 4),
        tradeCount: 10,
        takerVolume: decimals(volume * random(), 3),
        takerQuoteVolume: null,
        provenance: 'replay',
      };
    });

  const nsPerClose: number[] = [];
  let candidatesMin = Infinity;
  for (let index = 0; index < WARM_CLOSES + WARM_STORMS + rounds; index++) {
    const isMeasured = index >= WARM_CLOSES + WARM_STORMS;
    const bars = barsAt(index, index >= WARM_CLOSES);
    clock.advanceTo(START_MS + (index + 1) * BAR_MS);
    const before = cpuNs();
    for (const bar of bars) event$.next({ kind: 'bar', bar });
    const told = last as Close | null;
    if (told === null || told.judged.length !== symbols) throw new Error(`close ${index} was not told whole`);
    const candidates = told.alerts.filter(({ direction }) => direction === 'up').map(({ symbol }) => symbol);
    // More than these are a flood, and then at most five are left to be grouped.
    const grouped = candidates.slice(0, GROUPED_MAX);
    for (const a of grouped) for (const b of grouped) if (a < b) told.section?.correlation(a, b);
    if (!isMeasured) continue;
    nsPerClose.push(cpuNs() - before);
    candidatesMin = Math.min(candidatesMin, candidates.length);
  }
  subscription.unsubscribe();
  return { result: resultOf(`close-of-${symbols}`, nsPerClose), candidatesMin, bestMs: Math.min(...nsPerClose) / 1e6 };
};
