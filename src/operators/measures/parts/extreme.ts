import type { Window } from '../../../model/window.js';

/** What a bar reaches to: its high, or its low negated, so that the farthest is always the largest. */
export const reachOf = (window: Window, back: number, sign: 1 | -1): number =>
  sign === 1 ? window.high(back) : -window.low(back);

/** The farthest that any of the latest bars has reached, and the number of that bar in the series. */
export interface Extreme {
  value: number;
  at: number;
}

export const noExtreme = (): Extreme => ({ value: -Infinity, at: 0 });

/**
 * Takes the latest bar in, called once at every bar: of the last `bars` bars, which the window must hold, the farthest is known
 * then, or of as many as there are. The bars are looked through again only when the farthest has left.
 */
export const seeExtreme = (extreme: Extreme, window: Window, bars: number, sign: 1 | -1): void => {
  const newest = reachOf(window, 0, sign);
  if (window.barCount === 1 || newest >= extreme.value) {
    extreme.value = newest;
    extreme.at = window.barCount;
  } else if (extreme.at <= window.barCount - bars) {
    extreme.value = -Infinity;
    for (let back = 0; back < bars; back++) {
      const value = reachOf(window, back, sign);
      if (value <= extreme.value) continue;
      extreme.value = value;
      extreme.at = window.barCount - back;
    }
  }
};
