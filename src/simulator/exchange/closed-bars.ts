import { INTERVAL_MS } from '../../model/interval.js';
import type { Market } from '../../model/series.js';
import type { MarketClock } from '../../ports/context.js';
import { barExists } from './bars.js';
import type { ExchangeLog } from './log.js';
import type { World } from './world.js';

/** Which bars the exchange has closed, reckoned from what happened there and not from what was sent. */
export const createClosedBars = (
  worlds: Readonly<Record<Market, World>>,
  clock: MarketClock,
): Pick<ExchangeLog, 'closedBars' | 'closedBarCount'> => {
  const visit = (
    world: World,
    symbol: string,
    lengthMs: number,
    [fromMs, toMs]: readonly [number, number],
    see: (openTimeMs: number) => void,
  ): void => {
    const recording = world.played(symbol);
    if (recording === null || lengthMs % recording.stepMs !== 0) return;
    const { firstMs, cells, stepMs } = recording;
    const lost = world.lostOf(symbol);
    const last = Math.min(toMs, clock.now() - lengthMs, firstMs + cells * stepMs);
    const first = Math.ceil(Math.max(fromMs, firstMs - lengthMs + 1) / lengthMs) * lengthMs;
    for (let openTimeMs = first; openTimeMs <= last; openTimeMs += lengthMs)
      if (barExists(recording, lengthMs, openTimeMs, lost)) see(openTimeMs);
  };

  return {
    closedBars: ({ market, symbol, interval }, fromMs, toMs) => {
      const times: number[] = [];
      visit(worlds[market], symbol, INTERVAL_MS[interval], [fromMs, toMs], (openTimeMs) => times.push(openTimeMs));
      return times;
    },
    closedBarCount: (market, interval, fromMs, toMs) => {
      let count = 0;
      for (const symbol of worlds[market].symbols())
        visit(worlds[market], symbol, INTERVAL_MS[interval], [fromMs, toMs], () => count++);
      return count;
    },
  };
};
