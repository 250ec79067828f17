import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/model/alert.js';
import type { Close } from '../../../src/model/close.js';
import type { Section, Standing } from '../../../src/model/section.js';
import type { Direction } from '../../../src/model/verdict.js';
import { filterCloses } from '../../../src/operators/filters/filter-closes.js';
import { flood } from '../../../src/operators/filters/flood.js';
import { floodMemory } from '../../../src/operators/filters/flood-memory.js';
import { marbles } from '../../support/marbles.js';
import { alertAt, closeAt, judgedOf } from '../../support/parts.js';

const COOLDOWN_MS = 1_800_000;

/** A cross-section in which these symbols stand so far beyond the market. */
const sectionOf = (excess: Readonly<Record<string, number | null>>, given: Partial<Section> = {}): Section => {
  const standing = (excessAtr: number | null): Standing => ({ rank: 0.5, beta: 1, excess: 0, excessAtr });
  return {
    ...{ count: 300, index: Math.log(0.97), bitcoin: Math.log(0.98), breadthUp: 0, breadthDown: 0, correlation: () => null },
    standings: new Map(Object.entries(excess).map(([symbol, excessAtr]) => [symbol, standing(excessAtr)])),
    ...given,
  };
};

/** Alerts of symbols named `S00`, `S01`, … at a bar. */
const many = (count: number, index = 0, direction: Direction = 'up', first = 0): readonly Alert[] =>
  Array.from({ length: count }, (_, i) => alertAt(index, `S${String(first + i).padStart(2, '0')}`, direction));
const close = (alerts: readonly Alert[], given: Partial<Close> = {}, index = 0): Close =>
  closeAt(index, alerts, { judged: [judgedOf('S00', index)], section: null, ...given });

const stageOf = (sentBefore: readonly Alert[] = [], given: Partial<Parameters<typeof flood>[0]> = {}) =>
  filterCloses(() => [flood({ candidates: 8, breadthPct: 15, cooldownMs: COOLDOWN_MS, memory: floodMemory(sentBefore), ...given })]);

/** The closes after the filter. */
const after = (closes: readonly Close[], stage = stageOf()): readonly Close[] => {
  const seen: Close[] = [];
  marbles((m) => {
    m.cold(`${closes.map((_, i) => i).join('')}|`, Object.fromEntries(closes.map((each, i) => [i, each]))).pipe(stage).subscribe((each) => void seen.push(each));
  })();
  return seen;
};
const sentOf = ({ alerts }: Close): readonly string[] => alerts.filter(({ suppressedBy }) => suppressedBy === null).map(({ symbol }) => symbol);
const fatesOf = ({ alerts }: Close): readonly string[] => alerts.map(({ symbol, suppressedBy }) => `${symbol} ${suppressedBy ?? 'sent'}`);

