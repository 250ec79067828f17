import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filter } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { seriesKey } from '../../../src/model/series.js';
import { inOrder } from '../../../src/operators/bars/in-order.js';
import { isSeriesEvent } from '../../../src/operators/bars/is-series-event.js';
import { perSymbol } from '../../../src/operators/bars/per-symbol.js';
import { directHttp, directSockets } from '../../../src/simulator/direct.js';
import { binance } from '../../../src/sources/binance/binance.js';
import { createBarCache } from '../../../src/stores/cache/bar-cache.js';
import { recordedContext } from '../../support/context.js';
import { heldRingFiles } from '../../support/ring-files.js';
import { MINUTE, T0, recorded, worldAt } from '../../simulator/world.js';

const WARMUP_BARS = 300;
const SYMBOLS = Array.from({ length: 30 }, (_, i) => `S${i}USDT`);
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe('a restart', () => {
  it('resumes from disk: it asks for what closed meanwhile, and hands on the same bars as if it had asked for all', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'warm-restart-'));
    folders.push(folder);
    const recordings = { usdm: SYMBOLS.map((symbol) => recorded(symbol)) };
    const { clock, exchange } = worldAt(T0 + 600 * MINUTE + 20_000, { recordings, openEveryMs: { usdm: 10_000 } });
    const advance = (ms: number): Promise<void> => clock.runUntil(clock.now() + ms);
    const files = heldRingFiles(clock);

    /** One life of the monitor's front end, on the same disk. */
    const live = async (judgedUpToMs: number | null, forMs: number, isCached = true) => {
      const { context, faults, lines } = recordedContext({
        marketTime: clock,
        wireTime: clock,
        http: directHttp(exchange.http, clock),
        sockets: directSockets(exchange.sockets, clock),
      });
      const cache = createBarCache({ folder, files, wireTime: clock, report: context.report });
      const source = binance.create(
        binance.options.parse({ interval: '1m', universe: { allow: SYMBOLS } }),
        isCached ? { ...context, cache } : context,
      );
      const bars = new Map<string, string[]>();
      const before = exchange.log.counters().requests;
      const startedAt = performance.now();
      const running = source.event$
        .pipe(
          filter(isSeriesEvent),
          perSymbol(() =>
            inOrder({
              history: source.history,
              judgedUpToMs: () => judgedUpToMs,
              warmupBars: () => WARMUP_BARS,
              report: context.report,
            }),
          ),
        )
        .subscribe((bar) => {
          const key = seriesKey(bar);
          bars.set(key, [...(bars.get(key) ?? []), `${bar.timing} ${bar.openTimeMs} ${bar.close} ${bar.volume} ${bar.follows}`]);
        });
      await advance(5_000);
      const readyMs = performance.now() - startedAt;
      const ready = [...bars.values()].filter((each) => each.length >= WARMUP_BARS).length;
      const requests = exchange.log.counters().requests - before;
      await advance(forMs);
      running.unsubscribe();
      await cache.close().forEach(() => undefined);
      return { bars, lines, faults, requests, ready, readyMs };
    };

    const first = await live(null, 3 * MINUTE);
    expect(first.ready).toBe(SYMBOLS.length);
    expect(first.lines).toEqual([
      expect.stringMatching(/^usdm warm-up: 30 series × 300 bars = 30 requests, weight 60 of 1920 a minute: /),
    ]);
    const overhead = first.requests - SYMBOLS.length;
    const judgedUpToMs = Math.floor(clock.now() / MINUTE) * MINUTE - MINUTE;
    await advance(MINUTE);
    const beganAtMs = clock.now();
    const second = await live(judgedUpToMs, 0);
    expect(second.lines).toEqual([
      expect.stringMatching(
        /^usdm warm-up: 30 of 30 series × 301 bars resume from disk, 30 requests for the rest, weight 30 of 1920 a minute: /,
      ),
    ]);
    expect(second.requests).toBe(overhead + SYMBOLS.length);
    expect(second.ready).toBe(SYMBOLS.length);
    console.log(`warm restart of ${SYMBOLS.length} series in ${Math.round(second.readyMs)} ms of real time`);
    expect([...first.faults, ...second.faults]).toEqual([]);
    // The same from the exchange alone.
    const third = await live(judgedUpToMs, 0, false);
    expect(Math.floor(clock.now() / MINUTE)).toBe(Math.floor(beganAtMs / MINUTE));
    expect(second.bars).toEqual(third.bars);
  });
});
