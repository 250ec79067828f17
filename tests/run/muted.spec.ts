import { map, NEVER, of, switchMap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Silence } from '../../src/model/silence.js';
import type { Parts } from '../../src/ports/pipeline.js';
import { mutedParts } from '../../src/run/muted.js';
import { toClaim } from '../../src/operators/delivery/claim.js';
import { fakeStore } from '../support/fakes.js';
import { marbles } from '../support/marbles.js';
import { alertAt, closeAt } from '../support/parts.js';

const silence: Silence = { id: 'a', what: 'BTC*', sinceMs: 0, untilMs: 1, reason: null };
const route = { match: {}, sinks: ['x'], muteTimes: [], continues: false, routes: [], times: [] };
const opened = () => {
  const store = fakeStore();
  store.open().subscribe();
  return store;
};
const told = (parts$: ReturnType<typeof mutedParts>): Pick<Parts, 'routeOf' | 'silence$' | 'mutedBefore'> => {
  let told = {};
  parts$.subscribe((parts) => (told = parts));
  return told;
};

describe('what a life knows of routes and silences', () => {
  it('is nothing where nothing was asked for', () => {
    const { routeOf, mutedBefore } = told(mutedParts(opened(), { route: null }));
    expect([routeOf, mutedBefore]).toStrictEqual([undefined, []]);
  });

  it('is the route of the settings, and what was muted before', () => {
    const store = opened();
    const because = 'silence a of BTC*';
    const [muted, cooled] = [
      { ...alertAt(0), suppressedBy: 'mute' as const, because },
      { ...alertAt(1), suppressedBy: 'cooldown' as const },
    ];
    store.claim(toClaim(closeAt(0, [muted, cooled, alertAt(2)]), 1, ['x'], 0)).subscribe();
    const { routeOf, mutedBefore } = told(mutedParts(store, { route }));
    expect(routeOf?.(alertAt(2)).sinks).toStrictEqual(['x']);
    expect(mutedBefore).toStrictEqual([muted]);
  });

  it(
    'is not told before the silences have been read, and hears of later ones',
    marbles((m) => {
      const silence$ = m.hot('---s----n--', { s: [silence], n: [] });
      const parts$ = mutedParts(opened(), { route: null }, silence$);
      const held$ = parts$.pipe(
        switchMap(({ silence$: of$ = NEVER }) => of$),
        map((held) => held.map(({ id }) => id).join() || 'none'),
      );
      m.expect(held$).toBeObservable('---a----n--', { a: 'a', n: 'none' });
      expect(told(mutedParts(opened(), { route: null }, of())).mutedBefore).toStrictEqual([]);
    }),
  );
});
