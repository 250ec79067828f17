import type { Observable } from 'rxjs';
import {
  ReplaySubject,
  Subject,
  concat,
  concatMap,
  connect,
  defer,
  distinctUntilChanged,
  exhaustMap,
  finalize,
  ignoreElements,
  map,
  merge,
  switchMap,
} from 'rxjs';
import { INTERVAL_MS, isInterval, lastClosedOpenTimeMs } from '../../model/interval.js';
import type { Interval } from '../../model/interval.js';
import type { Bar, FormingBar } from '../../model/bar.js';
import type { Market } from '../../model/series.js';
import { beside } from '../../operators/connection/beside.js';
import type { FeedEvent } from '../../ports/source.js';
import type { Context } from '../../ports/context.js';
import type { Attempts } from './attempts.js';
import type { IntervalClose } from './closes.js';
import { closesOf } from './closes.js';
import type { Complaints } from './complaints.js';
import { admit, admitNumbers, fieldsOfKline, glimpse } from './door.js';
import type { Gate } from './gate.js';
import type { Glance } from './glance.js';
import type { WireKline } from './kline.js';
import type { DecodedKline } from './kline-bytes.js';
import { followNews } from './news.js';
import type { Options } from './options.js';
import { pool } from './pool.js';
import { readBars } from './reader.js';
import type { Rest } from './rest.js';
import type { Seat } from './seats.js';
import { createSeats } from './seats.js';
import type { LinkState } from './session.js';
import { streamName } from './streams.js';
import { followTime } from './time.js';
import { followUniverse } from './universe/follow.js';
import type { Following } from './universe/roll.js';
import { until } from './until.js';
import { createVigil } from './vigil.js';

/** A bar may be this far ahead of our idea of the exchange's time (reliability.md F21). */
const AHEAD_MS_MAX = 2_000;
/** In the accelerated demo, graces and tolerances never fall below this much of real time (decisions.md 15). */
const REAL_MS_MIN = 250;
const RETIME_PAUSE_MS = 10_000;

export interface MarketParts {
  readonly market: Market;
  readonly options: Options;
  readonly rest: Rest;
  readonly gate: Gate;
  readonly complaints: Complaints;
  readonly attempts: Attempts;
  /** Sockets of this market by name, those of the bars and those of the news, for health. */
  readonly links: Map<string, LinkState>;
  readonly newsLinks: Map<string, LinkState>;
  /** Which open bars are read, and who is told of them. */
  readonly glance: Glance;
  readonly saw: (forming: FormingBar) => void;
  /** Series followed now, by market, for health. */
  readonly rosters: Map<Market, number>;
  readonly context: Context;
}

const closed = ({ series }: Seat, openTimeMs: number): FeedEvent => ({ kind: 'closed', series, openTimeMs });

/**
 * One market as the exchange shows it: who is on the roster, which bars have closed, and the closed bars as they arrive, at
 * every interval. Cold, never completes and never errors.
 */
