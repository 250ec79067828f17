import type { Observable } from 'rxjs';
import { defaultIfEmpty, forkJoin, map, of, startWith, take } from 'rxjs';
import type { Settings } from '../config/settings.js';
import { routeOf } from '../operators/delivery/route.js';
import type { Silence } from '../model/silence.js';
import type { Parts } from '../ports/pipeline.js';
import type { Store } from '../ports/store.js';

/**
 * What a life knows of routes and silences when it begins: those that hold now, and what they have withheld before. It waits for the
 * silences to be read once, so that nothing is told that is silenced already.
 */
export const mutedParts = (
  store: Store,
  { route }: Pick<Settings, 'route'>,
  silence$: Observable<readonly Silence[]> = of([]),
): Observable<Pick<Parts, 'routeOf' | 'silence$' | 'mutedBefore'>> =>
  forkJoin([silence$.pipe(take(1), defaultIfEmpty([])), store.scan('suppressed')]).pipe(
    map(([first, rows]) => ({
      ...(route === null ? {} : { routeOf: routeOf(route) }),
      silence$: silence$.pipe(startWith(first)),
      mutedBefore: rows.map(({ alert }) => alert).filter(({ suppressedBy }) => suppressedBy === 'mute'),
    })),
  );
