import type { SeriesEvent } from '../../ports/source.js';

/** Bars of one series that wait for its refill at most; older ones are had from the history when their turn comes. */
const WAITING_BARS_MAX = 100;

const timeOf = (event: SeriesEvent): number => (event.kind === 'bar' ? event.bar.openTimeMs : event.openTimeMs);

/** An announcement adds nothing to a bar or an announcement of its time or later, and takes the place of an earlier announcement. */
export const joinWaiting = (queue: SeriesEvent[], event: SeriesEvent): void => {
  const last = queue.at(-1);
  if (event.kind === 'closed' && last !== undefined) {
    if (timeOf(last) >= event.openTimeMs) return;
    if (last.kind === 'closed') queue.pop();
  }
  queue.push(event);
  if (queue.length > WAITING_BARS_MAX) queue.shift();
};
