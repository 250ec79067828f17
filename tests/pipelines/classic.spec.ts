import { map, of, startWith } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { classic } from '../../pipelines/classic.js';
import { pipelines } from '../../pipelines/index.js';
import type { Bar } from '../../src/model/bar.js';
import type { Close } from '../../src/model/close.js';
import { filterCloses } from '../../src/operators/filters/filter-closes.js';
import { usualFilters } from '../../src/operators/filters/usual-filters.js';
import { classicRule } from '../../src/operators/judges/classic.js';
import { closes } from '../../src/operators/market/closes.js';
import type { Parts } from '../../src/ports/pipeline.js';
import type { FeedEvent } from '../../src/ports/source.js';
import { barAt } from '../support/bars.js';
import { fakeHistory, fakeSink, fakeStore } from '../support/fakes.js';
import { marbles } from '../support/marbles.js';
import { arrives, liveOn, partsOf, rosterOf } from '../support/parts.js';
import { USUAL_FILTERS } from '../support/filter-settings.js';

const settings = classic.settings.parse({});
const compose = (parts: Parts) => classic.compose(parts, settings);

/** Quiet bars, but for those that go from 0.20 to 0.21, exactly 5 %, on ever more volume. */
const series = (symbol: string, jumps: readonly number[] = []): readonly Bar[] =>
  Array.from({ length: 120 }, (_, i) => {
    const n = jumps.indexOf(i);
    return barAt(i, { symbol, open: 0.2, close: n < 0 ? 0.2 : 0.21, volume: n < 0 ? 10 : 100 * 10 ** n, quoteVolume: 1_000_000 });
  });
const truth = [...series('A', [100, 101, 102]), ...series('B')];

const barOf = (symbol: string, index: number): Bar =>
  truth.find((bar) => bar.symbol === symbol && bar.openTimeMs === barAt(index).openTimeMs) as Bar;
const events = { a: arrives(barOf('A', 100)), b: arrives(barOf('A', 101)), x: arrives(barOf('B', 100)), y: arrives(barOf('B', 101)) };
const said = ({ judged, alerts }: Close): string =>
  `${judged.map(({ bar }) => bar.symbol).join(' ')}: ${alerts.map(({ direction, suppressedBy }) => suppressedBy ?? direction).join()}`;

describe('the classic pipeline', () => {
  it('is its stages, one after another', marbles((m) => {
    const event$ = m.hot<FeedEvent>('-a-x-b-y-|', events).pipe(startWith(rosterOf(['A', 'B'])));
    const judged =                  '---C---D-|';
    const filtered =                '---F---G-|';
    const expected =                '---O---P-|';
    const parts = partsOf({ event$, marketTime: m.scheduler, history: fakeHistory(truth) });
    const judged$ = event$.pipe(closes(parts, [classicRule(settings)]));
    const filters = usualFilters(parts, of(settings));
    m.expect(judged$.pipe(map(said))).toBeObservable(judged, { C: 'A B: up', D: 'A B: up' });
    m.expect(judged$.pipe(filterCloses(filters), map(said))).toBeObservable(filtered, { F: 'A B: up', G: 'A B: cooldown' });
    const store = fakeStore();
    store.open().subscribe();
    const told$ = compose({ ...parts, store }).pipe(map((outcome) => (outcome.kind === 'close' ? said(outcome.close) : outcome.kind)));
    m.expect(told$).toBeObservable(expected, { O: 'A B: up', P: 'A B: cooldown' });
  }));

  it('has the numbers of the original scanner', () => {
    expect(settings).toStrictEqual({
      lookbackBars: 8,
      volumeThreshold: 150,
      priceThreshold: 5,
      liquidityLevel: 10_000,
      lowLiquidityVolumeThreshold: 250,
      unknownLiquidity: 'low',
      ...USUAL_FILTERS,
      flood: 'off',
      correlation: 'off',
    });
    expect(classic.measures(settings).map(({ name }) => name)).toStrictEqual(['spikePct', 'changePct', 'liquidityPerHour']);
  });

  it('tells, sends and records, and goes on over a restart without repeating itself', () => {
    const [store, sink] = [fakeStore(), fakeSink()];
    const first = liveOn({ compose, store, sinks: [sink], truth, after: 99 });
    first.arrive(100);
    first.kill();
    const second = liveOn({ compose, store, sinks: [sink], truth, after: 100 });
    [101, 102, 103].forEach(second.arrive);
    expect([...first.told, ...second.told]).toStrictEqual([
      'close 99: nothing',
      'close 100: A up', 'A 100 sending', 'A 100 delivered',
      'close 101: A up cooldown',
      'close 102: A up', 'A 102 sending', 'A 102 delivered',
      'close 103: nothing',
    ]);
    expect(sink.asked).toHaveLength(2);
  });
});

describe('the pipelines a config may name', () => {
  it('are told apart by their type, and say what they are', () => {
    expect(pipelines.map(({ type }) => type)).toStrictEqual(['momentum', 'classic', 'rules']);
    for (const { summary } of pipelines) expect(summary).toMatch(/\.$/);
  });
});
