import type { Observable } from 'rxjs';
import {
  EMPTY,
  ReplaySubject,
  Subject,
  concat,
  concatMap,
  connect,
  defer,
  distinct,
  distinctUntilChanged,
  exhaustMap,
  filter,
  finalize,
  ignoreElements,
  map,
  merge,
  mergeMap,
  scan,
  switchMap,
  tap,
} from 'rxjs';
import { lastClosedOpenTimeMs } from '../../model/interval.js';
import type { Bar } from '../../model/bar.js';
import type { Market, Series } from '../../model/series.js';
import type { FeedEvent } from '../../ports/source.js';
import type { Context } from '../../ports/context.js';
import { followTime, followUniverse } from './catalogue.js';
import { barCloses } from './closes.js';
import type { Complaints } from './complaints.js';
import { admit, fieldsOfKline } from './door.js';
import { streamUrl } from './endpoints.js';
import type { Gate } from './gate.js';
import type { WireKline } from './kline.js';
import type { Options } from './options.js';
import type { Rest } from './rest.js';
import type { LinkState } from './session.js';
import { link } from './socket.js';
import { assign } from './streams.js';
import { until } from './until.js';

/** No more sockets than this at once. */
const LINKS_MAX = 1_000;
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
  readonly turn: () => Observable<unknown>;
  /** Live connections by name, for health. */
  readonly links: Map<string, LinkState>;
  /** The symbols followed now, by market, for health. */
  readonly rosters: Map<Market, ReadonlySet<string>>;
  readonly context: Context;
}

/** Tells the latest of a stream to whoever comes later, too. */
const latest = <T>() => ({ connector: () => new ReplaySubject<T>(1) });

const links = (parts: MarketParts, symbols$: Observable<readonly string[]>): Observable<WireKline> => {
  const { market, options, context } = parts;
  const socket = (index: number, mine$: Observable<readonly string[]>): Observable<WireKline> =>
    defer(() => {
      const name = `${market} ${index + 1}`;
      const state: LinkState = { open: false, frames: 0, lastFrameMs: null };
      parts.links.set(name, state);
      return link({
        name,
        url: streamUrl(options.endpoints, market),
        interval: options.interval,
        symbols$: mine$,
        messagesPerSecond: options.messagesPerSecond,
        reconnectDelayMs: options.reconnectDelay,
        idleMs: options.idle,
        turn: parts.turn,
        state,
        complaints: parts.complaints,
        sockets: context.sockets,
        wireTime: context.wireTime,
        random: context.random,
      }).pipe(finalize(() => parts.links.delete(name)));
    });
  return symbols$.pipe(
    scan((shards: readonly (readonly string[])[], symbols) => assign(shards, symbols, options.streamsPerSocket), []),
    connect(
      (shards$) =>
        shards$.pipe(
          concatMap((shards) => shards.keys()),
          distinct(),
          mergeMap((index) => {
            const mine$ = shards$.pipe(map((shards) => shards[index] ?? []));
            return mine$.pipe(
              map((symbols) => symbols.length > 0),
              distinctUntilChanged(),
              switchMap((isNeeded) => (isNeeded ? socket(index, mine$) : EMPTY)),
            );
          }, LINKS_MAX),
        ),
      latest(),
    ),
  );
};

/**
 * One market as the exchange shows it: who is on the roster, which bars have closed, and the closed bars as they arrive.
 * Cold, never completes and never errors.
 */
export const followMarket = (parts: MarketParts): Observable<FeedEvent> =>
  defer(() => {
    const { market, options, rest, gate, complaints, rosters, context } = parts;
    const { marketTime } = context;
    const { interval } = options;
    const realMsMin = REAL_MS_MIN * marketTime.speed;
    const graceMs = Math.max(options.grace, realMsMin);
    const toleranceMs = Math.max(AHEAD_MS_MAX, realMsMin);
    const retime$ = new Subject<void>();
    const roster = (): ReadonlySet<string> => rosters.get(market) ?? new Set();
    const seriesOf = (symbol: string): Series => ({ market, symbol, interval });
    const closed = (symbol: string, openTimeMs: number): FeedEvent => ({ kind: 'closed', series: seriesOf(symbol), openTimeMs });

    const join = (symbols: readonly string[]): readonly FeedEvent[] => {
      const before = roster();
      rosters.set(market, new Set(symbols));
      // A bar that closed less than the grace ago is announced with all others, when its grace is over.
      const openTimeMs = lastClosedOpenTimeMs(interval, marketTime.now() - graceMs);
      const joiners = symbols.filter((symbol) => !before.has(symbol));
      return [
        { kind: 'roster', market, interval, symbols, closedUpToMs: openTimeMs },
        ...joiners.map((symbol) => closed(symbol, openTimeMs)),
      ];
    };

    const toBar = (kline: WireKline): Bar | null => {
      const { s: symbol, i, t } = kline;
      // A stream may go on after it was given up (binance-protocol.md §11, 25).
      if (typeof symbol !== 'string' || i !== interval || !roster().has(symbol)) {
        const detail = `${market}: bars of a series that was not asked for`;
        complaints.tell(`stranger ${market}`, 'bar', { kind: 'frame-unexpected', detail });
        return null;
      }
      const series = seriesOf(symbol);
      const admission = admit(series, fieldsOfKline(kline), 'stream', marketTime.now(), toleranceMs);
      // One of two clocks is wrong; the exchange's is asked which.
      if (admission.bar === null && (admission.reason === 'early' || admission.reason === 'future')) retime$.next();
      return gate.pass(series, admission, t);
    };

    const symbols$ = followUniverse(market, rest, options.universe, options.universe.ttl, complaints, context);
    const time$ = retime$.pipe(
      exhaustMap(() =>
        concat(
          followTime(market, rest, complaints, context),
          defer(() => until(context.wireTime.now() + RETIME_PAUSE_MS, context.wireTime)).pipe(ignoreElements()),
        ),
      ),
    );
    const event$ = symbols$.pipe(
      connect(
        (shared$) =>
          merge(
            shared$.pipe(concatMap(join)),
            links(parts, shared$).pipe(
              map(toBar),
              filter((bar) => bar !== null),
              map((bar): FeedEvent => ({ kind: 'bar', bar })),
            ),
            // From the first roster on.
            shared$.pipe(
              map(() => true),
              distinctUntilChanged(),
              switchMap(() => barCloses(interval, graceMs, marketTime)),
              concatMap((openTimeMs) => [...roster()].map((symbol) => closed(symbol, openTimeMs))),
            ),
          ),
        latest(),
      ),
      tap({ finalize: () => rosters.delete(market) }),
    );
    return merge(event$, time$);
  });
