import { map } from 'rxjs';
import { describe, it } from 'vitest';
import type { Close } from '../../../src/model/close.js';
import type { Judged } from '../../../src/model/verdict.js';
import { barrier } from '../../../src/operators/market/barrier.js';
import { START_MS } from '../../support/bars.js';
import { marbles } from '../../support/marbles.js';
import { judgedOf, rosterOf } from '../../support/parts.js';

const corrected = (judged: Judged): Judged => ({ ...judged, bar: { ...judged.bar, timing: 'revision' } });

const [a, b, c] = [judgedOf('A', 0), judgedOf('B', 0), judgedOf('A', 1)];
const judgeds = { a, b, c, x: corrected(judgedOf('A', 0, 'up')), y: corrected(judgedOf('A', 0)) };
const rosters = { r: rosterOf(['A', 'B']) };

const said = ({ openTimeMs, judged, alerts, received, expected, late, lagging, revision }: Close): string =>
  [
    `${(openTimeMs - START_MS) / 900_000}: ${judged.map(({ bar }) => bar.symbol).join(' ')} ${received}/${expected}`,
    ...(late ? ['late'] : []),
    ...(revision === true ? ['revision'] : []),
    ...Object.keys(lagging).map((symbol) => `${symbol} behind`),
    ...alerts.map(({ symbol, suppressedBy }) => `${symbol} ${suppressedBy}`),
  ].join(', ');

describe('barrier, of corrected bars', () => {
  it('tells a correction for itself, after the close that it corrects', marbles((m) => {
    const roster$ =  m.hot('r----------|', rosters);
    const judged$ =  m.hot('-ax-b-----y|', judgeds);
    const expected =       '----(XY)--Z|';
    const waiting = barrier({ roster$, barrierMs: 3, judgedUpToMs: () => START_MS - 900_000, scheduler: m.scheduler });
    m.expect(judged$.pipe(waiting, map(said))).toBeObservable(expected, {
      X: '0: A B 2/2',
      Y: '0: A 2/2, late, revision, A revision',
      Z: '0: A 2/2, late, revision',
    });
  }));

  it('F17: leaves the position and the attendance as they are', marbles((m) => {
    const roster$ =  m.hot('r------', rosters);
    const judged$ =  m.hot('-ab-c-x', judgeds);
    const waiting = barrier({ roster$, barrierMs: 1, judgedUpToMs: () => START_MS - 900_000, scheduler: m.scheduler });
    m.expect(judged$.pipe(waiting, map(said))).toBeObservable('--X--YZ', {
      X: '0: A B 2/2',
      Y: '1: A 1/2, B behind',
      Z: '0: A 2/2, late, revision, B behind, A revision',
    });
  }));

  it('forgets no correction when everything ends', marbles((m) => {
    const roster$ =  m.hot('r---|', rosters);
    const judged$ =  m.hot('-ax-|', judgeds);
    const waiting = barrier({ roster$, barrierMs: 30, judgedUpToMs: () => START_MS - 900_000, scheduler: m.scheduler });
    m.expect(judged$.pipe(waiting, map(said))).toBeObservable('----(XY|)', {
      X: '0: A 1/2, B behind',
      Y: '0: A 1/2, late, revision, B behind, A revision',
    });
  }));
});
