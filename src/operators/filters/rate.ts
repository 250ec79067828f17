import type { Alert } from '../../model/alert.js';
import type { CloseFilter, Withheld } from './filter-closes.js';

/** When alerts were sent, by symbol and all together. Made beside the filter, so that it outlives a change of its numbers. */
export interface RateMemory {
  /** Sends of the symbol with decision times in `(sinceMs, …]`. */
  ofSymbol(like: Alert, sinceMs: number): number;
  ofAll(sinceMs: number): number;
  readonly remember: (sent: readonly Alert[]) => void;
}

/** Sends further back than this are forgotten: no window of a rate is longer. */
export const RATE_WINDOW_MS_MAX = 86_400_000;

export const rateMemory = (sentBefore: readonly Alert[] = []): RateMemory => {
  const bySymbol = new Map<string, number[]>();
  let all: number[] = [];
  const keyOf = ({ market, symbol }: Alert): string => `${market}|${symbol}`;
  const within = (times: readonly number[], sinceMs: number): number =>
    times.reduce((n, time) => (time > sinceMs ? n + 1 : n), 0);
  const remember = (sent: readonly Alert[]): void => {
    for (const alert of sent) {
      const oldest = alert.decisionTimeMs - RATE_WINDOW_MS_MAX;
      bySymbol.set(keyOf(alert), [...(bySymbol.get(keyOf(alert)) ?? []).filter((time) => time > oldest), alert.decisionTimeMs]);
      all.push(alert.decisionTimeMs);
    }
    const newest = sent.reduce((latest, { decisionTimeMs }) => Math.max(latest, decisionTimeMs), -Infinity);
    if (sent.length > 0) all = all.filter((time) => time > newest - RATE_WINDOW_MS_MAX);
  };
  remember([...sentBefore].sort((a, b) => a.decisionTimeMs - b.decisionTimeMs));
  return {
    ofSymbol: (like, sinceMs) => within(bySymbol.get(keyOf(like)) ?? [], sinceMs),
    ofAll: (sinceMs) => within(all, sinceMs),
    remember,
  };
};

export interface RateOptions {
  /** Most alerts of one symbol within the window; `null`: any number. */
  readonly perSymbol: number | null;
  /** Most alerts of all symbols, markets and rules together; `null`: any number. */
  readonly overall: number | null;
  /** Bar time, at most a day. */
  readonly windowMs: number;
  readonly memory: RateMemory;
  /** Who goes first where not all may: the strongest; market alerts before them. */
  readonly strengthOf: (alert: Alert) => number | null;
}

/**
 * Withholds what goes beyond a number of alerts within a window of bar time, by symbol and overall. Within a close market
 * alerts go first, then the strongest, then by symbol. A withheld alert uses up nothing.
 */
export const rate = ({ perSymbol, overall, windowMs, memory, strengthOf }: RateOptions): CloseFilter => {
  const rankOf = (alert: Alert): number => (alert.kind === 'market' ? Infinity : (strengthOf(alert) ?? -1));
  const inTurn = (a: Alert, b: Alert): number => {
    const [one, other] = [rankOf(a), rankOf(b)];
    if (one !== other) return one > other ? -1 : 1;
    return a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0;
  };
  return {
    decide: (alerts) => {
      const withheld = new Map<string, Withheld>();
      const passed = new Map<string, number>();
      let passedAll = 0;
      for (const alert of [...alerts].sort(inTurn)) {
        const sinceMs = alert.decisionTimeMs - windowMs;
        const here = passed.get(alert.symbol) ?? 0;
        const isFull =
          (perSymbol !== null && memory.ofSymbol(alert, sinceMs) + here >= perSymbol) ||
          (overall !== null && memory.ofAll(sinceMs) + passedAll >= overall);
        if (isFull) withheld.set(alert.id, { by: 'rate' });
        else {
          passed.set(alert.symbol, here + 1);
          passedAll++;
        }
      }
      return { withheld };
    },
    remember: memory.remember,
  };
};
