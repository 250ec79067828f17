import { describe, expect, it } from 'vitest';
import { binance } from '../../../src/sources/binance/binance.js';
import { tickersOf } from '../../../src/sources/binance/mini-ticker.js';
import { START_MS, scriptedExchange } from '../../support/scripted-exchange.js';

const row = (more: object) => ({
  e: '24hrMiniTicker',
  E: 1_672_515_782_136,
  s: 'BNBUSDT',
  c: '1',
  o: '1',
  h: '1',
  l: '1',
  v: '2',
  q: '18',
  ...more,
});

describe('tickersOf', () => {
  it('reads the last day of spot and of USD-M, not of COIN-M contracts, which come over the same stream', () => {
    const tickers = tickersOf([
      row({}),
      row({ s: 'AUSDT', q: '7.5', st: 1 }),
      row({ s: 'BTCUSD_PERP', st: 2 }),
      row({ s: 'X', q: '' }),
    ]);
    expect([...(tickers ?? [])]).toEqual([
      ['BNBUSDT', { quoteVolume: 18, closeTimeMs: 1_672_515_782_136 }],
      ['AUSDT', { quoteVolume: 7.5, closeTimeMs: 1_672_515_782_136 }],
    ]);
  });
  it.each([[null], [{}], [[{ e: 'kline' }]], [[7]]])('says that %j is none', (data) => {
    expect(tickersOf(data)).toBeNull();
  });
});

describe('news', () => {
  const world = () => {
    const exchange = scriptedExchange(['AUSDT', 'BUSDT']);
    const source = binance.create(binance.options.parse({ interval: '1m' }), exchange.context);
    const rosters: string[] = [];
    source.event$.subscribe((event) => {
      if (event.kind === 'roster') rosters.push(event.symbols.join());
    });
    const after = (ms: number) => exchange.clock.advanceTo(START_MS + ms);
    return { ...exchange, source, rosters, after };
  };
  const tell = (data: unknown) => ({ kind: 'frame', data: Buffer.from(JSON.stringify({ stream: '!x', data })) }) as const;

  it('come on a connection of their own, after those of the bars', () => {
    const { after, connections, source } = world();
    after(8_000);
    expect(connections.map(({ sent }) => sent[0]?.params)).toEqual([
      ['ausdt@kline_1m', 'busdt@kline_1m'],
      ['!contractInfo', '!miniTicker@arr'],
    ]);
    expect(source.status().sockets.map(({ name }) => name)).toEqual(['usdm 1', 'usdm news 1']);
  });

  it('of a contract lead to a look at the list of symbols at once; fresh volumes lead to none', () => {
    const { after, connections, requests, state, rosters, clock } = world();
    after(8_000);
    const looks = () => requests.filter(({ path }) => path === '/fapi/v1/exchangeInfo').length;
    connections[1]?.push(tell([row({ s: 'AUSDT', st: 1 })]));
    after(20_000);
    expect(looks()).toBe(1);
    state.symbols = ['AUSDT', 'BUSDT', 'CUSDT'];
    connections[1]?.push(tell({ e: 'contractInfo', E: clock.now(), s: 'CUSDT', ct: 'PERPETUAL', cs: 'TRADING', st: 1 }));
    after(30_000);
    expect([looks(), rosters.length]).toEqual([2, 2]);
    expect(rosters[1]).toContain('CUSDT');
  });
});
