import type { Observable } from 'rxjs';
import { EMPTY, defer, ignoreElements, tap, timer } from 'rxjs';
import type { Market } from '../../model/series.js';
import type { Context } from '../../ports/context.js';
import type { Allowance, Governor } from './weight.js';

const MINUTE_MS = 60_000;

/** What warming up one series takes. */
export interface Share {
  /** Bars wanted. */
  readonly bars: number;
  /** What is still to be asked for after the cache. */
  readonly requests: number;
  readonly weight: number;
  /** Whether an earlier life left all but the newest bars. */
  readonly resumes: boolean;
}

/** When the last request of so much weight can leave at the earliest, in wire milliseconds from now. */
const earliestMs = (weight: number, { usedWeight, ceiling, nextMinuteMs }: Allowance): number => {
  const beyond = weight - Math.max(0, ceiling - usedWeight);
  return beyond <= 0 ? 0 : nextMinuteMs + (Math.ceil(beyond / Math.max(1, ceiling)) - 1) * MINUTE_MS;
};

const sumOf = (shares: readonly Share[], field: 'requests' | 'weight'): number =>
  shares.reduce((sum, share) => sum + share[field], 0);

/** `usdm warm-up: 700 series × 300 bars = 700 requests, weight 1400 of 1920 a minute: within this minute`. */
export const planText = (market: Market, shares: readonly Share[], allowance: Allowance): string => {
  const resuming = shares.filter(({ resumes }) => resumes).length;
  const bars = Math.max(...shares.map((share) => share.bars));
  const requests = sumOf(shares, 'requests');
  const weight = sumOf(shares, 'weight');
  const series = `${shares.length} series × ${bars} bars`;
  const what =
    resuming === 0
      ? `${series} = ${requests} requests`
      : `${resuming} of ${series} resume from disk, ${requests} requests for the rest`;
  if (requests === 0) return `${market} warm-up: ${resuming} of ${series} resume from disk, nothing to be asked for`;
  const waitMs = earliestMs(weight, allowance);
  const time = waitMs === 0 ? 'within this minute' : `${(waitMs / MINUTE_MS).toFixed(1)} min at the earliest`;
  return `${market} warm-up: ${what}, weight ${weight} of ${allowance.ceiling} a minute: ${time}`;
};

/** Says what the first warm-up of a market will cost before any of it is asked for. */
export interface WarmUp {
  /** Completes when the plan with this share in it has been told; at once for all that is asked for later. */
  share(share: Share): Observable<never>;
}

/**
 * A source announces all series of a market at once, so what is asked for in the same turn is the first warm-up, and the plan is
 * told in the next turn.
 */
export const createWarmUp = (
  market: Market,
  governor: Governor,
  { wireTime, print }: Pick<Context, 'wireTime' | 'print'>,
): WarmUp => {
  const shares: Share[] = [];
  let isTold = false;
  const tell = (): void => {
    if (isTold) return;
    isTold = true;
    print(planText(market, shares, governor.allowance()));
    shares.length = 0;
  };
  return {
    share: (share) =>
      defer(() => {
        if (isTold) return EMPTY;
        shares.push(share);
        return timer(0, wireTime).pipe(tap(tell), ignoreElements());
      }),
  };
};
