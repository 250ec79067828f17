import { z } from 'zod';
import type { Interval } from '../../model/interval.js';
import { INTERVALS, INTERVAL_MS } from '../../model/interval.js';
import { MARKETS } from '../../model/series.js';
import { durationMs, percent } from '../../ports/settings.js';
import { endpoints } from './endpoints.js';
import { universe } from './universe/settings.js';

/** The exchange carries no more streams on a socket (binance-protocol.md §6). */
const STREAMS_PER_SOCKET_MAX = 1_024;
/** Spot closes a socket that sends more than 5 messages a second, pongs included. */
const MESSAGES_PER_SECOND_MAX = 4;

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

const isHigher = (higher: Interval, interval: Interval): boolean =>
  INTERVAL_MS[higher] > INTERVAL_MS[interval] && INTERVAL_MS[higher] % INTERVAL_MS[interval] === 0;

const plain = z.strictObject({
  markets: z.array(z.enum(MARKETS)).min(1).default(['usdm']).describe('usdm: USD-M perpetuals. spot: spot pairs.'),
  interval: z
    .enum(INTERVALS as [Interval, ...Interval[]])
    .default('15m')
    .describe('Length of a bar.'),
  higherIntervals: z
    .array(z.enum(INTERVALS as [Interval, ...Interval[]]))
    .default([])
    .describe('Longer bars beside these, each a multiple of `interval`.'),
  higherFrom: z
    .enum(['resample', 'subscribe'])
    .default('resample')
    .describe('resample: longer bars are made of the bars of `interval`. subscribe: they have streams of their own.'),
  universe: universe.prefault({}).describe('Which symbols to follow.'),
  news: z
    .boolean()
    .default(true)
    .describe(
      'Hear of new and ended contracts and of volumes as they happen, on a connection of their own, besides asking every `universe.ttl`.',
    ),
  streamsPerSocket: z
    .int()
    .min(1)
    .max(STREAMS_PER_SOCKET_MAX)
    .default(200)
    .describe('Streams on one connection: symbols times subscribed intervals.'),
  rotateAfter: durationMs
    .refine((ms) => ms >= 60_000 && ms <= 23.5 * 3_600_000, { error: 'between 1m and 23.5h' })
    .prefault('23h')
    .describe('A connection this old, give or take a fiftieth, is replaced by a new one beside it; Binance ends it at 24 hours.'),
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
    .describe(
      'A connection without data for this long is taken for dead, a new one without any after half of it; raise it if you follow few, quiet symbols.',
    ),
  rest: rest.prefault({}).describe('Limits of requests over REST.'),
  endpoints: endpoints.prefault({}).describe('Hosts of the exchange.'),
});

/** The settings of the source, with their defaults. */
export const options = plain.superRefine(({ interval, higherIntervals }, context) => {
  higherIntervals.forEach((higher, index) => {
    const message = !isHigher(higher, interval)
      ? `must be longer than interval (${interval}) and a multiple of it`
      : higherIntervals.indexOf(higher) < index
        ? 'is named twice'
        : null;
    if (message !== null) context.addIssue({ code: 'custom', path: ['higherIntervals', index], message });
  });
});

export type Options = z.output<typeof options>;
