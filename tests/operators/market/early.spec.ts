import type { Observable } from 'rxjs';
import { identity, map, NEVER, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/model/alert.js';
import { alertId } from '../../../src/model/alert.js';
import type { FormingBar } from '../../../src/model/bar.js';
import type { Close, EarlyNews } from '../../../src/model/close.js';
import { isClose } from '../../../src/model/close.js';
import type { Reading } from '../../../src/model/reading.js';
import type { EarlyNumbers } from '../../../src/operators/market/early.js';
import { closedOnly, early, EARLY_OFF } from '../../../src/operators/market/early.js';
import { perSymbol } from '../../../src/operators/bars/per-symbol.js';
import { readsOf } from '../../../src/operators/judges/reads.js';
import { averageTrueRange } from '../../../src/operators/measures/average-true-range.js';
import { rateOfChange } from '../../../src/operators/measures/rate-of-change.js';
import type { Parts } from '../../../src/ports/pipeline.js';
import type { Rule } from '../../../src/ports/rule.js';
import { barAt, windowOf } from '../../support/bars.js';
import { marbles } from '../../support/marbles.js';
import { alertAt, closeAt, FRESH, placed, verdictOf } from '../../support/parts.js';

/** Fires when the close has risen by five percent; `looked` counts the bars it is asked about. */
let looked = 0;
const rise: Rule = {
  id: 'rise',
  version: 1,
  measures: [rateOfChange(1)],
  mayFire: ({ close }, before) => close >= 1.04 * before.close,
  judge: ({ values }) => {
    looked++;
    return [verdictOf({ rule: 'rise', fired: Number(values['roc_1']) >= 5, shown: { roc_1: values['roc_1'] ?? 'no-data' } })];
  },
};
const numbers: EarlyNumbers = { rules: [rise], cooldownMs: 0, everyMs: 5_000 };

const formingAt = (index: number, close: number, symbol = 'BTCUSDT'): FormingBar => {
  const { provenance: _, ...bar } = barAt(index, { symbol, open: 100, close });
  return { ...bar, forming: true, seenAtMs: bar.openTimeMs + 400_000 };
};
const readingAt = (index: number, close: number, symbol = 'BTCUSDT'): Reading => {
  const bar = placed(barAt(index, { symbol, open: 100, close }));
  return { bar, barCount: index + 1, values: {}, window: windowOf([bar], 1) as Reading['window'] };
};
/** The close of one bar, of which the rule says what it says of its rise from 100. */
const closeOf = ({ bar }: Reading): Close => {
  const verdicts = [verdictOf({ rule: 'rise', fired: bar.close >= 105 })];
  return closeAt((bar.openTimeMs - barAt(0).openTimeMs) / 900_000, [], { judged: [{ bar, values: {}, verdicts }] });
};

const index = ({ openTimeMs }: { readonly openTimeMs: number }): number => (openTimeMs - barAt(0).openTimeMs) / 900_000;
const word = (alert: Alert): string => `${index(alert)} ${alert.suppressedBy ?? alert.grade}`;
const said = (told: Close | EarlyNews): string =>
  isClose(told) ? [`close ${index(told)}`, ...(told.resolved ?? []).map(word)].join(', ') : told.early.map(word).join(', ');

const readings = { p: readingAt(0, 100), a: readingAt(1, 106), b: readingAt(2, 101) };
const bars = { f: formingAt(1, 105.5), g: formingAt(2, 112), h: formingAt(1, 104.5) };
const parts = (forming: Parts['forming'], emitted: readonly Alert[] = []) => ({ ...(forming === undefined ? {} : { forming }), remembered: { ...FRESH, emitted } });
const telling = (reading$: Observable<Reading>, forming: Parts['forming'], emitted: readonly Alert[] = [], latest = numbers) => {
  const { listen, news } = early(parts(forming, emitted), [rise], of(latest));
  return reading$.pipe(perSymbol(() => listen?.() ?? identity), map(closeOf), news);
};
const sentBefore = (given: Partial<Alert> & Pick<Alert, 'grade'>): Alert => {
  const alert = { ...alertAt(1), rule: 'rise', ...given };
  return { ...alert, id: alertId({ ...alert, rule: `rise:${alert.grade}` }) };
};

describe('early', () => {
  it('tells a forming bar once, and what its close makes of it', marbles((m) => {
    const forming$ = m.hot('---f-f----g---|', bars);
    const close$ =   m.hot('-p------a---b-|', readings);
    const expected =       '-p-E----A-F-B-|';
    m.expect(telling(close$, () => forming$).pipe(map(said))).toBeObservable(expected, {
      p: 'close 0', E: '1 early', A: 'close 1, 1 confirmed', F: '2 early', B: 'close 2, 2 faded',
    });
  }));

  it('says nothing of what somebody has silenced, and what it does not say arms no cooldown', marbles((m) => {
    const said$ = [{ id: 's', what: 'BTC*', sinceMs: 0, untilMs: 8e15, reason: null }];
    const silence$ = m.cold('s-----------------n', { s: said$, n: [] });
    const forming$ = m.hot('---f-f-------------g---', bars);
    const close$ =   m.hot('-p------a------------b-|', readings);
    const expected =       '-p-E----A----------F-B-|';
    const { listen, news } = early({ ...parts(() => forming$), silence$ }, [rise], of({ ...numbers, cooldownMs: 900_000 }));
    const told$ = close$.pipe(perSymbol(() => listen?.() ?? identity), map(closeOf), news, map(said));
    m.expect(told$).toBeObservable(expected, { p: 'close 0', E: '1 mute', A: 'close 1', F: '2 early', B: 'close 2, 2 faded' });
  }));

  it('does not answer what was said before a silence, and what goes to no sink', marbles((m) => {
    const routeOf = ({ grade }: Alert) => ({ sinks: grade === 'early' ? ['x'] : [], muteTime: null, why: 'no sink: route' });
    const forming$ = m.hot('---f----', bars);
    const close$ =   m.hot('-p----a-|', readings);
    const { listen, news } = early({ ...parts(() => forming$), routeOf }, [rise], of(numbers));
    m.expect(close$.pipe(perSymbol(() => listen?.() ?? identity), map(closeOf), news, map(said))).toBeObservable('-p-E--A-|', { p: 'close 0', E: '1 early', A: 'close 1, 1 mute' });
  }));

  it('looks at nothing when it is off, and closes are the very same', marbles((m) => {
    const close$ =   m.hot('-p------a---b-|', readings);
    m.expect(close$.pipe(map(closeOf), EARLY_OFF.news)).toBeObservable('-p------a---b-|', { p: closeOf(readings.p), a: closeOf(readings.a), b: closeOf(readings.b) });
    expect(EARLY_OFF).not.toHaveProperty('listen');
    expect(early(parts(undefined), [rise], of(numbers))).toBe(EARLY_OFF);
  }));

  it('leaves the forming bars when the closes end or are left', marbles((m) => {
    const forming$ = m.hot('---f------g----', bars);
    const close$ =   m.hot('-p------a|', readings);
    m.expect(telling(close$, () => forming$).pipe(map(said))).toBeObservable('-p-E----A|', { p: 'close 0', E: '1 early', A: 'close 1, 1 confirmed' });
    m.expect(forming$).toHaveSubscriptions('^--------!');
  }));
});

/** Drives the operator by hand. */
const driven = (emitted: readonly Alert[] = [], latest: EarlyNumbers = numbers) => {
  const [reading$, forming$] = [new Subject<Reading>(), new Subject<FormingBar>()];
  const told: string[] = [];
  const alerts: Alert[] = [];
  telling(reading$, () => forming$, emitted, latest).subscribe((each) => {
    told.push(said(each));
    alerts.push(...(isClose(each) ? (each.resolved ?? []) : each.early));
  });
  return { told, alerts, reads: (...all: Reading[]) => all.forEach((each) => reading$.next(each)), sees: (...all: FormingBar[]) => all.forEach((each) => forming$.next(each)) };
};

describe('an early alert', () => {
  it('rests on the forming bar, with an id and a time of its own', () => {
    const life = driven();
    life.reads(readings.p);
    life.sees(bars.f);
    const identity = { rule: 'rise', ruleVersion: 1, market: 'usdm', symbol: 'BTCUSDT', interval: '15m', openTimeMs: bars.f.openTimeMs, direction: 'up' } as const;
    expect(life.alerts[0]).toMatchObject({ grade: 'early', rule: 'rise', bar: { close: 105.5 }, decisionTimeMs: bars.f.seenAtMs, coverage: 0, suppressedBy: null });
    expect(life.alerts[0]?.measures['roc_1']).toBeCloseTo(5.5, 12);
    life.reads(readings.a);
    const ids = [alertId(identity), ...life.alerts.map(({ id }) => id)];
    expect(new Set(ids).size).toBe(3);
    expect(life.alerts[0]?.id).toBe(alertId({ ...identity, rule: 'rise:early' }));
    expect(life.alerts[1]).toMatchObject({ grade: 'confirmed', id: alertId({ ...identity, rule: 'rise:confirmed' }), bar: { close: 106 }, decisionTimeMs: bars.f.openTimeMs + 900_000 });
  });

  it('is not thought of before the bar before has closed, nor after its own has', () => {
    const life = driven();
    life.sees(bars.f);
    life.reads(readings.p);
    life.sees(bars.g);
    life.reads(readings.a);
    life.sees(bars.f);
    expect(life.told).toStrictEqual(['close 0', 'close 1']);
  });

  it('costs no measuring where the move could not fire', () => {
    looked = 0;
    const life = driven();
    life.reads(readings.p);
    life.sees(formingAt(1, 103), formingAt(1, 90));
    expect(looked).toBe(0);
    life.sees(bars.h);
    expect(looked).toBe(1);
    expect(life.told).toStrictEqual(['close 0']);
  });

  it('is withheld within the cooldown, once a bar, and nothing answers it', () => {
    const life = driven([], { ...numbers, cooldownMs: 1_800_000 });
    life.reads(readings.p);
    life.sees(bars.f);
    life.reads(readings.a);
    life.sees(bars.g, bars.g);
    life.reads(readings.b);
    life.sees(formingAt(3, 120));
    expect(life.told).toStrictEqual(['close 0', '1 early', 'close 1, 1 confirmed', '2 cooldown', 'close 2', '3 early']);
  });

  it('goes for five symbols of a bar and direction, the others wait for the close', () => {
    const life = driven();
    const symbols = ['A', 'B', 'C', 'D', 'E', 'F', 'G'];
    life.reads(...symbols.map((symbol) => readingAt(0, 100, symbol)));
    life.sees(...symbols.map((symbol) => formingAt(1, 110, symbol)));
    expect(life.told.slice(symbols.length)).toStrictEqual([...Array<string>(5).fill('1 early'), '1 rate', '1 rate']);
  });

  it('fades when its bar never comes', () => {
    const life = driven();
    life.reads(readings.p);
    life.sees(bars.f);
    life.reads(readings.b);
    expect(life.told.at(-1)).toBe('close 2');
    life.reads(readingAt(3, 100));
    expect(life.told.at(-1)).toBe('close 3, 1 faded');
  });

  it('that was sent in an earlier life is not said again, and is answered once', () => {
    const life = driven([sentBefore({ grade: 'early' })]);
    life.reads(readings.p);
    life.sees(bars.f);
    life.reads(readings.a);
    expect(life.told).toStrictEqual(['close 0', 'close 1, 1 confirmed']);
    const answered = driven([sentBefore({ grade: 'early' }), sentBefore({ grade: 'faded' })]);
    answered.reads(readings.p, readings.a);
    expect(answered.told).toStrictEqual(['close 0', 'close 1']);
  });

  it('is measured as the closed bar would be, by readers of its own', () => {
    const closes = Array.from({ length: 40 }, (_, i) => 100 + ((i * 37) % 11));
    const thorough: Rule = { ...rise, measures: [averageTrueRange()], mayFire: () => true, judge: ({ values, barCount }) => [verdictOf({ shown: { ...values, barCount } })] };
    const [reading$, forming$] = [new Subject<Reading>(), new Subject<FormingBar>()];
    const { listen, news } = early(parts(() => forming$), [thorough], of({ ...numbers, rules: [thorough] }));
    const seen: Alert[] = [];
    reading$.pipe(listen?.() ?? identity, map(closeOf), news).subscribe((each) => !isClose(each) && seen.push(...each.early));
    closes.slice(0, -1).forEach((close, i) => reading$.next({ ...readingAt(i, close), barCount: i + 1 }));
    forming$.next(formingAt(39, closes[39] as number));
    const atr = averageTrueRange().start('15m');
    const all = closes.map((close, i) => barAt(i, { open: 100, close }));
    const expected = all.map((_, i) => atr(windowOf(all.slice(Math.max(0, i - 1), i + 1), 2, i + 1))).at(-1);
    expect(seen[0]?.measures).toStrictEqual({ atr14: expected, barCount: 40 });
  });
});

describe('a rule on closed bars only', () => {
  it('does not take part, and reads something else', () => {
    expect(closedOnly(rise)).not.toHaveProperty('mayFire');
    expect(readsOf([closedOnly(rise)])).not.toBe(readsOf([rise]));
    const life = driven([], { ...numbers, rules: [closedOnly(rise)] });
    life.reads(readings.p);
    life.sees(bars.f);
    expect(life.told).toStrictEqual(['close 0']);
  });

  it('needs no forming bars', () => {
    let asked = 0;
    const { news } = early(parts(() => (asked++, NEVER)), [rise], of(numbers));
    expect(asked).toBe(0);
    of(closeAt(0)).pipe(news).subscribe();
    expect(asked).toBe(1);
  });
});
