import type { MonoTypeOperatorFunction, Observable, OperatorFunction } from 'rxjs';
import {
  connect,
  defer,
  distinctUntilChanged,
  endWith,
  filter,
  identity,
  ignoreElements,
  map,
  merge,
  of,
  startWith,
  switchMap,
  takeUntil,
  tap,
  withLatestFrom,
} from 'rxjs';
import { z } from 'zod';
import type { Alert } from '../../model/alert.js';
import { gradedId, toAlert } from '../../model/alert.js';
import { decisionTimeMs } from '../../model/bar.js';
import type { FormingBar } from '../../model/bar.js';
import type { Close, EarlyNews } from '../../model/close.js';
import type { Silence } from '../../model/silence.js';
import type { Reading } from '../../model/reading.js';
import { seriesKey } from '../../model/series.js';
import type { Judged } from '../../model/verdict.js';
import type { Parts } from '../../ports/pipeline.js';
import type { Rule } from '../../ports/rule.js';
import { durationMs } from '../../ports/settings.js';
import { mutedBy } from '../filters/mute.js';
import type { EarlyBook } from './parts/early-book.js';
import { createEarlyBook, resolvedId } from './parts/early-book.js';
import type { Past } from './parts/past.js';
import { createPast } from './parts/past.js';

/** The settings as they are written in YAML, for every pipeline that has the grade. */
export const earlyShape = {
  early: z
    .enum(['off', 'on'])
    .default('off')
    .describe('on: bars that are still forming are judged too, told as EARLY, and later as CONFIRMED or FADED.'),
  earlyEvery: durationMs
    .refine((ms) => ms >= 250, { error: 'at least 250ms' })
    .prefault('5s')
    .describe('How often a forming bar is looked at, at most, in market time.'),
} as const;

/** What judges bars that are still forming, as it is now. */
export interface EarlyNumbers {
  readonly rules: readonly Rule[];
  /** Silence after an alert of one symbol, rule and direction, early or closed, in bar time. */
  readonly cooldownMs: number;
  /** How often a forming bar of a series is looked at, at most: milliseconds of market time. */
  readonly everyMs: number;
}

/** The two ends of the early grade, for one subscriber: it listens to readings, and speaks among the closes. */
export interface Early {
  /** Absent when it is off: nobody listens to readings then. */
  readonly listen?: () => MonoTypeOperatorFunction<Reading>;
  readonly news: OperatorFunction<Close, Close | EarlyNews>;
}

/** The early grade while it is off: closes pass untouched, and no forming bar is looked at. */
export const EARLY_OFF: Early = { news: identity };

/** The rule, on closed bars only. */
export const closedOnly = ({ mayFire: _mayFire, ...rule }: Rule): Rule => rule;

const earlyAlerts = (forming: FormingBar, past: Past, rules: readonly Rule[]): readonly Alert[] => {
  const before = past.before(forming);
  if (before === null) return [];
  const candidates = rules.filter((rule) => rule.mayFire?.(forming, before) === true);
  if (candidates.length === 0) return [];
  const reading = past.readingOf(forming);
  const judged: Judged = {
    bar: reading.bar,
    values: reading.values,
    verdicts: candidates.flatMap((rule) => rule.judge(reading)),
  };
  return judged.verdicts
    .filter(({ fired }) => fired)
    .map((verdict) => toAlert(judged, verdict, 0))
    .map((alert) => ({ ...alert, id: gradedId(alert, 'early'), grade: 'early', decisionTimeMs: forming.seenAtMs }));
};

/** What a close says of an early alert. Where its bar never came, or its rule is gone, the alert has faded as it was. */
const resolve = (early: Alert, close: Close): Alert => {
  const judged = close.openTimeMs === early.openTimeMs ? close.judged.find(({ bar }) => bar.symbol === early.symbol) : undefined;
  const verdict = judged?.verdicts.find(({ rule, direction }) => rule === early.rule && direction === early.direction);
  const grade = verdict?.fired === true ? 'confirmed' : 'faded';
  const coverage = close.expected === 0 ? 1 : Math.min(1, close.received / close.expected);
  const told =
    judged === undefined || verdict === undefined
      ? { ...early, decisionTimeMs: decisionTimeMs(early), coverage }
      : toAlert(judged, verdict, coverage);
  return { ...told, id: resolvedId(early, grade), grade };
};

