import { cutTo, NAME_CODE_POINTS_MAX, plain } from './plain.js';
import { decimal, percentText, quantity, rounded, significant } from './numbers.js';

/** How a measure is called and written for people. */
export interface Manner {
  readonly label: string;
  /** The number with its unit. */
  readonly write: (value: number) => string;
}

const bars = (count: string): string => (count === '1' ? '1 bar' : `${count} bars`);
const inUnit = (unit: string) => (value: number) => `${rounded(value, 2)} ${unit}`;
const perHour = (value: number): string => `${quantity(value)} quote/h`;

type Entry = readonly [name: RegExp, label: (parameter: string) => string, write: (value: number) => string];

/**
 * The measures of both pipelines by their one name (decisions.md 11), with the period in it as the parameter. What is not
 * listed is shown under its own name as a bare number, so a new measure needs no line here to be told truthfully.
 */
const ENTRIES: readonly Entry[] = [
  [/^m_(\d+)$/, (k) => `move over ${bars(k)}`, inUnit('ATR')],
  [/^volume_logz(\d+)$/, (n) => `log volume against ${bars(n)}`, inUnit('σ')],
  [/^volume_z(\d+)$/, (n) => `volume against ${bars(n)}`, inUnit('σ')],
  [/^volume_madlogz(\d+)$/, (n) => `log volume against ${bars(n)}, robust`, inUnit('σ')],
  [/^roc_(\d+)$/, (k) => `change over ${bars(k)}`, percentText],
  [/^atr(\d+)$/, (n) => `ATR of ${bars(n)}`, (value) => decimal(Number(value.toPrecision(4)))],
  [/^natr(\d+)$/, (n) => `ATR of ${bars(n)}, of price`, percentText],
  [/^spikePct$/, () => 'volume over its mean', percentText],
  [/^changePct$/, () => 'change open to close', percentText],
  [/^volumeThresholdPct$/, () => 'volume threshold used', percentText],
  [/^liquidity(?:PerHour|_per_hour|_24h|24h)?$/, () => 'liquidity', perHour],
  [/^pct$/, () => 'rank in the market', (value) => percentText(100 * value)],
  [/^excess_atr$/, () => 'beyond the market', inUnit('ATR')],
  [/^alignment$/, () => 'trends that go the same way', (value) => percentText(100 * value)],
  [/^breakout(\d+)$/, (n) => `above the high of ${bars(n)}`, inUnit('ATR')],
  [/^breakout_down(\d+)$/, (n) => `below the low of ${bars(n)}`, inUnit('ATR')],
  [/^tbi$/, () => 'taker buys less taker sells', (value) => percentText(100 * value)],
  [/^warm$/, () => 'history', (value) => `${rounded(value, 0)} bars`],
];

/** How to call and write a measure. Names are outside text to a sink: rules come from users. */
export const mannerOf = (name: string): Manner => {
  for (const [pattern, label, write] of ENTRIES) {
    const match = pattern.exec(name);
    if (match !== null) return { label: label(match[1] ?? ''), write };
  }
  return { label: cutTo(plain(name), NAME_CODE_POINTS_MAX), write: significant };
};
