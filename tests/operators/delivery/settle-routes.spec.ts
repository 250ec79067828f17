import fc from 'fast-check';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/model/alert.js';
import type { Close } from '../../../src/model/close.js';
import type { Route } from '../../../src/operators/delivery/route.js';
import { routeOf } from '../../../src/operators/delivery/route.js';
import { settle } from '../../../src/operators/delivery/settle.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { alert } from '../../support/alerts.js';
import type { FakeStore } from '../../support/fakes.js';
import { fakeSink, fakeStore } from '../../support/fakes.js';
import { closeAt, DELIVERY, openedAgain } from '../../support/parts.js';
import { anyFacts, anyRoute, SINKS } from '../../support/routes.js';

const anyAlerts: fc.Arbitrary<readonly Alert[]> = fc.array(anyFacts, { maxLength: 5 }).map((all) =>
  all.map(({ strength, ...facts }, i) => alert({
    ...facts,
    id: `alert-${i}`,
    ...(strength === null ? {} : { strength: { version: 1, value: strength, coverage: 1, parts: [] } }),
  })));

/** One life with these routes: who was asked for what. */
const live = (store: FakeStore, route: Route, closes: readonly Close[]): ReadonlyMap<string, readonly string[]> => {
  const clock = createVirtualClock(alert().decisionTimeMs);
  const sinks = SINKS.map((name) => fakeSink(undefined, name));
  const close$ = new Subject<Close>();
  const remembered = openedAgain(store);
  const life = close$.pipe(settle({ store, remembered, sinks, delivery: DELIVERY, quietStartMs: 0, marketTime: clock, wireTime: clock, random: () => 1, report: () => undefined, routeOf: routeOf(route) })).subscribe();
  for (const close of closes) close$.next(close);
  clock.advanceTo(clock.now() + 1_000);
  life.unsubscribe();
  return new Map(sinks.map(({ name, asked }) => [name, asked.map((each) => each.alert.id).sort()]));
};

describe('settle with routes', () => {
  it('claims and sends to exactly the sinks of the tree, and records what goes to nobody', () => {
    let nowhere = 0;
    fc.assert(
      fc.property(anyRoute, anyAlerts, (route, alerts) => {
        const store = fakeStore();
        const asked = live(store, route, [closeAt(0, alerts)]);
        const wanted = (name: string): readonly string[] => alerts.filter((each) => routeOf(route)(each).sinks.includes(name)).map(({ id }) => id).sort();
        for (const name of SINKS) expect([name, asked.get(name)]).toStrictEqual([name, wanted(name)]);
        for (const each of alerts) {
          const rows = store.rows().filter(({ alertId }) => alertId === each.id);
          const { sinks, why } = routeOf(route)(each);
          if (sinks.length > 0) expect(rows.map(({ sink, state }) => `${sink} ${state}`).sort()).toStrictEqual([...sinks].sort().map((sink) => `${sink} delivered`));
          else expect(rows).toMatchObject([{ sink: '*', state: 'suppressed', reason: `mute: ${why}` }]);
          nowhere += Number(sinks.length === 0);
        }
      }),
      { seed: 20260806, numRuns: 300 },
    );
    expect(nowhere).toBeGreaterThan(50);
  });

  it('keeps to the sinks of the first decision when the tree is another one after a restart', () => {
    const tree = (sinks: readonly string[]): Route => ({ match: {}, sinks, muteTimes: [], continues: false, routes: [], times: [] });
    const store = fakeStore();
    live(store, tree(['a']), [closeAt(0, [alert()])]);
    const asked = live(store, tree(['b']), [closeAt(0, [alert()])]);
    expect([...asked.values()].flat()).toStrictEqual([]);
    expect(store.rows()).toMatchObject([{ sink: 'a', state: 'delivered' }]);
  });
});
