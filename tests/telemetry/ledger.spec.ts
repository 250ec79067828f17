import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bar } from '../../src/model/bar.js';
import { decisionTimeMs } from '../../src/model/bar.js';
import type { Judged } from '../../src/model/verdict.js';
import { createVirtualClock } from '../../src/runtime/virtual-clock.js';
import { createLateness } from '../../src/telemetry/ledger-lateness.js';
import { createRows } from '../../src/telemetry/ledger-rows.js';
import { createLedger } from '../../src/telemetry/ledger.js';
import { barAt } from '../support/bars.js';
import { alertAt, arrives, closeAt, judgedOf, placed } from '../support/parts.js';

const open = () => {
  const clock = createVirtualClock(barAt(0).openTimeMs);
  const ledger = createLedger({ marketTime: clock });
  return {
    ...ledger,
    /** A bar arrives over the stream so long after its close. */
    arrive: (bar: Bar, lateMs: number): void => {
      clock.advanceTo(decisionTimeMs(bar) + lateMs);
      ledger.sawEvent(arrives({ ...bar, provenance: 'stream' }));
    },
  };
};

const judged = (symbol: string, index: number, provenance: Bar['provenance']): Judged => ({
  ...judgedOf(symbol, index),
  bar: placed(barAt(index, { symbol, provenance })),
});

describe('the ledger of sight', () => {
  it('says of every series how its due bars were seen, and why not', () => {
    const { sawClose, noticed, seriesSight } = open();
    sawClose(closeAt(0, [], { judged: [judged('A', 0, 'stream'), judged('B', 0, 'rest')] }));
    sawClose(closeAt(1, [], { judged: [judged('A', 1, 'rebuilt'), judged('B', 1, 'stream')] }));
    noticed('lost', barAt(2, { symbol: 'B' }), 3);
    noticed('missing', barAt(2, { symbol: 'B' }), 1);
    noticed('repeated', barAt(2, { symbol: 'B' }), 2);
    expect(seriesSight(barAt(0, { symbol: 'A' }))).toMatchObject({ stream: 1, rest: 0, rebuilt: 1, lost: 0 });
    expect(seriesSight(barAt(0, { symbol: 'B' }))).toMatchObject({ stream: 1, rest: 1, lost: 3, missing: 1, repeated: 2 });
    expect(seriesSight(barAt(0, { symbol: 'B', interval: '1h' }))).toBeNull();
    expect(seriesSight(barAt(0, { symbol: 'C' }))).toBeNull();
  });

  it('adds up by market, and names those of which most was lost', () => {
    const { sawClose, noticed, read } = open();
    sawClose(closeAt(0, [], { judged: [judged('A', 0, 'stream'), judged('B', 0, 'rest')] }));
    for (let i = 0; i < 12; i++) noticed('lost', barAt(0, { symbol: `S${i}`, market: 'spot' }), i + 1);
    const { markets, blindest } = read();
    expect(markets).toMatchObject([
      { market: 'usdm', series: 2, bars: { stream: 1, rest: 1, lost: 0 }, lateness: null },
      { market: 'spot', series: 12, bars: { stream: 0, lost: 78 } },
    ]);
    expect(blindest.map(({ symbol, lost }) => [symbol, lost]).slice(0, 2)).toStrictEqual([
      ['S11', 12],
      ['S10', 11],
    ]);
    expect(blindest).toHaveLength(10);
  });

  it('says at any close how much was seen and what came of it', () => {
    const { sawClose, read } = open();
    const words = (): readonly string[] => read().closes.map((close) => close.words);
    sawClose(closeAt(0, [], { expected: 530, received: 530 }));
    expect(words()).toStrictEqual(['530 of 530 series complete, nothing qualified']);
    sawClose(closeAt(1, [alertAt(1)], { expected: 530, received: 528 }));
    sawClose(closeAt(1, [alertAt(1, 'ETHUSDT')], { expected: 530, received: 530, late: true }));
    expect(words()).toStrictEqual(['530 of 530 series complete, 2 qualified']);
    sawClose(closeAt(0, [], { expected: 530, received: 530, late: true }));
    expect(words()).toStrictEqual(['530 of 530 series complete, 2 qualified']);
    sawClose(closeAt(0, [], { interval: '1h', expected: 4, received: 3 }));
    expect(words()).toStrictEqual(['530 of 530 series complete, 2 qualified', '3 of 4 series complete, nothing qualified']);
  });

  it('counts no bar for a correction, which shows nothing new', () => {
    const { sawClose, read, seriesSight } = open();
    sawClose(closeAt(1, [], { expected: 2, received: 2 }));
    sawClose(closeAt(1, [alertAt(1)], { revision: true, expected: 2, received: 0, judged: [judged('A', 1, 'stream')] }));
    expect(seriesSight(barAt(1, { symbol: 'A' }))).toBeNull();
    expect(read().closes).toMatchObject([{ received: 2, qualified: 0 }]);
  });

  it('measures how late bars come by the stream, each once, and those of the history not at all', () => {
    const { arrive, sawEvent, read } = open();
    for (let i = 0; i < 100; i++) arrive(barAt(i), i === 99 ? 5_000 : 10);
    arrive(barAt(99), 90_000);
    sawEvent(arrives(barAt(100, { provenance: 'rest' })));
    expect(read().markets[0]?.lateness).toStrictEqual({ count: 100, p50Ms: 10, p95Ms: 10, p99Ms: 10, maxMs: 5_000 });
  });

  it('takes forty bytes and a name for a series, however many bars it sees', () => {
    const before = process.memoryUsage().arrayBuffers;
    const { arrive } = open();
    for (let symbol = 0; symbol < 4_096; symbol++) arrive(barAt(0, { symbol: `S${symbol}` }), 0);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4_096 * 2.5 * 48 + 100_000);
  });
});

describe('lateness', () => {
  it('is null before anything came, and what is early is in time', () => {
    const { add, read } = createLateness();
    expect(read()).toBeNull();
    add(-30);
    expect(read()).toStrictEqual({ count: 1, p50Ms: 0, p95Ms: 0, p99Ms: 0, maxMs: 0 });
  });

  it('is never said less than it was, and at most a sixteenth more', () => {
    const times = fc.array(fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 2 ** 28 })), { minLength: 1 });
    fc.assert(
      fc.property(times, (all) => {
        const { add, read } = createLateness();
        all.forEach(add);
        const sorted = [...all].sort((a, b) => a - b);
        const at = (share: number): number => sorted[Math.ceil(share * all.length) - 1] ?? NaN;
        const said = read();
        for (const [share, ms] of [
          [0.5, said?.p50Ms],
          [0.95, said?.p95Ms],
          [0.99, said?.p99Ms],
        ] as const) {
          expect(ms).toBeGreaterThanOrEqual(at(share));
          if (at(share) < 2 ** 27) expect(ms).toBeLessThanOrEqual(at(share) * (17 / 16));
        }
        expect(said?.maxMs).toBe(sorted.at(-1));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('rows', () => {
  it('grow, and keep series of any name apart', () => {
    const rows = createRows(['a', 'b']);
    const names = ['__proto__', 'constructor', '币安人生USDT', ...Array.from({ length: 200 }, (_, i) => `S${i}`)];
    names.forEach((symbol, i) => rows.add(rows.of(barAt(0, { symbol })), 'b', i + 1));
    names.forEach((symbol, i) => expect(rows.read(barAt(0, { symbol }))).toStrictEqual({ a: 0, b: i + 1 }));
    expect(rows.read(barAt(0, { symbol: '__proto__', market: 'spot' }))).toBeNull();
  });
});
