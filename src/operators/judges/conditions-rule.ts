import type { Interval } from '../../model/interval.js';
import type { Measured, Reading, Values } from '../../model/reading.js';
import type { Condition, Direction, Verdict } from '../../model/verdict.js';
import type { Measure } from '../../ports/measure.js';
import type { LongerMeasure, Rule } from '../../ports/rule.js';
import { liquidityPerHour } from '../measures/liquidity-per-hour.js';
import { warmupBarsOf } from '../measures/measure.js';
import type { Evaluate, Expression } from './conditions.js';
import { evaluate, remembers } from './conditions.js';
import { reaches } from './reaches.js';

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

interface Side {
  readonly direction: Direction;
  readonly evaluate: Evaluate;
}

const SIGNS = { up: 1, down: -1 } as const;

/** A rule that a person has put together of conditions over measures; see `conditionsSchema` for how it is written. */
export const conditionsRule = (settings: ConditionsSettings): Rule => {
  const { id, version, direction, liquidityLevel, unknownLiquidity, longer, interval } = settings;
  const measures = liquidityLevel === null ? settings.measures : [...settings.measures, liquidityPerHour()];
  const warmupBars = warmupBarsOf(settings.measures);
  const when: Expression = { all: settings.when };
  const names = [...measures.map(({ name }) => name), ...longer.map((each) => `${each.measure.name}@${each.interval}`)];

  const sides = (): readonly Side[] => {
    const directions: readonly Direction[] = direction === 'both' ? ['up', 'down'] : [direction];
    return directions.map((each) => ({
      direction: each,
      evaluate: evaluateAll(settings.when, direction === 'both' ? SIGNS[each] : 1),
    }));
  };

  const warm = ({ barCount, bar }: Reading): Condition => {
    const whole = warmupBars(bar.interval);
    const needed = settings.shortHistory === 'judge' ? Math.min(whole, WARM_BARS_SHORT) : whole;
    return { measure: 'warm', value: barCount, threshold: needed, margin: barCount - needed, passed: barCount >= needed };
  };

  const liquidity = (held: Measured | undefined, level: number): Condition => {
    const shared = { measure: 'liquidityPerHour', threshold: level };
    return typeof held === 'number'
      ? { ...shared, value: held, margin: held - level, passed: reaches(held, level) }
      : { ...shared, value: null, margin: null, passed: unknownLiquidity === 'high', reason: held ?? 'no-data' };
  };

  const shownOf = ({ values }: Reading): Values => Object.fromEntries(names.map((name) => [name, values[name] ?? 'no-data']));

  const judgeSides =
    (each: readonly Side[]) =>
    (reading: Reading): readonly Verdict[] => {
      const general = [
        warm(reading),
        ...(liquidityLevel === null ? [] : [liquidity(reading.values['liquidityPerHour'], liquidityLevel)]),
      ];
      const isFit = general.every(({ passed }) => passed);
      const shortHistory = reading.barCount < warmupBars(reading.bar.interval);
      return each.map((side) => {
        const conditions: Condition[] = [];
        const fired = side.evaluate(reading, conditions) && isFit;
        conditions.push(...general);
        const shown = fired ? shownOf(reading) : NOTHING;
        return { rule: id, ruleVersion: version, direction: side.direction, fired, conditions, shown, shortHistory };
      });
    };

  const isStateful = remembers(when);
  const shared = isStateful ? null : judgeSides(sides());
  return {
    id,
    version,
    measures,
    ...(longer.length === 0 ? {} : { longer }),
    ...(interval === null ? {} : { interval }),
    judge: (reading) => (shared ?? judgeSides(sides()))(reading),
    ...(isStateful ? { start: () => judgeSides(sides()) } : {}),
  };
};

/** All of the conditions, each told with its place: `when.0`, `when.1.any.0`. */
const evaluateAll = (when: readonly Expression[], sign: 1 | -1): Evaluate => {
  const inner = when.map((part, i) => evaluate(part, sign, `when.${i}`));
  return (reading, told) => {
    let holding = 0;
    for (const each of inner) if (each(reading, told)) holding++;
    return holding === inner.length;
  };
};
