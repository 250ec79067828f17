import { Observable, concat, of, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Bar } from '../../../src/model/bar.js';
import type { BarCache } from '../../../src/ports/cache.js';
import type { History } from '../../../src/ports/source.js';
import { HistoryError } from '../../../src/ports/source.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { cachedHistory } from '../../../src/sources/binance/cached-history.js';
import { costOf } from '../../../src/sources/binance/history.js';
import type { Share } from '../../../src/sources/binance/warm-up.js';
import { createWarmUp, planText } from '../../../src/sources/binance/warm-up.js';
import { createGovernor } from '../../../src/sources/binance/weight.js';
import { START_MS, bar } from '../../support/bars.js';

const LENGTH_MS = 900_000;
const SERIES = { market: 'usdm', symbol: 'BTCUSDT', interval: '15m' } as const;
const timeOf = (index: number): number => START_MS + index * LENGTH_MS;
const at = (index: number): Bar => bar({ openTimeMs: timeOf(index), close: 100 + index, provenance: 'rest' });
const indexOf = (openTimeMs: number): number => (openTimeMs - START_MS) / LENGTH_MS;

const world = (held: readonly number[], { isCached = true, answers = true } = {}) => {
  const wireTime = createVirtualClock(START_MS);
  const lines: string[] = [];
  const asked: string[] = [];
  const kept: number[] = [];
  const got: number[] = [];
  const governor = createGovernor({ weightPerMinute: 2_400, sharePercent: 80, concurrency: 8, wireTime });
  const history: History = {
    bars: (_, fromMs, toMs) => {
      asked.push(`${lines.length > 0 ? 'planned ' : ''}${indexOf(fromMs)}…${indexOf(toMs)}`);
      return of(!answers ? [] : Array.from({ length: indexOf(toMs) - indexOf(fromMs) + 1 }, (_, i) => at(indexOf(fromMs) + i)));
    },
  };
  const cache: BarCache = {
    bars: (_, fromMs, toMs) =>
      of(held.filter((index) => index >= indexOf(fromMs) && index <= indexOf(toMs)).map((index) => at(index))),
    add: (bars) => void kept.push(...bars.map(({ openTimeMs }) => indexOf(openTimeMs))),
    close: () => new Observable<never>((subscriber) => subscriber.complete()),
  };
  const warmUp = createWarmUp('usdm', governor, { wireTime, print: (line) => void lines.push(line) });
  const decorated = cachedHistory(history, isCached ? cache : undefined, warmUp, costOf);
  const ask = (from: number, to: number, symbol = 'BTCUSDT') =>
    decorated
      .bars({ ...SERIES, symbol }, timeOf(from), timeOf(to))
      .subscribe((bars) => got.push(...bars.map(({ openTimeMs }) => indexOf(openTimeMs))));
  return { wireTime, lines, asked, kept, got, ask, turn: () => wireTime.advanceTo(START_MS + 1) };
};
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('a history that is held in part', () => {
  it.each<[string, readonly number[], readonly string[]]>([
    ['nothing', [], ['planned 0…9']],
    ['all', range(0, 9), []],
    ['all but the newest', range(0, 6), ['planned 7…9']],
    ['all but the oldest', range(4, 9), ['planned 0…3']],
    ['the middle', range(3, 5), ['planned 0…2', 'planned 6…9']],
    ['two runs, of which the later counts', [0, 1, 2, 5, 6], ['planned 0…4', 'planned 7…9']],
    ['bars that were not asked for', [-3, -2, -1, 10, 11], ['planned 0…9']],
  ])('asks for the rest alone when it holds %s', (_, held, requests) => {
    const { ask, turn, asked, got, kept } = world(held);
    ask(0, 9);
    turn();
    expect(asked).toEqual(requests);
    expect(got).toEqual(range(0, 9));
    expect(kept).toEqual(
      range(0, 9).filter((index) =>
        requests.some((text) => {
          const [from, to] = text.replace('planned ', '').split('…').map(Number) as [number, number];
          return index >= from && index <= to;
        }),
      ),
    );
  });

  it('asks for everything where nothing is kept', () => {
    const { ask, turn, asked, got, lines } = world(range(0, 9), { isCached: false });
    ask(0, 9);
    turn();
    expect([asked, got.length]).toEqual([['planned 0…9'], 10]);
    expect(lines).toHaveLength(1);
  });

  it('tells the plan of all series of a market before it asks for any, and only once', () => {
    const { ask, turn, asked, lines } = world([], { answers: false });
    for (let i = 0; i < 700; i++) ask(0, 299, `S${i}USDT`);
    expect([lines, asked]).toEqual([[], []]);
    turn();
    expect(lines).toEqual([
      'usdm warm-up: 700 series × 300 bars = 700 requests, weight 1400 of 1920 a minute: within this minute',
    ]);
    expect(asked).toHaveLength(700);
    ask(300, 305);
    expect([lines.length, asked.length]).toEqual([1, 701]);
  });

  it('passes on that the rest cannot be had, after what is held', () => {
    const bad: History = { bars: () => throwError(() => new HistoryError('unreachable', 'no')) };
    const cache: BarCache = { bars: () => of(range(0, 5).map(at)), add: () => undefined, close: () => new Observable<never>() };
    const wireTime = createVirtualClock();
    const governor = createGovernor({ weightPerMinute: 2_400, sharePercent: 80, concurrency: 8, wireTime });
    const events: unknown[] = [];
    concat(
      timer(5, wireTime),
      cachedHistory(bad, cache, createWarmUp('usdm', governor, { wireTime, print: () => undefined }), costOf).bars(
        SERIES,
        timeOf(0),
        timeOf(9),
      ),
    ).subscribe({
      next: (value) => events.push(Array.isArray(value) ? value.length : value),
      error: (error: unknown) => events.push((error as Error).message),
    });
    wireTime.advanceTo(10);
    expect(events).toEqual([0, 6, 'unreachable: no']);
  });
});

