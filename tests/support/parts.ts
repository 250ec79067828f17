import type { Observable } from 'rxjs';
import { Subject } from 'rxjs';
import type { Alert } from '../../src/model/alert.js';
import { toAlert } from '../../src/model/alert.js';
import type { Bar, PlacedBar } from '../../src/model/bar.js';
import { decisionTimeMs } from '../../src/model/bar.js';
import type { Close } from '../../src/model/close.js';
import type { Delivery } from '../../src/model/delivery.js';
import { lastClosedOpenTimeMs } from '../../src/model/interval.js';
import type { Direction, Judged, Verdict } from '../../src/model/verdict.js';
import type { DeliverySettings, Outcome, Parts } from '../../src/ports/pipeline.js';
import type { Sink } from '../../src/ports/sink.js';
import type { FeedEvent, Roster, SeriesEvent } from '../../src/ports/source.js';
import type { Remembered, Store } from '../../src/ports/store.js';
import { createVirtualClock } from '../../src/runtime/virtual-clock.js';
import { START_MS, barAt } from './bars.js';
import { fakeHistory, fakeStore, faultLog } from './fakes.js';

export const placed = (bar: Bar, given: Partial<PlacedBar> = {}): PlacedBar => ({
  ...bar,
  timing: 'due',
  follows: 'neighbour',
  ...given,
});

/** The events of a source. */
export const arrives = (bar: Bar): SeriesEvent => ({ kind: 'bar', bar });
export const hasClosed = ({ market, symbol, interval, openTimeMs }: Bar): SeriesEvent => ({
  kind: 'closed',
  series: { market, symbol, interval },
  openTimeMs,
});
export const rosterOf = (symbols: readonly string[], closedUpToMs?: number): Roster => ({
  kind: 'roster',
  market: 'usdm',
  interval: '15m',
  symbols,
  ...(closedUpToMs === undefined ? {} : { closedUpToMs }),
});

export const verdictOf = (given: Partial<Verdict> = {}): Verdict => ({
  rule: 'loud',
  ruleVersion: 1,
  direction: 'up',
  fired: true,
  conditions: [],
  shown: {},
  shortHistory: false,
  ...given,
});

/** The bar of a symbol at an index, judged: quiet, unless a direction is given. */
export const judgedOf = (symbol: string, index: number, fired: Direction | null = null): Judged => ({
  bar: placed(barAt(index, { symbol })),
  values: {},
  verdicts: [verdictOf({ fired: fired !== null, direction: fired ?? 'up' })],
});

/** With everything made that is made only when somebody asks, so that two of them can be compared. */
export const plainJudged = (judged: Judged): Judged => {
  const { bar, values, verdicts, scene } = judged;
  const told = verdicts.map(({ rule, ruleVersion, direction, fired, conditions, shown, shortHistory }) => ({
    rule,
    ruleVersion,
    direction,
    fired,
    conditions,
    shown,
    shortHistory,
  }));
  return { bar, values, verdicts: told, ...(scene === undefined ? {} : { scene }) };
};
export const plainClose = (close: Close): Close => ({ ...close, judged: close.judged.map(plainJudged) });

/** The alert of a symbol at a bar. */
export const alertAt = (index: number, symbol = 'BTCUSDT', direction: Direction = 'up'): Alert => {
  const judged = judgedOf(symbol, index, direction);
  return toAlert(judged, judged.verdicts[0] as Verdict, 1);
};

/** The close of a bar at which these alerts fired. */
export const closeAt = (index: number, alerts: readonly Alert[] = [], given: Partial<Close> = {}): Close => {
  const bar = barAt(index);
  return {
    market: bar.market,
    interval: bar.interval,
    openTimeMs: bar.openTimeMs,
    decisionTimeMs: decisionTimeMs(bar),
    judged: [],
    alerts,
    expected: 1,
    received: 1,
    late: false,
    lagging: {},
    ...given,
  };
};

/** The row of an alert with a sink: claimed, unless it is said otherwise. */
export const rowOf = (alert: Alert, given: Partial<Delivery> = {}): Delivery => ({
  alertId: alert.id,
  sink: 'fake',
  state: 'claimed',
  reason: null,
  attempts: 0,
  unknowns: 0,
  mayRepeat: false,
  messageId: null,
  updatedAtMs: alert.decisionTimeMs,
  ...given,
});

