import { map, NEVER, of, startWith } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { momentum } from '../../pipelines/momentum.js';
import type { Bar } from '../../src/model/bar.js';
import type { Close } from '../../src/model/close.js';
import { filterCloses } from '../../src/operators/filters/filter-closes.js';
import { usualFilters } from '../../src/operators/filters/usual-filters.js';
import { momentumRule } from '../../src/operators/judges/momentum.js';
import { closes } from '../../src/operators/market/closes.js';
import { warmupBarsOf } from '../../src/operators/measures/measure.js';
import type { Parts } from '../../src/ports/pipeline.js';
import type { FeedEvent } from '../../src/ports/source.js';
import { barAt } from '../support/bars.js';
import { fakeHistory, fakeSink, fakeStore } from '../support/fakes.js';
import { marbles } from '../support/marbles.js';
import { arrives, liveOn, partsOf, rosterOf } from '../support/parts.js';
import { USUAL_FILTERS } from '../support/filter-settings.js';

const settings = momentum.settings.parse({});
const compose = (parts: Parts) => momentum.compose(parts, settings);

/** Bars that swing by one, with usual volume; `jumps` gives closes at which they do not, on ever more volume. */
const series = (symbol: string, jumps: Readonly<Record<number, number>> = {}): readonly Bar[] => {
  let close = 100;
  let volume = 1_000;
  return Array.from({ length: 320 }, (_, i) => {
    const open = close;
    const jump = jumps[i];
    close = jump ?? open + (i % 2 === 0 ? 1 : -1);
    if (jump !== undefined) volume *= 1_000;
    return barAt(i, { symbol, open, close, volume: jump === undefined ? 100 + 10 * (i % 2) : volume, quoteVolume: 1_000_000 });
  });
};

/** A rises three bars in a row and falls at the fourth; B does nothing. */
const truth = [...series('A', { 300: 110, 301: 130, 302: 190, 303: 90 }), ...series('B')];

const [a, x] = ['A', 'B'].map((symbol) => truth.find((bar) => bar.symbol === symbol && bar.openTimeMs === barAt(300).openTimeMs)) as [Bar, Bar];
const [b, y] = ['A', 'B'].map((symbol) => truth.find((bar) => bar.symbol === symbol && bar.openTimeMs === barAt(301).openTimeMs)) as [Bar, Bar];
const events = { a: arrives(a), b: arrives(b), x: arrives(x), y: arrives(y) };
const said = ({ judged, alerts }: Close): string =>
  `${judged.map(({ bar }) => bar.symbol).join(' ')}: ${alerts.map(({ direction, suppressedBy }) => suppressedBy ?? direction).join()}`;

describe('the momentum pipeline', () => {
  it('is its stages, one after another', marbles((m) => {
    const event$ = m.hot<FeedEvent>('-a-x-b-y-|', events).pipe(startWith(rosterOf(['A', 'B'])));
    const judged =                  '---C---D-|';
    const filtered =                '---F---G-|';
    const expected =                '---O---P-|';
    const parts = partsOf({ event$, marketTime: m.scheduler, history: fakeHistory(truth) });
    const judged$ = event$.pipe(closes(parts, [momentumRule(settings)]));
    const filters = usualFilters(parts, of(settings));
    m.expect(judged$.pipe(map(said))).toBeObservable(judged, { C: 'A B: up', D: 'A B: up' });
    m.expect(judged$.pipe(filterCloses(filters), map(said))).toBeObservable(filtered, { F: 'A B: up', G: 'A B: cooldown' });
    const store = fakeStore();
    store.open().subscribe();
    const told$ = compose({ ...parts, store }).pipe(map((outcome) => (outcome.kind === 'close' ? said(outcome.close) : outcome.kind)));
    m.expect(told$).toBeObservable(expected, { O: 'A B: up', P: 'A B: cooldown' });
  }));

  it('has the settings of signals.md 7.3, and the warm-up of its slowest measure', () => {
    expect(settings).toStrictEqual({
      moveThreshold: 3,
      volumeLogZThreshold: 3,
      liquidityLevel: 10_000,
      unknownLiquidity: 'low',
      shortHistory: 'judge',
      ...USUAL_FILTERS,
      flood: 'on',
      correlation: 'on',
    });
    expect(warmupBarsOf(momentum.measures(settings))('15m')).toBe(294);
  });

  it('tells, sends and records, in both directions, and is silent for half an hour in each', () => {
    const [store, sink] = [fakeStore(), fakeSink()];
    const life = liveOn({ compose, store, sinks: [sink], truth, after: 299 });
    [300, 301, 302, 303, 304].forEach(life.arrive);
    expect(life.told).toStrictEqual([
      'close 299: nothing',
      'close 300: A up', 'A 300 sending', 'A 300 delivered',
      'close 301: A up cooldown',
      'close 302: A up', 'A 302 sending', 'A 302 delivered',
      'close 303: A down', 'A 303 sending', 'A 303 delivered',
      'close 304: nothing',
    ]);
    expect(sink.asked[0]?.alert).toMatchObject({ symbol: 'A', direction: 'up', coverage: 1, shortHistory: false, bar: { close: 110, provenance: 'stream' } });
    expect(store.rows().map(({ state, reason }) => reason ?? state).sort()).toStrictEqual(['cooldown', 'delivered', 'delivered', 'delivered']);
    expect(life.faults).toStrictEqual([]);
  });

  it('tells a close without the symbol that does not come, and that symbol later', () => {
    const life = liveOn({ compose, store: fakeStore(), sinks: [], truth: [...truth, ...series('C').slice(0, 300)], after: 299 });
    life.arrive(300);
    expect(life.told).toStrictEqual(['close 299: nothing']);
    life.pass(1_500);
    expect(life.told).toStrictEqual(['close 299: nothing', 'close 300: A up']);
  });
});

