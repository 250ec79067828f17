import type { SchedulerLike } from 'rxjs';
import type { Fault, Report } from '../../model/fault.js';

/** The same trouble is told again after this long, so that nobody thinks it is over. */
const REPEAT_MS = 3_600_000;

/**
 * Tells each trouble once, again when it changes, and again after an hour if it lasts; what was held back is counted into the
 * next telling. A feed that fails ten times a second makes one line, not ten.
 */
export interface Complaints {
  /** `key` is the thing that is in trouble, `trouble` what kind of trouble it is in; only a new kind is told at once. */
  tell(key: string, trouble: string, fault: Fault): void;
  /** The thing works again: its next trouble is told at once. */
  over(key: string): void;
}

export const createComplaints = (report: Report, clock: SchedulerLike): Complaints => {
  const told = new Map<string, { trouble: string; atMs: number; held: number }>();
  return {
    tell: (key, trouble, fault) => {
      const before = told.get(key);
      const nowMs = clock.now();
      if (before !== undefined && before.trouble === trouble && nowMs - before.atMs < REPEAT_MS) {
        before.held += fault.count ?? 1;
        return;
      }
      const count = (fault.count ?? 1) + (before?.trouble === trouble ? before.held : 0);
      told.set(key, { trouble, atMs: nowMs, held: 0 });
      report(count === 1 ? fault : { ...fault, count });
    },
    over: (key) => {
      told.delete(key);
    },
  };
};