describe('flood', () => {
  it('tells the market once, and for themselves those far beyond it', marbles((m) => {
    const far = sectionOf({ S03: 2, S05: 4 });
    const close$ = m.hot('-a-----b-----c-|', {
      a: close(many(9), { section: far }),
      b: close(many(1, 0, 'up', 9), { section: far, late: true }),
      c: close(many(3, 1), { section: sectionOf({}) }, 1),
    });
    const expected =     '-A-----B-----C-|';
    m.expect(close$.pipe(stageOf(), map(sentOf))).toBeObservable(expected, { A: ['*', 'S03', 'S05'], B: [], C: ['S00', 'S01', 'S02'] });
  }));

  it('merges the others into the market alert, with its id, and loses none', () => {
    const [told] = after([close(many(9), { section: sectionOf({ S03: 2 }) })]) as [Close];
    const [market, ...others] = told.alerts as [Alert, ...Alert[]];
    expect(others.map(({ symbol }) => symbol)).toStrictEqual(many(9).map(({ symbol }) => symbol));
    expect(others.filter(({ suppressedBy }) => suppressedBy !== null).every(({ suppressedBy, mergedInto }) => suppressedBy === 'flood' && mergedInto === market.id)).toBe(true);
    expect(others.find(({ symbol }) => symbol === 'S03')).toMatchObject({ suppressedBy: null, mergedInto: null });
  });

  it.each<[string, readonly Alert[], Section | null, readonly string[]]>([
    ['eight are none',                                  many(8), null, many(8).map(({ symbol }) => symbol)],
    ['nine are one, also without a cross-section',      many(9), null, ['*']],
    ['one is one while much of the market moves',       many(1), sectionOf({}, { breadthUp: 0.15 }), ['*']],
    ['that other side of the market counts for nothing', many(1), sectionOf({}, { breadthDown: 0.5 }), ['S00']],
    ['just less of the market is none',                 many(1), sectionOf({}, { breadthUp: 0.1499 }), ['S00']],
    ['one that is far beyond it is told too',           many(1), sectionOf({ S00: 2 }, { breadthUp: 0.2 }), ['*', 'S00']],
    ['one just less far is not',                        many(1), sectionOf({ S00: 1.99 }, { breadthUp: 0.2 }), ['*']],
    ['five at most, the furthest, are told',            many(9), sectionOf({ S00: 2.5, S01: 3, S02: 9, S03: 5, S04: 4, S05: 6, S06: 2.1 }), ['*', 'S01', 'S02', 'S03', 'S04', 'S05']],
    ['equals go by name',                               many(9), sectionOf(Object.fromEntries(many(9).map(({ symbol }) => [symbol, 3]))), ['*', 'S00', 'S01', 'S02', 'S03', 'S04']],
    ['a symbol that fell is not far beyond a rise',     many(9), sectionOf({ S00: -9, S01: null }), ['*']],
    ['two rules of one symbol are one candidate',       [...many(8), { ...alertAt(0, 'S00'), id: 'second', rule: 'other' }], null, [...many(8).map(({ symbol }) => symbol), 'S00']],
  ])('%s', (_, alerts, section, expected) => {
    expect(after([close(alerts, { section })]).map(sentOf)).toStrictEqual([expected]);
  });

  it('judges each direction for itself', () => {
    const alerts = [...many(9, 0, 'down'), ...many(2, 0, 'up', 20)];
    expect(after([close(alerts, { section: sectionOf({ S04: -3, S20: -3 }) })]).map(sentOf)).toStrictEqual([['*', 'S04', 'S20', 'S21']]);
  });

  it('counts over a whole close: with a late one it becomes a flood, and what has been told stays told', () => {
    const closes = [close(many(8)), close(many(1, 0, 'up', 8), { late: true }), close(many(2, 0, 'up', 9), { late: true })];
    const told = after(closes);
    expect(told.map(fatesOf).slice(1)).toStrictEqual([['* sent', 'S08 flood'], ['S09 flood', 'S10 flood']]);
    expect(told[2]?.alerts[0]?.mergedInto).toBe(told[1]?.alerts[0]?.id);
  });

  it('tells of late ones for themselves no more than five of the close altogether', () => {
    const far = sectionOf(Object.fromEntries(many(20).map(({ symbol }) => [symbol, 5])));
    const told = after([close(many(4), { section: far }), close(many(9, 0, 'up', 4), { section: far, late: true })]);
    expect(told.map(sentOf)).toStrictEqual([['S00', 'S01', 'S02', 'S03'], ['*', 'S04']]);
  });

  it('is silent about the market within its own cooldown, and records it all the same', () => {
    const told = after([close(many(9)), close(many(9, 1), {}, 1), close(many(9, 2), {}, 2)]);
    expect(told.map((each) => fatesOf(each)[0])).toStrictEqual(['* sent', '* cooldown', '* sent']);
    expect(told[1]?.alerts[1]?.mergedInto).toBe(told[1]?.alerts[0]?.id);
  });

  it('goes on over a restart: late ones merge, and the market stays silent', () => {
    const [first] = after([close(many(9))]) as [Close];
    const sentBefore = first.alerts.filter(({ suppressedBy }) => suppressedBy === null);
    const told = after([close(many(1, 0, 'up', 30), { late: true }), close(many(9, 1), {}, 1)], stageOf(sentBefore));
    expect(told.map((each) => fatesOf(each)[0])).toStrictEqual(['S30 flood', '* cooldown']);
    expect(told[0]?.alerts[0]?.mergedInto).toBe(first.alerts[0]?.id);
  });

  it('is one for each interval and market', () => {
    const hourly = many(5).map((alert) => ({ ...alert, id: `${alert.id}h`, interval: '1h' as const }));
    expect(after([close(many(5)), close(hourly, { interval: '1h' })]).map((each) => sentOf(each).length)).toStrictEqual([5, 5]);
  });

  it('does not count what the cooldown has withheld', () => {
    const alerts = many(12).map((alert, i) => (i < 4 ? { ...alert, suppressedBy: 'cooldown' as const } : alert));
    expect(after([close(alerts)]).map((each) => sentOf(each).length)).toStrictEqual([8]);
  });

  it('takes its numbers from the settings', () => {
    const strict = stageOf([], { candidates: 2, breadthPct: 50 });
    expect(after([close(many(3)), close(many(1, 1), { section: sectionOf({}, { breadthUp: 0.49 }) }, 1)], strict).map(sentOf)).toStrictEqual([['*'], ['S00']]);
  });
});

