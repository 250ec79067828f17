import { map, NEVER, scan, startWith } from 'rxjs';
import { z } from 'zod';
import { settle } from '../src/operators/delivery/settle.js';
import { filterCloses } from '../src/operators/filters/filter-closes.js';
import { filterShape } from '../src/operators/filters/filter-settings.js';
import { alsoForFilters, usualFilters } from '../src/operators/filters/usual-filters.js';
import { escalationOf, ruleEntries, ruleOf } from '../src/operators/judges/rule-entries.js';
import { closes } from '../src/operators/market/closes.js';
import { definePipeline } from '../src/ports/pipeline.js';
import type { Rule } from '../src/ports/rule.js';

const settingsOf = z.strictObject({
  rules: ruleEntries.describe('The rules, each for itself; one that fires makes an alert with its id.'),
  ...filterShape('on'),
});
type RulesPipeline = z.output<typeof settingsOf>;

interface Made {
  readonly rule: Rule;
  /** What it was made of: a rule that is written as before goes on, with what it remembers. */
  readonly text: string;
}

const make = (before: readonly Made[], settings: RulesPipeline): readonly Made[] =>
  settings.rules.map((entry) => {
    const text = JSON.stringify([entry, settings.trend, settings.regimes]);
    return before.find((each) => each.text === text) ?? { rule: alsoForFilters(ruleOf(entry), settings), text };
  });
const rulesOf = (settings: RulesPipeline): readonly Rule[] => make([], settings).map(({ rule }) => rule);

const filtersOf = ({ rules, ...settings }: RulesPipeline) => ({
  ...settings,
  cooldowns: Object.fromEntries(rules.flatMap(({ id, cooldown }) => (cooldown === undefined ? [] : [[id, cooldown] as const]))),
  escalation: Object.fromEntries(
    rules.flatMap((entry) => {
      const escalation = escalationOf(entry);
      return escalation === null ? [] : [[entry.id, escalation] as const];
    }),
  ),
});

/**
 * Rules of the user's own, written in YAML as conditions over any measure, beside those of the other pipelines.
 *
 * ```
 * event$         -a-x-b-y-|   a b of one symbol, x y of another
 * closes         ---C---D-|   in order, windowed, measured, judged by every rule; both symbols of one close together
 * filterCloses   ---F---G-|   stale, repeated, flooding and alike alerts withheld, with the reason
 * settle         ---O---P-|   claimed, then sent to every sink, then recorded
 * ```
 */
export const rules = definePipeline({
  type: 'rules',
  summary: 'Rules of your own: conditions over any measure, several at once.',
  settings: settingsOf,
  rules: rulesOf,
  measures: (settings) => rulesOf(settings).flatMap(({ measures }) => measures),
  compose: (parts, settings, later$ = NEVER) => {
    const settings$ = later$.pipe(startWith(settings));
    const rule$ = settings$.pipe(
      scan(make, [] as readonly Made[]),
      map((made) => made.map(({ rule }) => rule)),
    );
    return parts.event$.pipe(
      closes(parts, rulesOf(settings), rule$),
      filterCloses(usualFilters(parts, settings$.pipe(map(filtersOf)))),
      settle(parts),
    );
  },
});
