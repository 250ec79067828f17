import type { OperatorFunction } from 'rxjs';
import { filter, map } from 'rxjs';
import type { Reading } from '../../model/reading.js';
import type { Judged } from '../../model/verdict.js';
import type { Rule } from '../../ports/rule.js';

/**
 * Asks the rules about every reading that is due. Readings of history have filled their windows and go no further.
 *
 * ```
 * reading$       -a-b-c-d-|   a is history
 * judge([rule])  ---B-C-D-|
 * ```
 */
export const judge =
  (rules: readonly Rule[]): OperatorFunction<Reading, Judged> =>
  (reading$) =>
    reading$.pipe(
      filter(({ bar }) => bar.timing === 'due'),
      map((reading) => ({
        bar: reading.bar,
        values: reading.values,
        verdicts:
          rules.length === 1 && rules[0] !== undefined ? rules[0].judge(reading) : rules.flatMap((rule) => rule.judge(reading)),
      })),
    );