describe('the momentum pipeline over a restart', () => {
  it('goes on where it was killed before the first close: nothing that closed since is lost', () => {
    const store = fakeStore();
    liveOn({ compose, store, sinks: [fakeSink()], truth, after: 299 }).kill();
    const next = liveOn({ compose, store, sinks: [fakeSink()], truth, after: 301 });
    // Old news is not announced, and does not silence what is news.
    expect(next.told).toStrictEqual(['close 300: A up stale', 'close 301: A up', 'A 301 sending', 'A 301 delivered']);
  });

  it('repeats nothing that was delivered, and remembers the cooldown', () => {
    const store = fakeStore();
    const first = liveOn({ compose, store, sinks: [fakeSink()], truth, after: 299 });
    first.arrive(300);
    first.kill();
    const sink = fakeSink();
    const next = liveOn({ compose, store, sinks: [sink], truth, after: 300, agoMs: 60_000 });
    expect(next.told).toStrictEqual([]);
    [301, 302].forEach(next.arrive);
    expect(next.told).toStrictEqual(['close 301: A up cooldown', 'close 302: A up', 'A 302 sending', 'A 302 delivered']);
    expect(sink.asked.map(({ attempt }) => attempt)).toStrictEqual([{ number: 1, mayRepeat: false }]);
  });

  it('sends again what was on its way when it was killed, and says that it may be a repeat', () => {
    const store = fakeStore();
    const first = liveOn({ compose, store, sinks: [fakeSink([NEVER])], truth, after: 299 });
    first.arrive(300);
    first.kill();
    const sink = fakeSink();
    const next = liveOn({ compose, store, sinks: [sink], truth, after: 300, agoMs: 60_000 });
    expect(next.told).toStrictEqual(['A 300 sending', 'A 300 delivered']);
    expect(sink.asked.map(({ attempt }) => attempt)).toStrictEqual([{ number: 2, mayRepeat: true }]);
    expect(store.rows()).toMatchObject([{ state: 'delivered', attempts: 2, unknowns: 1 }]);
  });

  it('lets expire what waited too long, and judges what it missed without announcing old news', () => {
    const store = fakeStore();
    const first = liveOn({ compose, store, sinks: [fakeSink([NEVER])], truth, after: 299 });
    first.arrive(300);
    first.kill();
    const sink = fakeSink();
    const next = liveOn({ compose, store, sinks: [sink], truth, after: 304, agoMs: 60_000 });
    expect(next.told).toStrictEqual([
      'close 301: A up stale',
      'close 302: A up stale',
      'close 303: A down stale',
      'close 304: nothing',
      'A 300 expired',
    ]);
    expect(sink.asked).toStrictEqual([]);
    expect(next.kinds()).toStrictEqual(['alert-expired']);
  });

  it('judges in two lives exactly what it judges in one', () => {
    const whole = liveOn({ compose, store: fakeStore(), sinks: [], truth, after: 299 });
    [300, 301, 302, 303, 304, 305].forEach(whole.arrive);
    for (const cut of [300, 301, 302, 303, 304]) {
      const store = fakeStore();
      const first = liveOn({ compose, store, sinks: [], truth, after: 299 });
      for (let i = 300; i <= cut; i++) first.arrive(i);
      first.kill();
      const second = liveOn({ compose, store, sinks: [], truth, after: cut });
      for (let i = cut + 1; i <= 305; i++) second.arrive(i);
      expect([...first.told, ...second.told]).toStrictEqual(whole.told);
    }
  });
});
