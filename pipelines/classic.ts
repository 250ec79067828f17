import { map, NEVER, startWith } from 'rxjs';
import { z } from 'zod';
import { settle } from '../src/operators/delivery/settle.js';
import { filterCloses } from '../src/operators/filters/filter-closes.js';
import { filterShape } from '../src/operators/filters/filter-settings.js';
import { alsoForFilters, usualFilters } from '../src/operators/filters/usual-filters.js';
import { classicRule, classicShape } from '../src/operators/judges/classic.js';
import type { EarlyNumbers } from '../src/operators/market/early.js';
import { closedOnly, early, EARLY_OFF, earlyShape } from '../src/operators/market/early.js';
import { closes } from '../src/operators/market/closes.js';
import { definePipeline } from '../src/ports/pipeline.js';
import { percent } from '../src/ports/settings.js';

const settingsOf = z.strictObject({
  ...classicShape,
  ...earlyShape,
  ...filterShape('off'),
  escalationStep: z
    .union([z.literal('off'), percent], { error: 'off, or a percentage with its sign, such as 2.5%' })
    .default('off')
    .describe('A change this much larger than the last sent one breaks the cooldown.'),
});
type ClassicPipeline = z.output<typeof settingsOf>;

const rulesOf = (settings: ClassicPipeline) => [
  alsoForFilters(settings.early === 'on' ? classicRule(settings) : closedOnly(classicRule(settings)), settings),
];
const numbersOf = (settings: ClassicPipeline): EarlyNumbers => ({
  rules: rulesOf(settings),
  cooldownMs: settings.cooldown,
  everyMs: settings.earlyEvery,
});
const filtersOf = ({ escalationStep: step, ...settings }: ClassicPipeline) =>
  step === 'off' ? settings : { ...settings, escalation: { classic: { measure: 'changePct', step } } };

/**
 * The original scanner's rule without its defects, upward only (signals.md §1.1). With `early` on bars
 * that are still forming are judged too, and told between the filters and `settle` (operators/market/early.ts).
 *
 * ```
 * event$         -a-x-b-y-|   a b of one symbol, x y of another
 * closes         ---C---D-|   in order, windowed, measured, judged; both symbols of one close together
 * filterCloses   ---F---G-|   stale and repeated alerts withheld, with the reason
 * settle         ---O---P-|   claimed, then sent to every sink, then recorded
 * ```
 */
export const classic = definePipeline({
  type: 'classic',
  summary: 'The original scanner: volume of one bar against the bars before it, and its change from open to close.',
  settings: settingsOf,
  rules: rulesOf,
  measures: (settings) => rulesOf(settings).flatMap(({ measures }) => measures),
  compose: (parts, settings, later$ = NEVER) => {
    const settings$ = later$.pipe(startWith(settings));
    const { news, ...listening } =
      settings.early === 'on' ? early(parts, rulesOf(settings), settings$.pipe(map(numbersOf))) : EARLY_OFF;
    return parts.event$.pipe(
      closes({ ...parts, ...listening }, rulesOf(settings), settings$.pipe(map(rulesOf))),
      filterCloses(usualFilters(parts, settings$.pipe(map(filtersOf)))),
      news,
      settle(parts),
    );
  },
});
