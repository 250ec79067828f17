import { z } from 'zod';
import { settle } from '../src/operators/delivery/settle.js';
import { cooldown } from '../src/operators/filters/cooldown.js';
import { filterCloses } from '../src/operators/filters/filter-closes.js';
import { staleness } from '../src/operators/filters/staleness.js';
import { momentumRule } from '../src/operators/judges/momentum.js';
import { closes } from '../src/operators/market/closes.js';
import { definePipeline } from '../src/ports/pipeline.js';
import { durationMs } from '../src/ports/settings.js';

/**
 * The default: a move of several average true ranges on unusual volume, in either direction (signals.md §7.3).
 *
 * ```
 * event$         -a-x-b-y-|   a b of one symbol, x y of another
 * closes         ---C---D-|   in order, windowed, measured, judged; both symbols of one close together
 * filterCloses   ---F---G-|   stale and repeated alerts withheld, with the reason
 * settle         ---O---P-|   claimed, then sent to every sink, then recorded
 * ```
 */
export const momentum = definePipeline({
  type: 'momentum',
  summary: 'A move of several average true ranges on unusual volume, up or down.',
  settings: z.strictObject({
    moveThreshold: z.number().positive().default(3).describe('Least move over one bar, in average true ranges before it.'),
    volumeLogZThreshold: z
      .number()
      .positive()
      .default(3)
      .describe('Least z-score of the logarithm of volume against the 20 bars before.'),
    liquidityLevel: z.number().nonnegative().default(10_000).describe('Least quote volume per hour over the last day.'),
    unknownLiquidity: z.enum(['low', 'high']).default('low').describe('What a series without quote volume counts as.'),
    shortHistory: z
      .enum(['judge', 'skip'])
      .default('judge')
      .describe('Whether a series with fewer than 294 bars, but at least 29, is judged.'),
    cooldown: durationMs.prefault('30m').describe('Silence after an alert of one symbol and direction, in bar time.'),
  }),
  measures: (settings) => momentumRule(settings).measures,
  compose: (parts, settings) =>
    parts.event$.pipe(
      closes(parts, [momentumRule(settings)]),
      filterCloses(() => [
        staleness({ maxAgeMs: parts.delivery.maxAgeMs, scheduler: parts.marketTime }),
        cooldown({ cooldownMs: settings.cooldown, sentBefore: parts.remembered.emitted }),
      ]),
      settle(parts),
    ),
});
