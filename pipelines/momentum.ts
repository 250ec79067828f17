import { map, NEVER, startWith } from 'rxjs';
import { z } from 'zod';
import { settle } from '../src/operators/delivery/settle.js';
import { filterCloses } from '../src/operators/filters/filter-closes.js';
import { filterShape } from '../src/operators/filters/filter-settings.js';
import { alsoForFilters, usualFilters } from '../src/operators/filters/usual-filters.js';
import { momentumRule, momentumShape } from '../src/operators/judges/momentum.js';
import type { EarlyNumbers } from '../src/operators/market/early.js';
import { closedOnly, early, EARLY_OFF, earlyShape } from '../src/operators/market/early.js';
import { closes } from '../src/operators/market/closes.js';
import { definePipeline } from '../src/ports/pipeline.js';

const settingsOf = z.strictObject({
  ...momentumShape,
  ...earlyShape,
  ...filterShape('on'),
  escalationStep: z
    .union([z.literal('off'), z.number().positive()], { error: 'off, or a number of average true ranges above 0' })
    .default('off')
    .describe('A move this many average true ranges larger than the last sent one breaks the cooldown.'),
});
type MomentumPipeline = z.output<typeof settingsOf>;

const rulesOf = (settings: MomentumPipeline) => [
  alsoForFilters(settings.early === 'on' ? momentumRule(settings) : closedOnly(momentumRule(settings)), settings),
];
const numbersOf = (settings: MomentumPipeline): EarlyNumbers => ({
  rules: rulesOf(settings),
  cooldownMs: settings.cooldown,
  everyMs: settings.earlyEvery,
});
const filtersOf = ({ escalationStep: step, ...settings }: MomentumPipeline) =>
  step === 'off' ? settings : { ...settings, escalation: { momentum: { measure: 'm_1', step } } };

/**
 * The default: a move of several average true ranges on unusual volume, in either direction (signals.md §7.3). With `early` on
 * bars that are still forming are judged too, and told between the filters and `settle` (operators/market/early.ts).
 *
 * ```
 * event$         -a-x-b-y-|   a b of one symbol, x y of another
 * closes         ---C---D-|   in order, windowed, measured, judged; both symbols of one close together
 * filterCloses   ---F---G-|   stale, repeated, flooding and alike alerts withheld, with the reason
 * settle         ---O---P-|   claimed, then sent to every sink, then recorded
 * ```
 */
export const momentum = definePipeline({
  type: 'momentum',
  summary: 'A move of several average true ranges on unusual volume, up or down.',
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
