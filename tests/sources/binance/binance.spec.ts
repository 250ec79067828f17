import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { FeedEvent } from '../../../src/ports/source.js';
import { HttpError } from '../../../src/ports/http.js';
import { binance } from '../../../src/sources/binance/binance.js';
import { START_MS, scriptedExchange } from '../../support/scripted-exchange.js';

const MINUTE_MS = 60_000;
/** The last bar that has closed at the start opened here. */
const LAST_MS = START_MS - 20_000 - MINUTE_MS;

type Settings = z.input<typeof binance.options>;

const world = (symbols: readonly string[], settings: Settings = {}) => {
  const exchange = scriptedExchange(symbols);
  const source = binance.create(binance.options.parse({ interval: '1m', news: false, ...settings }), exchange.context);
  const events: FeedEvent[] = [];
  const start = () => source.event$.subscribe((event) => events.push(event));
  const after = (ms: number) => exchange.clock.advanceTo(START_MS + ms);
  const closed = (openTimeMs: number) =>
    events
      .filter((event) => event.kind === 'closed' && event.openTimeMs === openTimeMs)
      .map((event) => (event.kind === 'closed' ? event.series.symbol : ''));
  const bars = () =>
    events.flatMap((event) =>
      event.kind === 'bar' ? [`${event.bar.symbol} ${(event.bar.openTimeMs - LAST_MS) / MINUTE_MS}`] : [],
    );
  return { ...exchange, source, events, start, after, closed, bars, take: () => events.splice(0) };
};

describe('the source at its start', () => {
  it('follows the exchange’s time, tells the roster, then the last closed bar of every series', () => {
    const { start, after, events, requests, followed } = world(['BTCUSDT', '币安人生USDT']);
    start();
    after(100);
    const time = '/fapi/v1/time';
    expect(requests.map(({ path }) => path)).toEqual([time, time, time, '/fapi/v1/exchangeInfo', '/fapi/v1/ticker/24hr']);
    // Half of the 10 ms there and back is added.
    expect(followed[0]).toEqual(START_MS + 10 + 5);
    expect(events).toEqual([
      { kind: 'roster', market: 'usdm', interval: '1m', symbols: ['BTCUSDT', '币安人生USDT'], closedUpToMs: LAST_MS },
      { kind: 'closed', series: { market: 'usdm', symbol: 'BTCUSDT', interval: '1m' }, openTimeMs: LAST_MS },
      { kind: 'closed', series: { market: 'usdm', symbol: '币安人生USDT', interval: '1m' }, openTimeMs: LAST_MS },
    ]);
  });

  it('connects to the path of its market and subscribes there, paced', () => {
    const symbols = Array.from({ length: 320 }, (_, i) => `S${i}USDT`);
    const { start, after, connections } = world(symbols, { streamsPerSocket: 160 });
    start();
    after(10_000);
    expect(connections.map(({ url, atMs }) => [url, atMs - START_MS])).toEqual([
      ['wss://fstream.binance.com/market/stream', 40],
      ['wss://fstream.binance.com/market/stream', 2_040],
    ]);
    const [first] = connections;
    expect(first?.sent.map(({ method, params, id, atMs }) => [method, params.length, id, atMs - START_MS])).toEqual([
      ['SUBSCRIBE', 150, 1, 70],
      ['SUBSCRIBE', 10, 2, 320],
    ]);
    expect(first?.sent[0]?.params[0]).toBe('s0usdt@kline_1m');
  });

  it('follows both markets at once, each on its own hosts', () => {
    const { start, after, connections, requests, events } = world(['BTCUSDT'], { markets: ['usdm', 'spot'] });
    start();
    after(5_000);
    expect(connections.map(({ url }) => url).sort()).toEqual([
      'wss://fstream.binance.com/market/stream',
      'wss://stream.binance.com:9443/stream',
    ]);
    expect(requests.map(({ path }) => path)).toContain('/api/v3/exchangeInfo?symbolStatus=TRADING&showPermissionSets=false');
    expect(events.filter(({ kind }) => kind === 'roster')).toHaveLength(2);
  });

  it('goes on trying without a network and says so', () => {
    const { start, after, state, faults, events, source } = world(['BTCUSDT']);
    state.instead = () => new HttpError('no', 'dns', 'name not found');
    start();
    after(120_000);
    expect(events).toEqual([]);
    expect(faults).toHaveLength(1);
    expect(faults[0]?.detail).toContain('cannot reach fapi.binance.com (name not found); trying again in 1 s; `npm run demo`');
    expect(source.status()).toEqual({ sockets: [], series: 0, note: 'cannot reach fapi.binance.com (name not found)' });
    state.instead = () => null;
    after(240_000);
    expect(events[0]).toMatchObject({ kind: 'roster' });
  });

  it('asks again when nothing is left to follow, and says what each step has left', () => {
    const { start, after, state, faults, events } = world([]);
    start();
    after(1_000);
    expect(faults).toMatchObject([
      { kind: 'universe-suspicious', detail: expect.stringContaining('0 symbols left (0 listed') as string },
    ]);
    state.symbols = ['BTCUSDT'];
    after(61_000);
    expect(events[0]).toMatchObject({ kind: 'roster', symbols: ['BTCUSDT'] });
  });
});