describe('the market alert', () => {
  const told = (section: Section | null, given: Partial<Close> = {}): Alert =>
    (after([close(many(9, 0, 'down'), { section, expected: 400, received: 300, ...given })])[0] as Close).alerts[0] as Alert;

  it('says what the market did', () => {
    const alert = told(sectionOf({ S01: -3, S02: -1, S03: 2, S04: -7, S05: -2, S06: -1.5, S07: -0.5 }, { breadthDown: 0.4 }));
    expect(alert).toMatchObject({
      ...{ kind: 'market', symbol: '*', rule: 'market', direction: 'down', market: 'usdm', interval: '15m', coverage: 0.75, suppressedBy: null },
      conditions: [
        { measure: 'candidates', value: 9, threshold: 8, margin: 1, passed: true },
        { measure: 'breadthPct', value: 40, threshold: 15, margin: 25, passed: true },
      ],
      leaders: [
        { symbol: 'S04', excessAtr: 7 },
        { symbol: 'S01', excessAtr: 3 },
        { symbol: 'S05', excessAtr: 2 },
        { symbol: 'S06', excessAtr: 1.5 },
        { symbol: 'S02', excessAtr: 1 },
      ],
    });
    expect(alert.measures['indexPct']).toBeCloseTo(-3, 10);
    expect(alert.measures['bitcoinPct']).toBeCloseTo(-2, 10);
    expect(alert.bar).toMatchObject({ open: 100, high: 100, volume: null, quoteVolume: null });
    expect(alert.bar.close).toBeCloseTo(97, 10);
  });

  it('has the same id whenever the same bars are judged, and another at another close or direction', () => {
    const ids = [told(null).id, told(sectionOf({})).id, told(null, { openTimeMs: 0 }).id];
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(ids[2]);
    expect(ids[0]).not.toBe((after([close(many(9))])[0] as Close).alerts[0]?.id);
  });

  it('says what it does not know without a cross-section', () => {
    const alert = told(null);
    expect(alert.measures).toStrictEqual({ candidates: 9, breadthPct: null, indexPct: null, bitcoinPct: null });
    expect(alert.reasons).toStrictEqual({ breadthPct: 'no-data', indexPct: 'no-data', bitcoinPct: 'no-data' });
    expect(alert.leaders).toStrictEqual([]);
  });

  it('has then the middle of the moves of the bars for an index', () => {
    const moved = [98, 90, 99, 101].map((end, i) => {
      const judged = judgedOf(`S0${i}`, 0);
      return { ...judged, bar: { ...judged.bar, open: 100, close: end } };
    });
    expect(told(null, { judged: moved.slice(0, 3) }).bar.close).toBeCloseTo(98, 10);
    expect(told(null, { judged: moved }).bar.close).toBeCloseTo(Math.sqrt(98 * 99), 10);
  });
});
