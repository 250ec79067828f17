import { EMPTY, merge } from 'rxjs';
import type { Market } from '../../model/series.js';
import type { Context } from '../../ports/context.js';
import { defineSource } from '../../ports/plugin.js';
import type { History, Source, SourceStatus } from '../../ports/source.js';
import { createComplaints } from './complaints.js';
import { createGate } from './gate.js';
import { createHistory } from './history.js';
import type { MarketParts } from './market.js';
import { followMarket } from './market.js';
import type { Options } from './options.js';
import { options } from './options.js';
import { createRest } from './rest.js';
import type { LinkState } from './session.js';
import { createTurns } from './turns.js';

/** The exchange counts attempts to connect: 300 in 5 minutes at most (binance-protocol.md §6). */
const CONNECT_GAP_MS = 2_000;

const ageMs = (state: LinkState, nowMs: number): number | null => {
  if (state.frames > 0) return 0;
  return state.lastFrameMs === null ? null : Math.max(0, nowMs - state.lastFrameMs);
};

const create = (settings: Options, context: Context): Source => {
  const { wireTime, report } = context;
  const complaints = createComplaints(report, wireTime);
  const gate = createGate(complaints, report);
  const turn = createTurns(CONNECT_GAP_MS, wireTime);
  const links: MarketParts['links'] = new Map();
  const rosters: MarketParts['rosters'] = new Map();
  const markets = [...new Set(settings.markets)].map((market) => {
    const rest = createRest(market, settings.endpoints, settings.rest, complaints, context);
    const parts: MarketParts = { market, options: settings, rest, gate, complaints, turn, links, rosters, context };
    return { market, rest, event$: followMarket(parts), history: createHistory(rest, gate, context) };
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
    status: (): SourceStatus => {
      const nowMs = wireTime.now();
      const notes = markets.map(noteOf).filter((note) => note !== null);
      return {
        sockets: [...links].map(([name, state]) => ({ name, open: state.open, lastFrameAgeMs: ageMs(state, nowMs) })),
        series: [...rosters.values()].reduce((sum, symbols) => sum + symbols.size, 0),
        note: notes.length === 0 ? null : notes.join('; '),
      };
    },
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