const withResolved = (close: Close, book: EarlyBook, muted: (alert: Alert) => string | null): Close => {
  const answered = book.answered(close);
  book.learn(close);
  if (answered.length === 0) return close;
  const resolved = answered.map((early): Alert => {
    const alert = resolve(early, close);
    const because = muted(alert);
    return because === null ? alert : { ...alert, suppressedBy: 'mute', because };
  });
  return { ...close, resolved };
};

/**
 * Judges bars that are still forming by the same rules as closed ones: at most one early alert for each bar, rule and direction,
 * answered by the close of that bar, which confirms it or lets it fade. Closes pass as they are, but for the answers
 * (`Close.resolved`). Only moves that could fire are measured (`Rule.mayFire`); a rule that does not say which does not take part.
 *
 * ```
 * forming$   ---f-f----g---|   f: a move, twice; g: the next bar moves, and falls back
 * close$     -p------a---b-|   p: the bar before; a: the move has closed; b: nothing has
 * news       -p-E----A-F-B-|   E and F: early; A: a, which confirms E; B: b, and F has faded
 * ```
 *
 * An early alert is withheld within the cooldown of the last one that was sent, early or closed, and beyond five of one bar and
 * direction, and what somebody has silenced, or no sink is to hear, is not said. `remembered` tells what was sent in earlier lives: it is not said again, and it is answered.
 *
 * *Memory.* The warm-up of every series (parts/past.ts).
 */
export const early = (
  { forming, remembered, routeOf, silence$ = of([]) }: Pick<Parts, 'forming' | 'remembered' | 'routeOf' | 'silence$'>,
  rules: readonly Rule[],
  numbers$: Observable<EarlyNumbers>,
): Early => {
  if (forming === undefined) return EARLY_OFF;
  const measures = [...new Map(rules.flatMap((rule) => rule.measures).map((each) => [each.name, each])).values()];
  const book = createEarlyBook(remembered.emitted);
  const pasts = new Map<string, Past>();

  const latestSilence$ = silence$.pipe(startWith([]));

  const enter = (alert: Alert, cooldownMs: number, silences: readonly Silence[]): Alert => {
    const because = mutedBy(silences, routeOf, alert);
    if (because === null) return { ...alert, suppressedBy: book.enter(alert, cooldownMs) };
    book.pass(alert);
    return { ...alert, suppressedBy: 'mute', because };
  };

  const newsOf = (
    bar: FormingBar,
    { rules: latest, cooldownMs }: EarlyNumbers,
    silences: readonly Silence[],
  ): EarlyNews | null => {
    const past = pasts.get(seriesKey(bar));
    if (past === undefined) return null;
    const fresh = earlyAlerts(bar, past, latest).filter((alert) => !book.hasSaid(alert));
    return fresh.length === 0 ? null : { early: fresh.map((alert) => enter(alert, cooldownMs, silences)) };
  };
  const news$ = numbers$.pipe(
    map(({ everyMs }) => everyMs),
    distinctUntilChanged(),
    switchMap(forming),
    withLatestFrom(numbers$, latestSilence$),
    map(([bar, numbers, silences]) => newsOf(bar, numbers, silences)),
    filter((news) => news !== null),
  );

  return {
    listen: () => (reading$) =>
      defer(() => {
        let past: Past | undefined;
        return reading$.pipe(
          tap((reading) => {
            if (past === undefined) pasts.set(seriesKey(reading.bar), (past = createPast(reading.bar.interval, measures)));
            past.see(reading);
          }),
        );
      }),
    news: connect((close$) =>
      merge(
        close$.pipe(
          withLatestFrom(latestSilence$),
          map(([close, silences]) => withResolved(close, book, (alert) => mutedBy(silences, routeOf, alert))),
        ),
        news$.pipe(takeUntil(close$.pipe(ignoreElements(), endWith(null)))),
      ),
    ),
  };
};