export const followMarket = (parts: MarketParts): Observable<FeedEvent> =>
  defer(() => {
    const { market, options, rest, gate, complaints, links, rosters, context } = parts;
    const { marketTime, wireTime, report } = context;
    const realMsMin = REAL_MS_MIN * marketTime.speed;
    const graceMs = Math.max(options.grace, realMsMin);
    const toleranceMs = Math.max(AHEAD_MS_MAX, realMsMin);
    const longestFirst: readonly Interval[] = [...options.higherIntervals, options.interval].sort(
      (a, b) => INTERVAL_MS[b] - INTERVAL_MS[a],
    );
    const streamed: readonly Interval[] = options.higherFrom === 'subscribe' ? longestFirst : [options.interval];
    const seats = createSeats(market, longestFirst);
    const vigil = createVigil({
      market,
      links,
      complaints,
      report,
      nowMs: () => wireTime.now(),
      graceMs: graceMs / marketTime.speed,
    });
    const retime$ = new Subject<void>();
    const again$ = new Subject<readonly string[]>();

    let suspended: ReadonlySet<string> = new Set();
    const join = (following: Following): readonly FeedEvent[] => {
      ({ suspended } = following);
      const symbols = following.symbols.filter((symbol) => !suspended.has(symbol));
      const newcomers = seats.take(symbols);
      rosters.set(market, seats.count());
      return longestFirst.flatMap((interval): readonly FeedEvent[] => {
        // A bar that closed less than the grace ago is announced with all others, when its grace is over.
        const openTimeMs = lastClosedOpenTimeMs(interval, marketTime.now() - graceMs);
        return [
          { kind: 'roster', market, interval, symbols, closedUpToMs: openTimeMs },
          ...(newcomers.get(interval) ?? []).map((seat) => closed(seat, openTimeMs)),
        ];
      });
    };

    const toBar = (kline: WireKline | DecodedKline): Bar | null => {
      const { s: symbol, i: interval, t } = kline;
      // It has stopped trading: its last bar may be a part of one (reliability.md F39).
      if (typeof symbol === 'string' && suspended.has(symbol)) return null;
      const isKnown =
        typeof symbol === 'string' && typeof interval === 'string' && isInterval(interval) && streamed.includes(interval);
      const seat = isKnown ? seats.find(interval, symbol) : undefined;
      // A stream may go on after it was given up (binance-protocol.md §11, 25).
      if (seat === undefined) {
        const detail = `${market}: bars of a series that was not asked for`;
        complaints.tell(`stranger ${market}`, 'bar', { kind: 'frame-unexpected', detail });
        return null;
      }
      const nowMs = marketTime.now();
      const admission =
        'numbers' in kline
          ? admitNumbers(seat.series, kline.numbers, false, 'stream', nowMs, toleranceMs)
          : admit(seat.series, fieldsOfKline(kline), 'stream', nowMs, toleranceMs);
      // One of two clocks is wrong; the exchange's is asked which.
      if (admission.bar === null && (admission.reason === 'early' || admission.reason === 'future')) retime$.next();
      const bar = gate.pass(seat.series, admission, t);
      if (bar !== null && bar.openTimeMs > seat.latestMs) seat.latestMs = bar.openTimeMs;
      return bar;
    };

    const look = (kline: WireKline): void => {
      const { s: symbol, i: interval } = kline;
      if (typeof symbol !== 'string' || typeof interval !== 'string' || !isInterval(interval) || suspended.has(symbol)) return;
      const seat = seats.find(interval, symbol);
      if (seat === undefined || parts.glance.look?.takes(streamName(symbol, interval)) !== true) return;
      const forming = glimpse(seat.series, fieldsOfKline(kline), marketTime.now(), toleranceMs);
      if (forming !== null) parts.saw(forming);
    };
    /** An open bar is told apart here: it is no event of the feed. */
    const toEvent = (kline: WireKline | DecodedKline): FeedEvent | null => {
      if (kline.x === true) {
        const bar = toBar(kline);
        return bar === null ? null : { kind: 'bar', bar };
      }
      if (!('numbers' in kline)) look(kline);
      return null;
    };

    /** Announces bars whose grace is over, and looks after streams that were silent. */
    const announce = (closes: readonly IntervalClose[]): readonly FeedEvent[] => {
      vigil.watchSockets();
      return closes.flatMap(({ interval, openTimeMs }) => {
        const present = [...seats.at(interval)];
        const muted = streamed.includes(interval) ? vigil.judge(interval, present, openTimeMs) : [];
        if (muted.length > 0) again$.next(muted);
        return present.map((seat) => closed(seat, openTimeMs));
      });
    };

    const news = followNews({ ...parts, links: parts.newsLinks });
    const following$ = followUniverse({ market, rest, rules: options.universe, complaints, context, ...news });
    const time$ = retime$.pipe(
      exhaustMap(() =>
        concat(
          followTime(market, rest, complaints, context),
          defer(() => until(wireTime.now() + RETIME_PAUSE_MS, wireTime)).pipe(ignoreElements()),
        ),
      ),
    );
    const bars = (names$: Observable<readonly string[]>): Observable<FeedEvent> =>
      pool({ ...parts, label: '', read: readBars(toEvent), names$, again$ });
    const event$ = following$.pipe(
      connect(
        (shared$) =>
          merge(
            shared$.pipe(concatMap(join)),
            bars(
              shared$.pipe(
                map(({ symbols }) => symbols.flatMap((symbol) => streamed.map((interval) => streamName(symbol, interval)))),
              ),
            ),
            // From the first roster on.
            shared$.pipe(
              map(() => true),
              distinctUntilChanged(),
              switchMap(() => closesOf(longestFirst, graceMs, marketTime)),
              concatMap(announce),
            ),
          ),
        { connector: () => new ReplaySubject<Following>(1) },
      ),
      finalize(() => rosters.delete(market)),
    );
    return event$.pipe(beside(time$));
  });
