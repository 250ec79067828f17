import type { OperatorFunction } from 'rxjs';
import { concatMap } from 'rxjs';
import type { Pending } from '../../model/delivery.js';
import type { Step, StepOptions } from './step.js';
import { stepWith } from './step.js';

/**
 * Ends rows of a sink that an earlier life had and this one has not: nobody will ever send them, and no alert disappears
 * without a recorded end (reliability.md §2.1).
 *
 * ```
 * pending$  -a-b-|
 * bury      -A-B-|   dead
 * ```
 */
export const bury = (options: StepOptions): OperatorFunction<Pending, Step> => {
  const step = stepWith(options);
  return concatMap(({ alert, delivery }: Pending) =>
    step(alert, delivery, { state: 'dead', reason: 'no sink of this name is configured any more' }),
  );
};
