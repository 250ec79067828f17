import type { Observable } from 'rxjs';
import { EMPTY, catchError, concat, defer, ignoreElements, map, repeat, take, tap } from 'rxjs';
import type { Market } from '../../model/series.js';
import type { Context } from '../../ports/context.js';
import type { Complaints } from './complaints.js';
import { FACTS } from './endpoints.js';
import type { Rest } from './rest.js';
import { RefusedError } from './setback.js';
import { until } from './until.js';

const TIME_BYTES_MAX = 4_096;
/** Questions of one estimate. The first also looks the name up and shakes hands, so it is seldom the best. */
const QUESTIONS = 3;
/** Answers that are kept; an estimate rests on the best of them. */
const SAMPLES_MAX = 8;
/** Clocks of machines go wrong by less than this (reliability.md F46): an answer is worth the less, the older it is. */
const DRIFT = 500e-6;
/** The way to the exchange takes no longer; a slower answer has waited somewhere else. */
const HALF_WAY_MS_MAX = 500;
const ESTIMATE_EVERY_MS = 600_000;

/** One answer of the exchange to the question what time it is. */
export interface TimeSample {
  /** What it said, ms UTC. */
  readonly serverTimeMs: number;
  /** When it said so: half of the way there and back before the answer came, on the wire clock. */
  readonly wireMs: number;
  /** There and back, in wire milliseconds. */
  readonly roundTripMs: number;
}

/** The last answers. The one that can be least wrong counts: half of its round trip, and what our clock may have drifted since. */
export interface TimeSamples {
  add(sample: TimeSample): void;
  /** The best at this instant of the wire clock; `null` before the first answer. */
  best(nowMs: number): TimeSample | null;
  /** Forgets all: this machine has stood still, and its clock may have too. */
  clear(): void;
}

export const createTimeSamples = (): TimeSamples => {
  let samples: readonly TimeSample[] = [];
  return {
    add: (sample) => {
      samples = [...samples, sample].slice(-SAMPLES_MAX);
    },
    best: (nowMs) => {
      const doubt = ({ roundTripMs, wireMs }: TimeSample): number => roundTripMs / 2 + DRIFT * Math.max(0, nowMs - wireMs);
      return samples.reduce<TimeSample | null>((a, b) => (a === null || doubt(b) < doubt(a) ? b : a), null);
    },
    clear: () => {
      samples = [];
    },
  };
};

const readServerTime = (json: unknown): number | null => {
  const time = (json as { serverTime?: unknown } | null | undefined)?.serverTime;
  return typeof time === 'number' && Number.isSafeInteger(time) && time > 0 ? time : null;
};

/** Asks once. Measured on the wire's clock, for the market's may be moved meanwhile (by the other market's answer). */
const ask = (market: Market, rest: Rest, { wireTime }: Pick<Context, 'wireTime'>): Observable<TimeSample> =>
  defer(() => {
    let sentMs = 0;
    return rest
      .ask({
        path: FACTS[market].timePath,
        weight: FACTS[market].timeWeight,
        priority: 'refill',
        bodyBytesMax: TIME_BYTES_MAX,
        read: readServerTime,
        sending: () => {
          sentMs = wireTime.now();
        },
      })
      .pipe(
        map((serverTimeMs): TimeSample => {
          const roundTripMs = Math.max(0, wireTime.now() - sentMs);
          const wireMs = wireTime.now() - Math.min(HALF_WAY_MS_MAX, roundTripMs / 2);
          return { serverTimeMs, wireMs, roundTripMs };
        }),
      );
  });

/**
 * Asks the exchange for its time, a few times, and lets the market clock follow the best of the answers; completes. Only the
 * time endpoint is believed: the time in exchangeInfo is hours old (binance-protocol.md §4.4). The machine's own clock is never
 * looked at, so it may be wrong and may jump (reliability.md F44).
 */
export const followTime = (
  market: Market,
  rest: Rest,
  complaints: Complaints,
  { marketTime, wireTime }: Pick<Context, 'marketTime' | 'wireTime'>,
): Observable<never> =>
  defer(() => ask(market, rest, { wireTime })).pipe(
    tap((sample) => {
      rest.times.add(sample);
      const nowMs = wireTime.now();
      const { serverTimeMs, wireMs } = rest.times.best(nowMs) ?? sample;
      marketTime.follow(serverTimeMs + (nowMs - wireMs) * marketTime.speed);
    }),
    repeat(),
    take(QUESTIONS),
    catchError((error: unknown) => {
      if (!(error instanceof RefusedError)) throw error;
      complaints.tell(`time ${market}`, error.message, {
        kind: 'request-refused',
        detail: `${market}: the exchange does not tell its time (${error.message}); the clock stays as it is`,
      });
      return EMPTY;
    }),
    ignoreElements(),
  );

/** Follows the exchange's time again every ten minutes of wire time, for no clock keeps pace for ever. Never completes. */
export const keepTime = (
  market: Market,
  rest: Rest,
  complaints: Complaints,
  context: Pick<Context, 'marketTime' | 'wireTime'>,
): Observable<never> =>
  concat(
    defer(() => until(context.wireTime.now() + ESTIMATE_EVERY_MS, context.wireTime)).pipe(ignoreElements()),
    followTime(market, rest, complaints, context),
  ).pipe(repeat());
