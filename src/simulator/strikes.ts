import type { MarketClock } from '../ports/context.js';
import { after, atTime } from './exchange/after.js';

/** When something is to be done and for how long, in ms of the exchange's clock. */
export interface When {
  /** At once, when absent. */
  readonly atMs?: number;
  /** What lasts ends by itself after so long. */
  readonly forMs?: number;
}

/** What came of it: how many it struck, where it strikes several; and the number by which it can be undone, where it lasts. */
export interface Struck {
  readonly struck: number | null;
  readonly undo?: number;
}

/** What a script does from outside the process: at a moment, for a time, until it is undone by number. */
export interface Strikes {
  /** Throws what `act` throws, when it is to be done at once; later, it is remembered among the failures. */
  begin(act: () => unknown, when: When): Struck;
  /** Ends what began, or calls off what has not. False when there is no such number any more. */
  undo(number: number): boolean;
  failures(): readonly string[];
}

export const createStrikes = (clock: MarketClock): Strikes => {
  const undos = new Map<number, () => void>();
  const failures: string[] = [];
  let lastNumber = 0;

  const undo = (number: number): boolean => {
    const known = undos.get(number);
    undos.delete(number);
    known?.();
    return known !== undefined;
  };
  const begin = (act: () => unknown, forMs: number | undefined, given: number | null): Struck => {
    const done = act();
    if (given !== null) undos.delete(given);
    if (typeof done !== 'function') return { struck: typeof done === 'number' ? done : null };
    const number = given ?? ++lastNumber;
    undos.set(number, done as () => void);
    if (forMs !== undefined) after(forMs, clock, () => void undo(number));
    return { struck: null, undo: number };
  };

  return {
    undo,
    failures: () => failures,
    begin: (act, { atMs, forMs }) => {
      if (atMs === undefined) return begin(act, forMs, null);
      const number = ++lastNumber;
      const strike = atTime(atMs, clock, () => {
        try {
          begin(act, forMs, number);
        } catch (error) {
          failures.push(error instanceof Error ? error.message : String(error));
        }
      });
      undos.set(number, () => strike.unsubscribe());
      return { struck: null, undo: number };
    },
  };
};
