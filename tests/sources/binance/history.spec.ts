import { describe, expect, it } from 'vitest';
import type { Bar } from '../../../src/model/bar.js';
import { binance } from '../../../src/sources/binance/binance.js';
import { HttpError } from '../../../src/ports/http.js';
import { START_MS, scriptedExchange } from '../../support/scripted-exchange.js';

const MINUTE_MS = 60_000;
/** The bar that is open at the start opened here. */
const NOW_BAR_MS = START_MS - 20_000;
const SERIES = { market: 'usdm', symbol: 'BTCUSDT', interval: '1m' } as const;

const world = (market: 'usdm' | 'spot' = 'usdm') => {
  const exchange = scriptedExchange(['BTCUSDT']);
  const source = binance.create(binance.options.parse({ interval: '1m', markets: [market] }), exchange.context);
  const pages: (readonly Bar[])[] = [];
  let isOver = false;
  const ask = (fromMs: number, toMs: number) =>
    source.history
      .bars({ ...SERIES, market }, fromMs, toMs)
      .subscribe({ next: (page) => pages.push(page), complete: () => (isOver = true) });
  const opens = () => pages.flat().map(({ openTimeMs }) => openTimeMs);
  return { ...exchange, ask, pages, opens, isOver: () => isOver, after: (ms: number) => exchange.clock.advanceTo(START_MS + ms) };
};
const range = (fromMs: number, toMs: number) =>
  Array.from({ length: (toMs - fromMs) / MINUTE_MS + 1 }, (_, i) => fromMs + i * MINUTE_MS);

describe('history', () => {
  it('gives what was asked for, both ends included, oldest first', () => {
    const { ask, opens, pages, isOver, after, requests } = world();
    const [from, to] = [NOW_BAR_MS - 60 * MINUTE_MS, NOW_BAR_MS - MINUTE_MS];
    ask(from, to);
    after(100);
    expect(isOver()).toBe(true);
    expect(opens()).toEqual(range(from, to));
    expect(pages[0]?.[0]).toMatchObject({
      ...SERIES,
      provenance: 'rest',
      volume: 5,
      quoteVolume: 500,
      tradeCount: 7,
      takerVolume: 2.5,
    });
    expect(requests.map(({ path }) => path)).toEqual([
      `/fapi/v1/klines?symbol=BTCUSDT&interval=1m&startTime=${from}&endTime=${to + MINUTE_MS - 1}&limit=60`,
    ]);
  });

  it.each([
    ['usdm', 499, 3],
    ['spot', 1_000, 2],
  ] as const)('turns pages where bars cost least on %s', (market, limit, pageCount) => {
    const { ask, opens, pages, after, requests } = world(market);
    const [from, to] = [NOW_BAR_MS - 1_200 * MINUTE_MS, NOW_BAR_MS - MINUTE_MS];
    ask(from, to);
    after(1_000);
    expect(opens()).toEqual(range(from, to));
    expect(pages).toHaveLength(pageCount);
    expect(requests[0]?.path).toContain(`&limit=${limit}`);
  });

  it('leaves the open bar out', () => {
    const { ask, opens, after, faults } = world();
    ask(NOW_BAR_MS - 2 * MINUTE_MS, NOW_BAR_MS);
    after(1);
    ask(NOW_BAR_MS, NOW_BAR_MS);
    after(10);
    expect(opens()).toEqual(range(NOW_BAR_MS - 2 * MINUTE_MS, NOW_BAR_MS - MINUTE_MS));
    expect(faults).toEqual([]);
  });

  it('asks again for a bar that has only just closed, and gives up on it after a while', () => {
    const { ask, opens, isOver, after, state, requests, clock } = world();
    state.missing.add(NOW_BAR_MS);
    clock.advanceTo(NOW_BAR_MS + MINUTE_MS + 3_000);
    ask(NOW_BAR_MS, NOW_BAR_MS);
    clock.advanceTo(NOW_BAR_MS + MINUTE_MS + 10_000);
    expect([requests.length, isOver()]).toEqual([2, false]);
    state.missing.clear();
    clock.advanceTo(NOW_BAR_MS + MINUTE_MS + 14_000);
    expect([opens(), isOver()]).toEqual([[NOW_BAR_MS], true]);
    state.missing.add(NOW_BAR_MS + MINUTE_MS);
    clock.advanceTo(NOW_BAR_MS + 2 * MINUTE_MS + 3_000);
    ask(NOW_BAR_MS + MINUTE_MS, NOW_BAR_MS + MINUTE_MS);
    after(400_000);
    expect(requests).toHaveLength(3 + 7);
  });

  it('says nothing of a hole in the past: those bars do not exist', () => {
    const { ask, opens, isOver, after, state, faults } = world();
    const [from, to] = [NOW_BAR_MS - 10 * MINUTE_MS, NOW_BAR_MS - 5 * MINUTE_MS];
    state.missing = new Set([from + MINUTE_MS, from + 2 * MINUTE_MS, to]);
    ask(from, to);
    after(100);
    expect([opens(), isOver(), faults]).toEqual([[from, from + 3 * MINUTE_MS, from + 4 * MINUTE_MS], true, []]);
  });

  it('tries until it has an answer', () => {
    const { ask, opens, after, state } = world();
    state.instead = (_, number) => (number <= 5 ? new HttpError('maybe', 'reset', 'connection reset') : null);
    ask(NOW_BAR_MS - MINUTE_MS, NOW_BAR_MS - MINUTE_MS);
    after(60_000);
    expect(opens()).toEqual([NOW_BAR_MS - MINUTE_MS]);
  });

  it('says that a symbol is unknown, and ends', () => {
    const { ask, isOver, after, state, faults } = world();
    state.instead = () => ({ status: 400, body: '{"code":-1121,"msg":"Invalid symbol."}' });
    ask(NOW_BAR_MS - MINUTE_MS, NOW_BAR_MS - MINUTE_MS);
    after(100);
    expect(isOver()).toBe(true);
    expect(faults).toMatchObject([{ kind: 'request-refused', series: SERIES }]);
  });

  it('turns bad rows away and goes on after them, whatever their order', () => {
    const { ask, opens, after, state, kinds } = world();
    const at = (i: number) => NOW_BAR_MS - (10 - i) * MINUTE_MS;
    const row = (i: number, high = '2') => [at(i), '1', high, '1', '2', '5', at(i) + MINUTE_MS - 1, '9', 3, '1', '1', '0'];
    state.instead = () => ({ body: JSON.stringify([row(-1), row(0), row(0), row(1, '0x9'), row(2), row(1), row(3), row(4)]) });
    ask(at(0), at(3));
    after(100);
    expect(opens()).toEqual([at(0), at(2), at(3)]);
    expect(kinds()).toEqual(['bar-rejected']);
  });

  it('gives up when it is unsubscribed', () => {
    const { ask, after, state, requests } = world();
    state.instead = () => new HttpError('no', 'refused', 'connection refused');
    const asking = ask(NOW_BAR_MS - MINUTE_MS, NOW_BAR_MS - MINUTE_MS);
    after(3_000);
    asking.unsubscribe();
    const sent = requests.length;
    after(100_000);
    expect(requests).toHaveLength(sent);
  });
});
