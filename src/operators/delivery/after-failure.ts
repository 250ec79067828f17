import type { Delivery } from '../../model/delivery.js';
import type { DeliverySettings } from '../../ports/pipeline.js';
import type { DeliveryError } from '../../ports/sink.js';

export interface AfterFailure {
  /** The step that records what happened. */
  readonly change: Partial<Delivery>;
  /** A further step that ends it, when there is nothing left to try. */
  readonly final: Partial<Delivery> | null;
}

/** The step that ends a delivery of unknown outcome that may not be repeated (any more), or `null`. */
const overBudget = (delivery: Delivery, { onUnknown, maxUnknownResends }: DeliverySettings): Partial<Delivery> | null => {
  if (delivery.state !== 'unknown') return null;
  if (onUnknown === 'drop') return { state: 'dead', reason: 'policy: an alert of unknown outcome is not repeated' };
  if (delivery.unknowns > maxUnknownResends)
    return { state: 'dead', reason: `unknown: ${delivery.unknowns} sends without a reply` };
  return null;
};

/** What a failed attempt makes of a delivery that is being sent (the table of reliability.md §2.3). */
const decide = (sending: Delivery, error: DeliveryError, settings: DeliverySettings): AfterFailure => {
  switch (error.failure) {
    case 'refused':
      return { change: { state: 'waiting', reason: error.detail }, final: null };
    case 'unknown': {
      const change = {
        state: 'unknown' as const,
        reason: error.detail,
        unknowns: sending.unknowns + (error.strong ? 1 : 0),
        mayRepeat: true,
      };
      return { change, final: overBudget({ ...sending, ...change }, settings) };
    }
    case 'dead':
    case 'disabled':
      return { change: { state: 'dead', reason: error.detail }, final: null };
  }
};

export const afterFailure = Object.assign(decide, { overBudget });