describe('the source at work', () => {
  it('passes closed bars on and never an open one', () => {
    const { start, after, push, frame, bars, faults } = world(['BTCUSDT', 'ETHUSDT']);
    start();
    after(40_100);
    for (let i = 0; i < 3_000; i++) push(frame('ETHUSDT', LAST_MS + MINUTE_MS, false));
    push(frame('BTCUSDT', LAST_MS + MINUTE_MS));
    push(frame('ETHUSDT', LAST_MS + MINUTE_MS));
    push(frame('ETHUSDT', LAST_MS + MINUTE_MS));
    expect(bars()).toEqual(['BTCUSDT 1', 'ETHUSDT 1', 'ETHUSDT 1']);
    expect(faults).toEqual([]);
  });

  it('announces every series a grace after each close, for silence', () => {
    const { start, after, closed, take } = world(['BTCUSDT', 'ETHUSDT'], { grace: '5s' });
    start();
    after(1_000);
    take();
    after(44_999);
    expect(closed(LAST_MS + MINUTE_MS)).toEqual([]);
    after(45_000);
    expect(closed(LAST_MS + MINUTE_MS)).toEqual(['BTCUSDT', 'ETHUSDT']);
    after(105_000);
    expect(closed(LAST_MS + 2 * MINUTE_MS)).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect(take()).toHaveLength(4);
  });

  it('leaves a bar that closed less than the grace ago to the announcement of its close', () => {
    const { start, after, closed, clock } = world(['BTCUSDT'], { grace: '5s' });
    clock.advanceTo(START_MS + 41_000);
    start();
    after(44_900);
    expect([closed(LAST_MS), closed(LAST_MS + MINUTE_MS)]).toEqual([['BTCUSDT'], []]);
    after(45_100);
    expect(closed(LAST_MS + MINUTE_MS)).toEqual(['BTCUSDT']);
  });

  it('turns away at the door what is no bar, and strangers', () => {
    const { start, after, push, frame, bars, kinds } = world(['BTCUSDT']);
    start();
    after(40_100);
    const openTimeMs = LAST_MS + MINUTE_MS;
    push(frame('BTCUSDT', openTimeMs, true, { o: '' }));
    push(frame('BTCUSDT', openTimeMs, true, { h: '1.00' }));
    push(frame('BTCUSDT', openTimeMs * 1_000, true));
    push(frame('ETHUSDT', openTimeMs));
    push(frame('BTCUSDT', openTimeMs, true, { i: '5m' }));
    push({ kind: 'frame', data: Buffer.from('{') });
    push({ kind: 'frame', data: Buffer.from('{"stream":"a","data":{"e":"news"}}') });
    expect(bars()).toEqual([]);
    expect(kinds()).toEqual([
      'bar-rejected',
      'bar-rejected',
      'bar-rejected',
      'frame-unexpected',
      'frame-rejected',
      'frame-unexpected',
    ]);
  });

  it('asks for the time when a bar comes before its time', () => {
    const { start, after, push, frame, bars, kinds, requests } = world(['BTCUSDT']);
    start();
    after(30_000);
    const asked = requests.length;
    push(frame('BTCUSDT', LAST_MS + MINUTE_MS));
    push(frame('BTCUSDT', LAST_MS + 5 * MINUTE_MS));
    after(31_000);
    expect(new Set(requests.slice(asked).map(({ path }) => path))).toEqual(new Set(['/fapi/v1/time']));
    expect([bars(), kinds()]).toEqual([[], ['bar-rejected', 'bar-rejected']]);
  });

  it('lets those who join be warmed up and gives up those who leave', () => {
    const symbols = ['AUSDT', 'BUSDT', 'CUSDT', 'DUSDT', 'EUSDT'];
    const { start, after, take, state, connections } = world(symbols, { universe: { ttl: '10m' }, idle: '1h' });
    state.closes = null;
    start();
    after(599_000);
    take();
    state.symbols = ['AUSDT', 'CUSDT', 'DUSDT', 'EUSDT', 'FUSDT'];
    after(601_000);
    // Ten minutes on: the newcomer alone is announced with the roster, the others with each close.
    expect(take()).toEqual([
      { kind: 'roster', market: 'usdm', interval: '1m', symbols: state.symbols, closedUpToMs: LAST_MS + 10 * MINUTE_MS },
      { kind: 'closed', series: { market: 'usdm', symbol: 'FUSDT', interval: '1m' }, openTimeMs: LAST_MS + 10 * MINUTE_MS },
    ]);
    // Who stopped trading is kept on the stream until it is sure.
    after(700_000);
    expect(connections[0]?.sent.map(({ method, params }) => [method, params])).toEqual([
      ['SUBSCRIBE', symbols.map((symbol) => `${symbol.toLowerCase()}@kline_1m`)],
      ['SUBSCRIBE', ['fusdt@kline_1m']],
      ['UNSUBSCRIBE', ['busdt@kline_1m']],
    ]);
  });

  it('keeps the roster when an answer has lost too much, and believes it when it is said twice', () => {
    const { start, after, state, events, kinds } = world(['AUSDT', 'BUSDT', 'CUSDT', 'DUSDT', 'EUSDT'], {
      universe: { ttl: '10m' },
    });
    const rosters = () => events.flatMap((event) => (event.kind === 'roster' ? [event.symbols.length] : []));
    start();
    after(60_000);
    state.symbols = [];
    after(610_000);
    expect([rosters(), kinds().filter((kind) => kind === 'universe-suspicious')]).toEqual([[5], ['universe-suspicious']]);
    state.symbols = ['AUSDT', 'BUSDT'];
    after(1_210_000);
    expect(rosters()).toEqual([5]);
    after(1_810_000);
    expect(rosters()).toEqual([5, 2]);
  });

  it('shows its health', () => {
    const { start, after, push, frame, source, state } = world(['BTCUSDT', 'ETHUSDT']);
    expect(source.status().note).toBe('usdm: waiting for the list of symbols');
    const running = start();
    after(10_000);
    push(frame('BTCUSDT', LAST_MS + MINUTE_MS, false));
    const socket = { name: 'usdm 1', open: true, lastFrameAgeMs: 0, streams: 2, losses: 0, rotations: 0 };
    expect(source.status()).toMatchObject({ sockets: [socket], series: 2, note: null });
    expect(source.status().sockets[0]?.ageMs).toBeGreaterThan(9_000);
    state.flows = false;
    after(30_000);
    expect(source.status().sockets[0]?.lastFrameAgeMs).toBeGreaterThan(10_000);
    running.unsubscribe();
    expect(source.status()).toMatchObject({ sockets: [], series: 0 });
  });

  it('leaves nothing running when it is unsubscribed', () => {
    const { start, after, connections, clock, requests } = world(['BTCUSDT']);
    const running = start();
    after(10_000);
    running.unsubscribe();
    const sent = requests.length;
    after(7_200_000);
    expect([connections.length, connections[0]?.isOpen, requests.length, clock.pending()]).toEqual([1, false, sent, 0]);
  });
});

