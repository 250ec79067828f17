import type { Alert } from '../../model/alert.js';
import type { Routed } from '../../ports/pipeline.js';
import type { MuteTime } from './mute-time.js';
import { isWithin } from './mute-time.js';
import type { RouteFacts, RouteMatch } from './route-match.js';
import { factsOf, mismatchOf } from './route-match.js';

/** One node of the routing tree. */
export interface RouteNode {
  readonly match: RouteMatch;
  /** Names of sinks; `null`: those of the node above. None: its alerts go to nobody. */
  readonly sinks: readonly string[] | null;
  /** Names of mute times: while one of them lasts, nothing leaves here or below. */
  readonly muteTimes: readonly string[];
  /** True: an alert that this node takes is shown to the nodes after it as well. */
  readonly continues: boolean;
  readonly routes: readonly RouteNode[];
}

/** The root takes every alert; its sinks are those of whatever names no others. */
export interface Route extends RouteNode {
  readonly sinks: readonly string[];
  readonly times: readonly MuteTime[];
}

/** What one node did with an alert. */
export interface RouteStep {
  /** Where it stands in the settings: `route.routes.0`. */
  readonly path: string;
  readonly depth: number;
  readonly node: RouteNode;
  /** The condition that is not met, in words; `null`: the node matches. */
  readonly mismatch: string | null;
  /** The alert ends here, and these are where it goes; `null`: it goes on below, or does not match. */
  readonly sinks: readonly string[] | null;
  /** The mute time that keeps it from leaving; `null`: none. */
  readonly muteTime: string | null;
}

interface Inherited {
  readonly path: string;
  readonly depth: number;
  readonly sinks: readonly string[];
  readonly muteTime: string | null;
}

/**
 * Every node that an alert is shown to, in order, as Alertmanager walks its tree: the children of a node that matches are tried
 * from first to last, the first that matches takes the alert unless it continues, and a node none of whose children has taken it
 * takes it itself.
 */
export const walk = ({ times, ...root }: Route, facts: RouteFacts, atMs: number): readonly RouteStep[] => {
  const steps: RouteStep[] = [];
  const muteTimeOf = ({ muteTimes }: RouteNode): string | null =>
    muteTimes.find((name) => times.some((time) => time.name === name && isWithin(time, atMs))) ?? null;

  /** True when the node matches. */
  const visit = (node: RouteNode, { path, depth, ...above }: Inherited): boolean => {
    const mismatch = mismatchOf(node.match, facts);
    const at = steps.push({ path, depth, node, mismatch, sinks: null, muteTime: null }) - 1;
    if (mismatch !== null) return false;
    const sinks = node.sinks ?? above.sinks;
    const muteTime = above.muteTime ?? muteTimeOf(node);
    let taken = false;
    for (const [index, child] of node.routes.entries()) {
      const matches = visit(child, { path: `${path}.routes.${index}`, depth: depth + 1, sinks, muteTime });
      taken ||= matches;
      if (matches && !child.continues) break;
    }
    if (!taken) steps[at] = { path, depth, node, mismatch, sinks, muteTime };
    return true;
  };

  visit(root, { path: 'route', depth: 0, sinks: root.sinks, muteTime: null });
  return steps;
};

/** Where the steps lead: each sink once, in the order in which they were named. */
export const routedBy = (steps: readonly RouteStep[]): Routed => {
  const ends = steps.filter((step) => step.sinks !== null);
  const sinks = ends.filter(({ muteTime }) => muteTime === null).flatMap((step) => step.sinks ?? []);
  const muteTime = sinks.length > 0 ? null : (ends.find((step) => step.muteTime !== null)?.muteTime ?? null);
  const paths = ends.map(({ path }) => path).join(', ');
  const why = sinks.length > 0 ? paths : muteTime !== null ? `mute time ${muteTime} (${paths})` : `no sink: ${paths}`;
  return { sinks: [...new Set(sinks)], muteTime, why };
};

/**
 * Where an alert goes, and by which nodes. A pure function of what the alert says and of its decision time, so that a replay and
 * a restart route alike.
 */
export const routeOf =
  (route: Route) =>
  (alert: Alert): Routed =>
    routedBy(walk(route, factsOf(alert), alert.decisionTimeMs));
