import { describe, expect, it } from 'vitest';
import type { Row } from './world.js';
import { MINUTE, recorded, T0, worldAt } from './world.js';

const START = T0 + 100 * MINUTE;
const BTC = { market: 'usdm', symbol: 'BTCUSDT' } as const;
const ETH = { market: 'spot', symbol: 'ETHUSDT' } as const;
const closedOf = (exchange: ReturnType<typeof worldAt>['exchange'], market: 'usdm' | 'spot', symbol: string) =>
  exchange.log.closedBars({ market, symbol, interval: '1m' }, START, START + 99 * MINUTE).map((time) => (time - START) / MINUTE);

interface Contract {
  readonly e: string;
  readonly s: string;
  readonly cs: string;
  readonly bks: readonly unknown[];
}
const contracts = (frames: readonly unknown[]): readonly (readonly [string, string, number])[] =>
  (frames as readonly Contract[]).filter(({ e }) => e === 'contractInfo').map(({ s, cs, bks }) => [s, cs, bks.length]);

describe('stopTrading', () => {
  it('shows the status, tells it as contractInfo, and ends the bars with the one that is open; undone, they go on', () => {
    const { clock, exchange, get, join } = worldAt(START + 10_000);
    const [bars, info] = [join('/market/ws/btcusdt@kline_1m'), join('/market/ws/!contractInfo')];
    const undo = exchange.faults.stopTrading(BTC);
    clock.advanceTo(START + 4 * MINUTE);
    const status = (): string | undefined =>
      get('/fapi/v1/exchangeInfo').json.symbols.find(({ symbol }) => symbol === 'BTCUSDT')?.status;
    expect(status()).toBe('SETTLING');
    expect(new Set(bars.frames().map(({ k }) => k.t))).toStrictEqual(new Set([START]));
    const rows = get<readonly Row[]>(`/fapi/v1/klines?symbol=BTCUSDT&interval=1m&startTime=${START}`).json;
    expect(rows.map(([openTime]) => openTime)).toStrictEqual([START]);
    undo();
    clock.advanceTo(START + 6 * MINUTE);
    expect(status()).toBe('TRADING');
    expect(closedOf(exchange, 'usdm', 'BTCUSDT')).toStrictEqual([0, 4, 5]);
    expect(contracts(info.frames())).toStrictEqual([
      ['BTCUSDT', 'SETTLING', 1],
      ['BTCUSDT', 'TRADING', 1],
    ]);
  });

  it('is a break on spot, or whatever is said', () => {
    const { exchange, get } = worldAt(START);
    exchange.faults.stopTrading(ETH);
    expect(get('/spot/api/v3/exchangeInfo').json.symbols).toMatchObject([{ status: 'BREAK' }]);
    exchange.faults.stopTrading(ETH, 'HALT');
    expect(get('/spot/api/v3/exchangeInfo').json.symbols).toMatchObject([{ status: 'HALT' }]);
  });
});

describe('the list', () => {
  it('listSymbol adds one that has no bars before, can be subscribed to, and is told', () => {
    const { clock, exchange, get, join } = worldAt(START + 10_000);
    const info = join('/market/ws/!contractInfo');
    exchange.faults.listSymbol('usdm', { symbol: 'NEWUSDT', plays: 'BTCUSDT' });
    exchange.faults.listSymbol('usdm', { symbol: 'SOONUSDT', onboardMs: START + 90 * MINUTE });
    const bars = join('/market/ws/newusdt@kline_1m');
    clock.advanceTo(START + 3 * MINUTE);
    const listed = get('/fapi/v1/exchangeInfo').json.symbols.find(({ symbol }) => symbol === 'NEWUSDT');
    expect(listed).toMatchObject({ status: 'TRADING', onboardDate: START + 10_000, baseAsset: 'NEW' });
    const rows = get<readonly Row[]>('/fapi/v1/klines?symbol=NEWUSDT&interval=1m&limit=99').json;
    expect(rows.map(([openTime]) => (openTime - START) / MINUTE)).toStrictEqual([1, 2, 3]);
    expect(new Set(bars.frames().map(({ k }) => `${k.s} ${(k.t - START) / MINUTE}`))).toContain('NEWUSDT 1');
    expect(closedOf(exchange, 'usdm', 'NEWUSDT')).toStrictEqual([1, 2]);
    expect(contracts(info.frames())).toStrictEqual([
      ['NEWUSDT', 'TRADING', 1],
      ['SOONUSDT', 'PENDING_TRADING', 0],
    ]);
  });

  it('setStatus null takes one away without a word', () => {
    const { exchange, get, join } = worldAt(START);
    const info = join('/market/ws/!contractInfo');
    exchange.faults.setStatus(BTC, null);
    expect(get('/fapi/v1/exchangeInfo').json.symbols.map(({ symbol }) => symbol)).not.toContain('BTCUSDT');
    expect(get('/fapi/v1/klines?symbol=BTCUSDT&interval=1m').status).toBe(400);
    exchange.faults.setStatus(BTC, 'TRADING_HALT');
    expect(contracts(info.frames())).toStrictEqual([['BTCUSDT', 'TRADING_HALT', 1]]);
  });

  it('shrinkCatalogue shows a part of it, or none, until it is undone', () => {
    const usdm = Array.from({ length: 20 }, (_, index) => recorded(`S${index}USDT`));
    const { exchange, get } = worldAt(START, { recordings: { usdm }, beside: { usdm: [] } });
    const count = (): number => get('/fapi/v1/exchangeInfo').json.symbols.length;
    const undo = exchange.faults.shrinkCatalogue('usdm', 0.9);
    expect(count()).toBe(18);
    exchange.faults.shrinkCatalogue('usdm', 0);
    expect(count()).toBe(0);
    undo();
    expect(count()).toBe(20);
    expect(get('/fapi/v1/klines?symbol=S19USDT&interval=1m').status).toBe(200);
  });
});