export const DELIVERY: DeliverySettings = {
  onUnknown: 'resend',
  maxUnknownResends: 3,
  maxAgeMs: null,
  quickStartPauseMs: 30_000,
  queueLimit: 500,
};

/** A store that has just been opened for the first time remembers nothing. */
export const FRESH: Remembered = { epoch: 1, positions: [], emitted: [], pending: [], fresh: true };

/** The parts of a pipeline without a past, an exchange without a memory and no sink, but for what is given. */
export const partsOf = (given: Partial<Parts> & Pick<Parts, 'event$' | 'marketTime'>): Parts => ({
  history: fakeHistory([]),
  store: fakeStore(),
  remembered: FRESH,
  sinks: [],
  wireTime: given.marketTime,
  random: () => 1,
  barrierMs: 1_500,
  delivery: DELIVERY,
  quietStartMs: 0,
  report: () => undefined,
  ...given,
});

/** A store, opened for a new life. */
export const openedAgain = (store: Store): Remembered => {
  let remembered: Remembered | undefined;
  store.open().subscribe((each) => (remembered = each));
  return remembered as Remembered;
};

export interface LifeOptions {
  readonly compose: (parts: Parts) => Observable<Outcome>;
  readonly store: Store;
  readonly sinks: readonly Sink[];
  /** Every bar there will ever be. */
  readonly truth: readonly Bar[];
  /** Number of the last bar that closed before this life, and how long ago. */
  readonly after: number;
  readonly agoMs?: number;
}

const indexOf = ({ openTimeMs }: { readonly openTimeMs: number }): number => (openTimeMs - START_MS) / 900_000;

/** `close 300: A up` and `A 300 sending`: an outcome in a line. */
const lineOf = (outcome: Outcome): string => {
  if (outcome.kind === 'delivery') return `${outcome.alert.symbol} ${indexOf(outcome.alert)} ${outcome.delivery.state}`;
  if (outcome.kind === 'early')
    return outcome.alerts
      .map((alert) => [alert.symbol, indexOf(alert), alert.suppressedBy ?? alert.grade, alert.direction].join(' '))
      .join(', ');
  const alerts = outcome.close.alerts.map(({ symbol, direction, suppressedBy }) =>
    [symbol, direction, ...(suppressedBy === null ? [] : [suppressedBy])].join(' '),
  );
  return `close ${indexOf(outcome.close)}: ${alerts.join(', ') || 'nothing'}`;
};

/** One life of a pipeline at 15m in virtual time, from the opening of its store until it is killed. */
export const liveOn = ({ compose, store, sinks, truth, after, agoMs = 5_000 }: LifeOptions) => {
  const clock = createVirtualClock(decisionTimeMs(barAt(after)) + agoMs);
  const log = faultLog();
  const event$ = new Subject<FeedEvent>();
  const told: string[] = [];
  const symbols = [...new Set(truth.map(({ symbol }) => symbol))];
  const history: Parts['history'] = {
    bars: (...asked) => fakeHistory(truth.filter((bar) => decisionTimeMs(bar) <= clock.now())).bars(...asked),
  };
  const parts = partsOf({ event$, marketTime: clock, history, store, remembered: openedAgain(store), sinks, report: log.report });
  const subscription = compose(parts).subscribe((outcome) => told.push(lineOf(outcome)));
  const openTimeMs = lastClosedOpenTimeMs('15m', clock.now());
  event$.next(rosterOf(symbols, openTimeMs));
  for (const symbol of symbols) event$.next(hasClosed(barAt(0, { symbol, openTimeMs })));
  /** What is to be done at once: a message leaves in the next turn of the clock. */
  const settle = (): void => clock.advanceTo(clock.now());
  settle();
  return {
    ...log,
    told,
    /** The bars of this number arrive, a tenth of a second after their close. */
    arrive: (index: number): void => {
      clock.advanceTo(decisionTimeMs(barAt(index)) + 100);
      for (const bar of truth)
        if (bar.openTimeMs === barAt(index).openTimeMs) event$.next(arrives({ ...bar, provenance: 'stream' }));
      settle();
    },
    pass: (ms: number): void => clock.advanceTo(clock.now() + ms),
    kill: (): void => subscription.unsubscribe(),
  };
};
