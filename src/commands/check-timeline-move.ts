import type { Alert } from '../model/alert.js';
import { toAlert } from '../model/alert.js';
import type { PlacedBar } from '../model/bar.js';
import { decisionTimeMs } from '../model/bar.js';
import type { Close } from '../model/close.js';
import type { Interval } from '../model/interval.js';
import { INTERVAL_MS, INTERVALS } from '../model/interval.js';
import type { Judged } from '../model/verdict.js';

/** What fires in the example, and by how much its move must grow to be a step. */
export interface ExampleRule {
  readonly id: string;
  readonly version: number;
  readonly escalation: { readonly measure: string; readonly step: number } | null;
}

/** `fires`: the rule does; `steps`: and the move has grown by a step; `longer`: on the bars of a longer interval. */
type Sign = 'fires' | 'steps' | 'longer';

/** A move by its closes, in percent above where it began, one bar after another. */
const MOVE: readonly (readonly [percent: number, ...signs: Sign[]])[] = [
  ...([[3, 'fires'], [3.6, 'fires'], [4.2, 'fires'], [6.8, 'steps', 'longer'], [6.2], [3]] as const),
  ...([[2.6], [2.8], [2.5], [2.7], [2.4], [2.6]] as const),
  ...Array.from({ length: 7 }, (_, n) => [
    [7.5 + n / 2, 'fires'] as const,
    [7.4 + n / 2] as const,
    [7.3 + n / 2] as const,
  ]).flat(),
];

/** 2026-08-06 12:00 UTC, where bars of every length but a day begin. */
const START_MS = 1_786_017_600_000;
const SYMBOL = 'BTCUSDT';
const PRICE = 100;

/** Bars of a quarter of an hour, unless those that are followed are longer: in shorter ones there is too much to read. */
export const exampleInterval = (followed: Interval): Interval => (INTERVAL_MS[followed] < INTERVAL_MS['15m'] ? '15m' : followed);

/** The length that is seen beside it: the first of which a whole number of bars makes one, four if that is one. */
export const longerThan = (interval: Interval): Interval | null =>
  INTERVALS.find((each) => INTERVAL_MS[each] === 4 * INTERVAL_MS[interval]) ??
  INTERVALS.find((each) => INTERVAL_MS[each] > INTERVAL_MS[interval] && INTERVAL_MS[each] % INTERVAL_MS[interval] === 0) ??
  null;

const barOf = (interval: Interval, endMs: number, open: number, close: number): PlacedBar => ({
  ...{ market: 'usdm', symbol: SYMBOL, interval, openTimeMs: endMs - INTERVAL_MS[interval] },
  ...{ open, high: Math.max(open, close), low: Math.min(open, close), close },
  ...{ volume: null, quoteVolume: null, tradeCount: null, takerVolume: null, takerQuoteVolume: null },
  ...{ provenance: 'replay', timing: 'due', follows: 'neighbour' },
});

const alertOf = (judged: Judged, rule: ExampleRule, size: number): Alert => {
  const measures = rule.escalation === null ? {} : { [rule.escalation.measure]: size };
  const verdict = { rule: rule.id, ruleVersion: rule.version, direction: 'up', fired: true } as const;
  return toAlert(judged, { ...verdict, conditions: [], shown: measures, shortHistory: false }, 1);
};

/** The closes of the made-up move, before any filter. */
export const exampleMove = (interval: Interval, rule: ExampleRule): readonly Close[] => {
  const longer = longerThan(interval);
  let size = 0;
  return MOVE.flatMap(([percent, ...signs], index) => {
    const endMs = START_MS + (index + 1) * INTERVAL_MS[interval];
    const open = PRICE * (1 + (MOVE[index - 1]?.[0] ?? 0) / 100);
    const closeOf = (length: Interval, from: number, fires: boolean): Close => {
      const bar = barOf(length, endMs, from, PRICE * (1 + percent / 100));
      const judged: Judged = { bar, values: {}, verdicts: [] };
      return {
        ...{ market: 'usdm', interval: length, openTimeMs: bar.openTimeMs, decisionTimeMs: decisionTimeMs(bar) },
        ...{
          judged: [judged],
          alerts: fires ? [alertOf(judged, rule, size)] : [],
          expected: 1,
          received: 1,
          late: false,
          lagging: {},
        },
      };
    };
    // The size of a step is what the settings ask for, and a little more.
    if (signs.includes('steps')) size += (rule.escalation?.step ?? 0) * 1.01;
    return [
      closeOf(
        interval,
        open,
        signs.some((sign) => sign !== 'longer'),
      ),
      ...(longer !== null && signs.includes('longer') ? [closeOf(longer, PRICE, true)] : []),
    ];
  });
};
