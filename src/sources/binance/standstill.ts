import type { Observable } from 'rxjs';
import { EMPTY, NEVER, concat, defer, of, startWith, switchMap, tap } from 'rxjs';
import type { Market } from '../../model/series.js';
import type { ClockBreak, Context } from '../../ports/context.js';
import type { Complaints } from './complaints.js';
import type { Rest } from './rest.js';
import { followTime } from './time.js';

/** A market clock that the exchange finds behind by more than this had stood still; connections do not outlive that for long. */
const SLEPT_MS_MIN = 10_000;

type Parts = Pick<Context, 'marketTime' | 'wireTime' | 'report' | 'clockBreak$'>;

const spoken = (ms: number): string => (ms < 120_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`);

/**
 * Follows a market, and begins anew when this machine has stood still (reliability.md F45): the exchange's time is asked for, all
 * connections are made again, and the last closed bar of every series is announced, by which all that closed meanwhile is
 * missed and fetched. A calendar clock that was merely moved leads to the question what time it is, and to nothing else (F44).
 */
export const acrossStandstills = <T>(
  follow$: Observable<T>,
  market: Market,
  rest: Rest,
  complaints: Complaints,
  { marketTime, wireTime, report, clockBreak$ = NEVER }: Parts,
): Observable<T> =>
  defer(() => {
    const offsetMs = (): number => marketTime.now() - wireTime.now() * marketTime.speed;

    /** Wire milliseconds for which the machine stood still, or nothing when it did not. */
    const sleepOf = ({ kind, ms }: ClockBreak): Observable<number> => {
      // Answers are placed on a clock that may have stood still between them and now.
      rest.times.clear();
      if (kind === 'stopped') return of(ms);
      report({
        kind: 'clock-moved',
        detail: `${market}: this machine's clock was moved by ${spoken(Math.abs(ms))} ${ms < 0 ? 'back' : 'ahead'}; the exchange is asked what time it is`,
      });
      const beforeMs = offsetMs();
      return concat(
        followTime(market, rest, complaints, { marketTime, wireTime }),
        defer(() => {
          const behindMs = (offsetMs() - beforeMs) / marketTime.speed;
          return behindMs >= SLEPT_MS_MIN ? of(behindMs) : EMPTY;
        }),
      );
    };

    return clockBreak$.pipe(
      switchMap(sleepOf),
      tap((ms) =>
        report({
          kind: 'machine-slept',
          detail: `${market}: this machine stood still for ${spoken(ms)}; connecting anew and asking for what closed meanwhile`,
        }),
      ),
      startWith(null),
      switchMap(() => follow$),
    );
  });
