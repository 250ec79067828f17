import type { Series } from './series.js';

/**
 * What `inOrder` sees of the bars of a series besides handing them on: small change, counted and not told one by one.
 *
 * - `repeated`: a bar came again with the same values, and was dropped.
 * - `late`: a bar came after its place in the series was passed, and too old to be compared; it was dropped.
 * - `reordered`: a bar came after a later one, in time to be put in its place.
 * - `revised`: a bar came again with other values.
 * - `missing`: a due bar does not exist at the exchange.
 * - `lost`: a due bar may exist and could not be had, or lay beyond the horizon.
 */
export const SIGHTINGS = ['repeated', 'late', 'reordered', 'revised', 'missing', 'lost'] as const;
export type Sighting = (typeof SIGHTINGS)[number];

/** Takes a sighting of `count` bars of a series. */
export type Notice = (sighting: Sighting, series: Series, count: number) => void;
