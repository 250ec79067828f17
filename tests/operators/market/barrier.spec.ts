import type { Observable, SchedulerLike } from 'rxjs';
import { EMPTY, map, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Close } from '../../../src/model/close.js';
import type { Judged } from '../../../src/model/verdict.js';
import { barrier } from '../../../src/operators/market/barrier.js';
import type { Roster } from '../../../src/ports/source.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { START_MS, barAt } from '../../support/bars.js';
import { marbles } from '../../support/marbles.js';
import { judgedOf, placed, rosterOf, verdictOf } from '../../support/parts.js';

type Marbles = Parameters<Parameters<typeof marbles>[0]>[0];

const BAR_MS = 900_000;
const at = (index: number): number => START_MS + index * BAR_MS;

/** Three symbols at one close, then at the next. */
const [a, b, c] = ['A', 'B', 'C'].map((symbol) => judgedOf(symbol, 0)) as [Judged, Judged, Judged];
const [d, e, f] = ['A', 'B', 'C'].map((symbol) => judgedOf(symbol, 1)) as [Judged, Judged, Judged];
const judgeds = { a, b, c, d, e, f };
const rosters = { r: rosterOf(['A', 'B', 'C']), s: rosterOf(['A', 'B']), o: rosterOf(['A', 'B', 'C'], at(-1)), p: rosterOf(['A', 'B', 'C', 'D'], at(-1)) };

/** `0: A B 2/3 late, C behind at -1`: what a close says, in a line. */
const said = ({ openTimeMs, judged, received, expected, late, lagging }: Close): string => {
  const index = (time: number | null): string => (time === null ? 'never' : String((time - START_MS) / BAR_MS));
  const behind = Object.entries(lagging).map(([symbol, time]) => `, ${symbol} behind at ${index(time)}`);
  return `${index(openTimeMs)}: ${judged.map(({ bar }) => bar.symbol).join(' ')} ${received}/${expected}${late ? ' late' : ''}${behind.join('')}`;
};

const waiting = (m: Marbles, roster$: Observable<Roster>, judgedUpToMs: (symbol: string) => number | null = () => null, barrierMs = 3) =>
  barrier({ roster$, barrierMs, judgedUpToMs: ({ symbol }) => judgedUpToMs(symbol), scheduler: m.scheduler });

