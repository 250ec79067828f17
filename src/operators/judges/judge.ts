import type { OperatorFunction } from 'rxjs';
import { isObservable, Observable, of } from 'rxjs';
import type { PlacedBar } from '../../model/bar.js';
import type { Reading, Values } from '../../model/reading.js';
import type { Row } from '../../model/row.js';
import { seriesKey } from '../../model/series.js';
import type { Judged, Verdict } from '../../model/verdict.js';
import { hasFired } from '../../model/verdict.js';
import type { Rule } from '../../ports/rule.js';
import type { Quarantine } from '../bars/quarantine.js';

type Ask = (rule: Rule, reading: Reading) => readonly Verdict[];

type Remembering = Rule & Required<Pick<Rule, 'start'>>;
const remembers = (rule: Rule): rule is Remembering => rule.start !== undefined;

const NONE: readonly Verdict[] = [];

/** Asks one rule about one reading, and keeps for rules that remember a judge of every series. History is asked for its sake only. */
const createAsk = (): Ask => {
  const judges = new WeakMap<Rule, Map<string, Rule['judge']>>();
  const judgeOf = (rule: Remembering, { bar }: Reading): Rule['judge'] => {
    const bySeries = judges.get(rule) ?? new Map<string, Rule['judge']>();
    judges.set(rule, bySeries);
    const key = seriesKey(bar);
    let judge = bySeries.get(key);
    if (judge === undefined || bar.follows === 'start' || bar.follows === 'restart') {
      judge = rule.start({ market: bar.market, symbol: bar.symbol, interval: bar.interval });
      bySeries.set(key, judge);
    }
    return judge;
  };
  return (rule, reading) => {
    if (rule.interval !== undefined && rule.interval !== reading.bar.interval) return NONE;
    if (remembers(rule)) return judgeOf(rule, reading)(reading);
    return reading.bar.timing === 'history' ? NONE : rule.judge(reading);
  };
};

const verdictsOf = (rules: readonly Rule[], reading: Reading, ask: Ask): readonly Verdict[] => {
  const [first] = rules;
  return rules.length === 1 && first !== undefined ? ask(first, reading) : rules.flatMap((rule) => ask(rule, reading));
};

/**
 * A bar of which nothing has fired, nearly every one: its values are named when somebody asks. A class, because an accessor for
 * each bar would cost more than the names.
 */
class QuietBar implements Judged {
  readonly bar: PlacedBar;

  constructor(
    private readonly reading: Reading,
    readonly verdicts: readonly Verdict[],
  ) {
    this.bar = reading.bar;
  }

  get values(): Values {
    return this.reading.values;
  }

  get row(): Row | undefined {
    return this.reading.row;
  }

  /** As it is written, and compared: what there is to see, made or not. */
  toJSON(): Judged {
    const { bar, values, verdicts } = this;
    return { bar, values, verdicts };
  }
}

/** With what stands around the bar if there is an alert in it, and with its scene where the window has one: both while it is live. */
const judgedOf = (reading: Reading, verdicts: readonly Verdict[]): Judged => {
  if (!hasFired(verdicts)) return new QuietBar(reading, verdicts);
  const { bar, around, window } = reading;
  const told: Values = around === undefined ? reading.values : { ...around(), ...reading.values };
  // A correction is never sent, and behind it the window may show later bars.
  return window.scene === undefined || bar.timing !== 'due'
    ? { bar, values: told, verdicts }
    : { bar, values: told, verdicts, scene: window.scene() };
};

/**
 * Asks the rules about every reading that is due, or that corrects one that was. Readings of history have filled their windows,
 * and the memory of the rules that have one, and go no further.
 *
 * ```
 * reading$       -a-b-c-d-|   a is history
 * judge([rule])  ---B-C-D-|
 * ```
 *
 * Rules given as a stream change how the next reading is judged, and nothing else: windows and measures do not know of them. A
 * rule that is the same object as before keeps its memory.
 *
 * ```
 * rule$          x---y-----|   two rules, one after the other
 * reading$       -b-c-d----|
 * judge(rule$)   -X-Y-Z----|   b by x, c and d by y
 * ```
 *
 * A rule that throws ends everything; with a `quarantine` its reading's series is set aside, and is judged no more.
 *
 * *Memory.* For rules that remember, one judge for every series there ever was.
 */
export const judge =
  (rules: readonly Rule[] | Observable<readonly Rule[]>, quarantine?: Quarantine): OperatorFunction<Reading, Judged> =>
  (reading$) =>
    new Observable<Judged>((subscriber) => {
      const ask = createAsk();
      let latest: readonly Rule[] | null = null;
      const judgeBy = (reading: Reading, by: readonly Rule[]): void => {
        if (quarantine?.holds(reading.bar) === true) return;
        let judged: Judged | null = null;
        try {
          const verdicts = verdictsOf(by, reading, ask);
          if (reading.bar.timing !== 'history') judged = judgedOf(reading, verdicts);
        } catch (error) {
          if (quarantine === undefined) throw error;
          quarantine.setAside(reading.bar, error);
        }
        if (judged !== null) subscriber.next(judged);
      };
      const error = (thrown: unknown): void => subscriber.error(thrown);
      subscriber.add(
        (isObservable(rules) ? rules : of(rules)).subscribe({
          next: (newest) => {
            latest = newest;
          },
          error,
        }),
      );
      subscriber.add(
        reading$.subscribe({
          next: (reading) => {
            if (latest === null) return;
            try {
              judgeBy(reading, latest);
            } catch (thrown) {
              // A bug in a rule is an error of the stream; thrown by an observer it would reach nobody.
              error(thrown);
            }
          },
          error,
          complete: () => subscriber.complete(),
        }),
      );
    });
