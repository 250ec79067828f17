import { z } from 'zod';
import { settle } from '../src/operators/delivery/settle.js';
import { cooldown } from '../src/operators/filters/cooldown.js';
import { filterCloses } from '../src/operators/filters/filter-closes.js';
import { staleness } from '../src/operators/filters/staleness.js';
import { classicRule } from '../src/operators/judges/classic.js';
import { closes } from '../src/operators/market/closes.js';
import { definePipeline } from '../src/ports/pipeline.js';
import { durationMs, percent } from '../src/ports/settings.js';

/**
 * The original scanner's rule without its defects, upward only (signals.md §1.1).
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
  settings: z.strictObject({
    lookbackBars: z.int().positive().max(500).default(8).describe('Bars whose mean volume is the baseline.'),
    volumeThreshold: percent.prefault('150%').describe('Least volume above the baseline; 150% is two and a half times the mean.'),
    priceThreshold: percent.prefault('5%').describe('Least change from open to close.'),
    liquidityLevel: z
      .number()
      .nonnegative()
      .default(10_000)
      .describe('Quote volume per hour at or below which the stricter volume threshold holds.'),
    lowLiquidityVolumeThreshold: percent.prefault('250%').describe('The volume threshold of illiquid symbols.'),
    unknownLiquidity: z.enum(['low', 'high']).default('low').describe('What a series without quote volume counts as.'),
    cooldown: durationMs.prefault('30m').describe('Silence after an alert of one symbol, in bar time.'),
  }),
  measures: (settings) => classicRule(settings).measures,
  compose: (parts, settings) =>
    parts.event$.pipe(
      closes(parts, [classicRule(settings)]),
      filterCloses(() => [
        staleness({ maxAgeMs: parts.delivery.maxAgeMs, scheduler: parts.marketTime }),
        cooldown({ cooldownMs: settings.cooldown, sentBefore: parts.remembered.emitted }),
      ]),
      settle(parts),
    ),
});
