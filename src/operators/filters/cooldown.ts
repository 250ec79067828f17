import type { Alert } from '../../model/alert.js';
import type { CloseFilter } from './filter-closes.js';

const keyOf = (alert: Alert): string => [alert.market, alert.symbol, alert.rule, alert.interval, alert.direction].join('|');

/**
 * Withholds an alert that follows a sent one of the same market, symbol, rule, interval and direction within `cooldownMs` of
 * bar time; at equality it passes, and a withheld alert does not start the cooldown anew (signals.md §1.1). Bar time makes it
 * survive restarts and replays alike: `sentBefore` are the alerts the store remembers.
 */
export const cooldown = ({
  cooldownMs,
  sentBefore,
}: {
  readonly cooldownMs: number;
  readonly sentBefore: readonly Alert[];
}): CloseFilter => {
  const sentAt = new Map<string, number>();
  const remember = (sent: readonly Alert[]): void => {
    for (const alert of sent) {
      const key = keyOf(alert);
      sentAt.set(key, Math.max(sentAt.get(key) ?? -Infinity, alert.decisionTimeMs));
    }
  };
  remember(sentBefore);
  return {
    withhold: (alerts) =>
      new Map(
        alerts
          .filter((alert) => alert.decisionTimeMs - (sentAt.get(keyOf(alert)) ?? -Infinity) < cooldownMs)
          .map((alert) => [alert.id, 'cooldown'] as const),
      ),
    remember,
  };
};
