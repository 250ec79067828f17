import { map, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { momentum } from '../../../pipelines/momentum.js';
import type { Alert } from '../../../src/model/alert.js';
import type { Values } from '../../../src/model/reading.js';
import type { Close } from '../../../src/model/close.js';
import { filterCloses } from '../../../src/operators/filters/filter-closes.js';
import type { UsualFilters } from '../../../src/operators/filters/usual-filters.js';
import { alsoForFilters, usualFilters } from '../../../src/operators/filters/usual-filters.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import type { Rule } from '../../../src/ports/rule.js';
import { marbles } from '../../support/marbles.js';
import { alertAt, closeAt, DELIVERY, FRESH, judgedOf } from '../../support/parts.js';

const numbers = (given: object = {}): UsualFilters => momentum.settings.parse(given);
const MAX_AGE_MS = 3_600_000;
/** A clock at the close of the bar with this number. */
const partsAt = (index: number, emitted: readonly Alert[] = []) => ({
  delivery: { ...DELIVERY, maxAgeMs: MAX_AGE_MS },
  marketTime: createVirtualClock(alertAt(index).decisionTimeMs),
  remembered: { ...FRESH, emitted },
});
const SYMBOLS = Array.from({ length: 9 }, (_, i) => `S${i}`);
const flooding = (index: number, given: Partial<Close> = {}): Close =>
  closeAt(index, SYMBOLS.map((symbol) => alertAt(index, symbol)), { judged: SYMBOLS.map((symbol) => judgedOf(symbol, index)), ...given });
/** The same with values in every bar. */
const valued = (values: Values): Close => flooding(4, { judged: SYMBOLS.map((symbol) => ({ ...judgedOf(symbol, 4), values })) });
const fates = ({ alerts }: Close): string =>
  [...new Set(alerts.map(({ symbol, suppressedBy, marks }) => `${symbol === '*' ? 'market ' : ''}${suppressedBy ?? 'sent'}${marks === undefined ? '' : ` ${marks.join(' ')}`}`))].join(', ');

/** What becomes of a close with nine alerts, under these numbers. */
const fateOf = (given: object, close = flooding(4), at = 4, emitted: readonly Alert[] = []): string => {
  const seen: string[] = [];
  marbles((m) => {
    m.cold('(a|)', { a: close }).pipe(filterCloses(usualFilters(partsAt(at, emitted), of(numbers(given)))), map(fates)).subscribe((fate) => void seen.push(fate));
  })();
  return seen.join();
};

describe('the usual filters', () => {
  it.each<[string, object, Close, number, readonly Alert[], string]>([
    ['a flood', {}, flooding(4), 4, [], 'market sent, flood'],
    ['nothing where the flood rule is off', { flood: 'off' }, flooding(4), 4, [], 'sent'],
    ['what is stale, before all others', {}, flooding(4), 30, [], 'stale'],
    ['against the trend, before it is counted as a flood', { trend: 'aligned' }, valued({ trend_state: -1 }), 4, [], 'trend'],
    ['within the cooldown, before it is counted as a flood', {}, flooding(4), 4, [alertAt(3, 'S0')], 'cooldown, sent'],
    ['beyond a number in an hour', { flood: 'off', rateOverall: 2 }, flooding(4), 4, [], 'sent, rate'],
    ['in other regimes', { flood: 'off', regimes: ['trending'] }, valued({ regime10: -1 }), 4, [], 'regime'],
  ])('withhold %s', (_, given, close, at, emitted, expected) => {
    expect(fateOf(given, close, at, emitted)).toBe(expected);
  });

  it('mark a spread that nobody knows where the gate is on', () => {
    expect(fateOf({ flood: 'off', spread: 'withhold' })).toBe('sent spread-unknown');
  });

  it('mute singles before they are counted as a flood, and the market alert after it was made', () => {
    const silenceAll = (what: string) => of([{ id: 's', what, sinceMs: 0, untilMs: 8e15, reason: null }]);
    const fate = (what: string, given: object = {}): string => {
      const seen: string[] = [];
      marbles((m) => {
        const parts = { ...partsAt(4), silence$: silenceAll(what) };
        m.cold('(a|)', { a: flooding(4) }).pipe(filterCloses(usualFilters(parts, of(numbers(given)))), map(fates)).subscribe((told) => void seen.push(told));
      })();
      return seen.join();
    };
    expect([fate('S*'), fate('S0'), fate('rule:market'), fate('*')]).toStrictEqual(['mute', 'mute, sent', 'market mute, flood', 'mute']);
  });

  it('hear of silences while they run, and count over restarts', marbles((m) => {
    const said = { id: 's', what: 'S0', sinceMs: 0, untilMs: 8e15, reason: null };
    const silence$ = m.cold('--s---n--', { s: [said], n: [] });
    const close$ =    m.hot('-a--b---c|', { a: closeAt(4, [alertAt(4, 'S0')]), b: closeAt(6, [alertAt(6, 'S0')]), c: closeAt(7, [alertAt(7, 'S0')]) });
    const expected =        '-A--B---C|';
    const mutedBefore = [{ ...alertAt(1, 'S0'), suppressedBy: 'mute' as const, because: 'silence s of S0' }];
    const told = (close: Close): string => `${fates(close)} ${close.alerts[0]?.silenced?.count ?? ''}`;
    m.expect(close$.pipe(filterCloses(usualFilters({ ...partsAt(7), silence$, mutedBefore }, of(numbers()))), map(told))).toBeObservable(expected, { A: 'sent 1', B: 'mute ', C: 'sent 1' });
  }));

  it('merge singles into the market alert of an earlier close where that is asked for', () => {
    const market: Alert = { ...alertAt(3, '*'), kind: 'market', rule: 'market' };
    const single = closeAt(4, [alertAt(4, 'S0')]);
    const fate = (given: object) => fateOf(given, single, 4, [market]);
    expect([fate({}), fate({ inhibitSingles: '30m' }), fate({ inhibitSingles: '15m' }), fate({ inhibitSingles: '30m', inhibitUnlessStrength: 0 })]).toStrictEqual(['sent', 'flood', 'sent', 'flood']);
  });

  it('know what was sent while they were off', marbles((m) => {
    const number$ = m.cold('f--n------', { f: numbers({ flood: 'off' }), n: numbers({}) });
    const close$ =   m.hot('-a--l-----', { a: closeAt(4, flooding(4).alerts.slice(0, 8)), l: closeAt(4, flooding(4).alerts.slice(8), { late: true }) });
    const expected =       '-a--l-----';
    // Eight were told for themselves; the ninth of the close is what makes it a flood.
    m.expect(close$.pipe(filterCloses(usualFilters(partsAt(4), number$)), map(fates))).toBeObservable(expected, { a: 'sent', l: 'market sent, flood' });
  }));
});

describe('what the filters look at', () => {
  const rule: Rule = { id: 'r', version: 1, measures: [], judge: () => [] };
  it('is measured where they are on, and only there', () => {
    const reads = (given: object): readonly string[] => {
      const { measures, longer = [] } = alsoForFilters(rule, numbers(given));
      return [...measures.map(({ name }) => name), ...longer.map(({ measure, interval }) => `${measure.name}@${interval}`)];
    };
    expect(alsoForFilters(rule, numbers())).toBe(rule);
    expect(reads({ trend: 'aligned' })).toStrictEqual(['trend_state', 'trend_state@1h']);
    expect(reads({ regimes: ['trending', 'mixed'] })).toStrictEqual(['regime10']);
  });
});
