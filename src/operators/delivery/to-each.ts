import type { OperatorFunction } from 'rxjs';
import { connect, merge } from 'rxjs';

/**
 * Every value to every target, each through its own stage and at its own pace: a slow target holds back no other.
 *
 * ```
 * source$                -a-b-------|
 * stage of the quick one -A-B-------|
 * stage of the slow one  ----A--B---|
 * toEach                 -A-BA--B---|
 * ```
 */
export const toEach =
  <A, T, B>(targets: readonly T[], stageOf: (target: T) => OperatorFunction<A, B>): OperatorFunction<A, B> =>
  (source$) =>
    source$.pipe(connect((shared$) => merge(...targets.map((target) => shared$.pipe(stageOf(target))))));