describe('the plan of a warm-up', () => {
  const cold: Share = { bars: 300, requests: 1, weight: 2, resumes: false };
  const resumed: Share = { bars: 300, requests: 1, weight: 1, resumes: true };
  const held: Share = { bars: 300, requests: 0, weight: 0, resumes: true };
  const times = (count: number, share: Share): readonly Share[] => Array.from({ length: count }, () => share);
  const allowance = { usedWeight: 100, ceiling: 1_920, nextMinuteMs: 30_000 };

  it.each<[readonly Share[], string]>([
    [times(700, cold), '700 series × 300 bars = 700 requests, weight 1400 of 1920 a minute: within this minute'],
    [times(1_000, cold), '1000 series × 300 bars = 1000 requests, weight 2000 of 1920 a minute: 0.5 min at the earliest'],
    [times(3_000, cold), '3000 series × 300 bars = 3000 requests, weight 6000 of 1920 a minute: 2.5 min at the earliest'],
    [
      [...times(612, resumed), ...times(88, cold)],
      '612 of 700 series × 300 bars resume from disk, 700 requests for the rest, weight 788 of 1920 a minute: within this minute',
    ],
    [times(5, held), '5 of 5 series × 300 bars resume from disk, nothing to be asked for'],
  ])('%#: says what it takes', (shares, text) => {
    expect(planText('usdm', shares, allowance)).toBe(`usdm warm-up: ${text}`);
  });

  it('knows what pages cost', () => {
    expect(costOf(SERIES, timeOf(0), timeOf(299))).toEqual({ requests: 1, weight: 2 });
    expect(costOf(SERIES, timeOf(0), timeOf(0))).toEqual({ requests: 1, weight: 1 });
    expect(costOf(SERIES, timeOf(0), timeOf(998))).toEqual({ requests: 3, weight: 5 });
    expect(costOf({ ...SERIES, market: 'spot' }, timeOf(0), timeOf(1_999))).toEqual({ requests: 2, weight: 4 });
  });
});
