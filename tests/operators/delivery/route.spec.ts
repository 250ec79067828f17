import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { strengthOf } from '../../../src/model/strength.js';
import type { Route, RouteNode } from '../../../src/operators/delivery/route.js';
import { routedBy, routeOf, walk } from '../../../src/operators/delivery/route.js';
import type { RouteFacts, RouteMatch } from '../../../src/operators/delivery/route-match.js';
import { matchWords, mismatchOf } from '../../../src/operators/delivery/route-match.js';
import { alert } from '../../support/alerts.js';
import { anyFacts, anyRoute } from '../../support/routes.js';

const facts = (given: Partial<RouteFacts> = {}): RouteFacts => ({
  symbol: 'BTCUSDT', market: 'usdm', interval: '15m', direction: 'up', rule: 'momentum', kind: 'single', strength: 7, ...given,
});
const node = (match: RouteMatch, sinks: readonly string[] | null, given: Partial<RouteNode> = {}): RouteNode =>
  ({ match, sinks, muteTimes: [], continues: false, routes: [], ...given });
const tree = (sinks: readonly string[], routes: readonly RouteNode[], given: Partial<Route> = {}): Route =>
  ({ match: {}, sinks, muteTimes: [], continues: false, routes, times: [], ...given });

const NOON_MS = Date.parse('2026-08-06T12:00:00Z');
const NIGHT_MS = Date.parse('2026-08-06T23:00:00Z');
const times = [{ name: 'nights', days: [], fromMinutes: 1_320, toMinutes: 360, zoneMinutes: 0 }];

const to = (route: Route, of: RouteFacts = facts(), atMs = NOON_MS): string => routedBy(walk(route, of, atMs)).sinks.join(' ');

describe('a condition', () => {
  it.each<[string, RouteMatch, Partial<RouteFacts>, string | null]>([
    ['nothing asked',                 {}, {}, null],
    ['a symbol',                      { symbol: ['BTCUSDT'] }, {}, null],
    ['another symbol',                { symbol: ['ETHUSDT'] }, {}, 'symbol is BTCUSDT, not ETHUSDT'],
    ['one of some patterns',          { symbol: ['ETH*', 'BTC*'] }, {}, null],
    ['none of some patterns',         { symbol: ['ETH*', 'BNB*'] }, {}, 'symbol is BTCUSDT, not ETH* or BNB*'],
    ['the whole market by its star',  { symbol: ['*'] }, { symbol: '*' }, null],
    ['a market',                      { market: ['spot'] }, {}, 'market is usdm, not spot'],
    ['a bar length',                  { interval: ['1h', '4h'] }, {}, 'interval is 15m, not 1h or 4h'],
    ['a direction',                   { direction: ['down'] }, {}, 'direction is up, not down'],
    ['a rule',                        { rule: ['mom*'] }, {}, null],
    ['a kind',                        { kind: ['market'] }, {}, 'kind is single, not market'],
    ['just strong enough',            { strength: { comparator: '>=', value: 7 } }, {}, null],
    ['not stronger',                  { strength: { comparator: '>', value: 7 } }, {}, 'strength is 7, not > 7'],
    ['weak enough',                   { strength: { comparator: '<=', value: 7 } }, {}, null],
    ['not weaker',                    { strength: { comparator: '<', value: 7 } }, {}, 'strength is 7, not < 7'],
    ['no strength at all',            { strength: { comparator: '<', value: 7 } }, { strength: null }, 'strength is n/a, not < 7'],
    ['all of several',                { symbol: ['BTC*'], market: ['usdm'], strength: { comparator: '>=', value: 6 } }, {}, null],
    ['all but one of several',        { symbol: ['BTC*'], market: ['usdm'], direction: ['down'] }, {}, 'direction is up, not down'],
  ])('%s', (_, match, given, expected) => {
    expect(mismatchOf(match, facts(given))).toBe(expected);
  });

  it('is said in words', () => {
    expect(matchWords({})).toBe('everything');
    expect(matchWords({ strength: { comparator: '>=', value: 6 }, market: ['usdm'], symbol: ['BTC*', 'ETH*'] })).toBe('symbol BTC* or ETH*, market usdm, strength >= 6');
  });
});