describe('options', () => {
  const trouble = (settings: object) =>
    binance.options.safeParse(settings).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  it('take hosts of this machine and of Binance', () => {
    const local = { usdm: { rest: 'http://127.0.0.1:8080', ws: 'ws://localhost:8080/spot/' } };
    expect(trouble({ endpoints: local })).toBeUndefined();
    expect(
      trouble({ endpoints: { spot: { rest: 'https://api-gcp.binance.com', ws: 'wss://data-stream.binance.vision' } } }),
    ).toBeUndefined();
  });
  it.each([
    ['http://fapi.binance.com', 'must begin with https:// unless it is on this machine'],
    ['https://fapi.binance.com.evil.example', 'is not a host of Binance; set allowCustomEndpoints: true to use it all the same'],
    ['https://notbinance.com', 'is not a host of Binance; set allowCustomEndpoints: true to use it all the same'],
    ['ftp://127.0.0.1', 'must begin with https://'],
    ['https://fapi.binance.com/fapi', 'must be a host alone: paths are added'],
    ['fapi.binance.com', 'is not an address'],
  ])('refuse %s', (rest, message) => {
    expect(trouble({ endpoints: { usdm: { rest } } })).toEqual([`endpoints.usdm.rest: ${message}`]);
  });
  it('take any host when told to', () => {
    expect(trouble({ endpoints: { usdm: { rest: 'https://mirror.example' }, allowCustomEndpoints: true } })).toBeUndefined();
  });
  it.each([
    { streamsPerSocket: 1_025 },
    { messagesPerSecond: 5 },
    { interval: '1w' },
    { markets: [] },
    { grace: 3 },
    { rest: { weightShare: '101%' } },
    { quux: 1 },
  ])('refuse %j', (settings) => {
    expect(trouble(settings)).toHaveLength(1);
  });
});
