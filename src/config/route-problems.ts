import type { RouteMatch } from '../operators/delivery/route-match.js';
import { matchWords } from '../operators/delivery/route-match.js';
import type { Node, Path, Problem } from './node.js';
import { formatPath, nearest, nodeAt, problemAt } from './node.js';
import { conflictOf, takesAllOf } from './route-reach.js';
import type { WrittenRoute } from './routing.js';
import { oneOf, spokenOf } from './words.js';

type Written = WrittenRoute['routes'][number];

/** Names at a path that are none of those known. */
const unknownNames = (
  root: Node,
  path: Path,
  names: readonly string[],
  known: readonly string[],
  ifNone: string | null,
): readonly Problem[] =>
  names.flatMap((name, index) => {
    if (known.includes(name) || (known.length === 0 && ifNone === null)) return [];
    const at = [...path, String(index)];
    const node = nodeAt(root, at) ?? nearest(root, at);
    const wanted = known.length === 0 ? (ifNone ?? '') : `should be ${oneOf(known, node)}`;
    return [problemAt(node.origin, at, `${spokenOf(node, at, null)}, ${wanted}`)];
  });

/** Where there is no sink at all, as in a replay, names of sinks mean nothing and do no harm. */
const unknownSinks = (root: Node, path: Path, names: readonly string[], known: readonly string[]): readonly Problem[] =>
  unknownNames(root, path, names, known, null);

const unknownTimes = (root: Node, path: Path, names: readonly string[], known: readonly string[]): readonly Problem[] =>
  unknownNames(root, path, names, known, 'should be one of route.times, which has none');

/** A node above, or before it, with what it asks for. */
interface Above {
  readonly path: Path;
  readonly match: RouteMatch;
}

const problemsOfNode = (
  root: Node,
  path: Path,
  node: Written,
  above: readonly Above[],
  before: readonly (Above & { readonly continues: boolean })[],
): readonly Problem[] => {
  const tell = (text: string): readonly Problem[] => [problemAt(nearest(root, path).origin, path, text)];
  const { match } = node;
  if (node.sinks === undefined && node.routes.length === 0 && node.muteTimes.length === 0)
    return tell('is empty, should have sinks, routes or muteTimes');
  const opposed = above.find((each) => conflictOf(each.match, match) !== null);
  if (opposed !== undefined)
    return tell(
      `is never reached: it takes ${matchWords(match)}, and ${formatPath(opposed.path)} above it ${matchWords(opposed.match)}; should take some of what that one takes`,
    );
  const conditions = [...above.map((each) => each.match), match];
  const first = before.find((each) => !each.continues && takesAllOf(each.match, conditions));
  if (first !== undefined)
    return tell(
      `is never reached: ${formatPath(first.path)} takes all of its alerts before; should stand before that one, or that one should have "continue: true"`,
    );
  return [];
};

const problemsBelow = (
  root: Node,
  path: Path,
  routes: readonly Written[],
  above: readonly Above[],
  names: Names,
): readonly Problem[] =>
  routes.flatMap((node, index) => {
    const at = [...path, 'routes', String(index)];
    const before = routes.slice(0, index).map(({ match, continue: continues }, i) => ({
      ...{ match, continues },
      path: [...path, 'routes', String(i)],
    }));
    return [
      ...problemsOfNode(root, at, node, above, before),
      ...unknownSinks(root, [...at, 'sinks'], node.sinks ?? [], names.sinks),
      ...unknownTimes(root, [...at, 'muteTimes'], node.muteTimes, names.times),
      ...problemsBelow(root, at, node.routes, [...above, { path: at, match: node.match }], names),
    ];
  });

interface Names {
  readonly sinks: readonly string[];
  readonly times: readonly string[];
}

/** Names that nothing has, and nodes that do nothing or that no alert can reach. `sinks` are those that are on and off. */
export const routeProblems = (root: Node, route: WrittenRoute, sinks: readonly string[]): readonly Problem[] => {
  const names = { sinks, times: [...new Set(route.times.map(({ name }) => name))] };
  const isEmpty = route.sinks === undefined && route.routes.length === 0 && route.muteTimes.length === 0;
  return [
    ...(isEmpty
      ? [problemAt(nearest(root, ['route']).origin, ['route'], 'is empty, should have sinks, routes or muteTimes')]
      : []),
    ...unknownSinks(root, ['route', 'sinks'], route.sinks ?? [], names.sinks),
    ...unknownTimes(root, ['route', 'muteTimes'], route.muteTimes, names.times),
    ...problemsBelow(root, ['route'], route.routes, [], names),
  ];
};

/** The sink that a chain names twice, or that leads back to one before it in this chain or another. */
const circleIn = (chains: readonly (readonly string[])[]): { chain: number; index: number; sink: string } | null => {
  const after = new Map<string, Set<string>>();
  const leadsTo = (from: string, to: string): boolean =>
    from === to || [...(after.get(from) ?? [])].some((next) => leadsTo(next, to));
  for (const [chain, names] of chains.entries())
    for (const [i, sink] of names.entries()) {
      const next = names[i + 1];
      if (next === undefined) continue;
      if (leadsTo(next, sink)) return { chain, index: i + 1, sink };
      after.set(sink, (after.get(sink) ?? new Set()).add(next));
    }
  return null;
};

/** Chains that name nobody, or lead in a circle. */
export const fallbackProblems = (
  root: Node,
  chains: readonly (readonly string[])[],
  sinks: readonly string[],
): readonly Problem[] => {
  const base = ['delivery', 'fallback'];
  const isFlat = nodeAt(root, [...base, '0'])?.kind !== 'list';
  const pathOf = (chain: number): Path => (isFlat ? base : [...base, String(chain)]);
  const unknown = chains.flatMap((chain, index) => unknownSinks(root, pathOf(index), chain, sinks));
  const circle = unknown.length > 0 ? null : circleIn(chains);
  if (circle === null) return unknown;
  const at = [...pathOf(circle.chain), String(circle.index)];
  const node = nearest(root, at);
  return [
    problemAt(
      node.origin,
      at,
      `${spokenOf(node, at, null)}, which leads back to ${circle.sink}; a chain should not come back to a sink`,
    ),
  ];
};
