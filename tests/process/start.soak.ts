import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createVirtualClock } from '../../src/runtime/virtual-clock.js';
import { createExchange } from '../../src/simulator/exchange.js';
import { createRandom } from '../../src/simulator/exchange/random.js';
import { createSyntheticRecordings } from '../../src/simulator/synthetic.js';
import { createBarCache } from '../../src/stores/cache/bar-cache.js';
import { addressesOf } from '../support/loopback.js';
import { heldRingFiles } from '../support/ring-files.js';
import { createVirtualMonitor } from './virtual-monitor.js';

const MINUTE = 60_000;
const SYMBOLS = 700;
const START_MS = Date.UTC(2026, 0, 5, 12, 0, 20);
/** Answers of the exchange take this long. */
const REPLY_MS = 30;
const WEIGHT_PER_MINUTE = 1_920;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'start-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('a cold start of 700 symbols is ready within the weight budget and ten seconds; a warm one, after a minute, in five', async () => {
  const clock = createVirtualClock(START_MS);
  const recordings = createSyntheticRecordings({
    seed: 3,
    symbols: SYMBOLS,
    interval: '1m',
    fromMs: START_MS - (START_MS % MINUTE) - 2_000 * MINUTE,
    toMs: START_MS + 60 * MINUTE,
    paths: 50,
  });
  const exchange = createExchange({
    clock,
    wireTime: clock,
    recordings,
    beside: { usdm: [] },
    openEveryMs: { usdm: 10_000 },
    replyDelayMs: REPLY_MS,
  });
  const text = JSON.stringify({
    pipeline: { type: 'momentum', liquidityLevel: 0 },
    source: { type: 'binance', interval: '1m', news: false, endpoints: { usdm: addressesOf(1).endpoints.usdm } },
    store: { type: 'lowdb', path: join(folder, 'store') },
    sinks: [],
    health: { enabled: false },
  });
  const files = heldRingFiles(clock);

  const live = async (): Promise<{ readonly readyMs: number; readonly realMs: number; readonly lines: readonly string[] }> => {
    const cache = createBarCache({ folder: join(folder, 'cache'), files, wireTime: clock, report: () => undefined });
    const { monitor, stop$, printed } = createVirtualMonitor({
      text,
      clock,
      http: exchange.http,
      sockets: exchange.sockets,
      random: createRandom(3),
      cache,
    });
    const [beganMs, beganRealMs] = [clock.now(), performance.now()];
    monitor.outcome$.subscribe();
    while (monitor.health().series.warm < SYMBOLS && clock.now() - beganMs < 10 * MINUTE) await clock.runUntil(clock.now() + 250);
    const [readyMs, realMs] = [clock.now() - beganMs, performance.now() - beganRealMs];
    await clock.runUntil(clock.now() + 90_000);
    stop$.next();
    await clock.runUntil(clock.now() + 9_000);
    await cache.close().forEach(() => undefined);
    return { readyMs, realMs, lines: printed };
  };

  const cold = await live();
  const weight = Number(/weight (\d+) of/.exec(cold.lines.join())?.[1]);
  // What is left of the first minute can be spent at once, and then a budget each minute.
  const boundMs = Math.ceil(weight / WEIGHT_PER_MINUTE) * MINUTE;
  console.log(
    `cold: ready after ${cold.readyMs / 1_000} s of the exchange's time, ${Math.round(cold.realMs)} ms of ours; ${cold.lines.join(' | ')}`,
  );
  await clock.runUntil(clock.now() + MINUTE);
  const warm = await live();
  console.log(
    `warm: ready after ${warm.readyMs / 1_000} s of the exchange's time, ${Math.round(warm.realMs)} ms of ours; ${warm.lines.join(' | ')}`,
  );
  expect(weight).toBeGreaterThan(SYMBOLS);
  expect(cold.readyMs).toBeLessThanOrEqual(boundMs + 10_000);
  expect(warm.readyMs).toBeLessThanOrEqual(5_000);
  expect(exchange.log.counters().highestWeightShare).toBeLessThanOrEqual(0.8);
});
