import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Close } from '../../src/model/close.js';
import { createVirtualClock } from '../../src/runtime/virtual-clock.js';
import { createExchange } from '../../src/simulator/exchange.js';
import { createRandom } from '../../src/simulator/exchange/random.js';
import { createSyntheticRecordings } from '../../src/simulator/synthetic.js';
import { addressesOf } from '../support/loopback.js';
import { createVirtualMonitor } from './virtual-monitor.js';

const MINUTE = 60_000;
const BAR_MS = 15 * MINUTE;
const SYMBOLS = 10_000;
const START_MS = Date.UTC(2026, 0, 5, 12, 0, 20);
const BARS_BEFORE = 700;
const READY_MS_MAX = 60 * MINUTE;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'many-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('F30: starts with ten thousand symbols within the weight, and judges all of them at every close', async () => {
  const clock = createVirtualClock(START_MS);
  const recordings = createSyntheticRecordings({
    seed: 3,
    symbols: SYMBOLS,
    interval: '15m',
    fromMs: START_MS - (START_MS % BAR_MS) - BARS_BEFORE * BAR_MS,
    toMs: START_MS + 3 * 60 * MINUTE,
    paths: 50,
  });
  const exchange = createExchange({
    clock,
    wireTime: clock,
    recordings,
    beside: { usdm: [] },
    openEveryMs: { usdm: 5 * MINUTE },
    replyDelayMs: 30,
  });
  const text = JSON.stringify({
    pipeline: { type: 'momentum', liquidityLevel: 0 },
    source: { type: 'binance', interval: '15m', news: false, idle: '10m', endpoints: { usdm: addressesOf(1).endpoints.usdm } },
    store: { type: 'lowdb', path: join(folder, 'store') },
    sinks: [],
    health: { enabled: false },
  });
  const { monitor, stop$ } = createVirtualMonitor({
    text,
    clock,
    http: exchange.http,
    sockets: exchange.sockets,
    random: createRandom(3),
  });
  const closes: Pick<Close, 'openTimeMs' | 'expected' | 'received'>[] = [];
  const seen = new Map<number, number>();
  monitor.outcome$.subscribe((outcome) => {
    if (outcome.kind !== 'close') return;
    const { openTimeMs, expected, received, judged } = outcome.close;
    closes.push({ openTimeMs, expected, received });
    seen.set(openTimeMs, (seen.get(openTimeMs) ?? 0) + judged.length);
  });
  const beganRealMs = performance.now();
  while (monitor.health().series.warm < SYMBOLS && clock.now() - START_MS < READY_MS_MAX)
    await clock.runUntil(clock.now() + 1_000);
  const readyMs = clock.now() - START_MS;
  expect(monitor.health().series).toEqual({ warm: SYMBOLS, expected: SYMBOLS });
  const firstMs = Math.ceil(clock.now() / BAR_MS) * BAR_MS;
  await clock.runUntil(firstMs + 2 * BAR_MS + MINUTE);
  stop$.next();
  await clock.runUntil(clock.now() + 9_000);

  const { highestWeightShare } = exchange.log.counters();
  console.log(
    `${SYMBOLS} symbols: warm after ${(readyMs / MINUTE).toFixed(1)} min of the exchange's time, ${Math.round((performance.now() - beganRealMs) / 1_000)} s of ours in all; ` +
      `highest weight ${Math.round(highestWeightShare * 100)} %, ${monitor.health().sockets.length} sockets, ${Math.round(process.memoryUsage().rss / 1_048_576)} MB resident with the exchange itself`,
  );
  for (const openTimeMs of [firstMs, firstMs + BAR_MS])
    expect(seen.get(openTimeMs), new Date(openTimeMs).toISOString()).toBe(SYMBOLS);
  expect(closes.at(-1)).toMatchObject({ expected: SYMBOLS, received: SYMBOLS });
  expect(highestWeightShare).toBeLessThanOrEqual(0.8);
});
