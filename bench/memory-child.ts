import { Subject } from 'rxjs';
import { EMPTY } from 'rxjs';
import type { Bar } from '../src/model/bar.js';
import { closes } from '../src/operators/market/closes.js';
import { momentumRule } from '../src/operators/judges/momentum.js';
import { measures } from '../src/operators/measures/index.js';
import type { Rule } from '../src/ports/rule.js';
import type { FeedEvent } from '../src/ports/source.js';
import { createVirtualClock } from '../src/runtime/virtual-clock.js';
import { START_MS, startFlood, startMonitor } from './flood.js';
import { BAR_MS } from './frames.js';

/*
 * One look at memory, in a process of its own so that nothing else is in it, with garbage collected before each reading (the process
 * has to be started with --expose-gc). It is told what to do by its arguments and answers with one message.
 */

const collect = (): void => {
  const gc = (globalThis as { gc?: () => void }).gc;
  if (gc === undefined) throw new Error('memory is to be looked at with --expose-gc');
  gc();
  gc();
};

/** What is alive: the heap, and the numbers that lie outside of it. */
const aliveBytes = (): number => {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};
const rssBytes = (): number => {
  collect();
  return process.memoryUsage.rss();
};

/** The monitor alone on its sockets: resident memory after a million frames, and after ten million. */
const ofFrames = async (symbols: number, frames: readonly number[]): Promise<readonly number[]> => {
  const flood = await startFlood(symbols);
  const monitor = await startMonitor(flood, { symbols, perSocket: symbols });
  const seen: number[] = [];
  let taken = 0;
  for (let openTimeMs = START_MS; seen.length < frames.length; openTimeMs += BAR_MS) {
    monitor.closeBar(openTimeMs);
    for (const connection of monitor.connections)
      taken += (await flood.flood({ connection, openTimeMs, onlyClosed: false })).frames;
    if (taken >= (frames[seen.length] as number)) seen.push(rssBytes());
  }
  flood.end();
  return seen;
};

const QUARTER_MS = 900_000;
const momentum = momentumRule({
  moveThreshold: 3,
  volumeLogZThreshold: 3,
  liquidityLevel: 0,
  unknownLiquidity: 'high',
  shortHistory: 'judge',
});
/** Judges as the default rule does, and reads everything there is. */
const everyMeasure: Rule = { ...momentum, measures };
/** The same at two bar lengths. */
const everything: Rule = { ...everyMeasure, longer: measures.map((measure) => ({ measure, interval: '1h' })) };

/** Bytes alive with so many series that have been followed for a while, less those of the empty process. */
const ofSeries = (symbols: number, rule: Rule): number => {
  const idle = aliveBytes();
  const clock = createVirtualClock(START_MS);
  const event$ = new Subject<FeedEvent>();
  const names = Array.from({ length: symbols }, (_, i) => `S${i}USDT`);
  const parts = {
    history: { bars: () => EMPTY },
    remembered: { epoch: 1, positions: [], emitted: [], pending: [], fresh: true },
    marketTime: clock,
    barrierMs: 1_500,
    report: () => undefined,
  };
  let judged = 0;
  const subscription = event$.pipe(closes(parts, [rule])).subscribe({
    next: (close) => (judged += close.judged.length),
    error: (error: unknown) => {
      throw error;
    },
  });
  event$.next({ kind: 'roster', market: 'usdm', interval: '15m', symbols: names });
  const bars = 40;
  for (let index = 0; index < bars; index++) {
    clock.advanceTo(START_MS + (index + 1) * QUARTER_MS);
    for (const symbol of names) {
      const open = 100 + (index % 7) / 10;
      const bar: Bar = {
        ...{ market: 'usdm', symbol, interval: '15m', openTimeMs: START_MS + index * QUARTER_MS, open, close: open + 0.1 },
        ...{ high: open + 0.2, low: open - 0.1, volume: 10 + (index % 5), quoteVolume: 1_000, tradeCount: 10, takerVolume: 5 },
        ...{ takerQuoteVolume: 500, provenance: 'stream' },
      };
      event$.next({ kind: 'bar', bar });
    }
  }
  if (judged !== bars * symbols) throw new Error(`${judged} bars judged of ${bars * symbols}`);
  const alive = aliveBytes() - idle;
  subscription.unsubscribe();
  return alive;
};

const [what, symbols] = [process.argv[2], Number(process.argv[3])];
const answer = (): Promise<readonly number[]> => {
  if (what === 'frames') return ofFrames(symbols, [1e6, 1e7]);
  const rules: Readonly<Record<string, Rule>> = { momentum, measures: everyMeasure, everything };
  return Promise.resolve([ofSeries(symbols, rules[what ?? ''] ?? momentum)]);
};
const bytes = await answer();
process.send?.(bytes);
process.disconnect();
process.exit(0);
