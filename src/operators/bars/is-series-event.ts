import type { FeedEvent, Roster, SeriesEvent } from '../../ports/source.js';

/** Bars and announcements: what speaks of one series. */
export const isSeriesEvent = (event: FeedEvent): event is SeriesEvent => event.kind !== 'roster';

/** Who is expected at the closes of a market and interval. */
export const isRoster = (event: FeedEvent): event is Roster => event.kind === 'roster';
