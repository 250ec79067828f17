import type { Observable } from 'rxjs';
import { concat, concatMap, defer, map, of } from 'rxjs';
import type { Market } from '../../../model/series.js';
import { intervalMs } from '../../../model/interval.js';
import type { Check } from '../../../ports/check.js';
import { failed, fine, skipped } from '../../../ports/check.js';
import { FACTS, hostOf, klinesPath } from '../endpoints.js';
import type { Listed } from '../universe/listing.js';
import { readListing, readTickers, readWeightLimit } from '../universe/listing.js';
import { LISTING_BYTES_MAX, TICKERS_BYTES_MAX } from '../universe/look.js';
import { selectAfresh } from '../universe/survey.js';
import type { Asked, Got, ProbeParts } from './ask.js';
import { askOnce } from './ask.js';
import { probeStreams } from './stream.js';

const KIB = 1_024;
const BARS = 3;
/** A clock that is off by more is not kept by anybody. */
const CLOCK_OFF_MS_MAX = 2_000;
/** More of the weight in use than this, with the monitor not even running, leaves too little for it. */
const WEIGHT_SHARE_MAX = 0.5;

/** What has been learnt on the way: later checks rest on it. */
interface Found {
  /** Exchange time less wire time, ms; `null` until it was told. */
  offsetMs: number | null;
  listed: readonly Listed[];
  weightPerMinute: number;
  usedWeight: number | null;
  symbol: string;
  isUnreachable: boolean;
}

const millis = (ms: number): string => `${Math.round(ms)} ms`;

const readTime = (json: unknown): number | null => {
  const time = (json as { serverTime?: unknown } | null | undefined)?.serverTime;
  return typeof time === 'number' && Number.isSafeInteger(time) && time > 0 ? time : null;
};

const clockCheck = ({ options, market }: ProbeParts, offsetMs: number, serverMs: number): Check => {
  const host = new URL(options.endpoints[market].rest).hostname;
  if (/^(127\.|localhost$|\[::1\]$)/.test(host))
    return skipped(
      'clock',
      `an exchange on this machine keeps a time of its own: ${new Date(serverMs).toISOString().slice(0, 19)}`,
    );
  const off = `this machine is ${millis(Math.abs(offsetMs))} ${offsetMs < 0 ? 'ahead of' : 'behind'} the exchange`;
  return Math.abs(offsetMs) <= CLOCK_OFF_MS_MAX
    ? fine('clock', off)
    : failed(
        'clock',
        `${off}; its time is followed, not this machine's`,
        'let this machine follow a time server (chrony, systemd-timesyncd)',
      );
};

const weightCheck = (market: Market, { usedWeight, weightPerMinute }: Found): Check => {
  if (usedWeight === null) return skipped('weight', 'the exchange does not say how much is used');
  const words = `${usedWeight} of ${weightPerMinute} used in this minute, these questions included`;
  return usedWeight <= weightPerMinute * WEIGHT_SHARE_MAX
    ? fine('weight', words)
    : failed('weight', words, `find out what else asks from this address, or lower source.rest.weightShare (${market})`);
};

/** Asks one thing after another, each only as long as the host can be reached. */
const restChecks = (parts: ProbeParts, found: Found): Observable<Check> => {
  const { market, options, context } = parts;
  const facts = FACTS[market];
  const host = hostOf(options.endpoints[market].rest);

  const step = <T>(
    name: string,
    path: () => string,
    bodyBytesMax: number,
    read: (json: unknown) => T | null,
    judge: (got: Got<T>) => readonly Check[],
  ): Observable<Check> =>
    defer(() => {
      if (found.isUnreachable) return of(skipped(name, `not asked: ${host} cannot be reached`));
      return askOnce(parts, name, path(), bodyBytesMax, read).pipe(
        concatMap((asked: Asked<T>) => {
          if (asked.got === null) {
            found.isUnreachable = asked.isUnreachable;
            return of(asked.trouble);
          }
          found.usedWeight = asked.got.usedWeight ?? found.usedWeight;
          return judge(asked.got);
        }),
      );
    });
  const nowMs = (): number => context.wireTime.now() + (found.offsetMs ?? 0);

  return concat(
    step(
      'time',
      () => facts.timePath,
      4 * KIB,
      readTime,
      ({ value, sentMs, tookMs }) => {
        found.offsetMs = value - (sentMs + tookMs / 2);
        return [fine('time', `${host} answered in ${millis(tookMs)}`), clockCheck(parts, found.offsetMs, value)];
      },
    ),
    step(
      'exchangeInfo',
      () => facts.exchangeInfoPath,
      LISTING_BYTES_MAX,
      (json) => {
        found.weightPerMinute = readWeightLimit(json) ?? found.weightPerMinute;
        return readListing(json);
      },
      ({ value }) => {
        found.listed = value;
        const trading = value.filter(({ status }) => status === 'TRADING').length;
        return [fine('exchangeInfo', `${value.length} symbols, ${trading} of them trading`)];
      },
    ),
    step(
      'ticker/24hr',
      () => facts.tickersPath,
      TICKERS_BYTES_MAX,
      readTickers,
      ({ value: tickers }) => {
        const looked = { listed: found.listed, tickers, spreads: new Map<string, number>() };
        const { symbols } = selectAfresh(market, options.universe, looked, nowMs());
        found.symbol = symbols[0] ?? found.symbol;
        const told = fine('ticker/24hr', `${tickers.size} symbols`);
        const universe =
          symbols.length > 0
            ? fine('universe', `${symbols.length} symbols would be followed, ${found.symbol} the most traded`)
            : failed('universe', 'no symbol passes the filters', 'see what each filter removes: node dist/main.js universe');
        return [told, universe];
      },
    ),
    step(
      'klines',
      () => {
        const lengthMs = intervalMs(options.interval);
        const toMs = Math.floor(nowMs() / lengthMs) * lengthMs;
        return klinesPath(market, found.symbol, options.interval, toMs - BARS * lengthMs, toMs - 1, BARS);
      },
      64 * KIB,
      (json) => (Array.isArray(json) && json.every((row) => Array.isArray(row)) ? (json as unknown[][]) : null),
      ({ value: rows }) => {
        const lastMs = Number(rows.at(-1)?.[0]);
        return Number.isFinite(lastMs)
          ? [
              fine(
                'klines',
                `${rows.length} bars of ${found.symbol}, the last opened ${new Date(lastMs).toISOString().slice(0, 16)}Z`,
              ),
            ]
          : [failed('klines', `no bars of ${found.symbol}`, 'the exchange may be down: look at its status page')];
      },
    ),
    defer(() => of(found.isUnreachable ? skipped('weight', `not asked: ${host} cannot be reached`) : weightCheck(market, found))),
  );
};

/**
 * Everything the source needs of one market, tried once: each REST endpoint, the clocks, the weight left, and that each path of
 * streams delivers. Never errors; completes within a minute.
 */
export const probe = (parts: ProbeParts): Observable<Check> =>
  defer(() => {
    const found: Found = {
      offsetMs: null,
      listed: [],
      weightPerMinute: FACTS[parts.market].weightPerMinute,
      usedWeight: null,
      symbol: 'BTCUSDT',
      isUnreachable: false,
    };
    return concat(
      restChecks(parts, found),
      defer(() => probeStreams(parts, found.symbol)),
    ).pipe(map((check) => ({ ...check, name: `${parts.market} ${check.name}` })));
  });
