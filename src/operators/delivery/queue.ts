import type { Alert } from '../../model/alert.js';
import type { Pending } from '../../model/delivery.js';

/** An alert that waits for a sink. */
export interface Waiting extends Pending {
  /** Its place: lower ones came earlier. */
  readonly place: number;
  /** Wire time at which it came. */
  readonly sinceMs: number;
  /** Alerts that the next message with it may tell: fewer after a message of several was refused, until the bad one is found. */
  readonly among: number;
}

export interface QueueOptions {
  /** Alerts that may wait; whatever comes on top leaves no room for the weakest. */
  readonly limit: number;
  /** Alerts that one message may tell. */
  readonly batchMax: number;
  /** Alerts that have no place in a message of several; none if absent. */
  readonly isToldAlone?: (alert: Alert) => boolean;
}

/** The alerts that wait for one sink. */
export interface Queue {
  /** Takes one in and gives out those for which there is no room any more: the weakest of those that were never sent. */
  add(pending: Pending, nowMs: number): readonly Waiting[];
  /** Gives back what was taken and is to be sent again: everyone has the old place. */
  again(taken: readonly Waiting[]): void;
  /** Takes out all that are such. */
  take(isSuch: (waiting: Waiting) => boolean): readonly Waiting[];
  /** Takes out what the next message is to tell. */
  next(nowMs: number): readonly Waiting[];
  all(): readonly Waiting[];
}

/** Above this wait of the longest-waiting one the strongest goes first: what is left of a storm is then what mattered least. */
export const LATE_MS = 10_000;

/** How much an alert matters when there is no time for all: the whole market above every symbol, an unknown strength below all known. */
export const weightOf = ({ kind, strength }: Alert): number => (kind === 'market' ? Infinity : (strength?.value ?? -1));

const symbolOf = ({ alert }: Waiting): string => `${alert.market}|${alert.symbol}`;

/** The first of each symbol: no alert may overtake an earlier one of its own symbol. */
const headsOf = (rows: readonly Waiting[]): readonly Waiting[] => {
  const seen = new Set<string>();
  return rows.filter((row) => {
    const symbol = symbolOf(row);
    if (seen.has(symbol)) return false;
    seen.add(symbol);
    return true;
  });
};

/** Of equals the first. */
const strongestOf = (rows: readonly Waiting[]): Waiting | undefined =>
  rows.reduce<Waiting | undefined>(
    (best, row) => (best === undefined || weightOf(row.alert) > weightOf(best.alert) ? row : best),
    undefined,
  );

/** Of equals the last. */
const weakestOf = (rows: readonly Waiting[]): Waiting | undefined =>
  rows.reduce<Waiting | undefined>(
    (worst, row) => (worst === undefined || weightOf(row.alert) <= weightOf(worst.alert) ? row : worst),
    undefined,
  );

/**
 * First come, first served, until it is late: then the strongest first, and still one after another within a symbol. Time is
 * wire time: it counts how long a sink lets wait.
 */
export const createQueue = ({ limit, batchMax, isToldAlone = () => false }: QueueOptions): Queue => {
  let rows: readonly Waiting[] = [];
  let places = 0;

  const without = (gone: ReadonlySet<Waiting>): void => {
    rows = rows.filter((row) => !gone.has(row));
  };

  const crowdedOut = (): readonly Waiting[] => {
    if (rows.length <= limit) return [];
    // What was sent once may have arrived: leaving it out would only hide that nobody knows.
    const weakest = weakestOf(rows.filter(({ delivery }) => delivery.attempts === 0));
    if (weakest === undefined) return [];
    without(new Set([weakest]));
    return [weakest];
  };

  return {
    add: (pending, nowMs) => {
      rows = [...rows, { ...pending, place: places++, sinceMs: nowMs, among: batchMax }];
      return crowdedOut();
    },
    again: (taken) => {
      rows = [...rows, ...taken].sort((a, b) => a.place - b.place);
    },
    take: (isSuch) => {
      const taken = rows.filter(isSuch);
      if (taken.length > 0) without(new Set(taken));
      return taken;
    },
    next: (nowMs) => {
      const isLate = rows.some(({ sinceMs }) => nowMs - sinceMs > LATE_MS);
      const taken: Waiting[] = [];
      let [left, room] = [rows, batchMax];
      for (;;) {
        const row = isLate ? strongestOf(headsOf(left)) : left[0];
        if (row === undefined || taken.length >= Math.min(room, row.among)) break;
        const alone = isToldAlone(row.alert);
        if (alone && taken.length > 0) break;
        room = alone ? 1 : Math.min(room, row.among);
        taken.push(row);
        left = left.filter((other) => other !== row);
      }
      rows = left;
      return taken;
    },
    all: () => rows,
  };
};
