import fc from 'fast-check';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { from, map, of, startWith } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Bar } from '../../../src/model/bar.js';
import type { Interval } from '../../../src/model/interval.js';
import { INTERVAL_MS } from '../../../src/model/interval.js';
import type { Reading } from '../../../src/model/reading.js';
import { contextMeasures } from '../../../src/operators/market/context.js';
import type { ReadingsOptions } from '../../../src/operators/market/readings.js';
import { readings } from '../../../src/operators/market/readings.js';
import { measures } from '../../../src/operators/measures/index.js';
import { simpleMovingAverage } from '../../../src/operators/measures/simple-moving-average.js';
import { trendState } from '../../../src/operators/measures/trend-state.js';
import type { FeedEvent, Roster } from '../../../src/ports/source.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { START_MS, arbitraryBars, barAt } from '../../support/bars.js';
import { fakeHistory } from '../../support/fakes.js';
import { agrees, disagreements, readColumns, readGoldenBars } from '../../support/golden.js';
import { marbles } from '../../support/marbles.js';
import { arrives, hasClosed } from '../../support/parts.js';
import { sharedPathOrSay } from '../../support/shared.js';

type Marbles = Parameters<Parameters<typeof marbles>[0]>[0];

const close = simpleMovingAverage(1);
const HOUR = { measure: close, interval: '1h' } as const;

const optionsFor = (given: Partial<ReadingsOptions> = {}): ReadingsOptions => ({
  history: fakeHistory([]),
  marketTime: createVirtualClock(),
  barrierMs: 6,
  report: () => undefined,
  judgedUpToMs: () => null,
  measures: [close],
  longer: [HOUR],
  ...given,
});
const inMarbles = (m: Marbles, given: Partial<ReadingsOptions> = {}): ReadingsOptions => optionsFor({ marketTime: m.scheduler, ...given });

const said = ({ bar, values }: Reading): string => `${bar.symbol[0]}${(bar.openTimeMs - START_MS) / 900_000} ${String(values['sma1@1h'])}`;
const hour = (index: number): Bar => barAt(index, { interval: '1h', openTimeMs: START_MS + index * INTERVAL_MS['1h'], close: 1_000 + index });
const rosterAt = (interval: Interval): Roster => ({ kind: 'roster', market: 'usdm', interval, symbols: ['BTCUSDT'] });

/** Four bars to the hour from the START on, and the first of the next. */
const [a, b, c, d, e] = [0, 1, 2, 3, 4].map((i) => barAt(i)) as [Bar, Bar, Bar, Bar, Bar];
const events: Readonly<Record<string, FeedEvent>> = {
  a: arrives(a), b: arrives(b), c: arrives(c), d: arrives(d), e: arrives(e),
  x: arrives(barAt(3, { symbol: 'XRPUSDT' })), H: arrives(hour(0)),
};

/** All readings of these bars, each as soon as it comes. */
const readAll = (bars: readonly Bar[], given: Partial<ReadingsOptions>): readonly Reading[] => {
  const seen: Reading[] = [];
  from(bars).pipe(map(arrives), readings(optionsFor(given))).subscribe((reading) => seen.push(reading));
  return seen;
};

describe('readings', () => {
  it('sees the hour that ends with the bar', marbles((m) => {
    const event$ =  m.hot('-a-b-c-d-e-x-|', events);
    const expected =      '-r-s-t-u-v-w-|';
    m.expect(event$.pipe(readings(inMarbles(m)), map(said))).toBeObservable(expected, {
      r: 'B0 warmup', s: 'B1 warmup', t: 'B2 warmup', u: 'B3 103', v: 'B4 103', w: 'X3 warmup',
    });
  }));

  it('is silent when nothing comes, passes an error on, and leaves its source when it is left', marbles((m) => {
    const stage = (text: string) => m.hot<FeedEvent>(text, events).pipe(readings(inMarbles(m)), map(said));
    m.expect(stage('-')).toBeObservable('-');
    m.expect(stage('-|')).toBeObservable('-|');
    m.expect(stage('-a-#')).toBeObservable('-r-#', { r: 'B0 warmup' });
    const left$ = m.hot<FeedEvent>('-a-b-', events);
    m.expect(left$.pipe(readings(inMarbles(m)), map(said)), '--!').toBeObservable('-r-', { r: 'B0 warmup' });
    m.expect(left$).toHaveSubscriptions('^-!');
  }));

  it('reads bars of an interval that has a roster for themselves', marbles((m) => {
    const event$ = m.hot<FeedEvent>('-H-a', events).pipe(startWith(rosterAt('1h')));
    m.expect(event$.pipe(readings(inMarbles(m)), map(({ bar }) => bar.interval))).toBeObservable('-h-q', { h: '1h', q: '15m' });
  }));

  it('has nothing to see in bars that are no part of an hour', () => {
    const seen: Reading[] = [];
    of<FeedEvent[]>(rosterAt('1h'), arrives(hour(0))).pipe(readings(optionsFor())).subscribe((each) => seen.push(each));
    expect(seen.map(({ values }) => values['sma1@1h'])).toEqual(['no-data']);
  });
});

