import type { Sink } from '../../ports/sink.js';

type Chains = readonly (readonly string[])[];

/** What the reason of a row begins with that was given up early, because its sink was away and another one steps in. */
export const PASSED_ON = 'passed on';

/** The sinks that step in for one. */
export const nextIn =
  (chains: Chains) =>
  (sink: string): readonly string[] => [
    ...new Set(
      chains.flatMap((chain) => {
        const next = chain[chain.indexOf(sink) + 1];
        return chain.includes(sink) && next !== undefined ? [next] : [];
      }),
    ),
  ];

/** How many sinks may still step in after this one, one after another. */
const leftAfter = (chains: Chains, sink: string): number =>
  Math.max(0, ...nextIn(chains)(sink).map((next) => 1 + leftAfter(chains, next)));

/** How many sinks stand before this one, one after another. */
const leftBefore = (chains: Chains, sink: string): number =>
  Math.max(
    0,
    ...chains.flatMap((chain) => (chain.indexOf(sink) > 0 ? [1 + leftBefore(chains, chain[chain.indexOf(sink) - 1] ?? '')] : [])),
  );

/** Those that step in first, so that they stand ready when the ones before them hand something on. */
export const inTurn = (sinks: readonly Sink[], chains: Chains): readonly Sink[] =>
  chains.length === 0 ? sinks : [...sinks].sort((a, b) => leftAfter(chains, a.name) - leftAfter(chains, b.name));

/**
 * The share of an alert's maximum age after which a sink that is away passes it on: each of a chain has an equal part, so that
 * what the next one gets is still young. The last of a chain has all of it.
 */
export const ageShareOf = (chains: Chains, sink: string): number => {
  const before = leftBefore(chains, sink);
  return (before + 1) / (before + 1 + leftAfter(chains, sink));
};
