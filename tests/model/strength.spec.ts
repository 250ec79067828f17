import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { StrengthComponent, StrengthInputs } from '../../src/model/strength.js';
import { COVERAGE_MIN, STRENGTH_COMPONENTS, STRENGTH_VERSION, ramp, strengthOf, strengthText } from '../../src/model/strength.js';
import { sharedPathOrSay } from '../support/shared.js';

interface GoldenCase {
  readonly direction: 1 | -1;
  readonly input: Readonly<
    Record<'m_1' | 'volumeLogZ' | 'excessAtr' | 'pct' | 'alignment' | 'breakoutAtr' | 'tbi', string | null>
  >;
  readonly expected: {
    readonly strength: number;
    readonly coverage: number;
    readonly contributions: Readonly<Record<StrengthComponent, number | null>>;
    readonly display: string | null;
  };
}

/** As the golden cases give them: the rank is upward, the breakout already in the direction of the move. */
const inputsOf = ({ direction, input }: GoldenCase): StrengthInputs => {
  const number = (text: string | null): number | null => (text === null ? null : Number(text));
  const turned = (text: string | null): number | null => (text === null ? null : direction * Number(text));
  const pct = number(input.pct);
  return {
    P: turned(input.m_1),
    V: number(input.volumeLogZ),
    E: turned(input.excessAtr),
    X: pct === null || direction === 1 ? pct : 1 - pct,
    T: number(input.alignment),
    B: number(input.breakoutAtr),
    I: turned(input.tbi),
  };
};

const ALL: StrengthInputs = { P: 3, V: 3.5, E: 2.25, X: 0.75, T: 0.5, B: 0.5, I: 0.2 };
const anyInputs: fc.Arbitrary<StrengthInputs> = fc.record(
  Object.fromEntries(
    STRENGTH_COMPONENTS.map((each) => [each, fc.option(fc.double({ min: -10, max: 10, noNaN: true }))]),
  ) as Record<StrengthComponent, fc.Arbitrary<number | null>>,
);
const sumOf = (inputs: StrengthInputs): number =>
  strengthOf(inputs).parts.reduce((sum, { contribution }) => sum + Math.round((contribution ?? 0) * 1e12), 0);

describe('strength', () => {
  const path = sharedPathOrSay('comparing strengths with the golden cases', 'golden/strength-cases.json');
  const cases =
    path === null ? [] : (JSON.parse(readFileSync(path, 'utf8')) as { version: number; cases: readonly GoldenCase[] }).cases;
  it.skipIf(path === null).each(cases.map((each, i) => [i, each] as const))('agrees with golden case %i', (_, each) => {
    const { version, value, coverage, parts } = strengthOf(inputsOf(each));
    const { expected } = each;
    expect(version).toBe(STRENGTH_VERSION);
    expect(coverage).toBeCloseTo(expected.coverage, 12);
    for (const { component, contribution } of parts) {
      if (expected.contributions[component] === null) expect([component, contribution]).toEqual([component, null]);
      else expect(Math.abs((contribution ?? NaN) - expected.contributions[component])).toBeLessThanOrEqual(1e-9);
    }
    expect(
      Math.abs(parts.reduce((sum, { contribution }) => sum + (contribution ?? 0), 0) - expected.strength),
    ).toBeLessThanOrEqual(1e-9);
    expect(value === null ? null : strengthText(value)).toBe(expected.display);
    if (value !== null) expect(Math.abs(value - expected.strength)).toBeLessThanOrEqual(1e-9);
  });
  it.skipIf(path === null)('has been compared with all 65 golden cases', () => expect(cases).toHaveLength(65));

  it('stores input, ramp and contribution of every component, in one order', () => {
    expect(strengthOf({ ...ALL, X: null }).parts).toStrictEqual([
      { component: 'P', input: 3, f: 0.5, contribution: 1.5 },
      { component: 'V', input: 3.5, f: 0.5, contribution: 1.25 },
      { component: 'E', input: 2.25, f: 0.5, contribution: 0.75 },
      { component: 'X', input: null, f: null, contribution: null },
      { component: 'T', input: 0.5, f: 0.5, contribution: 0.5 },
      { component: 'B', input: 0.5, f: 0.5, contribution: 0.25 },
      { component: 'I', input: 0.2, f: 0.5, contribution: 0.25 },
    ]);
  });

  it('is not shown below a coverage of 0.6, and is at 0.6', () => {
    const none: StrengthInputs = { P: null, V: null, E: null, X: null, T: null, B: null, I: null };
    expect(strengthOf({ ...none, P: 9, V: 9 })).toMatchObject({ value: null, coverage: 0.55 });
    expect(strengthOf({ ...none, P: 9, V: 9, I: 9 })).toMatchObject({ value: 6, coverage: COVERAGE_MIN });
    expect(strengthOf(none)).toMatchObject({ value: null, coverage: 0 });
  });

  it('is the exact sum of what is stored, in twelve decimals', () => {
    fc.assert(
      fc.property(anyInputs, (inputs) => {
        const { value } = strengthOf(inputs);
        if (value !== null) expect(Math.round(value * 1e12)).toBe(sumOf(inputs));
      }),
    );
  });

  it('never falls when an input rises, and never rises when one is lost', () => {
    fc.assert(
      fc.property(
        anyInputs,
        fc.constantFrom(...STRENGTH_COMPONENTS),
        fc.double({ min: 0, max: 5, noNaN: true }),
        (inputs, component, more) => {
          const held = inputs[component];
          if (held === null) return;
          expect(sumOf({ ...inputs, [component]: held + more })).toBeGreaterThanOrEqual(sumOf(inputs));
          expect(sumOf({ ...inputs, [component]: null })).toBeLessThanOrEqual(sumOf(inputs));
        },
      ),
    );
  });

  it('lies within 0 and 10', () => {
    const far = (sign: number): StrengthInputs => ({
      P: sign * 99,
      V: sign * 99,
      E: sign * 99,
      X: sign * 99,
      T: sign * 99,
      B: sign * 99,
      I: sign * 99,
    });
    expect([strengthOf(far(1)).value, strengthOf(far(-1)).value]).toEqual([10, 0]);
  });
});

describe('ramp', () => {
  it.each([
    [0, 0],
    [1, 0],
    [3, 0.5],
    [5, 1],
    [9, 1],
  ])('of %d between 1 and 5 is %d', (x, f) => expect(ramp(x, 1, 5)).toBe(f));
});

describe('strengthText', () => {
  it.each([
    [0, '0.0'],
    [10, '10.0'],
    [4.25, '4.3'],
    [4.2499, '4.2'],
    [0.05, '0.1'],
    // In binary these lie a little below the half that their decimals are.
    [2.35, '2.4'],
    [8.45, '8.5'],
    [1.15, '1.2'],
    // Nine decimals are looked at, and no more.
    [4.2499999999, '4.3'],
    [4.249999999, '4.2'],
    [9.96, '10.0'],
  ])('of %d is %s', (value, text) => expect(strengthText(value)).toBe(text));
});