describe('barrier', () => {
  it('tells a close when all are in, or when it has waited long enough, and who comes then is late', marbles((m) => {
    const roster$ =  m.hot('r-----------------|', rosters);
    const judged$ =  m.hot('-abc--de-----f----|', judgeds);
    const expected =       '---X-----Y---Z----|';
    m.expect(judged$.pipe(waiting(m, roster$, () => at(-1)), map(said))).toBeObservable(expected, {
      X: '0: A B C 3/3',
      Y: '1: A B 2/3, C behind at 0',
      Z: '1: C 3/3 late',
    });
  }));

  it('tells in order of symbols, whatever order they come in', marbles((m) => {
    const roster$ =  m.hot('r----', rosters);
    const judged$ =  m.hot('-cab-', judgeds);
    const expected =       '---X-';
    m.expect(judged$.pipe(waiting(m, roster$), map(said))).toBeObservable(expected, { X: '0: A B C 3/3' });
  }));

  it('tells at the deadline who has come at that very moment', marbles((m) => {
    const roster$ =  m.hot('r-------', rosters);
    const judged$ =  m.hot('-a--b---', judgeds);
    const expected =       '----X---';
    m.expect(judged$.pipe(waiting(m, roster$, () => at(-1)), map(said))).toBeObservable(expected, { X: '0: A B 2/3, C behind at -1' });
  }));

  it('tells the older close first when the newer is complete', marbles((m) => {
    const roster$ =  m.hot('r----', rosters);
    const judged$ =  m.hot('-dfae', judgeds);
    const expected =       '----(XY)';
    m.expect(judged$.pipe(waiting(m, roster$, () => at(-1), 30), map(said))).toBeObservable(expected, {
      X: '0: A 1/3, B behind at -1, C behind at -1',
      Y: '1: A B C 3/3',
    });
  }));

  it('tells the older close first when the newer has waited long enough', () => {
    const clock = createVirtualClock(at(50));
    const seen: string[] = [];
    const judged$ = new Subject<Judged>();
    judged$.pipe(barrier({ roster$: of(rosters.r), barrierMs: 1_500, judgedUpToMs: () => at(-1), scheduler: clock }), map(said)).subscribe((each) => seen.push(each));
    judged$.next(a);
    judged$.next(judgedOf('A', 49));
    clock.advanceTo(at(50) + 1_499);
    expect(seen).toStrictEqual([]);
    clock.advanceTo(at(50) + 1_500);
    expect(seen.map((each) => each.split(',')[0])).toStrictEqual(['0: A 1/3', '49: A 1/3']);
  });

  it('waits for nobody when nobody is expected', marbles((m) => {
    const judged$ =  m.hot('-a-b-----', judgeds);
    const expected =       '----X----';
    m.expect(judged$.pipe(waiting(m, EMPTY), map(said))).toBeObservable(expected, { X: '0: A B 2/0' });
  }));

  it('takes a new roster from the next bar on', marbles((m) => {
    const roster$ =  m.hot('r-s---', rosters);
    const judged$ =  m.hot('-a-b--', judgeds);
    const expected =       '---X--';
    m.expect(judged$.pipe(waiting(m, roster$, () => at(-1)), map(said))).toBeObservable(expected, { X: '0: A B 2/2' });
  }));

  it('tells what is left when the bars end', marbles((m) => {
    const roster$ =  m.hot('r------', rosters);
    const judged$ =  m.hot('-ad-|  ', judgeds);
    const expected =       '----(XY|)';
    m.expect(judged$.pipe(waiting(m, roster$, () => at(-1)), map(said))).toBeObservable(expected, {
      X: '0: A 1/3, B behind at -1, C behind at -1',
      Y: '1: A 1/3, B behind at -1, C behind at -1',
    });
  }));

  it('is silent when nothing comes, and passes errors on', marbles((m) => {
    m.expect(m.hot<Judged>('-').pipe(waiting(m, EMPTY))).toBeObservable('-');
    m.expect(m.hot<Judged>('-|').pipe(waiting(m, EMPTY))).toBeObservable('-|');
    m.expect(m.hot<Judged>('-a-#', judgeds).pipe(waiting(m, EMPTY))).toBeObservable('---#');
    m.expect(m.hot<Judged>('-a--', judgeds).pipe(waiting(m, m.hot('--#')))).toBeObservable('--#');
  }));

  it('ends with a bug of its own as with an error of the source', marbles((m) => {
    const broken = { ...a, verdicts: null } as unknown as Judged;
    const roster$ =  m.hot('r-----', { r: rosterOf(['A']) });
    const judged$ =  m.hot('-z----', { z: broken });
    const errors: unknown[] = [];
    judged$.pipe(waiting(m, roster$)).subscribe({ error: (error: unknown) => errors.push(error) });
    m.flush();
    expect(errors).toMatchObject([{ name: 'TypeError' }]);
  }));

  it('leaves source, roster and timers when it is left', marbles((m) => {
    const roster$ =  m.hot('r------', rosters);
    const judged$ =  m.hot('-a-----', judgeds);
    m.expect(judged$.pipe(waiting(m, roster$)), '--!').toBeObservable('---');
    m.expect(judged$).toHaveSubscriptions('^-!');
    m.expect(roster$).toHaveSubscriptions('^-!');
  }));

  it('lets no timer run on once a close is told or the stream is left', () => {
    const clock = createVirtualClock(at(1));
    let alarms = 0;
    const scheduler = {
      now: () => clock.now(),
      schedule: (work: () => void, delayMs?: number) =>
        clock.schedule(() => {
          alarms++;
          work();
        }, delayMs),
    } as SchedulerLike;
    const judged$ = new Subject<Judged>();
    const options = { roster$: of(rosters.r), barrierMs: 1_500, judgedUpToMs: () => null, scheduler };
    const subscription = judged$.pipe(barrier(options)).subscribe();
    for (const each of [a, b, c, d]) judged$.next(each);
    subscription.unsubscribe();
    clock.advanceTo(at(2));
    expect([judged$.observed, alarms]).toStrictEqual([false, 0]);
  });
});

