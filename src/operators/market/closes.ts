import type { MonoTypeOperatorFunction, Observable, OperatorFunction } from 'rxjs';
import { defer, filter, map, of, tap } from 'rxjs';
import type { Alert } from '../../model/alert.js';
import type { Close } from '../../model/close.js';
import { judgedUpTo } from '../../model/positions.js';
import type { Reading } from '../../model/reading.js';
import type { Scene } from '../../model/scene.js';
import type { Judged } from '../../model/verdict.js';
import type { Measure } from '../../ports/measure.js';
import type { Parts } from '../../ports/pipeline.js';
import type { LongerMeasure, Rule } from '../../ports/rule.js';
import type { FeedEvent } from '../../ports/source.js';
import { isRoster } from '../bars/is-series-event.js';
import { createQuarantine } from '../bars/quarantine.js';
import { judge } from '../judges/judge.js';
import { normalisedMove } from '../measures/normalised-move.js';
import { trendState } from '../measures/trend-state.js';
import { barrier } from './barrier.js';
import { contextMeasures, withContext } from './context.js';
import { fanOut } from './fan-out.js';
import { createFirstRoster } from './first-roster.js';
import { readings } from './readings.js';
import type { Sections } from './sections.js';
import { createSections } from './sections.js';
import { createSurroundings } from './surroundings.js';

export interface ClosesParts extends Pick<Parts, 'history' | 'remembered' | 'marketTime' | 'barrierMs' | 'report' | 'notice'> {
  /** Longer bars that alerts shall see: their trends go into the alignment and so into the strength; none if absent. */
  readonly higherIntervals?: Parts['higherIntervals'];
  /** Where one of them wants scenes, recent bars are remembered for pictures. */
  readonly sinks?: Parts['sinks'];
  /** Listens to the readings of each series, history and all; nobody does if absent. */
  readonly listen?: () => MonoTypeOperatorFunction<Reading>;
}

/** Bars that a picture shows: a day of quarter hours. */
const SCENE_BARS = 96;
/** How broad a move is must be known of every bar, whatever the rules read. */
const BREADTH = normalisedMove(1);

/** Each measure once, by its name. */
const distinct = (measures: readonly Measure[]): readonly Measure[] => [
  ...new Map(measures.map((each) => [each.name, each])).values(),
];

const longerOf = (rules: readonly Rule[], { higherIntervals = [] }: ClosesParts): readonly LongerMeasure[] => [
  ...higherIntervals.map((interval) => ({ measure: trendState(), interval })),
  ...rules.flatMap(({ longer = [] }) => longer),
];

/** The recent bars behind alerts, by alert id; nothing where pictures are not wanted. */
const scenesOf = (alerts: readonly Alert[], bySymbol: ReadonlyMap<string, Judged>): Pick<Close, 'scenes'> => {
  const scenes = new Map<string, Scene>();
  for (const { id, symbol } of alerts) {
    const scene = bySymbol.get(symbol)?.scene;
    if (scene !== undefined) scenes.set(id, scene);
  }
  return scenes.size === 0 ? {} : { scenes };
};

/** The close with its cross-section, and its alerts with what stands around them (signals.md §6, §7). */
const inSection = (close: Close, sections: Sections, { higherIntervals = [] }: ClosesParts): Close => {
  const sectioned = sections.of(close);
  const { section } = sectioned;
  if (close.alerts.length === 0) return { ...close, section };
  const bySymbol = new Map(close.judged.map((judged) => [judged.bar.symbol, judged]));
  const alerts = close.alerts.map((alert) => {
    const judged = bySymbol.get(alert.symbol);
    return judged === undefined ? alert : withContext(alert, judged, sectioned, higherIntervals);
  });
  return { ...close, alerts, section, ...scenesOf(alerts, bySymbol) };
};

/**
 * The trunk of every pipeline: the events of all series become the judged closes of their market.
 *
 * ```
 * event$         -a-x-b-y-|   a b of one symbol, x y of another
 * readings       -r-s-t-q-|   in order, holes refilled, windowed, measured, beside longer bars
 * judge          -j-k-l-m-|   only bars that are due
 * barrier        ---B---E-|   both symbols of one close together
 * closes         ---C---D-|   with the cross-section, and what stands around the alerts
 * ```
 *
 * `rules` say what is measured; the latest of `rules$` judge by it. What
 * stands around an alert is measured for alerts alone; without `context` they have neither a full cross-section nor a strength.
 */
export const closes =
  (
    parts: ClosesParts,
    rules: readonly Rule[],
    rules$: Observable<readonly Rule[]> = of(rules),
    { context = true }: { readonly context?: boolean } = {},
  ): OperatorFunction<FeedEvent, Close> =>
  (source$) =>
    defer(() => {
      const { remembered, marketTime, barrierMs } = parts;
      const measures = distinct([...rules.flatMap((rule) => rule.measures), ...(context ? [BREADTH] : [])]);
      const { see, judgedUpToMs } = createFirstRoster(judgedUpTo(remembered.positions));
      const sections = createSections();
      const quarantine = createQuarantine(parts.report);
      return source$.pipe(
        fanOut((event$) =>
          event$.pipe(
            readings({
              ...parts,
              quarantine,
              judgedUpToMs,
              measures,
              longer: longerOf(rules, parts),
              sceneBars: parts.sinks?.some(({ wantsScene }) => wantsScene === true) === true ? SCENE_BARS : 0,
              ...(context ? { around: { measures: contextMeasures, start: createSurroundings } } : {}),
              see: sections.track,
              ...(parts.listen === undefined ? {} : { listen: parts.listen }),
            }),
            judge(rules$, quarantine),
            barrier({ roster$: event$.pipe(filter(isRoster), tap(see)), barrierMs, judgedUpToMs, scheduler: marketTime }),
          ),
        ),
        map((close) => inSection(close, sections, parts)),
      );
    });
