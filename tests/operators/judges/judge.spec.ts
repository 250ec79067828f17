import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Reading } from '../../../src/model/reading.js';
import type { Judged } from '../../../src/model/verdict.js';
import { judge } from '../../../src/operators/judges/judge.js';
import type { Rule } from '../../../src/ports/rule.js';
import { barAt, windowOf } from '../../support/bars.js';
import { marbles } from '../../support/marbles.js';
import { placed, verdictOf } from '../../support/parts.js';

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
    m.expect(reading$.pipe(judge([]))).toBeObservable(expected, { B: { bar, values, verdicts: [] } });
  }));

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
});