describe('barrier at the start', () => {
  it('opens the record of a first start at once with a close of nobody', marbles((m) => {
    const roster$ =  m.hot('o-----', rosters);
    const judged$ =  m.hot('--abc-', judgeds);
    const expected =       'O---X-';
    m.expect(judged$.pipe(waiting(m, roster$), map(said))).toBeObservable(expected, { O: '-1:  0/0', X: '0: A B C 3/3' });
  }));

  it('opens it once, and not where an earlier life has left a position', marbles((m) => {
    m.expect(m.hot<Judged>('-----').pipe(waiting(m, m.hot('o-o-p', rosters)), map(said))).toBeObservable('O----', { O: '-1:  0/0' });
    m.expect(m.hot<Judged>('-----').pipe(waiting(m, m.hot('o----', rosters), (symbol) => (symbol === 'A' ? at(-2) : null)))).toBeObservable('-----');
    m.expect(m.hot<Judged>('-----').pipe(waiting(m, m.hot('r----', rosters)))).toBeObservable('-----');
  }));

  it('says who lags behind the close that is told, never a newcomer whose bars had all closed before', marbles((m) => {
    const roster$ =  m.hot('o-p---', rosters);
    const judged$ =  m.hot('---a--', judgeds);
    const expected =       'O-----X';
    m.expect(judged$.pipe(waiting(m, roster$), map(said)), '^------!').toBeObservable(expected, {
      O: '-1:  0/0',
      X: '0: A 1/4, B behind at -1, C behind at -1, D behind at -1',
    });
  }));

  it('tells as late what an earlier life had told without the laggard', marbles((m) => {
    const roster$ =  m.hot('r-----------', rosters);
    const judged$ =  m.hot('-c---f------', judgeds);
    const expected =       '----X---Y---';
    m.expect(judged$.pipe(waiting(m, roster$, (symbol) => (symbol === 'C' ? at(-1) : at(1))), map(said))).toBeObservable(expected, {
      X: '0: C 1/3 late, C behind at 0',
      Y: '1: C 1/3 late',
    });
  }));

  it('does not call judged what has come but is not told yet', marbles((m) => {
    const roster$ =  m.hot('r--------------', rosters);
    const judged$ =  m.hot('-a-----z-c-----', { ...judgeds, z: judgedOf('B', -1) });
    const expected =       '----X-----Y-Z--';
    m.expect(judged$.pipe(waiting(m, roster$, () => at(-2)), map(said))).toBeObservable(expected, {
      X: '0: A 1/3, B behind at -2, C behind at -2',
      Y: '-1: B 1/3 late, B behind at -1, C behind at -2',
      Z: '0: C 2/3 late, B behind at -1',
    });
  }));

  it('keeps what it knows of a symbol that leaves and comes back', marbles((m) => {
    const roster$ =  m.hot('r---s-r-----', rosters);
    const judged$ =  m.hot('-abc---d----', judgeds);
    const expected =       '---X------Y-';
    m.expect(judged$.pipe(waiting(m, roster$, () => at(-1)), map(said))).toBeObservable(expected, {
      X: '0: A B C 3/3',
      Y: '1: A 1/3, B behind at 0, C behind at 0',
    });
  }));
});

