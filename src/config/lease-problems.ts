import { LEASE_MARGIN_MS, SINK_DEADLINE_MS } from '../operators/delivery/lease-time.js';
import { formatDuration } from '../ports/settings.js';
import type { MapNode, Problem } from './node.js';
import { nearest, problemAt } from './node.js';
import type { Chosen, ChosenSink } from './settings.js';

/** It is renewed when a third of it has passed; then two thirds are left. */
const SHARE_LEFT = 2 / 3;

const deadlineMsOf = ({ options }: ChosenSink): number => {
  const waited = [options['deadline'], options['picture'] === 'off' ? undefined : options['pictureDeadline']];
  const times = waited.filter((ms) => typeof ms === 'number');
  return times.length === 0 ? SINK_DEADLINE_MS : times.reduce((sum, ms) => sum + ms, 0);
};

/** A lease that is shorter than a send may take: nothing, or next to nothing, would ever be sent. */
export const leaseProblems = (root: MapNode, store: Chosen<unknown>, sinks: readonly ChosenSink[]): readonly Problem[] => {
  const { lease: leaseMs } = store.options;
  const slowest = [...sinks].sort((a, b) => deadlineMsOf(b) - deadlineMsOf(a))[0];
  if (typeof leaseMs !== 'number' || slowest === undefined) return [];
  const leastMs = Math.ceil((deadlineMsOf(slowest) + LEASE_MARGIN_MS) / SHARE_LEFT / 1_000) * 1_000;
  if (leaseMs >= leastMs) return [];
  const path = ['store', 'lease'];
  return [
    problemAt(
      nearest(root, path).origin,
      path,
      `is ${formatDuration(leaseMs)}, should be at least ${formatDuration(leastMs)}: a message to ${slowest.name} may take ${formatDuration(deadlineMsOf(slowest))}, and leaves only while more of the lease is left`,
    ),
  ];
};
