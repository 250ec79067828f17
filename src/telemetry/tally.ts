import type { Alert, Suppression } from '../model/alert.js';
import { isOfClosedBar } from '../model/alert.js';
import type { Close } from '../model/close.js';
import type { Delivery, DeliveryState } from '../model/delivery.js';
import { deliveryKey, isFinal } from '../model/delivery.js';
import type { Outcome } from '../ports/pipeline.js';

/** What a run has done so far. */
export interface Tally {
  readonly closes: number;
  readonly barsSeen: number;
  readonly barsExpected: number;
  /** The newest close of every market and interval together: how many series had arrived, of how many. */
  readonly latest: { readonly received: number; readonly expected: number };
  readonly alertsEmitted: number;
  /** Only reasons that occurred. */
  readonly alertsSuppressed: Readonly<Partial<Record<Suppression, number>>>;
  /** Each delivery counts once, in the state it is in now. Only states that occur. */
  readonly deliveries: Readonly<Partial<Record<DeliveryState, number>>>;
  /** Sends that may have been copies, and said so. */
  readonly repeats: number;
  /** What was said of bars that were still forming, and what became of it: in none of the numbers above. Absent while nothing was. */
  readonly early?: Readonly<Record<'sent' | 'withheld' | 'confirmed' | 'faded', number>>;
}

/** Counts a run as it goes. Its memory is the deliveries under way: a delivery that has ended is only a number. */
export interface Counter {
  readonly add: (outcome: Outcome) => void;
  readonly read: () => Tally;
}

type Numbers<Key extends string> = Partial<Record<Key, number>>;

const increase = <Key extends string>(numbers: Numbers<Key>, key: Key): void => {
  numbers[key] = (numbers[key] ?? 0) + 1;
};

/** Folds what a pipeline tells (src/ports/pipeline.ts) into the numbers of the run. */
export const createCounter = (): Counter => {
  const suppressed: Numbers<Suppression> = {};
  const ended: Numbers<DeliveryState> = {};
  const underWay = new Map<string, DeliveryState>();
  const latest = new Map<string, Pick<Close, 'openTimeMs' | 'received' | 'expected'>>();
  const early = { sent: 0, withheld: 0, confirmed: 0, faded: 0 };
  let [closes, barsSeen, barsExpected, emitted, repeats] = [0, 0, 0, 0, 0];

  const addAlert = ({ suppressedBy }: Alert): void => {
    if (suppressedBy === null) emitted++;
    else increase(suppressed, suppressedBy);
  };

  const addClose = (close: Close): void => {
    close.alerts.forEach(addAlert);
    // A correction is no further sight of the bar.
    if (close.revision === true) return;
    barsSeen += close.judged.length;
    // A late telling is a part of a close that has been counted.
    if (!close.late) {
      closes++;
      barsExpected += close.expected;
    }
    const key = `${close.market}|${close.interval}`;
    const { openTimeMs, received, expected } = close;
    if ((latest.get(key)?.openTimeMs ?? -Infinity) <= openTimeMs) latest.set(key, { openTimeMs, received, expected });
  };

  const addDelivery = (delivery: Delivery): void => {
    const key = deliveryKey(delivery);
    if (delivery.state === 'sending' && delivery.mayRepeat) repeats++;
    if (isFinal(delivery.state)) {
      underWay.delete(key);
      increase(ended, delivery.state);
    } else underWay.set(key, delivery.state);
  };

  const addEarly = ({ grade, suppressedBy }: Alert): void => {
    if (grade === 'confirmed' || grade === 'faded') early[grade]++;
    else early[suppressedBy === null ? 'sent' : 'withheld']++;
  };

  return {
    add: (outcome) => {
      if (outcome.kind === 'close') addClose(outcome.close);
      else if (outcome.kind === 'early') outcome.alerts.forEach(addEarly);
      else if (isOfClosedBar(outcome.alert)) addDelivery(outcome.delivery);
    },
    read: () => {
      const deliveries = { ...ended };
      for (const state of underWay.values()) increase(deliveries, state);
      const newest = [...latest.values()];
      return {
        closes,
        barsSeen,
        barsExpected,
        latest: {
          received: newest.reduce((sum, { received }) => sum + received, 0),
          expected: newest.reduce((sum, { expected }) => sum + expected, 0),
        },
        alertsEmitted: emitted,
        alertsSuppressed: { ...suppressed },
        deliveries,
        repeats,
        ...(early.sent + early.withheld + early.confirmed + early.faded > 0 ? { early: { ...early } } : {}),
      };
    },
  };
};
