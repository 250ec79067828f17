import type { Observable, SchedulerLike } from 'rxjs';
import { defer, of, switchMap } from 'rxjs';
import { until } from './until.js';

/** Attempts to connect to one host. */
export interface Attempts {
  /** Emits once when the next attempt may be made. */
  readonly turn: () => Observable<unknown>;
  /** The host does not want to be asked by anybody for so many wire milliseconds (reliability.md F7). */
  readonly hold: (ms: number) => void;
}

/** Attempts in the turns of the whole source, and none while the host has asked for a pause: what one connection was told holds for all. */
export const createAttempts = (nextTurn: () => Observable<unknown>, clock: SchedulerLike): Attempts => {
  let heldUntilMs = -Infinity;
  const turn = (): Observable<unknown> =>
    defer(nextTurn).pipe(
      switchMap(() => (clock.now() < heldUntilMs ? until(heldUntilMs, clock).pipe(switchMap(turn)) : of(null))),
    );
  return {
    turn,
    hold: (ms) => {
      heldUntilMs = Math.max(heldUntilMs, clock.now() + ms);
    },
  };
};
