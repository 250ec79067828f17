import type { Interval } from '../../model/interval.js';
import type { Measured, Reading, Values } from '../../model/reading.js';
import { lookUp } from '../../model/row.js';
import type { Condition, Direction, Verdict } from '../../model/verdict.js';
import type { Measure } from '../../ports/measure.js';
import type { LongerMeasure, Rule } from '../../ports/rule.js';
import { liquidityPerHour } from '../measures/liquidity-per-hour.js';
import { warmupBarsOf } from '../measures/measure.js';
import type { Evaluate, Expression } from './conditions.js';
import { evaluateParts, remembers } from './conditions.js';
import { reaches } from './reaches.js';
import type { TellConditions } from './unfired.js';
import { unfired } from './unfired.js';

export interface ConditionsSettings {
  readonly id: string;
  readonly version: number;
  /** The only bars it judges; `null`: those of every interval. */
  readonly interval: Interval | null;
  /** `both`: the conditions speak of a rise, and a fall is judged with the sign of directional measures turned round. */
  readonly direction: Direction | 'both';
  /** All of them must hold. */
  readonly when: readonly Expression[];
  readonly measures: readonly Measure[];
  readonly longer: readonly LongerMeasure[];
  /** Whether a series younger than the warm-up of what the rule reads may be judged. */
  readonly shortHistory: 'judge' | 'skip';
  /** Least quote units per hour over the last day; `null` asks for none. */
  readonly liquidityLevel: number | null;
  /** What a series without quote volume counts as. */
  readonly unknownLiquidity: 'low' | 'high';
}

/** Bars from which a series may be judged whose whole life is shorter than the warm-up (signals.md §2.2, of the range of 14 bars). */
const WARM_BARS_SHORT = 29;
const NOTHING: Values = {};

/** What is the same for all series of an interval, worked out once. */
const onceForEach = (barsOf: (interval: Interval) => number): ((interval: Interval) => number) => {
  const known = new Map<Interval, number>();
  return (interval) => {
    let bars = known.get(interval);
    if (bars === undefined) known.set(interval, (bars = barsOf(interval)));
    return bars;
  };
};

interface Side {
  readonly direction: Direction;
  readonly evaluate: Evaluate;
}

const SIGNS = { up: 1, down: -1 } as const;

/** A rule that a person has put together of conditions over measures; see `conditionsSchema` for how it is written. */
export const conditionsRule = (settings: ConditionsSettings): Rule => {
  const { id, version, direction, liquidityLevel, unknownLiquidity, longer, interval } = settings;
  const measures = liquidityLevel === null ? settings.measures : [...settings.measures, liquidityPerHour()];
  const warmupBars = onceForEach(warmupBarsOf(settings.measures));
  const names = [...measures.map(({ name }) => name), ...longer.map((each) => `${each.measure.name}@${each.interval}`)];

  const sides = (): readonly Side[] => {
    const directions: readonly Direction[] = direction === 'both' ? ['up', 'down'] : [direction];
    return directions.map((each) => {
      // Each condition is told with its place: `when.0`, `when.1.any.0`.
      return { direction: each, evaluate: evaluateParts('all', settings.when, direction === 'both' ? SIGNS[each] : 1, 'when') };
    });
  };

  const neededBars = ({ bar }: Reading): number => {
    const whole = warmupBars(bar.interval);
    return settings.shortHistory === 'judge' ? Math.min(whole, WARM_BARS_SHORT) : whole;
  };
  const warm = (reading: Reading): Condition => {
    const [value, threshold] = [reading.barCount, neededBars(reading)];
    return { measure: 'warm', value, threshold, margin: value - threshold, passed: value >= threshold };
  };

  const liquidityOf = lookUp('liquidityPerHour');
  const isLiquid = (held: Measured | undefined, level: number): boolean =>
    typeof held === 'number' ? reaches(held, level) : unknownLiquidity === 'high';
  const liquidity = (reading: Reading, level: number): Condition => {
    const held = liquidityOf(reading);
    const shared = { measure: 'liquidityPerHour', threshold: level, passed: isLiquid(held, level) };
    return typeof held === 'number'
      ? { ...shared, value: held, margin: held - level }
      : { ...shared, value: null, margin: null, reason: held ?? 'no-data' };
  };

  /** Whether anything can fire, whichever way it goes. */
  const isFit = (reading: Reading): boolean =>
    reading.barCount >= neededBars(reading) && (liquidityLevel === null || isLiquid(liquidityOf(reading), liquidityLevel));

  const conditionsOf = (reading: Reading, told: readonly Condition[]): readonly Condition[] => [
    ...told,
    warm(reading),
    ...(liquidityLevel === null ? [] : [liquidity(reading, liquidityLevel)]),
  ];
  const shownOf = ({ values }: Reading): Values => Object.fromEntries(names.map((name) => [name, values[name] ?? 'no-data']));

  const verdictOf = (side: Side, reading: Reading, told: readonly Condition[], fired: boolean): Verdict => ({
    rule: id,
    ruleVersion: version,
    direction: side.direction,
    fired,
    conditions: conditionsOf(reading, told),
    shown: fired ? shownOf(reading) : NOTHING,
    shortHistory: reading.barCount < warmupBars(reading.bar.interval),
  });

  const tellAll = (side: Side, reading: Reading): readonly Condition[] => {
    const told: Condition[] = [];
    side.evaluate(reading, told);
    return told;
  };

  /** What remembers is shown every reading, and just once: what it says then it says for good. */
  const judgeRemembering =
    (all: readonly Side[]) =>
    (reading: Reading): readonly Verdict[] =>
      all.map((side) => {
        const told: Condition[] = [];
        const holds = side.evaluate(reading, told);
        return verdictOf(side, reading, told, holds && isFit(reading));
      });

  const judgeAtOnce = (all: readonly Side[]) => {
    const tellers = all.map((side) => (reading: Reading) => conditionsOf(reading, tellAll(side, reading)));
    return (reading: Reading): readonly Verdict[] => {
      const fit = isFit(reading);
      const shortHistory = reading.barCount < warmupBars(reading.bar.interval);
      return all.map((side, i) =>
        fit && side.evaluate(reading, null)
          ? verdictOf(side, reading, tellAll(side, reading), true)
          : unfired(settings, side.direction, shortHistory, reading, tellers[i] as TellConditions),
      );
    };
  };

  const shared = {
    id,
    version,
    measures,
    ...(longer.length === 0 ? {} : { longer }),
    ...(interval === null ? {} : { interval }),
  };
  if (!remembers({ all: settings.when })) return { ...shared, judge: judgeAtOnce(sides()) };
  return { ...shared, judge: (reading) => judgeRemembering(sides())(reading), start: () => judgeRemembering(sides()) };
};
