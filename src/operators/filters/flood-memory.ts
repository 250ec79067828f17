import type { Alert } from '../../model/alert.js';

/** Closes of which it is remembered what fired there, so that a late series is counted with the others: each market, interval and direction has its own. */
const REMEMBERED_CLOSES = 400;

/** One close in one direction, all its tellings together. */
export interface Surge {
  /** Symbols that were candidates. */
  readonly symbols: Set<string>;
  /** Single alerts that were sent. */
  singles: number;
  /** Id of the market alert, once there is one. */
  marketId: string | null;
}

type Place = Pick<Alert, 'market' | 'interval' | 'openTimeMs' | 'direction'>;

/**
 * What has fired at the latest closes, and when the last market alerts were sent. Made beside the filter, so that it outlives a
 * change of the filter's numbers; `sentBefore` are the alerts the store remembers, in any order.
 */
export interface FloodMemory {
  at(place: Place): Surge;
  /** Decision time of the last market alert that was sent, ms UTC; `null` when none was. */
  lastMarketAtMs(place: Place): number | null;
  readonly remember: (sent: readonly Alert[]) => void;
}

export const floodMemory = (sentBefore: readonly Alert[] = []): FloodMemory => {
  const surges = new Map<string, Surge>();
  const lastMarket = new Map<string, number>();
  const keyOf = ({ market, interval, direction }: Place): string => `${market}|${interval}|${direction}`;

  const at = (place: Place): Surge => {
    const key = `${keyOf(place)}|${place.openTimeMs}`;
    let surge = surges.get(key);
    if (surge === undefined) {
      surge = { symbols: new Set(), singles: 0, marketId: null };
      surges.set(key, surge);
      const [oldest] = surges.keys();
      if (surges.size > REMEMBERED_CLOSES && oldest !== undefined) surges.delete(oldest);
    }
    return surge;
  };

  const remember = (sent: readonly Alert[]): void => {
    for (const alert of sent) {
      const surge = at(alert);
      if (alert.kind === 'market') {
        surge.marketId = alert.id;
        lastMarket.set(keyOf(alert), Math.max(lastMarket.get(keyOf(alert)) ?? -Infinity, alert.decisionTimeMs));
      } else {
        surge.symbols.add(alert.symbol);
        surge.singles++;
      }
    }
  };

  remember([...sentBefore].sort((a, b) => a.decisionTimeMs - b.decisionTimeMs));
  return { at, lastMarketAtMs: (place) => lastMarket.get(keyOf(place)) ?? null, remember };
};
