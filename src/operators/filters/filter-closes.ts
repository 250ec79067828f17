import type { OperatorFunction } from 'rxjs';
import { defer, map } from 'rxjs';
import type { Alert, Suppression } from '../../model/alert.js';
import type { Close } from '../../model/close.js';

/** One filter of the fold over closes. It may remember what left; it must not change anything else. */
export interface CloseFilter {
  /** Why each of these alerts is to be withheld; alerts that are not named pass. `close` holds the others too. */
  withhold(alerts: readonly Alert[], close: Close): ReadonlyMap<string, Suppression>;
  /** Called once per close with what is really sent, after all filters have spoken. */
  remember?(sent: readonly Alert[], close: Close): void;
}

/**
 * The filters as one fold over the closes, in the order given: each sees what the earlier ones let pass, and all of them learn
 * at the end what is sent. Nothing disappears: a withheld alert stays in its close with the reason (`suppressedBy`).
 *
 * ```
 * close$                       -a-b-|   one alert each, a bar apart
 * filterCloses([cooldown 30m])  -A-B-|   A sent, B suppressed by the cooldown
 * ```
 */
export const filterCloses =
  (filters: () => readonly CloseFilter[]): OperatorFunction<Close, Close> =>
  (close$) =>
    defer(() => {
      const fold = filters();
      return close$.pipe(
        map((close) => {
          const reasons = new Map<string, Suppression>();
          let left = close.alerts;
          for (const each of fold) {
            if (left.length === 0) break;
            const withheld = each.withhold(left, close);
            if (withheld.size === 0) continue;
            for (const [id, reason] of withheld) reasons.set(id, reason);
            left = left.filter(({ id }) => !withheld.has(id));
          }
          for (const each of fold) each.remember?.(left, close);
          return reasons.size === 0
            ? close
            : { ...close, alerts: close.alerts.map((alert) => ({ ...alert, suppressedBy: reasons.get(alert.id) ?? null })) };
        }),
      );
    });