describe('a routing tree', () => {
  const BTC = { symbol: ['BTC*'] };
  const STRONG = { strength: { comparator: '>=' as const, value: 6 } };

  it.each<[string, Route, string]>([
    ['the root takes what nobody else takes',                 tree(['r'], [node({ market: ['spot'] }, ['a'])]), 'r'],
    ['the first that matches takes it',                       tree(['r'], [node(BTC, ['a']), node({}, ['b'])]), 'a'],
    ['one that continues shows it to the next',               tree(['r'], [node(BTC, ['a'], { continues: true }), node({}, ['b'])]), 'a b'],
    ['the root is out once anybody has taken it',             tree(['r'], [node(BTC, ['a'], { continues: true })]), 'a'],
    ['a child takes it from its parent',                      tree(['r'], [node(BTC, ['a'], { routes: [node(STRONG, ['b'])] })]), 'b'],
    ['a parent takes it where no child does',                 tree(['r'], [node(BTC, ['a'], { routes: [node({ market: ['spot'] }, ['b'])] })]), 'a'],
    ['sinks are those of the node above where none are named', tree(['r'], [node(BTC, null, { routes: [node(STRONG, null)] })]), 'r'],
    ['several children that continue',                        tree(['r'], [node(BTC, ['a'], { routes: [node({}, ['b'], { continues: true }), node({}, ['c'], { continues: true })] })]), 'b c'],
    ['a child that does not continue stops its siblings, not those of its parent', tree(['r'], [node(BTC, ['a'], { continues: true, routes: [node({}, ['b']), node({}, ['x'])] }), node({}, ['c'])]), 'b c'],
    ['a sink that is named twice gets it once',               tree(['r'], [node(BTC, ['a', 'b'], { continues: true }), node({}, ['b', 'a', 'c'])]), 'a b c'],
    ['nobody, where a node says so',                          tree(['r'], [node(BTC, [])]), ''],
  ])('%s', (_, route, expected) => {
    expect(to(route)).toBe(expected);
  });

  it('is silent during a mute time, here and below', () => {
    const route = tree(['r'], [node(BTC, ['a'], { muteTimes: ['nights'], continues: true, routes: [node(STRONG, ['b'])] }), node({ symbol: ['BTCUSDT'] }, ['c'])], { times });
    expect([to(route), to(route, facts(), NIGHT_MS)]).toStrictEqual(['b c', 'c']);
    const alone = tree(['r'], [node(BTC, null)], { times, muteTimes: ['nights'] });
    expect(routedBy(walk(alone, facts(), NIGHT_MS))).toStrictEqual({ sinks: [], muteTime: 'nights', why: 'mute time nights (route.routes.0)' });
  });

  it('says which routes have decided', () => {
    const route = tree(['r'], [node(BTC, ['a'], { continues: true, routes: [node({}, ['b'])] }), node(STRONG, [])]);
    expect(routedBy(walk(route, facts(), NOON_MS))).toStrictEqual({ sinks: ['b'], muteTime: null, why: 'route.routes.0.routes.0, route.routes.1' });
    expect(routedBy(walk(route, facts({ symbol: 'X' }), NOON_MS))).toStrictEqual({ sinks: [], muteTime: null, why: 'no sink: route.routes.1' });
  });

  it('routes an alert by what it says and by the time of its decision', () => {
    const route = tree(['r'], [node(STRONG, ['strong'], { muteTimes: ['nights'] })], { times });
    const strength = strengthOf({ P: 5, V: 6, E: 4, X: 1, T: 1, B: 1, I: 0.4 });
    const sinksOf = (given: Parameters<typeof alert>[0]) => routeOf(route)(alert(given)).sinks;
    expect([sinksOf({ strength }), sinksOf({}), sinksOf({ strength, decisionTimeMs: NIGHT_MS })]).toStrictEqual([['strong'], ['r'], []]);
  });
});

/*
 * The same tree read another way: as rows, one for each path from the root, that are true or false by themselves. A row ends an
 * alert when all conditions on its path hold, no earlier sibling on the path has stopped it, and no child of its last node holds.
 */
interface Row { readonly nodes: readonly RouteNode[]; readonly before: readonly (readonly RouteNode[])[] }
const rowsOf = (root: RouteNode, nodes: readonly RouteNode[] = [root], before: Row['before'] = []): readonly Row[] => [
  { nodes, before },
  ...root.routes.flatMap((child, i) => rowsOf(child, [...nodes, child], [...before, root.routes.slice(0, i)])),
];
const holds = ({ match }: RouteNode, of: RouteFacts): boolean => mismatchOf(match, of) === null;
const oracle = (route: Route, of: RouteFacts, atMs: number): ReadonlySet<string> => {
  const hour = new Date(atMs).getUTCHours();
  const muted = { nights: hour >= 22 || hour < 6, weekends: [0, 6].includes(new Date(atMs).getUTCDay()) };
  const found = new Set<string>();
  for (const { nodes, before } of rowsOf(route)) {
    if (!nodes.every((each) => holds(each, of))) continue;
    if (before.some((siblings) => siblings.some((each) => holds(each, of) && !each.continues))) continue;
    const last = nodes.at(-1) as RouteNode;
    if (last.routes.some((child) => holds(child, of))) continue;
    if (nodes.some(({ muteTimes }) => muteTimes.some((name) => muted[name as keyof typeof muted]))) continue;
    const named = nodes.map(({ sinks }) => sinks).filter((sinks) => sinks !== null);
    for (const sink of named.at(-1) ?? []) found.add(sink);
  }
  return found;
};

describe('routing, whatever the tree', () => {
  it('reaches exactly the sinks that an independent reading of the tree finds', () => {
    const moments = fc.integer({ min: NOON_MS, max: NOON_MS + 7 * 86_400_000 });
    let reached = 0;
    fc.assert(
      fc.property(anyRoute, anyFacts, moments, (route, of, atMs) => {
        const { sinks, muteTime, why } = routedBy(walk(route, of, atMs));
        const expected = oracle(route, of, atMs);
        expect(new Set(sinks)).toStrictEqual(expected);
        expect(sinks.length).toBe(expected.size);
        expect(why).not.toBe('');
        if (muteTime !== null) expect(sinks).toStrictEqual([]);
        reached += walk(route, of, atMs).filter((step) => step.depth > 0 && step.sinks !== null).length;
      }),
      { seed: 20260806, numRuns: 3_000 },
    );
    // The trees are not all of nodes that nothing reaches.
    expect(reached).toBeGreaterThan(500);
  });
});
