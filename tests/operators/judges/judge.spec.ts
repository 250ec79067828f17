import { from, map, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Reading } from '../../../src/model/reading.js';
import type { PlacedBar } from '../../../src/model/bar.js';
import type { Judged } from '../../../src/model/verdict.js';
import { judge } from '../../../src/operators/judges/judge.js';
import { momentumRule } from '../../../src/operators/judges/momentum.js';
import type { Rule } from '../../../src/ports/rule.js';
import { barAt, windowOf } from '../../support/bars.js';
import { marbles } from '../../support/marbles.js';
import { placed, plainJudged, verdictOf } from '../../support/parts.js';

const readingAt = (index: number, timing: 'history' | 'due'): Reading => {
  const bar = placed(barAt(index), { timing });
  return { bar, barCount: index + 1, values: { n: index }, window: windowOf([bar], 1) as Reading['window'] };
};

/** Says that it has seen the value. */
const saying = (id: string): Rule => ({
  id,
  version: 1,
  measures: [],
  judge: ({ values }) => [verdictOf({ rule: id, shown: values })],
});

const readings = { a: readingAt(0, 'history'), b: readingAt(1, 'due'), c: readingAt(2, 'due'), d: readingAt(3, 'due') };
const said = ({ verdicts }: Judged): string => verdicts.map(({ rule, shown }) => `${rule}${shown['n']}`).join(' ');

describe('judge', () => {
  it('asks the rule about every reading that is due', marbles((m) => {
    const reading$ = m.hot('-a-b-c-d-|', readings);
    const expected =       '---B-C-D-|';
    m.expect(reading$.pipe(judge([saying('x')]), map(said))).toBeObservable(expected, { B: 'x1', C: 'x2', D: 'x3' });
  }));

  it('asks every rule, in order', marbles((m) => {
    const reading$ = m.hot('-b-|', readings);
    const expected =       '-B-|';
    m.expect(reading$.pipe(judge([saying('y'), saying('x')]), map(said))).toBeObservable(expected, { B: 'y1 x1' });
  }));

  it('keeps bar and values, and not the window', marbles((m) => {
    const reading$ = m.hot('-b-|', readings);
    const expected =       '-B-|';
    const { bar, values } = readings.b;
    m.expect(reading$.pipe(judge([]), map(plainJudged))).toBeObservable(expected, { B: { bar, values, verdicts: [] } });
    m.expect(m.hot('-b-|', readings).pipe(judge([]), map((judged) => 'window' in judged || 'around' in judged))).toBeObservable(expected, { B: false });
  }));

  it('is written with its values and conditions, though they are made only then', () => {
    const seen: Judged[] = [];
    const [, b] = Object.values(readings);
    from([b as Reading]).pipe(judge([momentumRule({ moveThreshold: 3, volumeLogZThreshold: 3, liquidityLevel: 0, unknownLiquidity: 'high', shortHistory: 'judge' })])).subscribe((judged) => seen.push(judged));
    const written = JSON.parse(JSON.stringify(seen)) as Judged[];
    expect(written).toEqual(seen.map(plainJudged));
    expect(written[0]?.verdicts.map(({ direction, fired, conditions }) => [direction, fired, conditions.map(({ measure }) => measure)])).toEqual([
      ['up', false, ['m_1', 'warm', 'volume_logz20', 'liquidityPerHour']],
      ['down', false, ['m_1', 'warm', 'volume_logz20', 'liquidityPerHour']],
    ]);
  });

  it('is silent when nothing comes, and passes an error on', marbles((m) => {
    m.expect(m.hot<Reading>('-').pipe(judge([saying('x')]))).toBeObservable('-');
    m.expect(m.hot<Reading>('-|').pipe(judge([saying('x')]))).toBeObservable('-|');
    m.expect(m.hot<Reading>('-a-#', readings).pipe(judge([saying('x')]))).toBeObservable('---#');
  }));

  it('leaves the source when it is left', marbles((m) => {
    const reading$ = m.hot('-a-b-c-d-|', readings);
    const left =           '----!     ';
    const expected =       '---B-     ';
    m.expect(reading$.pipe(judge([saying('x')]), map(said)), left).toBeObservable(expected, { B: 'x1' });
    m.expect(reading$).toHaveSubscriptions('^---!');
  }));

  it('does not ask about history at all', () => {
    const broken: Rule = { ...saying('x'), judge: () => { throw new Error('asked'); } };
    expect(() => broken.judge(readings.a)).toThrow('asked');
    marbles((m) => {
      m.expect(m.hot<Reading>('-a-|', readings).pipe(judge([broken]))).toBeObservable('---|');
    })();
  });

  it('asks about a correction too', marbles((m) => {
    const revised = { ...readings.b, bar: placed(barAt(1), { timing: 'revision' }) };
    m.expect(m.hot<Reading>('-r-|', { r: revised }).pipe(judge([saying('x')]), map(said))).toBeObservable('-R-|', { R: 'x1' });
  }));

  it('asks a rule of one bar length about no other', marbles((m) => {
    const rules: readonly Rule[] = [{ ...saying('hourly'), interval: '1h' }, { ...saying('quarterly'), interval: '15m' }, saying('all')];
    m.expect(m.hot('-b-|', readings).pipe(judge(rules), map(said))).toBeObservable('-B-|', { B: 'quarterly1 all1' });
  }));

  it('asks the latest rules of a stream', marbles((m) => {
    const rule$ =   m.cold('x---y-----|', { x: [saying('x')], y: [saying('y')] });
    const reading$ = m.hot('-b-c-d----|', { b: readingAt(1, 'due'), c: readingAt(2, 'due'), d: readingAt(3, 'due') });
    const expected =       '-X-Y-Z----|';
    m.expect(reading$.pipe(judge(rule$), map(said))).toBeObservable(expected, { X: 'x1', Y: 'x2', Z: 'y3' });
    m.expect(rule$).toHaveSubscriptions('^---------!');
  }));
});

