import type { Alert } from '../../model/alert.js';
import type { Interval } from '../../model/interval.js';
import { numberOf } from '../../model/reading.js';
import type { Measured, Reason, Values } from '../../model/reading.js';
import type { Standing } from '../../model/section.js';
import { strengthOf } from '../../model/strength.js';
import type { Direction, Judged } from '../../model/verdict.js';
import type { Measure } from '../../ports/measure.js';
import { averageTrueRangeBefore } from '../measures/average-true-range-before.js';
import { breakoutDown } from '../measures/breakout-down.js';
import { breakout } from '../measures/breakout.js';
import { normalisedMove } from '../measures/normalised-move.js';
import { takerImbalance } from '../measures/taker-imbalance.js';
import { trendState } from '../measures/trend-state.js';
import { volumeLogZ } from '../measures/volume-log-z.js';
import { volumeThin } from '../measures/volume-thin.js';
import { longerName } from './longer.js';
import type { Sectioned } from './sections.js';

const VOLUME_BARS = 20;
const TREND = trendState();

/** What the cross-section and the strength of every alert are made of, whatever the rules read. */
export const contextMeasures: readonly Measure[] = [
  normalisedMove(1),
  volumeLogZ(VOLUME_BARS),
  volumeThin(VOLUME_BARS),
  averageTrueRangeBefore(),
  breakout(),
  breakoutDown(),
  TREND,
  takerImbalance(),
];

/** Names of the trend states that alignment looks at: of the judged bars and of these longer ones. */
export const trendNames = (longer: readonly Interval[]): readonly string[] => [
  TREND.name,
  ...longer.map((interval) => longerName(TREND.name, interval)),
];

/** Share of the states that go this way, of those that are known (signals.md §4.3); the first one's reason when none is. */
export const alignmentOf = (states: readonly Measured[], direction: Direction): Measured => {
  const known = states.filter((state) => typeof state === 'number');
  const wanted = direction === 'up' ? 1 : -1;
  if (known.length === 0) return states[0] ?? 'no-data';
  return known.filter((state) => state === wanted).length / known.length;
};

/** A score of volumes of which too many are at the floor is not to be believed (signals.md §3.1). */
const volumeOf = (values: Values): Measured => {
  const thin = numberOf(values, 'volume_thin20');
  return thin !== null && thin > VOLUME_BARS / 4 ? 'zero-volume' : (values['volume_logz20'] ?? 'no-data');
};

const orNull = (value: Measured): number | null => (typeof value === 'number' ? value : null);

const turned = (value: number | null, direction: Direction): number | null =>
  value === null || direction === 'up' ? value : -value;

type Show = (name: string, value: Measured) => void;

const SECTION_NAMES = ['pct', 'market_median', 'beta_raw', 'excess', 'excess_atr', 'breadth'] as const;

/** What an alert shows of the cross-section, by the golden columns' names. */
const showSection = (show: Show, sectioned: Sectioned, standing: Standing | undefined, direction: Direction): void => {
  const { section } = sectioned;
  if (section === null) {
    for (const name of SECTION_NAMES) show(name, sectioned.reason);
    return;
  }
  const unknown = standing === undefined ? 'gap' : 'warmup';
  show('pct', standing?.rank ?? 'gap');
  show('market_median', section.index);
  show('beta_raw', standing?.beta ?? unknown);
  show('excess', standing?.excess ?? 'gap');
  show('excess_atr', standing?.excessAtr ?? unknown);
  show('breadth', direction === 'up' ? section.breadthUp : section.breadthDown);
};

/** The alert with what stands around it: where its symbol stands in the market, what the trends say, and its strength. */
export const withContext = (alert: Alert, judged: Judged, sectioned: Sectioned, longer: readonly Interval[]): Alert => {
  const { values } = judged;
  const { direction } = alert;
  const standing = sectioned.section?.standings.get(alert.symbol);
  const of = (name: string): Measured => values[name] ?? 'no-data';
  const trends = trendNames(longer);
  const alignment = alignmentOf(trends.map(of), direction);
  const beyond = direction === 'up' ? 'breakout20' : 'breakout_down20';
  const rank = standing?.rank ?? null;
  const strength = strengthOf({
    P: turned(numberOf(values, 'm_1'), direction),
    V: orNull(volumeOf(values)),
    E: turned(standing?.excessAtr ?? null, direction),
    X: rank === null || direction === 'up' ? rank : 1 - rank,
    T: orNull(alignment),
    B: numberOf(values, beyond),
    I: turned(numberOf(values, 'tbi'), direction),
  });
  const measures: Record<string, number | null> = { ...alert.measures };
  const reasons: Record<string, Reason> = { ...alert.reasons };
  // One by one: of a storm's hundreds of alerts, objects that are made only to be taken apart are a tenth of all garbage.
  const show: Show = (name, value) => {
    if (Object.hasOwn(measures, name)) return;
    measures[name] = orNull(value);
    if (typeof value !== 'number') reasons[name] = value;
  };
  showSection(show, sectioned, standing, direction);
  for (const name of trends) show(name, of(name));
  show('alignment', alignment);
  show(beyond, of(beyond));
  show('tbi', of('tbi'));
  return { ...alert, measures, reasons, strength };
};