describe('barrier while catching up', () => {
  const catchingUp = (startMs: number) => {
    const clock = createVirtualClock(startMs);
    const judged$ = new Subject<Judged>();
    const seen: string[] = [];
    const options = { roster$: of(rosters.r), barrierMs: 1_500, judgedUpToMs: () => at(-1), scheduler: clock };
    judged$.pipe(barrier(options), map(said)).subscribe((each) => seen.push(each.split(',')[0]!));
    return { seen, after: (ms: number, ...all: readonly Judged[]) => (clock.advanceTo(clock.now() + ms), all.forEach((each) => judged$.next(each))) };
  };

  it('waits with closes of the past until it is quiet, so that a refill that takes a while is one close', () => {
    const { seen, after } = catchingUp(at(9));
    after(0, a, d);
    after(1_400, b, e);
    after(1_400);
    expect(seen).toStrictEqual([]);
    after(100);
    expect(seen).toStrictEqual(['0: A B 2/3', '1: A B 2/3']);
  });

  it('tells them as soon as they are complete', () => {
    const { seen, after } = catchingUp(at(9));
    after(0, a, d);
    after(1_400, b, e, c, f);
    expect(seen).toStrictEqual(['0: A B C 3/3', '1: A B C 3/3']);
  });

  it('does not wait for quiet where the bar is news', () => {
    const { seen, after } = catchingUp(at(1) + 6_000);
    after(0, a);
    after(1_400, b);
    after(100);
    expect(seen).toStrictEqual(['0: A B 2/3']);
  });

  it('does from four barriers after the close on', () => {
    const { seen, after } = catchingUp(at(1) + 6_001);
    after(0, a);
    after(1_400, b);
    after(100);
    expect(seen).toStrictEqual([]);
    after(1_400);
    expect(seen).toStrictEqual(['0: A B 2/3']);
  });

  it('tells them before a close of now that is complete', () => {
    const { seen, after } = catchingUp(at(9));
    after(0, a);
    after(10, ...['A', 'B', 'C'].map((symbol) => judgedOf(symbol, 8)));
    expect(seen).toStrictEqual(['0: A 1/3', '8: A B C 3/3']);
  });

  it('knows who was in each of a thousand closes that wait at once', () => {
    const { seen, after } = catchingUp(at(1_001));
    for (const symbol of ['A', 'B', 'C']) after(10, ...Array.from({ length: 1_000 }, (_, i) => judgedOf(symbol, i)));
    expect(seen).toHaveLength(1_000);
    expect(seen.every((each) => each.endsWith('A B C 3/3'))).toBe(true);
  });
});

describe('the alerts of a close', () => {
  const closeOf = (...judged: readonly Judged[]): Close => {
    let close: Close | undefined;
    const options = { roster$: of(rosters.r), barrierMs: 1_500, judgedUpToMs: () => null, scheduler: createVirtualClock(at(1)) };
    of(...judged).pipe(barrier(options)).subscribe((told) => (close = told));
    return close as Close;
  };

  it('are its fired verdicts, in order of symbols, with the share of the market that had come', () => {
    const both: Judged = { bar: placed(barAt(0, { symbol: 'A' })), values: {}, verdicts: [verdictOf(), verdictOf({ direction: 'down' }), verdictOf({ rule: 'other', fired: false })] };
    const { alerts } = closeOf(judgedOf('C', 0, 'down'), both);
    expect(alerts.map(({ symbol, direction, coverage, suppressedBy }) => [symbol, direction, coverage, suppressedBy])).toStrictEqual([
      ['A', 'up', 2 / 3, null],
      ['A', 'down', 2 / 3, null],
      ['C', 'down', 2 / 3, null],
    ]);
  });

  it('are none when nothing fired', () => {
    expect(closeOf(a, b, c)).toMatchObject({ alerts: [], decisionTimeMs: at(1), market: 'usdm', interval: '15m' });
  });
});
