import { EMPTY, Subject, concat, defer, finalize, identity, merge, tap } from 'rxjs';
import type { FormingBar } from '../../model/bar.js';
import type { Market } from '../../model/series.js';
import { beside } from '../../operators/connection/beside.js';
import type { Context } from '../../ports/context.js';
import { defineSource } from '../../ports/plugin.js';
import type { History, SocketStatus, Source, SourceStatus } from '../../ports/source.js';
import { createAttempts } from './attempts.js';
import { cachedHistory } from './cached-history.js';
import { createComplaints } from './complaints.js';
import { createGate } from './gate.js';
import type { Glance } from './glance.js';
import { createLook } from './glance.js';
import { costOf, createHistory } from './history.js';
import type { MarketParts } from './market.js';
import { followMarket } from './market.js';
import type { Options } from './options.js';
import { options } from './options.js';
import { probe } from './probe/probe.js';
import { createRest } from './rest.js';
import type { LinkState } from './session.js';
import { acrossStandstills } from './standstill.js';
import { keepTime } from './time.js';
import { createTurns } from './turns.js';
import { survey } from './universe/survey.js';
import { createWarmUp } from './warm-up.js';

/** The exchange counts attempts to connect: 300 in 5 minutes at most (binance-protocol.md §6). */
const CONNECT_GAP_MS = 2_000;

const socketStatus = (name: string, { names, sight, lastDataMs, losses, rotations }: LinkState, nowMs: number): SocketStatus => {
  const latestMs = Math.max(sight?.lastDataMs() ?? -Infinity, lastDataMs ?? -Infinity);
  return {
    name,
    open: sight !== null,
    lastFrameAgeMs: latestMs === -Infinity ? null : Math.max(0, nowMs - latestMs),
    ageMs: sight === null ? null : nowMs - sight.openedAtMs,
    streams: names.size,
    losses,
    rotations,
  };
};

const create = (settings: Options, context: Context): Source => {
  const { wireTime, report, cache } = context;
  const complaints = createComplaints(report, wireTime);
  const gate = createGate(complaints, report);
  const turn = createTurns(CONNECT_GAP_MS, wireTime);
  const rosters: MarketParts['rosters'] = new Map();
  const forming$ = new Subject<FormingBar>();
  const markets = [...new Set(settings.markets)].map((market) => {
    const rest = createRest(market, settings.endpoints, settings.rest, complaints, context);
    const attempts = createAttempts(turn, wireTime);
    const sockets = { links: new Map<string, LinkState>(), newsLinks: new Map<string, LinkState>() };
    const glance: Glance = { look: null };
    const saw = (forming: FormingBar): void => forming$.next(forming);
    const seen = { rosters, glance, saw };
    const parts: MarketParts = { market, options: settings, rest, gate, complaints, attempts, ...sockets, ...seen, context };
    const warmUp = createWarmUp(market, rest.governor, context);
    const history = cachedHistory(createHistory(rest, gate, context), cache, warmUp, costOf);
    const event$ = acrossStandstills(followMarket(parts), market, rest, complaints, context).pipe(
      beside(keepTime(market, rest, complaints, context)),
      cache === undefined ? identity : tap((event) => event.kind === 'bar' && cache.add([event.bar])),
    );
    return { market, rest, sockets, glance, event$, history };
  });
  const histories = new Map<Market, History>(markets.map(({ market, history }) => [market, history]));

  const noteOf = ({ market, rest }: (typeof markets)[number]): string | null => {
    if (rest.note() !== null) return rest.note();
    if (!rosters.has(market)) return `${market}: waiting for the list of symbols`;
    const { waiting } = rest.governor.status();
    return waiting === 0 ? null : `${market}: ${waiting} requests wait their turn`;
  };

  return {
    event$: merge(...markets.map(({ event$ }) => event$)),
    history: { bars: (series, fromMs, toMs) => histories.get(series.market)?.bars(series, fromMs, toMs) ?? EMPTY },
    forming: (everyMs) =>
      defer(() => {
        for (const { glance } of markets) glance.look = createLook(everyMs, context.marketTime);
        return forming$.pipe(
          finalize(() => {
            for (const { glance } of markets) glance.look = null;
          }),
        );
      }),
    status: (): SourceStatus => {
      const nowMs = wireTime.now();
      const notes = markets.map(noteOf).filter((note) => note !== null);
      return {
        sockets: markets.flatMap(({ sockets: { links, newsLinks } }) =>
          [...links, ...newsLinks].map(([name, state]) => socketStatus(name, state, nowMs)),
        ),
        series: [...rosters.values()].reduce((sum, series) => sum + series, 0),
        note: notes.length === 0 ? null : notes.join('; '),
      };
    },
    probe: () => concat(...markets.map(({ market }) => probe({ market, options: settings, context }))),
    survey: () => concat(...markets.map(({ market, rest }) => survey(market, rest, settings.universe, complaints, context))),
  };
};

/**
 * Public market data of Binance: no key, no account. Universe and history over REST, closed bars over WebSocket.
 *
 * Delivery: bars may come twice (stream and REST) and after a hole; `inOrder` puts them right. A bar that the stream loses
 * is announced by its close and fetched. Memory: a few names and counters per symbol; no bars.
 */
export const binance = defineSource({
  type: 'binance',
  summary: 'Live bars of USD-M perpetuals and spot pairs from Binance, without a key.',
  options,
  create,
});
