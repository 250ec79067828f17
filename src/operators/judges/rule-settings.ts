import { z } from 'zod';
import { INTERVAL_MS, INTERVALS, isInterval } from '../../model/interval.js';
import type { Interval } from '../../model/interval.js';
import type { Measure } from '../../ports/measure.js';
import type { LongerMeasure } from '../../ports/rule.js';
import { measures as catalogue } from '../measures/index.js';
import type { Comparison, Expression, Threshold } from './conditions.js';
import { COMPARISONS, isUpward, thresholdsOf, twinOf } from './conditions.js';
import type { ConditionsSettings } from './conditions-rule.js';

/*
 * How a person writes a rule in YAML. Every defect is told where it stands and by itself; texts go on after "should be", unless
 * they begin with "is", "must", "has", "needs" or "lacks", which makes them the whole sentence.
 */

const PERCENT = /^-?\d+(?:\.\d+)?%$/;

const measureNamed = (name: string): Measure | undefined => catalogue.find((each) => each.name === name);

const splitName = (measure: string): readonly [name: string, interval: string | null] => {
  const at = measure.indexOf('@');
  return at < 0 ? [measure, null] : [measure.slice(0, at), measure.slice(at + 1)];
};

const level = z.union([z.number(), z.string()], { error: 'a number, or a percentage with its sign for what is measured in %' });
const KEYS_OF_THRESHOLD = [...COMPARISONS, 'reset', 'bars'] as const;

/** A condition as it is written. */
interface Written {
  readonly measure?: string | undefined;
  readonly atLeast?: string | number | undefined;
  readonly atMost?: string | number | undefined;
  readonly above?: string | number | undefined;
  readonly below?: string | number | undefined;
  readonly reset?: string | number | undefined;
  readonly bars?: number | undefined;
  readonly all?: readonly Expression[] | undefined;
  readonly any?: readonly Expression[] | undefined;
}

type Context = z.core.$RefinementCtx<Written>;
type Tell = (path: readonly string[], message: string) => void;

/** The number of a level in the measure's unit; `null` when it is not written in that unit, which has then been told. */
const numberIn = (unit: string, text: string | number, key: string, name: string, tell: Tell): number | null => {
  if (unit === '%') {
    if (typeof text === 'string' && PERCENT.test(text)) return Number(text.slice(0, -1));
    tell([key], `a percentage with its sign, such as 2.5%, because ${name} is measured in %`);
    return null;
  }
  if (typeof text === 'number') return text;
  tell([key], `a number without a unit, because ${name} is measured in ${unit === '1' ? 'plain numbers' : unit}`);
  return null;
};

const checkName = (measure: string, context: Context): Measure | null => {
  const [name, interval] = splitName(measure);
  if (interval !== null && !isInterval(interval)) {
    const message = `must end in a bar length after the @, one of ${INTERVALS.join(', ')}`;
    context.addIssue({ code: 'custom', path: ['measure'], message });
    return null;
  }
  const found = measureNamed(name);
  // The empty text lets the reader of the file say which one was probably meant.
  const values = catalogue.map((each) => (interval === null ? each.name : `${each.name}@${interval}`));
  if (found === undefined) context.addIssue({ code: 'invalid_value', path: ['measure'], values, input: measure, message: '' });
  return found ?? null;
};

const checkReset = (comparison: Comparison, value: number, reset: number, tell: Tell): void => {
  if (isUpward(comparison) ? reset < value : reset > value) return;
  const side = isUpward(comparison) ? 'below' : 'above';
  tell(['reset'], `must lie ${side} ${comparison} (${value}): it is where the condition ends that began there`);
};

const checkThreshold = (written: Written, measure: string, context: Context): void => {
  const tell: Tell = (path, message) => context.addIssue({ code: 'custom', path: [...path], message });
  const found = checkName(measure, context);
  const given = COMPARISONS.filter((each) => written[each] !== undefined);
  const [comparison, second] = given;
  if (comparison === undefined) return tell([], `needs one of ${COMPARISONS.join(', ')} beside its measure`);
  if (second !== undefined)
    return tell([second], `has a neighbour ${comparison}; a condition needs one comparison, use all for two`);
  if (found === null) return;
  const value = numberIn(found.unit, written[comparison] ?? 0, comparison, measure, tell);
  if (written.reset === undefined) return;
  const reset = numberIn(found.unit, written.reset, 'reset', measure, tell);
  if (value !== null && reset !== null) checkReset(comparison, value, reset, tell);
};

const checkCondition = (written: Written, context: Context): void => {
  const tell: Tell = (path, message) => context.addIssue({ code: 'custom', path: [...path], message });
  const kinds = (['measure', 'all', 'any'] as const).filter((each) => written[each] !== undefined);
  const [kind, second] = kinds;
  if (kind === undefined) return tell([], 'needs one of measure, all, any');
  if (second !== undefined) return tell([second], `has a neighbour ${kind}; a condition needs one of measure, all, any`);
  if (kind === 'measure') return checkThreshold(written, written.measure ?? '', context);
  for (const key of KEYS_OF_THRESHOLD)
    if (written[key] !== undefined) tell([key], `is beside ${kind}, which takes none; it belongs beside a measure`);
};