describe('incremental and batch', () => {
  it('say the same on every bar, wherever history ends', () => {
    const wanted = [simpleMovingAverage(20), ...measures.filter(({ name }) => /^(m_1|volume_logz20|roc_4|er10|accel_1|breakout20)$/.test(name))];
    const longer = [{ measure: simpleMovingAverage(5), interval: '1h' }] as const;
    fc.assert(fc.property(arbitraryBars(420), fc.integer({ min: 330, max: 418 }), (bars, split) => {
      const rebuilt = readAllHours(bars);
      const whole = readAll(bars, { measures: wanted, longer });
      const seen: Reading[] = [];
      const history = fakeHistory([...bars.slice(0, split), ...rebuilt]);
      from([hasClosed(bars[split - 1] as Bar), ...bars.slice(split).map(arrives)]).pipe(readings(optionsFor({ measures: wanted, longer, history }))).subscribe((each) => seen.push(each));
      const due = seen.filter(({ bar }) => bar.timing === 'due');
      expect(due).toHaveLength(420 - split);
      due.forEach(({ values }, i) => {
        for (const [name, value] of Object.entries(whole[split + i]?.values ?? {}))
          if (!agrees(values[name] ?? 'no-data', typeof value === 'number' ? value : null, 'dimensionless')) throw new Error(`${name} ${split + i}: ${values[name]}, expected ${value}`);
      });
    }), { numRuns: 15 });
  });
});

/** The hours of whole quarters, by the plainest means. */
const readAllHours = (bars: readonly Bar[]): readonly Bar[] =>
  bars.flatMap((bar, i) => {
    const four = bars.slice(i - 3, i + 1);
    if (i < 3 || bar.openTimeMs % INTERVAL_MS['1h'] !== 2_700_000 || four.length < 4) return [];
    const [first = bar] = four;
    return [{ ...bar, interval: '1h' as const, openTimeMs: first.openTimeMs, open: first.open, high: Math.max(...four.map(({ high }) => high)), low: Math.min(...four.map(({ low }) => low)) }];
  });

const golden = sharedPathOrSay('comparing alignments with the golden ones', 'golden/alignment');
const files = golden === null ? [] : readdirSync(golden);
describe.skipIf(golden === null)('the golden alignments', () => {
  it.each(files)('of %s: own state, and that of the last hour that had closed', (file) => {
    const name = file.replace('.csv.gz', '');
    const columns = readColumns(join(golden ?? '', file));
    const bars = readGoldenBars(join(golden ?? '', '../input', `${name}-15m.csv.gz`));
    const seen = readAll(bars, { measures: contextMeasures, longer: [{ measure: trendState(), interval: '1h' }, { measure: { ...close, name: 'time', start: () => (window) => window.openTimeMs(0) }, interval: '1h' }] });
    expect(columns.get('open_time')?.map(Number)).toEqual(seen.map(({ bar }) => bar.openTimeMs));
    const told = (value: string) => seen.map(({ values }) => values[value] ?? 'no-data');
    expect(disagreements(told('trend_state'), columns.get('state_15m') ?? [], 'exact')).toEqual([]);
    expect(disagreements(told('trend_state@1h'), columns.get('state_1h') ?? [], 'exact')).toEqual([]);
    expect(disagreements(told('time@1h'), columns.get('visible_1h_open_time') ?? [], 'exact')).toEqual([]);
  });
});
