import { describe, expect, it } from 'vitest';
import type { Bar } from '../../../src/model/bar.js';
import type { Measured } from '../../../src/model/reading.js';
import { efficiencyRatio } from '../../../src/operators/measures/efficiency-ratio.js';
import { createSortedWindow } from '../../../src/operators/measures/parts/sorted-window.js';
import { meanOf, sampleDeviation, sortedScore } from '../../../src/operators/measures/parts/standard-score.js';
import { rateOfChange } from '../../../src/operators/measures/rate-of-change.js';
import { takerImbalance } from '../../../src/operators/measures/taker-imbalance.js';
import { trueRange } from '../../../src/operators/measures/true-range.js';
import { volumeLogZ } from '../../../src/operators/measures/volume-log-z.js';
import { volumeMadLogZ } from '../../../src/operators/measures/volume-mad-log-z.js';
import { volumeZ } from '../../../src/operators/measures/volume-z.js';
import { barsOf, readAll } from '../../support/bars.js';
import type { EdgeCase } from '../../support/golden.js';
import { agrees, readEdgeCases } from '../../support/golden.js';
import { goldenPath } from '../../support/shared.js';

type Column = readonly string[];
const column = (input: EdgeCase['input'], name: string): readonly number[] => ((input[name] as Column | undefined) ?? []).map(Number);
const count = (input: EdgeCase['input'], name: string): number => input[name] as number;
const volumeBars = (input: EdgeCase['input']): readonly Bar[] => barsOf(column(input, 'values').map((volume) => ({ volume })));

/** A statistic over the `N` values before each (`exclusive`) or up to each. */
const sliding = (input: EdgeCase['input'], exclusive: boolean, of: (window: Float64Array, x: number) => Measured): readonly Measured[] => {
  const values = column(input, 'values');
  const size = count(input, 'N');
  return values.map((x, i) => {
    const end = exclusive ? i : i + 1;
    return end < size ? 'warmup' : of(Float64Array.from(values.slice(end - size, end)), x);
  });
};

/** How each kind of case is computed. */
const COMPUTE: Readonly<Record<string, (input: EdgeCase['input']) => readonly Measured[]>> = {
  volumeZ: (input) => readAll(volumeZ(count(input, 'N')), volumeBars(input)),
  volumeLogZ: (input) => readAll(volumeLogZ(count(input, 'N')), volumeBars(input)),
  volumeMadLogZ: (input) => readAll(volumeMadLogZ(count(input, 'N')), volumeBars(input)),
  volumeMadZ: (input) => sliding(input, true, (values, x) => {
    const window = createSortedWindow(values.length);
    for (const value of values) window.push(value);
    return sortedScore(x, window);
  }),
  rollingStdInclusive: (input) => sliding(input, false, (window) => sampleDeviation(window, meanOf(window))),
  roc: (input) => {
    const times = input['openTimes'] as readonly number[] | undefined;
    const closes = column(input, 'closes').map((close, i) => ({ close, openTimeMs: times?.[i] ?? i * 900_000 }));
    return readAll(rateOfChange(count(input, 'k')), barsOf(closes));
  },
  er: (input) => readAll(efficiencyRatio(count(input, 'n')), barsOf(column(input, 'closes').map((close) => ({ close })))),
  tr: (input) => {
    const [high, low] = [column(input, 'high'), column(input, 'low')];
    return readAll(trueRange(), barsOf(column(input, 'close').map((close, i) => ({ close, high: high[i] ?? NaN, low: low[i] ?? NaN }))));
  },
  tbi: (input) => {
    const taken = column(input, 'takerBuy');
    return readAll(takerImbalance(), barsOf(column(input, 'volume').map((volume, i) => ({ volume, takerVolume: taken[i] ?? NaN }))));
  },
};

describe.each(Object.entries(COMPUTE))('golden edge cases of %s', (kind, compute) => {
  it.each(readEdgeCases(goldenPath('series/edge-cases.json'), kind))('$name', ({ input, expected }) => {
    const actual = compute(input);
    const wanted = expected as readonly (number | null)[];
    expect(actual.map((value, i) => ({ i, value, agrees: agrees(value, wanted[i] ?? null, kind === 'tr' ? 'relative' : 'dimensionless') }))).toEqual(
      actual.map((value, i) => ({ i, value, agrees: true })),
    );
    expect(actual).toHaveLength(wanted.length);
  });
});
