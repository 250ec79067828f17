import type { Alert } from '../../model/alert.js';
import { reaches } from '../judges/reaches.js';
import type { CloseFilter, Withheld } from './filter-closes.js';

const keyOf = ({ market, direction }: Alert): string => `${market}|${direction}`;

/** The last market alert of each market and direction that was sent. Made beside the filter, so that it outlives a change of its numbers. */
export interface InhibitMemory {
  lastMarket(like: Alert): Alert | undefined;
  readonly remember: (sent: readonly Alert[]) => void;
}

export const inhibitMemory = (sentBefore: readonly Alert[] = []): InhibitMemory => {
  const last = new Map<string, Alert>();
  const remember = (sent: readonly Alert[]): void => {
    for (const alert of sent)
      if (alert.kind === 'market' && (last.get(keyOf(alert))?.decisionTimeMs ?? -Infinity) <= alert.decisionTimeMs)
        last.set(keyOf(alert), alert);
  };
  remember(sentBefore);
  return { lastMarket: (like) => last.get(keyOf(like)), remember };
};

export interface InhibitOptions {
  /** Bar time after a market alert for which singles of its market and direction are a part of the same move; 0: they never are. */
  readonly singlesMs: number;
  /** Strength from which a single is told all the same; `null`: none is. */
  readonly unlessStrength: number | null;
  /** Whether one that breaks its own cooldown by the size of its move is told all the same. */
  readonly unlessEscalating: boolean;
  readonly memory: InhibitMemory;
}

/**
 * Once a market alert has gone out, singles of the closes that follow in the same market and direction tell the same move again:
 * they are merged into it (`flood`, with its id). The close of the market alert itself is the flood filter's, and so is a later one
 * that makes a market alert of its own. At equality the time is over.
 *
 * ```
 * close$                            -m-a-b-c-|   m: the market; a, b, c: a single each, a bar apart
 * filterCloses([inhibit 30 min])    -M-A-B-C-|   A merged into the market alert; B and C sent
 * ```
 */
export const inhibit = ({ singlesMs, unlessStrength, unlessEscalating, memory }: InhibitOptions): CloseFilter => ({
  decide: (alerts) => {
    const withheld = new Map<string, Withheld>();
    if (singlesMs === 0) return {};
    const told = new Set(alerts.filter(({ kind }) => kind === 'market').map(keyOf));
    for (const alert of alerts) {
      const before = memory.lastMarket(alert);
      if (alert.kind === 'market' || told.has(keyOf(alert)) || before === undefined) continue;
      const sinceMs = alert.decisionTimeMs - before.decisionTimeMs;
      if (sinceMs <= 0 || sinceMs >= singlesMs) continue;
      const strength = alert.strength?.value ?? null;
      if (unlessStrength !== null && strength !== null && reaches(strength, unlessStrength)) continue;
      if (unlessEscalating && alert.escalates !== undefined) continue;
      withheld.set(alert.id, { by: 'flood', mergedInto: before.id });
    }
    return { withheld };
  },
  remember: memory.remember,
});
