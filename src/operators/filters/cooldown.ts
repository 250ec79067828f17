import type { Alert } from '../../model/alert.js';
import { reaches } from '../judges/reaches.js';
import type { Annotation, CloseFilter, Withheld } from './filter-closes.js';

const keyOf = (alert: Alert): string => [alert.market, alert.symbol, alert.rule, alert.interval, alert.direction].join('|');

/**
 * The last sent alert of each market, symbol, rule, interval and direction. Made beside the filter, so that it outlives a
 * change of the filter's numbers; `sentBefore` are the alerts the store remembers, in any order.
 */
export interface CooldownMemory {
  last(like: Alert): Alert | undefined;
  readonly remember: (sent: readonly Alert[]) => void;
}

export const cooldownMemory = (sentBefore: readonly Alert[] = []): CooldownMemory => {
  const last = new Map<string, Alert>();
  const remember = (sent: readonly Alert[]): void => {
    for (const alert of sent) {
      const key = keyOf(alert);
      if ((last.get(key)?.decisionTimeMs ?? -Infinity) <= alert.decisionTimeMs) last.set(key, alert);
    }
  };
  remember(sentBefore);
  return { last: (like) => last.get(keyOf(like)), remember };
};

export interface Escalation {
  /** The measure whose value, in the alert's direction, is the size of the move. */
  readonly measure: string;
  /** How much larger than the last sent one's a move must be to break the cooldown, in the measure's unit. */
  readonly step: number;
}

const sizeOf = (alert: Alert, measure: string): number | null => {
  const value = alert.measures[measure];
  return typeof value !== 'number' ? null : alert.direction === 'up' ? value : -value;
};

/** Whether the move of an alert has grown by the step since the one before; without a value it has not. */
const hasGrown = (alert: Alert, before: Alert, { measure, step }: Escalation): boolean => {
  const [size, sizeBefore] = [sizeOf(alert, measure), sizeOf(before, measure)];
  return size !== null && sizeBefore !== null && reaches(size, sizeBefore + step);
};

const ownOr = <T, U>(byRule: Readonly<Record<string, T>>, rule: string, otherwise: U): T | U =>
  Object.hasOwn(byRule, rule) ? (byRule[rule] as T) : otherwise;

export interface CooldownOptions {
  readonly cooldownMs: number;
  /** By rule, where it has its own. */
  readonly cooldowns?: Readonly<Record<string, number>>;
  readonly memory: CooldownMemory;
  /** By rule; no move of a rule that is not named breaks the cooldown. */
  readonly escalation?: Readonly<Record<string, Escalation>>;
}

/**
 * Withholds an alert that follows a sent one of the same market, symbol, rule, interval and direction within `cooldownMs` of
 * bar time; at equality it passes, and a withheld alert does not start the cooldown anew (signals.md §1.1). Bar time makes it
 * survive restarts and replays alike. With `escalation` a move that has grown by a step since the last sent one passes all the
 * same and says which one it outgrows (`escalates`).
 */
export const cooldown = ({ cooldownMs, cooldowns = {}, memory, escalation = {} }: CooldownOptions): CloseFilter => ({
  decide: (alerts) => {
    const withheld = new Map<string, Withheld>();
    const annotated = new Map<string, Annotation>();
    for (const alert of alerts) {
      const before = memory.last(alert);
      const silenceMs = ownOr(cooldowns, alert.rule, cooldownMs);
      if (before === undefined || alert.decisionTimeMs - before.decisionTimeMs >= silenceMs) continue;
      const grows = ownOr(escalation, alert.rule, undefined);
      const isLater = alert.decisionTimeMs > before.decisionTimeMs;
      if (grows !== undefined && isLater && hasGrown(alert, before, grows)) annotated.set(alert.id, { escalates: before.id });
      else withheld.set(alert.id, { by: 'cooldown' });
    }
    return { withheld, annotated };
  },
  remember: memory.remember,
});
