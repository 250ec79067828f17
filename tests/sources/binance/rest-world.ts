import type { Observable } from 'rxjs';
import { defer, tap } from 'rxjs';
import type { Fault } from '../../../src/model/fault.js';
import type { Market } from '../../../src/model/series.js';
import type { Context } from '../../../src/ports/context.js';
import { HistoryError } from '../../../src/ports/source.js';
import { directHttp } from '../../../src/simulator/direct.js';
import type { ExchangeOptions } from '../../../src/simulator/exchange.js';
import { createComplaints } from '../../../src/sources/binance/complaints.js';
import { createGate } from '../../../src/sources/binance/gate.js';
import { createHistory } from '../../../src/sources/binance/history.js';
import { options } from '../../../src/sources/binance/options.js';
import { createRest } from '../../../src/sources/binance/rest.js';
import { MINUTE, T0, recorded, worldAt } from '../../simulator/world.js';

export const NOW = T0 + 600 * MINUTE + 20_000;

/** The REST side of the source on a simulated exchange that enforces its limits, in virtual time. */
export const restWorld = (market: Market, symbols: readonly string[], more: Partial<ExchangeOptions> = {}, startMs = NOW) => {
  const recordings = { [market]: symbols.map((symbol) => recorded(symbol)) };
  const { clock, exchange } = worldAt(startMs, { recordings, replyDelayMs: 40, ...more });
  const faults: Fault[] = [];
  const requests: { readonly path: string; readonly atMs: number }[] = [];
  const direct = directHttp(exchange.http, clock);
  const context: Pick<Context, 'http' | 'marketTime' | 'wireTime' | 'random' | 'report'> = {
    http: {
      request: (request) =>
        defer(() => {
          const { pathname, search } = new URL(request.url);
          requests.push({ path: pathname + search, atMs: clock.now() });
          return direct.request(request);
        }),
    },
    marketTime: clock,
    wireTime: clock,
    random: () => 0.5,
    report: (fault) => void faults.push(fault),
  };
  const settings = options.parse({ markets: [market] });
  const complaints = createComplaints(context.report, clock);
  const rest = createRest(market, settings.endpoints, settings.rest, complaints, context);
  const history = createHistory(rest, createGate(complaints, context.report), context);
  const got = new Map<string, number[]>();
  const ended: string[] = [];
  const failures: string[] = [];
  /** Asks for the latest `count` closed bars of a series, as `inOrder` does. */
  const warm = (symbol: string, count = 300, beforeMs = 0): Observable<unknown> => {
    const lastMs = Math.floor(NOW / MINUTE) * MINUTE - MINUTE - beforeMs;
    return history.bars({ market, symbol, interval: '1m' }, lastMs - (count - 1) * MINUTE, lastMs).pipe(
      tap({
        next: (bars) => got.set(symbol, [...(got.get(symbol) ?? []), ...bars.map(({ openTimeMs }) => openTimeMs)]),
        complete: () => ended.push(symbol),
        error: (error: unknown) => failures.push(error instanceof HistoryError ? `${symbol}: ${error.detail}` : String(error)),
      }),
    );
  };
  const ask = (symbol: string, count?: number, beforeMs?: number) =>
    warm(symbol, count, beforeMs).subscribe({ error: () => undefined });
  return {
    ...{ clock, exchange, context, rest, complaints, faults, requests, got, ended, failures, ask },
    after: (ms: number) => clock.advanceTo(startMs + ms),
    kinds: () => faults.map(({ kind }) => kind),
    counters: () => exchange.log.counters(),
  };
};

export const names = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `S${i}USDT`);
