import { createHash } from 'node:crypto';
import type { Alert } from './alert.js';
import { anyOf } from './wildcard.js';

/** What somebody does not want to hear for a while. */
export interface Silence {
  /** Six letters and digits, made of what it says. */
  readonly id: string;
  /** A symbol, or `rule:` and the name of a rule; `*` stands for any letters: `BTC*`, `rule:mom*`, `*`. */
  readonly what: string;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Why, in the words of who asked for it; `null` where nothing was said. */
  readonly reason: string | null;
}

const RULE = 'rule:';

export const silenceId = ({ what, sinceMs, untilMs }: Omit<Silence, 'id'>): string =>
  createHash('sha256').update([what, sinceMs, untilMs].join('|')).digest('hex').slice(0, 6);

/** Whether an alert is what a silence is about, whenever that holds. */
export const isAbout = ({ what }: Pick<Silence, 'what'>, { symbol, rule }: Pick<Alert, 'symbol' | 'rule'>): boolean =>
  what.startsWith(RULE) ? anyOf([what.slice(RULE.length)])(rule) : anyOf([what])(symbol);

/** The silence that holds for an alert, by bar time; the one that ends last where several do. `null`: none. */
export const silenceOf = (
  silences: readonly Silence[],
  alert: Pick<Alert, 'symbol' | 'rule' | 'decisionTimeMs'>,
): Silence | null => {
  const { decisionTimeMs: atMs } = alert;
  const held = silences.filter((each) => each.sinceMs <= atMs && atMs < each.untilMs && isAbout(each, alert));
  return held.reduce<Silence | null>((last, each) => (last === null || each.untilMs > last.untilMs ? each : last), null);
};
