import { EMPTY, Subject, delayWhen, from, map, of, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Bar } from '../../../src/model/bar.js';
import { INTERVAL_MS } from '../../../src/model/interval.js';
import type { Reading } from '../../../src/model/reading.js';
import type { ReadingsOptions } from '../../../src/operators/market/readings.js';
import { readings } from '../../../src/operators/market/readings.js';
import { withLonger } from '../../../src/operators/market/with-longer.js';
import { simpleMovingAverage } from '../../../src/operators/measures/simple-moving-average.js';
import type { FeedEvent, SeriesEvent } from '../../../src/ports/source.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { START_MS, barAt } from '../../support/bars.js';
import { fakeHistory, faultLog } from '../../support/fakes.js';
import { marbles } from '../../support/marbles.js';
import { arrives, hasClosed } from '../../support/parts.js';

type Marbles = Parameters<Parameters<typeof marbles>[0]>[0];

const close = simpleMovingAverage(1);
const optionsFor = (given: Partial<ReadingsOptions> = {}): ReadingsOptions => ({
  history: fakeHistory([]),
  marketTime: createVirtualClock(),
  barrierMs: 6,
  report: () => undefined,
  judgedUpToMs: () => null,
  measures: [close],
  longer: [{ measure: close, interval: '1h' }],
  ...given,
});
const inMarbles = (m: Marbles, given: Partial<ReadingsOptions> = {}): ReadingsOptions => optionsFor({ marketTime: m.scheduler, ...given });

const said = ({ bar, values }: Reading): string => `${bar.symbol[0]}${(bar.openTimeMs - START_MS) / 900_000} ${String(values['sma1@1h'])}`;
const hour = (index: number, given: Partial<Bar> = {}): Bar =>
  barAt(index, { interval: '1h', openTimeMs: START_MS + index * INTERVAL_MS['1h'], close: 1_000 + index, ...given });

/** Four bars to the hour from the START on, and the first of the next. */
const [a, b, c, d, e] = [0, 1, 2, 3, 4].map((i) => barAt(i)) as [Bar, Bar, Bar, Bar, Bar];
const events: Readonly<Record<string, SeriesEvent>> = { a: arrives(a), b: arrives(b), c: arrives(c), d: arrives(d), e: arrives(e) };

/** All readings of these bars, each as soon as it comes. */
const readAll = (bars: readonly Bar[], given: Partial<ReadingsOptions>): readonly Reading[] => {
  const seen: Reading[] = [];
  from(bars).pipe(map(arrives), readings(optionsFor(given))).subscribe((reading) => seen.push(reading));
  return seen;
};

describe('withLonger', () => {
  const alone = (m: Marbles, given: Partial<ReadingsOptions> = {}) => withLonger(inMarbles(m, given), new Map([['1h', [close]]]), EMPTY);

  it('evaluates the hour before the bar that ends with it', marbles((m) => {
    const event$ =  m.hot('-a-b-c-d-e-|', events);
    const expected =      '-r-s-t-u-v-|';
    m.expect(event$.pipe(alone(m), map(said))).toBeObservable(expected, {
      r: 'B0 warmup', s: 'B1 warmup', t: 'B2 warmup', u: 'B3 103', v: 'B4 103',
    });
  }));

  it('is silent when nothing comes, and passes an error on', marbles((m) => {
    const stage = (text: string) => m.hot<SeriesEvent>(text, events).pipe(alone(m), map(said));
    m.expect(stage('-')).toBeObservable('-');
    m.expect(stage('-|')).toBeObservable('-|');
    m.expect(stage('-a-#')).toBeObservable('-r-#', { r: 'B0 warmup' });
  }));

  it('says gap while just the hour is missing that should be seen', () => {
    const bars = Array.from({ length: 13 }, (_, i) => barAt(i)).filter((_, i) => i !== 5);
    expect(readAll(bars, {}).map(said)).toEqual([
      'B0 warmup', 'B1 warmup', 'B2 warmup', 'B3 103', 'B4 103', 'B6 103', 'B7 gap', 'B8 gap', 'B9 gap', 'B10 gap', 'B11 111', 'B12 111',
    ]);
  });

  it('warms the hours with their own bars, and waits for them half of the barrier at most', marbles((m) => {
    const own = Array.from({ length: 3 }, (_, i) => hour(i - 3));
    const history = (delayMs: number): ReadingsOptions['history'] => ({
      bars: (series, fromMs, toMs) =>
        fakeHistory(own).bars(series, fromMs, toMs).pipe(delayWhen(() => (series.interval === '1h' && delayMs > 0 ? timer(delayMs, m.scheduler) : of(0)))),
    });
    const stage = (delayMs: number) => m.hot<FeedEvent>('-Ab-c--------', { ...events, A: hasClosed(barAt(0)) }).pipe(readings(inMarbles(m, { history: history(delayMs), longer: [{ measure: simpleMovingAverage(3), interval: '1h' }] })), map(({ bar, values }) => `${(bar.openTimeMs - START_MS) / 900_000} ${String(values['sma3@1h'])}`));
    m.expect(stage(0)).toBeObservable('--b-c--------', { b: '1 998', c: '2 998' });
    m.expect(stage(2)).toBeObservable('---bc--------', { b: '1 998', c: '2 998' });
    m.expect(stage(9)).toBeObservable('-----b--c----', { b: '1 warmup', c: '2 warmup' });
  }));

  it('judges a missed bar by the hour that could be seen at its own time', () => {
    const truth = Array.from({ length: 40 }, (_, i) => barAt(i));
    const own = Array.from({ length: 10 }, (_, i) => hour(i, { close: 103 + 4 * i }));
    const clock = createVirtualClock(START_MS + 40 * 900_000);
    const seen: string[] = [];
    of<FeedEvent[]>(hasClosed(barAt(39)))
      .pipe(readings(optionsFor({ history: fakeHistory([...truth, ...own]), marketTime: clock, judgedUpToMs: () => START_MS + 29 * 900_000 })))
      .subscribe((reading) => seen.push(said(reading)));
    expect(seen.slice(-10)).toEqual(Array.from({ length: 10 }, (_, i) => `B${30 + i} ${103 + 4 * (Math.floor((31 + i) / 4) - 1)}`));
  });

  it('takes a told hour where a hole has left nothing to rebuild, and believes its own else', () => {
    const log = faultLog();
    const event$ = new Subject<FeedEvent>();
    const seen: string[] = [];
    event$.pipe(readings(optionsFor({ report: log.report }))).subscribe((reading) => seen.push(said(reading)));
    const tell = (...bars: readonly Bar[]): void => bars.forEach((each) => event$.next(arrives(each)));
    tell(a, b, c, hour(0, { close: 77, volume: 4 }), d);
    expect(log.faults.map(({ kind, series }) => [kind, series?.interval])).toEqual([['bars-disagree', '1h']]);
    tell(barAt(4), barAt(6), hour(1, { close: 88 }), barAt(7), barAt(8));
    expect(seen).toEqual(['B0 warmup', 'B1 warmup', 'B2 warmup', 'B3 103', 'B4 103', 'B6 103', 'B7 88', 'B8 88']);
    tell(barAt(9), barAt(10), barAt(11), hour(2, { open: 108, high: 111, low: 108, close: 111, volume: 4 }));
    expect(log.kinds().filter((kind) => kind === 'bars-disagree')).toHaveLength(1);
  });
});
