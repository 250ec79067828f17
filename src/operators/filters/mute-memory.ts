import type { Alert, Silenced } from '../../model/alert.js';

const keyOf = ({ market, symbol, rule }: Alert): string => `${market}|${symbol}|${rule}`;

/** What `because` begins with where no route leads to a sink: nobody has asked for silence then, and nothing is counted. */
export const UNROUTED = 'no sink: ';

const isCounted = ({ because = '' }: Alert): boolean => !because.startsWith(UNROUTED);

/**
 * What silences and mute times have withheld of each symbol and rule since the last alert of it that was sent. Made beside the
 * filter, so that it outlives a change of silences; `mutedBefore` and `sentBefore` are what the store remembers, in any order.
 */
export interface MuteMemory {
  readonly withheld: (alert: Alert) => void;
  /** `null`: nothing. */
  since(like: Alert): Silenced | null;
  readonly remember: (sent: readonly Alert[]) => void;
}

export const muteMemory = (sentBefore: readonly Alert[] = [], mutedBefore: readonly Alert[] = []): MuteMemory => {
  const held = new Map<string, Silenced>();
  const withheld = (alert: Alert): void => {
    if (!isCounted(alert)) return;
    const { count, sinceMs } = held.get(keyOf(alert)) ?? { count: 0, sinceMs: alert.decisionTimeMs };
    held.set(keyOf(alert), { count: count + 1, sinceMs });
  };
  const remember = (sent: readonly Alert[]): void => {
    for (const alert of sent) held.delete(keyOf(alert));
  };
  for (const alert of [...sentBefore, ...mutedBefore].sort((a, b) => a.decisionTimeMs - b.decisionTimeMs))
    if (alert.suppressedBy === null) remember([alert]);
    else withheld(alert);
  return { withheld, since: (like) => held.get(keyOf(like)) ?? null, remember };
};
