import type { Bar, PlacedBar } from '../../../model/bar.js';
import { decisionTimeMs } from '../../../model/bar.js';
import type { Report } from '../../../model/fault.js';
import type { Interval } from '../../../model/interval.js';
import { createResampler } from '../../bars/resample.js';

const sameNumber = (a: number | null, b: number | null): boolean =>
  a === b || (a !== null && b !== null && Math.abs(a - b) <= 1e-9 * Math.abs(b));

/** Prices must be equal; sums of volumes may differ by the rounding of the exchange's own (signals.md §0). */
const agree = (a: Bar, b: Bar): boolean =>
  a.open === b.open && a.high === b.high && a.low === b.low && a.close === b.close && sameNumber(a.volume, b.volume);

/**
 * Longer bars of one series from two sides: rebuilt ones are believed, and those that the exchange tells are compared with them,
 * and taken only where a hole among the shorter bars has left nothing to rebuild (decisions.md 25).
 */
export interface Rebuilt {
  /** Takes the next shorter bar: the longer bar that is now known by it, or `null`. */
  take(bar: PlacedBar): Bar | null;
  /** Takes a longer bar that the exchange tells: itself, when its time has come and it is needed; it may be given out later. */
  compare(told: Bar): Bar | null;
}

/** *Memory.* The sums of one bucket, and one bar of each kind. */
export const createRebuilt = (interval: Interval, report: Report): Rebuilt => {
  const { take } = createResampler(interval);
  let rebuilt: Bar | null = null;
  let held: Bar | null = null;
  // Written over in place (exact-sum.ts).
  const at = { nowMs: -Infinity };

  const compareHeld = (): void => {
    if (held === null || held.openTimeMs !== rebuilt?.openTimeMs) return;
    const detail = `${held.symbol}: the ${interval} bar of ${new Date(held.openTimeMs).toISOString()} differs from its shorter bars, which are believed`;
    if (!agree(rebuilt, held)) report({ kind: 'bars-disagree', series: held, detail });
    held = null;
  };
  /** The told bar, when its time has come and nothing was rebuilt of it. */
  const release = (): Bar | null => {
    if (held === null || decisionTimeMs(held) > at.nowMs) return null;
    const released = held.openTimeMs > (rebuilt?.openTimeMs ?? -Infinity) ? held : null;
    held = null;
    return released;
  };

  return {
    take: (bar) => {
      at.nowMs = decisionTimeMs(bar);
      const longer = take(bar);
      if (longer !== null) {
        rebuilt = longer;
        compareHeld();
        return longer;
      }
      return held === null ? null : release();
    },
    compare: (told) => {
      held = told;
      compareHeld();
      return release();
    },
  };
};
