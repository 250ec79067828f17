import fc from 'fast-check';
import type { Route, RouteNode } from '../../src/operators/delivery/route.js';
import type { RouteFacts, RouteMatch } from '../../src/operators/delivery/route-match.js';
import { COMPARATORS } from '../../src/operators/delivery/route-match.js';

/*
 * Routing trees over a small world, in which conditions meet and miss one another often.
 */

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'BNBUSDT', '*'] as const;
const RULES = ['momentum', 'market', 'mine'] as const;
export const SINKS = ['a', 'b', 'c', 'd'] as const;

const some = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(of, { minLength: 1, maxLength: 2 });

const CONDITIONS: { readonly [Key in keyof RouteMatch]-?: fc.Arbitrary<NonNullable<RouteMatch[Key]>> } = {
  symbol: some(fc.constantFrom('BTCUSDT', 'ETHUSDT', 'B*', '*USDT', 'B*T', '*', 'X*')),
  market: some(fc.constantFrom('usdm', 'spot')),
  interval: some(fc.constantFrom('1m', '15m')),
  direction: some(fc.constantFrom('up', 'down')),
  strength: fc.record({ comparator: fc.constantFrom(...COMPARATORS), value: fc.integer({ min: 0, max: 10 }) }),
  rule: some(fc.constantFrom('m*', 'mine', 'market')),
  kind: some(fc.constantFrom('single', 'market')),
};

/** Two conditions at most, so that alerts get through. */
export const anyMatch: fc.Arbitrary<RouteMatch> = fc
  .subarray(Object.keys(CONDITIONS) as (keyof RouteMatch)[], { maxLength: 2 })
  .chain((keys) => fc.record(Object.fromEntries(keys.map((key) => [key, CONDITIONS[key]])))) as fc.Arbitrary<RouteMatch>;

const sinks = fc.subarray([...SINKS]);

const nodeOf = (routes: fc.Arbitrary<RouteNode[]>): fc.Arbitrary<RouteNode> =>
  fc.record({
    match: anyMatch,
    sinks: fc.option(sinks),
    muteTimes: fc.subarray(['nights', 'weekends']),
    continues: fc.boolean(),
    routes,
  });

const leaf = nodeOf(fc.constant([]));
const branch = nodeOf(fc.array(leaf, { maxLength: 3 }));
const tree = nodeOf(fc.array(branch, { maxLength: 3 }));

export const anyRoute: fc.Arbitrary<Route> = fc.record({
  match: fc.constant({}),
  sinks,
  muteTimes: fc.subarray(['nights']),
  continues: fc.constant(false),
  routes: fc.array(tree, { maxLength: 3 }),
  times: fc.constant([
    { name: 'nights', days: [], fromMinutes: 1_320, toMinutes: 360, zoneMinutes: 0 },
    { name: 'weekends', days: ['sat' as const, 'sun' as const], fromMinutes: 0, toMinutes: 1_440, zoneMinutes: 0 },
  ]),
});

export const anyFacts: fc.Arbitrary<RouteFacts> = fc.record({
  symbol: fc.constantFrom(...SYMBOLS),
  market: fc.constantFrom('usdm', 'spot'),
  interval: fc.constantFrom('1m', '15m', '1h'),
  direction: fc.constantFrom('up', 'down'),
  rule: fc.constantFrom(...RULES),
  kind: fc.constantFrom('single', 'market'),
  strength: fc.option(fc.integer({ min: 0, max: 40 }).map((quarters) => quarters / 4)),
});
