import type { OperatorFunction } from 'rxjs';
import { endWith, ignoreElements, map, merge, takeUntil } from 'rxjs';
import { describe, it } from 'vitest';
import type { Alarms } from '../../../src/operators/delivery/to-each-sink.js';
import { toEachSink } from '../../../src/operators/delivery/to-each-sink.js';
import type { Sink } from '../../../src/ports/sink.js';
import { fakeSink } from '../../support/fakes.js';
import { marbles } from '../../support/marbles.js';

const [first, second] = [fakeSink([], 'first'), fakeSink([], 'second')];

/** The first one raises r with every a, and says in capitals what it is given; the second says what it is given and what it hears. */
const stageOf = ({ name }: Sink, { alarm$, raise }: Alarms): OperatorFunction<string, string> =>
  name === 'first'
    ? map((value) => {
        if (value === 'a') raise({ title: 'r', lines: [] });
        return value.toUpperCase();
      })
    : (value$) => {
        const over$ = value$.pipe(ignoreElements(), endWith(null));
        return merge(value$, alarm$.pipe(map(({ title }) => title), takeUntil(over$)));
      };

describe('toEachSink', () => {
  it('lets every other sink hear what one raises', marbles((m) => {
    const source$ =  m.hot<string>('-a----b---|');
    const stageA =         '-A----B---|';
    const stageB =         '-a----b---|';
    const expected =       '-(rAa)(Bb)|';
    m.expect(source$.pipe(toEachSink([first], stageOf))).toBeObservable(stageA);
    m.expect(source$.pipe(toEachSink([second], stageOf))).toBeObservable(stageB);
    m.expect(source$.pipe(toEachSink([first, second], stageOf))).toBeObservable(expected);
  }));

  it('is silent when nothing comes, and passes an error on', marbles((m) => {
    m.expect(m.hot<string>('-').pipe(toEachSink([first], stageOf))).toBeObservable('-');
    m.expect(m.hot<string>('-|').pipe(toEachSink([first], stageOf))).toBeObservable('-|');
    m.expect(m.hot<string>('-#').pipe(toEachSink([first, second], stageOf))).toBeObservable('-#');
  }));

  it('lets go of its source when it is left', marbles((m) => {
    const source$ = m.hot<string>('-a-b');
    m.expect(source$.pipe(toEachSink([first], stageOf)), '--!').toBeObservable('-A');
    m.expect(source$).toHaveSubscriptions('^-!');
  }));
});
