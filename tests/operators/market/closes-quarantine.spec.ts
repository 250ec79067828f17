import { from, startWith } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Bar } from '../../../src/model/bar.js';
import type { Close } from '../../../src/model/close.js';
import { closes } from '../../../src/operators/market/closes.js';
import { rateOfChange } from '../../../src/operators/measures/rate-of-change.js';
import type { Rule } from '../../../src/ports/rule.js';
import type { FeedEvent } from '../../../src/ports/source.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { barAt, START_MS } from '../../support/bars.js';
import { faultLog } from '../../support/fakes.js';
import { arrives, partsOf, rosterOf, verdictOf } from '../../support/parts.js';

const SYMBOLS = ['A', 'B', 'C', 'D'];

/** A rule that cannot cope with readings of some symbols. */
const touchy = (poisoned: readonly string[]): Rule => ({
  id: 'touchy',
  version: 1,
  measures: [rateOfChange(1)],
  judge: ({ bar }) => {
    if (poisoned.includes(bar.symbol)) throw new TypeError(`cannot judge ${bar.symbol}`);
    return [verdictOf({ rule: 'touchy', fired: false })];
  },
});

/** What is told of three bars of four symbols. `spoil` may put a bar in that nothing can read. */
const tell = (rules: readonly Rule[], spoil: (bar: Bar) => Bar = (bar) => bar) => {
  const { faults, report } = faultLog();
  const events = [0, 1, 2].flatMap((index) => SYMBOLS.map((symbol) => arrives(spoil(barAt(index, { symbol })))));
  const event$ = from(events).pipe(startWith<FeedEvent>(rosterOf(SYMBOLS)));
  const told: Close[] = [];
  let error: unknown = null;
  const marketTime = createVirtualClock();
  event$.pipe(closes(partsOf({ event$, marketTime, report }), rules)).subscribe({
    next: (close) => told.push(close),
    error: (thrown: unknown) => (error = thrown),
  });
  marketTime.advanceTo(marketTime.now() + 60_000);
  const last = told.filter(({ openTimeMs }) => openTimeMs === START_MS + 2 * 900_000);
  return {
    symbols: last.flatMap(({ judged }) => judged.map(({ bar }) => bar.symbol)).sort(),
    faults: faults.filter(({ kind }) => kind === 'series-quarantined'),
    error,
  };
};

describe('closes', () => {
  it('F76: leave out a symbol that a rule cannot judge, say so once, and go on with the others', () => {
    const { symbols, faults, error } = tell([touchy(['B'])]);
    expect({ symbols, error }).toEqual({ symbols: ['A', 'C', 'D'], error: null });
    expect(faults).toEqual([
      expect.objectContaining({
        series: { market: 'usdm', symbol: 'B', interval: '15m' },
        detail: expect.stringContaining('TypeError: cannot judge B'),
      }),
    ]);
  });

  it('F76: leave out a symbol one of whose bars cannot be read', () => {
    const poison = (bar: Bar): Bar =>
      bar.symbol === 'C' && bar.openTimeMs > START_MS
        ? Object.defineProperty({ ...bar }, 'close', {
            enumerable: true,
            get: () => {
              throw new RangeError('poison');
            },
          })
        : bar;
    const { symbols, faults, error } = tell([touchy([])], poison);
    expect({ symbols, error }).toEqual({ symbols: ['A', 'B', 'D'], error: null });
    expect(faults.map(({ detail }) => detail)).toEqual([expect.stringContaining('RangeError: poison')]);
  });

  it('F76: end with the error when it is the third symbol', () => {
    const { faults, error } = tell([touchy(['A', 'B', 'D'])]);
    expect(faults.map(({ series }) => series?.symbol)).toEqual(['A', 'B']);
    expect(error).toEqual(new TypeError('cannot judge D'));
  });
});
