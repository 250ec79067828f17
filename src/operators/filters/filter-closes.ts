import type { Observable, OperatorFunction } from 'rxjs';
import { defer, isObservable, map, of, withLatestFrom } from 'rxjs';
import type { Alert, Suppression } from '../../model/alert.js';
import type { Close } from '../../model/close.js';

export interface Withheld {
  readonly by: Suppression;
  /** Id of the alert that tells this one too. */
  readonly mergedInto?: string;
  /** In a few words, where `by` does not say it all. */
  readonly because?: string;
}

/** What an alert that passes shall say besides; it replaces what earlier filters said under the same name. */
export type Annotation = Pick<Alert, 'peers' | 'escalates' | 'marks' | 'silenced'>;

/** What one filter says of the alerts it is shown, by their ids; those it does not name pass as they are. */
export interface Decision {
  readonly withheld?: ReadonlyMap<string, Withheld>;
  readonly annotated?: ReadonlyMap<string, Annotation>;
  /** Alerts that the close gains. The later filters see them like the others, unless they are withheld already. */
  readonly added?: readonly Alert[];
}

/** One filter of the fold over closes. It may remember; it must not change anything else. */
export interface CloseFilter {
  /** `alerts` are those that the earlier filters let pass, at least one; `close` holds the others too. */
  decide(alerts: readonly Alert[], close: Close): Decision;
  /** Called once per close with what is really sent, after all filters have spoken. */
  remember?(sent: readonly Alert[], close: Close): void;
}

/** The decision of a filter that only withholds. */
export const withholdAll = (alerts: readonly Alert[], by: Suppression): Decision => ({
  withheld: new Map(alerts.map(({ id }) => [id, { by }])),
});

/** The close after all filters have spoken. */
const decide = (filters: readonly CloseFilter[], close: Close): Close => {
  /** What became of the alerts that are not as they were, in their last form. */
  const changed = new Map<string, Alert>();
  const added: Alert[] = [];
  let left: readonly Alert[] = close.alerts.every(({ suppressedBy }) => suppressedBy === null)
    ? close.alerts
    : close.alerts.filter(({ suppressedBy }) => suppressedBy === null);
  for (const filter of filters) {
    if (left.length === 0) break;
    const decision = filter.decide(left, close);
    const { withheld, annotated } = decision;
    if (withheld !== undefined || annotated !== undefined)
      left = left.flatMap((alert) => {
        const why = withheld?.get(alert.id);
        const said = annotated?.get(alert.id);
        if (why === undefined && said === undefined) return [alert];
        const verdict = why === undefined ? {} : { suppressedBy: why.by, mergedInto: why.mergedInto ?? null };
        const because = why?.because === undefined ? {} : { because: why.because };
        const next = { ...alert, ...said, ...verdict, ...because };
        changed.set(alert.id, next);
        return why === undefined ? [next] : [];
      });
    if (decision.added === undefined) continue;
    added.push(...decision.added);
    left = [...decision.added.filter(({ suppressedBy }) => suppressedBy === null), ...left];
  }
  for (const filter of filters) filter.remember?.(left, close);
  if (changed.size === 0 && added.length === 0) return close;
  return { ...close, alerts: [...added, ...close.alerts].map((alert) => changed.get(alert.id) ?? alert) };
};

/**
 * The filters as one fold over the closes, in the order given: each sees what the earlier ones let pass, and all of them learn
 * at the end what is sent. Nothing disappears: a withheld alert stays in its close with the reason (`suppressedBy`) and, where
 * another one tells it too, that one's id (`mergedInto`). A close of corrected bars is none of theirs and passes.
 *
 * ```
 * close$                       -a-b-|   one alert each, a bar apart
 * filterCloses([cooldown 30m])  -A-B-|   A sent, B suppressed by the cooldown
 * ```
 *
 * `filters` makes them anew for every subscriber. Given as a stream, the latest decide, and what they remember must be made
 * beside it, so that it outlives a change of their numbers:
 *
 * ```
 * filters$                     s---n-----|   short, then none at all
 * close$                       -a-b-c-d--|   an alert each, a bar apart
 * filterCloses(filters$)       -A-B-C-D--|   B suppressed, C and D sent
 * ```
 */
export const filterCloses =
  (filters: () => readonly CloseFilter[] | Observable<readonly CloseFilter[]>): OperatorFunction<Close, Close> =>
  (close$) =>
    defer(() => {
      const made = filters();
      return close$.pipe(
        withLatestFrom(isObservable(made) ? made : of(made)),
        map(([close, latest]) => (close.revision === true ? close : decide(latest, close))),
      );
    });
