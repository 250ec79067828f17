import { map, of, startWith } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { rules } from '../../pipelines/rules.js';
import type { Bar } from '../../src/model/bar.js';
import type { Close } from '../../src/model/close.js';
import { filterCloses } from '../../src/operators/filters/filter-closes.js';
import { usualFilters } from '../../src/operators/filters/usual-filters.js';
import { closes } from '../../src/operators/market/closes.js';
import type { Parts } from '../../src/ports/pipeline.js';
import type { FeedEvent } from '../../src/ports/source.js';
import { barAt } from '../support/bars.js';
import { fakeHistory, fakeSink, fakeStore } from '../support/fakes.js';
import { marbles } from '../support/marbles.js';
import { arrives, liveOn, partsOf, rosterOf } from '../support/parts.js';

const settingsOf = (given: object) => rules.settings.parse(given);
const JUMP = { id: 'jump', direction: 'both', when: [{ measure: 'roc_1', atLeast: '5%' }] };

/** Quiet bars, but for closes that are given. */
const series = (symbol: string, jumps: Readonly<Record<number, number>> = {}): readonly Bar[] => {
  let close = 100;
  return Array.from({ length: 120 }, (_, i) => {
    const open = close;
    close = jumps[i] ?? open;
    return barAt(i, { symbol, open, close, volume: 10, quoteVolume: 1_000_000 });
  });
};
const truth = [...series('A', { 100: 110, 101: 130, 102: 120, 103: 130, 104: 140 }), ...series('B')];
const barOf = (symbol: string, index: number): Bar =>
  truth.find((bar) => bar.symbol === symbol && bar.openTimeMs === barAt(index).openTimeMs) as Bar;
const events = { a: arrives(barOf('A', 100)), b: arrives(barOf('A', 101)), x: arrives(barOf('B', 100)), y: arrives(barOf('B', 101)) };
const said = ({ judged, alerts }: Close): string =>
  `${judged.map(({ bar }) => bar.symbol).join(' ')}: ${alerts.map(({ rule, direction, suppressedBy }) => `${rule} ${suppressedBy ?? direction}`).join()}`;

/** What a life tells of the bars from 100 on. */
const lived = (given: object, bars = [100, 101, 102, 103, 104]): readonly string[] => {
  const settings = settingsOf(given);
  const alerts: string[] = [];
  const compose = (parts: Parts) =>
    rules.compose(parts, settings).pipe(
      map((outcome) => {
        if (outcome.kind === 'close')
          for (const { rule, direction, openTimeMs, suppressedBy, escalates } of outcome.close.alerts)
            alerts.push([(openTimeMs - barAt(0).openTimeMs) / 900_000, rule, direction, ...(suppressedBy === null ? [] : [suppressedBy]), ...(escalates === undefined ? [] : ['escalates'])].join(' '));
        return outcome;
      }),
    );
  const life = liveOn({ compose, store: fakeStore(), sinks: [fakeSink()], truth, after: 99 });
  bars.forEach(life.arrive);
  expect(life.faults).toStrictEqual([]);
  return alerts;
};

describe('the rules pipeline', () => {
  it('is its stages, one after another', marbles((m) => {
    const settings = settingsOf({ rules: [JUMP] });
    const event$ = m.hot<FeedEvent>('-a-x-b-y-|', events).pipe(startWith(rosterOf(['A', 'B'])));
    const judged =                  '---C---D-|';
    const filtered =                '---F---G-|';
    const expected =                '---O---P-|';
    const parts = partsOf({ event$, marketTime: m.scheduler, history: fakeHistory(truth) });
    const judged$ = event$.pipe(closes(parts, rules.rules?.(settings) ?? []));
    m.expect(judged$.pipe(map(said))).toBeObservable(judged, { C: 'A B: jump up', D: 'A B: jump up' });
    m.expect(judged$.pipe(filterCloses(usualFilters(parts, of(settings))), map(said))).toBeObservable(filtered, { F: 'A B: jump up', G: 'A B: jump cooldown' });
    const store = fakeStore();
    store.open().subscribe();
    const told$ = rules.compose({ ...parts, store }, settings).pipe(map((outcome) => (outcome.kind === 'close' ? said(outcome.close) : outcome.kind)));
    m.expect(told$).toBeObservable(expected, { O: 'A B: jump up', P: 'A B: jump cooldown' });
  }));

  it('judges by several rules at once, each with its own cooldown', () => {
    const never = { id: 'large', direction: 'up', cooldown: '1ms', when: [{ measure: 'roc_1', above: '7%' }] };
    expect(lived({ rules: [JUMP, never], cooldown: '1h' })).toStrictEqual([
      '100 jump up', '100 large up',
      '101 jump up cooldown', '101 large up',
      '102 jump down',
      '103 jump up cooldown', '103 large up',
      '104 jump up', '104 large up',
    ]);
  });

  it('lets a move that grows break the cooldown, by the rule', () => {
    const growing = { ...JUMP, cooldown: '2h', escalation: { measure: 'roc_1', step: '5%' } };
    expect(lived({ rules: [growing] })).toStrictEqual(['100 jump up', '101 jump up escalates', '102 jump down', '103 jump up cooldown', '104 jump up cooldown']);
  });

  it('remembers what a rule has to remember, and goes on with it over a restart', () => {
    const held = { id: 'held', direction: 'up', cooldown: '1ms', when: [{ measure: 'roc_1', atLeast: '9%', reset: '-9%', bars: 3 }] };
    const expected = ['102 held up', '103 held up', '104 held up'];
    expect(lived({ rules: [held] })).toStrictEqual(expected);
    const settings = settingsOf({ rules: [held] });
    const [store, told] = [fakeStore(), [] as string[]];
    for (const [after, arriving] of [[99, [100, 101]], [101, [102, 103, 104]]] as const) {
      const life = liveOn({ compose: (parts) => rules.compose(parts, settings), store, sinks: [], truth, after });
      arriving.forEach(life.arrive);
      told.push(...life.told.filter((line) => line.includes(' up')));
      life.kill();
    }
    expect(told).toStrictEqual(['close 102: A up', 'close 103: A up', 'close 104: A up']);
  });

  it('has the rules of the other pipelines too, under any name', () => {
    const classic = { use: 'classic', id: 'old', priceThreshold: '9%', volumeThreshold: '0%', lowLiquidityVolumeThreshold: '0%', cooldown: '1ms' };
    expect(lived({ rules: [classic] })).toStrictEqual(['100 old up', '101 old up']);
    expect(rules.measures(settingsOf({ rules: [classic, { use: 'momentum' }] })).map(({ name }) => name)).toContain('m_1');
  });
});
