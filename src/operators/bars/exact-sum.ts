import type { Decimal } from '../../model/decimal.js';
import { decimalOf } from '../../model/decimal.js';

/** The powers of ten that a double keeps exactly. */
const POWERS_OF_TEN = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** A decimal of at most fifteen digits is the shortest text of its double, so the double stands for it and for no other. */
const UNITS_MAX = 1e15;

/** The least number of decimals with which the double is a whole number of units, or -1 when fifteen digits do not spell it. */
const decimalsOf = (value: number, from: number): number => {
  for (let decimals = from; decimals < POWERS_OF_TEN.length; decimals++) {
    const power = POWERS_OF_TEN[decimals] as number;
    const units = Math.round(value * power);
    if (units > UNITS_MAX) return -1;
    if (units / power === value) return decimals;
  }
  return -1;
};

/** The sum of the decimals that doubles stand for, rounded once at its end (decisions.md 7). */
export interface ExactSum {
  /** Adds a finite number of at least 0. */
  add(value: number): void;
  /** The double nearest to the exact sum. */
  total(): number;
  clear(): void;
}

/**
 * Counts in whole units of a power of ten as long as doubles keep these exactly, which they do for nearly every bar of the
 * exchange: an addition and a division that proves it, and nothing is allocated. What does not fit goes on in whole numbers
 * without a limit. `total` divides one exact number by another, which rounds once.
 */
export const createExactSum = (): ExactSum => {
  let decimals = 0;
  let large: Decimal | null = null;
  // Numbers of an object are written over in place, where those of variables would each be made anew at every bar.
  const held = { units: 0.5, power: 1.5 };
  held.units = 0;
  held.power = 1;

  const addLarge = (value: Decimal): void => {
    const sum = large ?? { digits: BigInt(held.units), scale: decimals };
    const scale = Math.max(sum.scale, value.scale);
    const digitsOf = (each: Decimal): bigint => each.digits * 10n ** BigInt(scale - each.scale);
    large = { digits: digitsOf(sum) + digitsOf(value), scale };
  };

  /** With more decimals than so far, or in whole numbers without a limit. */
  const addOdd = (value: number): void => {
    const needed = decimalsOf(value, decimals);
    const scaled = needed < 0 ? Infinity : held.units * (POWERS_OF_TEN[needed - decimals] as number);
    const more = needed < 0 ? 0 : Math.round(value * (POWERS_OF_TEN[needed] as number));
    if (scaled + more > Number.MAX_SAFE_INTEGER) {
      addLarge(decimalOf(value));
      return;
    }
    decimals = needed;
    held.power = POWERS_OF_TEN[needed] as number;
    held.units = scaled + more;
  };

  return {
    add: (value) => {
      if (large !== null) {
        addLarge(decimalOf(value));
        return;
      }
      const { units, power } = held;
      const more = Math.round(value * power);
      if (more <= UNITS_MAX && more / power === value && units + more <= Number.MAX_SAFE_INTEGER) held.units = units + more;
      else addOdd(value);
    },
    total: () => (large === null ? held.units / held.power : Number(`${large.digits}e-${large.scale}`)),
    clear: () => {
      // The decimals of a series stay what they are, unless they left no room.
      if (large !== null) {
        decimals = 0;
        held.power = 1;
      }
      held.units = 0;
      large = null;
    },
  };
};
