import type { Observable } from 'rxjs';
import { defer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { pauseMs } from '../../../src/operators/delivery/pause.js';
import { untilDurable } from '../../../src/operators/delivery/until-durable.js';
import { StoreError } from '../../../src/ports/store.js';
import { faultLog } from '../../support/fakes.js';
import { marbles } from '../../support/marbles.js';

const full = new StoreError('full', 'the disk is full');
const faultOf = ({ detail }: StoreError) => ({ kind: 'store-failed' as const, detail });

/** The n-th subscription gets the n-th of these. */
const inTurn = (tries: readonly Observable<never>[]): Observable<never> => {
  let n = 0;
  return defer(() => tries[n++] as Observable<never>);
};

describe('untilDurable', () => {
  it('asks again after a pause until the write is durable', marbles((m) => {
    const first$ =  m.cold<never>('#', {}, full);
    const second$ = m.cold<never>('-|');
    const expected =              '1s -|';
    const { report, faults } = faultLog();
    const stage = untilDurable({ wireTime: m.scheduler, random: () => 1, report, faultOf });
    m.expect(inTurn([first$, second$]).pipe(stage)).toBeObservable(expected);
    m.flush();
    expect(faults).toStrictEqual([{ kind: 'store-failed', detail: 'the disk is full' }]);
  }));

  it('waits longer each time', marbles((m) => {
    const never$ = m.cold<never>('#', {}, full);
    const tries = [never$, never$, never$, m.cold<never>('|')];
    const stage = untilDurable({ wireTime: m.scheduler, random: () => 1, report: () => undefined, faultOf });
    m.expect(inTurn(tries).pipe(stage)).toBeObservable('7s |');
  }));

  it.each(['conflict', 'fenced', 'corrupt', 'newer'] as const)('passes on %s, which no waiting mends', (kind) => {
    marbles((m) => {
      const error = new StoreError(kind, 'no');
      const { report, faults } = faultLog();
      const stage = untilDurable({ wireTime: m.scheduler, random: () => 1, report, faultOf });
      m.expect(m.cold<never>('-#', {}, error).pipe(stage)).toBeObservable('-#', {}, error);
      m.flush();
      expect(faults).toStrictEqual([]);
    })();
  });

  it('passes on what is no error of a store', marbles((m) => {
    const bug = new TypeError('a bug');
    const stage = untilDurable({ wireTime: m.scheduler, random: () => 1, report: () => undefined, faultOf });
    m.expect(m.cold<never>('-#', {}, bug).pipe(stage)).toBeObservable('-#', {}, bug);
  }));

  it('stops asking when it is left', marbles((m) => {
    const write$ = m.cold<never>('#', {}, full);
    const stage = untilDurable({ wireTime: m.scheduler, random: () => 1, report: () => undefined, faultOf });
    m.expect(write$.pipe(stage), '^ 500ms !').toBeObservable('-');
    m.expect(write$).toHaveSubscriptions('(^!)');
  }));
});

describe('the pause between tries', () => {
  it.each([
    [1, 1, 1_000],
    [2, 1, 2_000],
    [6, 1, 32_000],
    [7, 1, 60_000],
    [1_000, 1, 60_000],
    [3, 0.5, 2_000],
    [3, 0, 50],
  ])('after try %i with chance %d is %i ms', (tries, chance, expected) => {
    expect(pauseMs(tries, () => chance)).toBe(expected);
  });
});
