import { z } from 'zod';
import { durationMs, percent } from '../../ports/settings.js';
import { RATE_WINDOW_MS_MAX } from './rate.js';
import { REGIMES } from './regime.js';

const offOrCount = z.union([z.literal('off'), z.int().positive()], { error: 'off, or a whole number from 1' });
const onOff = z.enum(['on', 'off']);

/** The settings of the filters, the same in every pipeline but for what is on without being asked for. */
export const filterShape = (byDefault: 'on' | 'off') =>
  ({
    cooldown: durationMs.prefault('30m').describe('Silence after an alert of one symbol, rule and direction, in bar time.'),
    flood: onOff
      .default(byDefault)
      .describe('When much of the market moves at once: one alert of the market, and the five furthest beyond it at most.'),
    floodCandidates: z.int().min(1).default(8).describe('More alerts than these at one close and direction are a flood.'),
    floodBreadth: percent.prefault('15%').describe('Or this share of the market moving by two average true ranges.'),
    floodCooldown: durationMs.prefault('30m').describe('Silence after an alert of the whole market, in bar time.'),
    inhibitSingles: z
      .union([z.literal('off'), durationMs], { error: 'off, or a duration with its unit, such as 15m' })
      .transform((given) => (given === 'off' ? 0 : given))
      .prefault('off')
      .describe('After an alert of the whole market, singles of its direction are merged into it for so long, in bar time.'),
    inhibitUnlessStrength: z
      .union([z.literal('off'), z.number().min(0).max(10)], { error: 'off, or a strength from 0 to 10' })
      .default('off')
      .describe('Singles of this strength or more are told all the same.'),
    inhibitUnlessEscalating: z
      .boolean()
      .default(true)
      .describe('A single whose move has outgrown its own cooldown is told all the same.'),
    correlation: onOff.default(byDefault).describe('Of symbols that have moved alike, one is told for all.'),
    correlationThreshold: z
      .number()
      .min(0)
      .max(1)
      .default(0.8)
      .describe('Correlation of the last 96 returns from which two have moved alike.'),
    spread: z
      .enum(['off', 'mark', 'withhold'])
      .default('off')
      .describe('What becomes of an alert whose spread is wide; where it is not known, the alert passes and says so.'),
    spreadLimit: z.number().positive().default(20).describe('Basis points beyond which a spread is wide.'),
    trend: z.enum(['off', 'aligned']).default('off').describe('aligned: only alerts that every known trend goes along with.'),
    regimes: z
      .array(z.enum(REGIMES))
      .min(1, { error: 'a list of at least one of trending, mixed, ranging' })
      .default([...REGIMES])
      .describe('Only alerts of symbols in these regimes.'),
    ratePerSymbol: offOrCount.default('off').describe('Most alerts of one symbol within the window.'),
    rateOverall: offOrCount.default('off').describe('Most alerts of all symbols within the window.'),
    rateWindow: durationMs
      .refine((ms) => ms <= RATE_WINDOW_MS_MAX, { error: 'at most 24h' })
      .prefault('1h')
      .describe('The window of the two rates, in bar time.'),
  }) as const;

export type FilterSettings = z.output<z.ZodObject<ReturnType<typeof filterShape>>>;
