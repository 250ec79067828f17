import { z } from 'zod';
import { durationMs } from '../../../ports/settings.js';

/** The filters there are, in the order in which they are asked unless the settings say another. */
export const FILTER_NAMES = [
  'contract',
  'underlying',
  'status',
  'deny',
  'allow',
  'quote',
  'traded',
  'age',
  'liquidity',
  'spread',
  'top',
] as const;
export type FilterName = (typeof FILTER_NAMES)[number];

const SPREAD = /^\d+(?:\.\d+)?bp$/;
const SPREAD_WORDS = 'a spread with its unit, such as 20bp (hundredths of a percent)';

/** Basis points with their unit. */
const basisPoints = z
  .string({ error: SPREAD_WORDS })
  .regex(SPREAD, { error: SPREAD_WORDS })
  .transform((text) => Number(text.slice(0, -2)))
  .refine((value) => value > 0, { error: 'more than 0bp' });

const words = z.array(z.string().min(1));

/** A setting of a filter that is left out would be without effect, and nobody would notice. */
const NEEDS = [
  ['allow', 'allow'],
  ['deny', 'deny'],
  ['maxSpread', 'spread'],
  ['topN', 'top'],
] as const;

/** `source.universe`: which symbols to follow. */
export const universe = z
  .strictObject({
    quoteAssets: words.min(1).default(['USDT']).describe('Follow what is priced in these.'),
    contractTypes: words
      .min(1)
      .default(['PERPETUAL'])
      .describe('Contracts of usdm to follow; TRADIFI_PERPETUAL are metals, shares and currencies.'),
    underlyingTypes: words
      .min(1)
      .default(['COIN'])
      .describe('What contracts of usdm may stand for, such as COIN, INDEX or EQUITY.'),
    statuses: words.min(1).default(['TRADING']).describe('States of a symbol at the exchange in which it is followed.'),
    minAge: durationMs
      .prefault('0s')
      .describe('Least time since the listing, such as 7d. The exchange tells it on usdm alone; what is not told passes.'),
    minHourlyQuoteVolume: z
      .number()
      .min(0)
      .default(1_000)
      .describe(
        'Least traded value an hour over 24 hours that ended at least one ttl ago, in the quote asset. A symbol that is followed leaves only below 70 % of it, seen twice.',
      ),
    maxSpread: basisPoints
      .optional()
      .describe('Widest distance of best bid and best ask at which a symbol is taken in, such as 20bp. What is not told passes.'),
    topN: z.int().min(1).optional().describe('Follow at most so many symbols, those with the most traded value.'),
    allow: words
      .default([])
      .describe(
        'If not empty: follow these symbols alone, whatever their quote asset, age, volume and spread. A * stands for any letters.',
      ),
    deny: words.default([]).describe('Never follow these symbols. A * stands for any letters.'),
    filters: z
      .array(z.enum(FILTER_NAMES))
      .refine((names) => new Set(names).size === names.length, { error: 'each filter at most once' })
      .default([...FILTER_NAMES])
      .describe('The filters that are asked, in this order; `universe` prints what each of them removes.'),
    ttl: durationMs
      .refine((ms) => ms >= 60_000, { error: 'at least 1m' })
      .prefault('1h')
      .describe('How often the list of symbols is asked for again, in market time.'),
  })
  .superRefine((value, context) => {
    for (const [key, filter] of NEEDS) {
      const setting = value[key];
      const isSet = Array.isArray(setting) ? setting.length > 0 : setting !== undefined;
      if (isSet && !value.filters.includes(filter))
        context.addIssue({ code: 'custom', path: [key], message: `has no effect without ${filter} in universe.filters` });
    }
  });

/** Durations are milliseconds, `maxSpread` is basis points. */
export type UniverseRules = z.output<typeof universe>;
