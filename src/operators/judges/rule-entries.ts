import { z } from 'zod';
import { INTERVALS } from '../../model/interval.js';
import { durationMs } from '../../ports/settings.js';
import type { Rule } from '../../ports/rule.js';
import { classicRule, classicShape } from './classic.js';
import { thresholdsOf } from './conditions.js';
import { conditionsRule } from './conditions-rule.js';
import { momentumRule, momentumShape } from './momentum.js';
import { conditionsSettings, conditionsShape, escalationSchema, numberInUnitOf, ruleId, shorterThan } from './rule-settings.js';

/** What every entry of the list of rules may say. */
const common = {
  interval: z
    .enum(INTERVALS)
    .optional()
    .describe('The only bars that the rule judges; those of every interval that is followed if absent.'),
  cooldown: durationMs
    .optional()
    .describe('Silence after an alert of this rule, in bar time; the cooldown of the pipeline if absent.'),
  escalation: escalationSchema
    .optional()
    .describe('A move that has grown by so much since the last sent one breaks the cooldown.'),
} as const;

const conditions = z
  .strictObject({ use: z.literal('conditions').optional().describe('May be left out.'), ...conditionsShape, ...common })
  .superRefine(({ when, interval }, context) => {
    const [short] = interval === undefined ? [] : shorterThan(when, interval);
    if (short === undefined) return;
    context.addIssue({
      code: 'custom',
      path: ['interval'],
      message: `must be shorter than the bars of ${short}, which the rule reads beside its own`,
    });
  });

const momentum = z.strictObject({
  use: z.literal('momentum').describe('The rule of the momentum pipeline.'),
  id: ruleId.default('momentum'),
  ...momentumShape,
  ...common,
});
const classic = z.strictObject({
  use: z.literal('classic').describe('The rule of the classic pipeline.'),
  id: ruleId.default('classic'),
  ...classicShape,
  ...common,
});

const USES = 'one of conditions, momentum, classic; a rule of conditions may leave it out';
const entry = z.discriminatedUnion('use', [conditions, momentum, classic], {
  error: ({ code }) => (code === 'invalid_union' ? USES : undefined),
});
export type RuleEntry = z.output<typeof entry>;

/** The list of rules as it is written in YAML. */
export const ruleEntries = z
  .array(entry)
  .min(1, { error: 'a list of at least one rule' })
  .superRefine((all, context) => {
    all.forEach(({ id, use }, i) => {
      const earlier = all.findIndex((each) => each.id === id);
      if (earlier === i) return;
      const message = `needs an id of its own, because rules.${earlier} is called ${id} too`;
      // Where it may be left out, it is not there to be pointed at.
      context.addIssue({ code: 'custom', path: use === 'momentum' || use === 'classic' ? [i] : [i, 'id'], message });
    });
    all.forEach((each, i) =>
      checkEscalation(each, (path, message) => context.addIssue({ code: 'custom', path: [i, 'escalation', ...path], message })),
    );
  });

/** What the alerts of an entry show: only of these the move before is known. */
const shownBy = (each: RuleEntry): readonly string[] => {
  if (each.use === 'momentum') return ['m_1', 'roc_1', 'volume_logz20', 'volume_z20'];
  return each.use === 'classic' ? ['changePct', 'spikePct'] : each.when.flatMap(thresholdsOf).map(({ measure }) => measure);
};

const checkEscalation = (each: RuleEntry, tell: (path: readonly string[], message: string) => void): void => {
  if (each.escalation === undefined) return;
  const { measure, step } = each.escalation;
  const shown = shownBy(each);
  if (!shown.includes(measure)) return tell(['measure'], `a measure of this rule: ${[...new Set(shown)].join(', ')}`);
  const value = numberInUnitOf(measure, step, (message) => tell(['step'], message));
  if (value !== null && value <= 0) tell(['step'], 'above 0');
};

/** The move that breaks the cooldown of an entry, in the unit of its measure; `null` where none does. */
export const escalationOf = ({ escalation }: RuleEntry): { readonly measure: string; readonly step: number } | null => {
  if (escalation === undefined) return null;
  return { measure: escalation.measure, step: numberInUnitOf(escalation.measure, escalation.step, () => undefined) ?? 0 };
};

const plainRule = (each: RuleEntry): Rule => {
  if (each.use === 'momentum') return momentumRule(each, each.id);
  return each.use === 'classic' ? classicRule(each, each.id) : conditionsRule(conditionsSettings(each, null));
};

/** The rule that an entry of the list describes. */
export const ruleOf = (each: RuleEntry): Rule =>
  each.interval === undefined ? plainRule(each) : { ...plainRule(each), interval: each.interval };
