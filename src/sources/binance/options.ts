import { z } from 'zod';
import type { Interval } from '../../model/interval.js';
import { INTERVALS } from '../../model/interval.js';
import { MARKETS } from '../../model/series.js';
import { durationMs, percent } from '../../ports/settings.js';
import { endpoints } from './endpoints.js';

/** The exchange carries no more streams on a socket (binance-protocol.md §6). */
const STREAMS_PER_SOCKET_MAX = 1_024;
/** Spot closes a socket that sends more than 5 messages a second, pongs included. */
const MESSAGES_PER_SECOND_MAX = 4;

const symbols = z.array(z.string().min(1));

const universe = z.strictObject({
  quoteAssets: z.array(z.string().min(1)).min(1).default(['USDT']).describe('Follow what is priced in these.'),
  minHourlyQuoteVolume: z
    .number()
    .min(0)
    .default(1_000)
    .describe('Least traded value an hour over the last 24 hours, in the quote asset.'),
  ttl: durationMs
    .refine((ms) => ms >= 60_000, { error: 'at least 1m' })
    .prefault('1h')
    .describe('How often the list of symbols is asked for again, in market time.'),
  allow: symbols.default([]).describe('If not empty: follow these symbols alone, whatever their volume and quote asset.'),
  deny: symbols.default([]).describe('Never follow these symbols.'),
});

const rest = z.strictObject({
  weightShare: percent
    .refine((value) => value >= 1 && value <= 100, { error: 'between 1% and 100%' })
    .prefault('80%')
    .describe("Part of the exchange's request weight per minute that we use; leave some to others behind the same address."),
  concurrency: z.int().min(1).max(64).default(8).describe('Requests on their way at once.'),
  deadline: durationMs
    .refine((ms) => ms >= 100, { error: 'at least 100ms' })
    .prefault('15s')
    .describe('From the first moment to the last byte of an answer.'),
});

/** The settings of the source, with their defaults. */
export const options = z.strictObject({
  markets: z.array(z.enum(MARKETS)).min(1).default(['usdm']).describe('usdm: USD-M perpetuals. spot: spot pairs.'),
  interval: z
    .enum(INTERVALS as [Interval, ...Interval[]])
    .default('15m')
    .describe('Length of a bar.'),
  universe: universe.prefault({}).describe('Which symbols to follow.'),
  streamsPerSocket: z.int().min(1).max(STREAMS_PER_SOCKET_MAX).default(200).describe('Symbols on one connection.'),
  messagesPerSecond: z
    .number()
    .min(0.1)
    .max(MESSAGES_PER_SECOND_MAX)
    .default(MESSAGES_PER_SECOND_MAX)
    .describe('Messages sent on one connection; the exchange closes it above 5.'),
  grace: durationMs
    .prefault('3s')
    .describe(
      'A bar that has not come this long after its close, in market time, is asked for over REST; never less than 250 ms of real time.',
    ),
  reconnectDelay: durationMs
    .refine((ms) => ms >= 1, { error: 'at least 1ms' })
    .prefault('1s')
    .describe('Longest first pause before a lost connection is tried again; it doubles up to a minute.'),
  idle: durationMs
    .refine((ms) => ms >= 1_000, { error: 'at least 1s' })
    .prefault('45s')
    .describe('A connection without any frame for this long is taken for dead; raise it if you follow few, quiet symbols.'),
  rest: rest.prefault({}).describe('Limits of requests over REST.'),
  endpoints: endpoints.prefault({}).describe('Hosts of the exchange.'),
});

export type Options = z.output<typeof options>;
