import { decimal } from '../words/numbers.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

export interface Tick {
  readonly value: number;
  readonly label: string;
}

/** The smallest of 1, 2, 2.5, 5 × 10ⁿ that is not below the given, and how many decimals its multiples have. */
const niceStep = (least: number): readonly [step: number, decimals: number] => {
  const exponent = Math.floor(Math.log10(least));
  const power = 10 ** exponent;
  const mantissa = [1, 2, 2.5, 5, 10].find((each) => least <= each * power * (1 + 1e-9)) ?? 10;
  const digits = mantissa === 10 ? exponent + 1 : mantissa === 2.5 ? exponent - 1 : exponent;
  return [mantissa * power, Math.max(0, -digits)];
};

/** Decimals beyond which a tick is written with an exponent: nobody counts more zeros. */
const DECIMALS_MAX = 12;

/** Round prices from `low` to `high`, at most `most` of them, all written with the same number of decimals. */
export const priceTicks = (low: number, high: number, most: number): readonly Tick[] => {
  const [step, decimals] = niceStep((high - low) / most);
  const first = Math.ceil(low / step);
  const count = Math.max(0, Math.floor(high / step) - first + 1);
  return Array.from({ length: Math.min(count, most + 1) }, (_, i) => {
    const value = (first + i) * step;
    return { value, label: decimals <= DECIMALS_MAX ? value.toFixed(decimals) : decimal(Number(value.toPrecision(4))) };
  });
};

const MINUTES = [1, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS);
const HOURS = [1, 2, 3, 4, 6, 8, 12].map((hours) => hours * HOUR_MS);
const DAYS = [1, 2, 4, 7, 14, 28].map((days) => days * DAY_MS);
const TIME_STEPS_MS: readonly number[] = [...MINUTES, ...HOURS, ...DAYS];

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `6 Aug`. */
export const dayText = (timeMs: number): string => {
  const date = new Date(timeMs);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()] ?? ''}`;
};

/** `12:15`. */
export const clockText = (timeMs: number): string => new Date(timeMs).toISOString().slice(11, 16);

export interface TimeTick extends Tick {
  /** A day begins here. */
  readonly isDay: boolean;
}

/** Round times (UTC) from `fromMs` to `toMs`, at least `leastMs` apart: days by their date, all others by the clock. */
export const timeTicks = (fromMs: number, toMs: number, leastMs: number): readonly TimeTick[] => {
  const stepMs = TIME_STEPS_MS.find((step) => step >= leastMs) ?? Math.ceil(leastMs / DAY_MS) * DAY_MS;
  const first = Math.ceil(fromMs / stepMs);
  const count = Math.max(0, Math.floor(toMs / stepMs) - first + 1);
  return Array.from({ length: count }, (_, i) => {
    const value = (first + i) * stepMs;
    const isDay = value % DAY_MS === 0;
    return { value, isDay, label: isDay ? dayText(value) : clockText(value) };
  });
};
