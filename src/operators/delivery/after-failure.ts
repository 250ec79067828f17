import type { Delivery, Try } from '../../model/delivery.js';
import { triesWith } from '../../model/delivery.js';
import type { DeliverySettings } from '../../ports/pipeline.js';
import type { DeliveryError } from '../../ports/sink.js';

/** The step that ends a delivery of unknown outcome that may not be repeated (any more), or `null`. */
const overBudget = (delivery: Delivery, { onUnknown, maxUnknownResends }: DeliverySettings): Partial<Delivery> | null => {
  if (delivery.state !== 'unknown') return null;
  if (onUnknown === 'drop') return { state: 'dead', reason: 'policy: an alert of unknown outcome is not repeated' };
  if (delivery.unknowns > maxUnknownResends)
    return { state: 'dead', reason: `unknown: ${delivery.unknowns} sends without a reply` };
  return null;
};

/**
 * What a failed attempt makes of a delivery that is being sent (the table of reliability.md §2.3). `several`: the message told
 * more alerts than this one, and a refusal of the whole says nothing of each.
 */
const decide = (
  sending: Delivery,
  error: DeliveryError,
  settings: DeliverySettings,
  atMs: number,
  several = false,
): Partial<Delivery> => {
  const { failure, detail } = error;
  const tries = (outcome: Try['outcome']): readonly Try[] => triesWith(sending, { atMs, outcome, detail });
  switch (failure) {
    case 'refused':
      return { state: 'waiting', reason: detail, tries: tries('refused') };
    case 'unknown':
      return {
        state: 'unknown',
        reason: detail,
        unknowns: sending.unknowns + (error.strong ? 1 : 0),
        mayRepeat: true,
        tries: tries('unknown'),
      };
    case 'dead':
      return several
        ? { state: 'waiting', reason: `refused among others: ${detail}`, tries: tries('refused') }
        : { state: 'dead', reason: detail, tries: tries('dead') };
    case 'disabled':
      return { state: 'dead', reason: detail, tries: tries('dead') };
  }
};

export const afterFailure = Object.assign(decide, { overBudget });
