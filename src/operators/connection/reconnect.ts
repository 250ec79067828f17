import type { MonoTypeOperatorFunction, SchedulerLike } from 'rxjs';
import { asyncScheduler, concat, defer, identity, retry, tap, throwError, timer } from 'rxjs';

/** A longer wait is cut: an hour is enough between two attempts of anything (reliability.md F48). */
const PAUSE_MS_MAX = 3_600_000;

/** The source has completed although it should go on for ever. */
export class EndedError extends Error {
  override readonly name = 'EndedError';
  constructor() {
    super('ended');
  }
}

/** One loss of the connection and what follows from it. */
export interface Loss {
  readonly error: unknown;
  /** Losses in a row, this one included; 1 after a steady time. */
  readonly attempt: number;
  /** The pause before the next attempt, in milliseconds of the scheduler. */
  readonly pauseMs: number;
}

export interface ReconnectOptions {
  /** Longest first pause, in milliseconds of the scheduler; the longest doubles at each loss in a row. */
  readonly pauseMsInitial: number;
  readonly pauseMsMax: number;
  /** After items have come for this long the next loss counts as the first again. */
  readonly steadyMs: number;
  /** Uniform in [0, 1): a pause is a random part of the longest one, so that many clients do not come back at once. */
  readonly random: () => number;
  /** The least pause that an error asks for, in milliseconds; 0 if absent. */
  readonly pauseMsMin?: (error: unknown) => number;
  /** `false` for an error that is not a loss of connection but a bug: it passes. All are losses if absent. */
  readonly isLoss?: (error: unknown) => boolean;
  /**
   * For how long data had flowed on the connection that is lost, in milliseconds. Counted from the items if absent; given by a
   * source whose items are but a few of what it receives.
   */
  readonly flowedMs?: () => number;
  /** Told of each loss before its pause begins. */
  readonly lost?: (loss: Loss) => void;
}

/**
 * Subscribes to the source again after it has errored or completed, for ever, with growing random pauses.
 *
 * ```
 * reconnect({ pauseMsInitial: 2, pauseMsMax: 6, random: () => 1, … })
 * first:    -a#
 * second:       -#
 * third:             -b
 * expected: -a--------b
 * ```
 *
 * The pause is a random part of `pauseMsInitial · 2ⁿ`, at most `pauseMsMax`, and never shorter than the error asks for.
 */
export const reconnect =
  <T>(options: ReconnectOptions, scheduler: SchedulerLike = asyncScheduler): MonoTypeOperatorFunction<T> =>
  (source) =>
    defer(() => {
      const { pauseMsInitial, pauseMsMax, steadyMs, random, pauseMsMin, isLoss, flowedMs, lost } = options;
      let lossesInRow = 0;
      let firstItemMs: number | null = null;
      let latestItemMs = 0;

      const attempt$ = defer(() => {
        firstItemMs = null;
        return concat(
          source,
          throwError(() => new EndedError()),
        );
      }).pipe(
        flowedMs === undefined
          ? tap(() => {
              latestItemMs = scheduler.now();
              firstItemMs ??= latestItemMs;
            })
          : identity,
      );

      const itemsFlowedMs = (): number => (firstItemMs === null ? 0 : latestItemMs - firstItemMs);

      const pause = (error: unknown): number => {
        if ((flowedMs ?? itemsFlowedMs)() >= steadyMs) lossesInRow = 0;
        const longestMs = Math.min(pauseMsMax, pauseMsInitial * 2 ** lossesInRow);
        lossesInRow++;
        const pauseMs = Math.min(PAUSE_MS_MAX, Math.max(random() * longestMs, pauseMsMin?.(error) ?? 0));
        lost?.({ error, attempt: lossesInRow, pauseMs });
        return pauseMs;
      };

      return attempt$.pipe(
        retry({
          delay: (error) => (isLoss?.(error) === false ? throwError(() => error as Error) : timer(pause(error), scheduler)),
        }),
      );
    });