describe('judge of a window with scenes', () => {
  it('takes the scene of a bar at which a rule fires, in the same turn, and of no other', () => {
    let asked = 0;
    let close = 0;
    const scene = () => (asked++, { intervalMs: 1, openTimesMs: [], open: [], high: [], low: [], close: [close], volume: [] });
    const pictured = (index: number, timing: 'history' | 'due' | 'revision'): Reading => {
      const bar = placed(barAt(index), { timing });
      return { bar, barCount: index + 1, values: { n: index }, window: { ...(windowOf([bar], 1) as Reading['window']), scene } };
    };
    const even: Rule = { ...saying('even'), judge: ({ values }) => [verdictOf({ fired: Number(values['n']) % 2 === 0 })] };
    const seen: (readonly number[] | undefined)[] = [];
    const readings = [pictured(0, 'history'), pictured(1, 'due'), pictured(2, 'due'), pictured(3, 'due'), pictured(4, 'revision')];
    from(readings)
      .pipe(tap(({ bar }) => (close = bar.close)), judge([even]))
      .subscribe((judged) => seen.push(judged.scene?.close));
    expect(seen).toStrictEqual([undefined, [102], undefined, undefined]);
    expect(asked).toBe(1);
  });
});

describe('judge with a rule that remembers', () => {
  /** Says how many readings of the series it has been shown. */
  const counting = (): Rule => ({
    ...saying('n'),
    start: () => {
      let seen = 0;
      return () => [verdictOf({ shown: { n: ++seen } })];
    },
  });
  const at = (index: number, symbol: string, given: Partial<PlacedBar> = {}): Reading => {
    const bar = placed(barAt(index, { symbol }), given);
    return { ...readingAt(index, 'due'), bar };
  };
  const counts = ({ bar, verdicts }: Judged): string => `${bar.symbol}${verdicts[0]?.shown['n']}`;

  it('shows it history too, each series for itself', marbles((m) => {
    const reading$ = m.hot('-abxcy-|', { a: at(0, 'A', { timing: 'history' }), b: at(1, 'A'), x: at(1, 'B'), c: at(2, 'A'), y: at(2, 'B') });
    m.expect(reading$.pipe(judge([counting()]), map(counts))).toBeObservable('--bxcy-|', { b: 'A2', x: 'B1', c: 'A3', y: 'B2' });
  }));

  it('lets it begin anew with the series', marbles((m) => {
    const reading$ = m.hot('-abcd-|', { a: at(0, 'A'), b: at(1, 'A'), c: at(200, 'A', { follows: 'restart' }), d: at(201, 'A') });
    m.expect(reading$.pipe(judge([counting()]), map(counts))).toBeObservable('-abcd-|', { a: 'A1', b: 'A2', c: 'A1', d: 'A2' });
  }));

  it('keeps its memory while it is the same object, whatever stands beside it', marbles((m) => {
    const same = counting();
    const rule$ =   m.cold('x-y-z----', { x: [same], y: [same, saying('other')], z: [counting()] });
    const reading$ = m.hot('-a-b-c-|', { a: at(0, 'A'), b: at(1, 'A'), c: at(2, 'A') });
    m.expect(reading$.pipe(judge(rule$), map(counts))).toBeObservable('-a-b-c-|', { a: 'A1', b: 'A2', c: 'A1' });
  }));

  it('begins with a fresh memory for every subscriber', marbles((m) => {
    const counted$ = m.cold('a-|', { a: at(0, 'A') }).pipe(judge([counting()]), map(counts));
    m.expect(counted$).toBeObservable('a-|', { a: 'A1' });
    m.expect(counted$, '---^').toBeObservable('---a-|', { a: 'A1' });
  }));
});