const numberOf = (text: string | number | undefined): number =>
  typeof text === 'string' ? Number(text.slice(0, -1)) : (text ?? 0);

const toExpression = (written: Written): Expression => {
  if (written.all !== undefined) return { all: written.all };
  if (written.any !== undefined) return { any: written.any };
  const comparison = COMPARISONS.find((each) => written[each] !== undefined) ?? 'atLeast';
  return {
    measure: written.measure ?? '',
    comparison,
    value: numberOf(written[comparison]),
    reset: written.reset === undefined ? null : numberOf(written.reset),
    bars: written.bars ?? 1,
  };
};

const list = (of: z.ZodType<Expression>) => z.array(of).min(1, { error: 'a list of at least one condition' });

/** One condition: a measure with one comparison, or a group of conditions. */
export const conditionSchema: z.ZodType<Expression> = z
  .strictObject({
    measure: z.string().optional().describe('Name of a measure; name@1h for the last finished bar of that length.'),
    atLeast: level.optional().describe('The value is this or more.'),
    atMost: level.optional().describe('The value is this or less.'),
    above: level.optional().describe('The value is more than this.'),
    below: level.optional().describe('The value is less than this.'),
    reset: level.optional().describe('Once it holds, the condition ends only beyond this level (hysteresis).'),
    bars: z.int().min(1).max(1_000).optional().describe('Bars in a row that it must hold, the judged one included.'),
    get all() {
      return list(conditionSchema).optional().describe('Every one of these holds.');
    },
    get any() {
      return list(conditionSchema).optional().describe('At least one of these holds.');
    },
  })
  .superRefine(checkCondition)
  .transform(toExpression);

const ID = 'letters, digits, dot, dash and underscore, beginning with a letter, at most 40';

/** Ids that mean something else in alerts. */
const RESERVED_IDS = ['market'];

export const ruleId = z
  .string({ error: ID })
  .regex(/^[A-Za-z][\w.-]{0,39}$/, { error: ID })
  .refine((id) => !RESERVED_IDS.includes(id), { error: 'must be another: alerts of the whole market have this id' })
  .describe('Name of the rule, in every alert it makes.');

/** A move that breaks the cooldown, as it is written in YAML. */
export const escalationSchema = z.strictObject({
  measure: z.string().describe('A measure that the rule reads.'),
  step: level.describe("How much larger than the last sent one, in the measure's unit."),
});

/** The number of a level in the unit of a measure; `null` when it is not written so, which has then been told. */
export const numberInUnitOf = (measure: string, text: string | number, tell: (message: string) => void): number | null =>
  numberIn(measureNamed(splitName(measure)[0])?.unit ?? '1', text, '', measure, (_, message) => tell(message));

/** The settings of a rule of conditions, as they are written in YAML. */
export const conditionsShape = {
  id: ruleId,
  version: z
    .int()
    .positive()
    .default(1)
    .describe('To be raised whenever the rule is changed in meaning: alerts of another version are other alerts.'),
  direction: z
    .enum(['up', 'down', 'both'])
    .describe(
      'What its alerts say. both: conditions speak of a rise, and for a fall the sign of directional measures is turned round.',
    ),
  when: list(conditionSchema).describe('All of these must hold.'),
  shortHistory: z
    .enum(['judge', 'skip'])
    .default('judge')
    .describe('Whether a series younger than the warm-up of the measures, but of at least 29 bars, is judged.'),
  liquidityLevel: z
    .number()
    .nonnegative()
    .optional()
    .describe('Least quote volume per hour over the last day; none asks for none.'),
  unknownLiquidity: z.enum(['low', 'high']).default('low').describe('What a series without quote volume counts as.'),
} as const;

type ConditionsInput = z.output<z.ZodObject<typeof conditionsShape>>;

const unique = <T>(values: readonly T[], keyOf: (value: T) => string): readonly T[] => [
  ...new Map(values.map((value) => [keyOf(value), value])).values(),
];

const longerOf = ({ measure: full }: Threshold): readonly LongerMeasure[] => {
  const [name, interval] = splitName(full);
  const measure = measureNamed(name);
  return measure === undefined || interval === null ? [] : [{ measure, interval: interval as Interval }];
};

/** What a rule was written as, with the measures it names. */
export const conditionsSettings = (written: ConditionsInput, interval: Interval | null): ConditionsSettings => {
  const told = written.when.flatMap(thresholdsOf);
  const mirrored = written.direction === 'both' ? told.map((each) => ({ ...each, measure: twinOf(each.measure) })) : [];
  const thresholds = [...told, ...mirrored];
  return {
    ...written,
    interval,
    liquidityLevel: written.liquidityLevel ?? null,
    measures: unique(
      thresholds.flatMap(({ measure }) => measureNamed(measure) ?? []),
      ({ name }) => name,
    ),
    longer: unique(thresholds.flatMap(longerOf), (each) => `${each.measure.name}@${each.interval}`),
  };
};

/** Names of measures of longer bars that are no longer than the judged ones, by the place of their condition. */
export const shorterThan = (when: readonly Expression[], interval: Interval): readonly string[] =>
  when
    .flatMap(thresholdsOf)
    .filter((threshold) => longerOf(threshold).some((each) => INTERVAL_MS[each.interval] <= INTERVAL_MS[interval]))
    .map(({ measure }) => measure);
