import type { Observable, OperatorFunction } from 'rxjs';
import { defer, filter, isObservable, map, of, withLatestFrom } from 'rxjs';
import type { Reading, Values } from '../../model/reading.js';
import { seriesKey } from '../../model/series.js';
import type { Judged, Verdict } from '../../model/verdict.js';
import type { Rule } from '../../ports/rule.js';

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

/** With what stands around the bar if there is an alert in it. */
const valuesOf = ({ values, around }: Reading, verdicts: readonly Verdict[]): Values => {
  if (around === undefined) return values;
  for (const { fired } of verdicts) if (fired) return { ...around(), ...values };
  return values;
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
 * *Memory.* For rules that remember, one judge for every series there ever was.
 */
export const judge =
  (rules: readonly Rule[] | Observable<readonly Rule[]>): OperatorFunction<Reading, Judged> =>
  (reading$) =>
    defer(() => {
      const ask = createAsk();
      return reading$.pipe(
        withLatestFrom(isObservable(rules) ? rules : of(rules)),
        map(([reading, latest]): Judged | null => {
          const verdicts = verdictsOf(latest, reading, ask);
          if (reading.bar.timing === 'history') return null;
          return { bar: reading.bar, values: valuesOf(reading, verdicts), verdicts };
        }),
        filter((judged) => judged !== null),
      );
    });
