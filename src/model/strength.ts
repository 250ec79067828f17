/*
 * Strength 0–10: how unusual a move is, never how likely it is to go on (signals.md §7). In a year of data a higher strength
 * announced more movement, in either direction.
 */

/** Changes whenever the same inputs could give another strength. */
export const STRENGTH_VERSION = 1;

/** Below this share of the weights the strength is not shown. */
export const COVERAGE_MIN = 0.6;

/** `weight` and the two ends of the ramp, by the component's letter, in the order in which contributions are stored. */
const COMPONENTS = {
  /** Price impulse: `d · m_1`. */
  P: { weight: 3, from: 1, to: 5 },
  /** Volume: its logarithmic score. */
  V: { weight: 2.5, from: 1, to: 6 },
  /** Excess over the market: `d · ẽ`. */
  E: { weight: 1.5, from: 0.5, to: 4 },
  /** Rank among all symbols; for a fall counted from the other end. */
  X: { weight: 1, from: 0.5, to: 1 },
  /** Share of the timeframes whose trend goes the same way. */
  T: { weight: 1, from: 0, to: 1 },
  /** Distance beyond the extreme of the bars before, in the direction of the move. */
  B: { weight: 0.5, from: 0, to: 1 },
  /** Imbalance of the takers: `d · TBI`. */
  I: { weight: 0.5, from: 0, to: 0.4 },
} as const;

export type StrengthComponent = keyof typeof COMPONENTS;
export const STRENGTH_COMPONENTS = Object.keys(COMPONENTS) as readonly StrengthComponent[];

/** What goes into the strength, each already turned into the direction of the move; `null` where it is not known. */
export type StrengthInputs = Readonly<Record<StrengthComponent, number | null>>;

/** One component as it is stored, so that the strength can be derived again. A missing input contributes nothing. */
export interface StrengthPart {
  readonly component: StrengthComponent;
  readonly input: number | null;
  /** `ramp(input)`, 0…1. */
  readonly f: number | null;
  /** `weight · f`, to twelve decimals. */
  readonly contribution: number | null;
}

export interface Strength {
  readonly version: number;
  /** 0…10: the sum of the contributions, exactly as their decimals add up; `null` below a coverage of 0.6. */
  readonly value: number | null;
  /** Share of the weights whose input is known, 0…1. */
  readonly coverage: number;
  readonly parts: readonly StrengthPart[];
}

const WEIGHTS_SUM = 10;
/** Contributions are whole numbers of these inside, so that no order of adding them makes a difference. */
const UNITS = 1e12;

/** 0 up to `from`, 1 from `to` on, a straight line between. */
export const ramp = (x: number, from: number, to: number): number => Math.min(1, Math.max(0, (x - from) / (to - from)));

/** The strength of a move (signals.md §7.1). Weights of missing inputs are not given to the others: losing data never raises it. */
export const strengthOf = (inputs: StrengthInputs): Strength => {
  let units = 0;
  let known = 0;
  const parts = STRENGTH_COMPONENTS.map((component): StrengthPart => {
    const input = inputs[component];
    if (input === null) return { component, input, f: null, contribution: null };
    const { weight, from, to } = COMPONENTS[component];
    const f = ramp(input, from, to);
    const contributed = Math.round(weight * f * UNITS);
    units += contributed;
    known += weight;
    return { component, input, f, contribution: contributed / UNITS };
  });
  const coverage = known / WEIGHTS_SUM;
  return { version: STRENGTH_VERSION, value: coverage < COVERAGE_MIN ? null : units / UNITS, coverage, parts };
};

/** One decimal, halves away from zero, of the strength rounded to nine decimals: 4.25 → `4.3`, however it lies in binary. */
export const strengthText = (value: number): string => {
  const nanos = Math.floor((Math.round(value * UNITS) + 500) / 1_000);
  const tenths = Math.floor((nanos + 50_000_000) / 100_000_000);
  return `${Math.floor(tenths / 10)}.${tenths % 10}`;
};
