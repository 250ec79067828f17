import { describe, expect, it } from 'vitest';
import type { Frame, Row } from './world.js';
import { MINUTE, recorded, T0, worldAt } from './world.js';

const START = T0 + 100 * MINUTE;
const BTC = { market: 'usdm', symbol: 'BTCUSDT', interval: '1m' } as const;
const PATH = '/market/stream?streams=btcusdt@kline_1m';
const closedOf = (frames: readonly Frame[], openTime: number): readonly Frame[] =>
  frames.filter(({ data }) => data.k.x && data.k.t === openTime);

describe('connections', () => {
  it.each([
    ['dropAllSockets', { kind: 'cut' }],
    ['closeAllSockets', { kind: 'close', code: 1012, reason: 'upgrade' }],
  ] as const)('%s ends those that are open', (name, last) => {
    const { exchange, join } = worldAt(START);
    const line = join(PATH);
    expect(name === 'dropAllSockets' ? exchange.faults[name]() : exchange.faults[name](1012, 'upgrade')).toBe(1);
    expect(line.out.at(-1)).toStrictEqual(last);
    expect(exchange.log.counters()).toMatchObject({ connectionsOpen: 0, faults: { [name]: 1 } });
  });

  it('stallAllSockets stops data, and pings and answers go on', () => {
    const { clock, exchange, join } = worldAt(START);
    const line = join(PATH);
    exchange.faults.stallAllSockets();
    clock.advanceTo(START + 4 * MINUTE);
    line.send({ method: 'LIST_SUBSCRIPTIONS', id: 1 });
    clock.advanceTo(START + 5 * MINUTE);
    expect(line.out.map(({ kind }) => kind)).toStrictEqual(['open', 'ping', 'frame']);
    expect(line.frames()).toStrictEqual([{ result: ['btcusdt@kline_1m'], id: 1 }]);
  });

  it('halfOpen stops everything, and no end comes; a new connection works', () => {
    const { clock, exchange, join } = worldAt(START);
    const line = join(PATH);
    exchange.faults.halfOpen();
    line.send({ kind: 'ping' });
    line.send({ method: 'LIST_SUBSCRIPTIONS', id: 1 });
    clock.advanceTo(START + 20 * MINUTE);
    expect(line.out).toStrictEqual([{ kind: 'open' }]);
    const fresh = join(PATH);
    clock.advanceTo(START + 21 * MINUTE);
    expect(fresh.frames().length).toBeGreaterThan(0);
  });

  it.each([403, 429, 451, 503])('refuseUpgrades answers %i for a while', (status) => {
    const { clock, exchange, join } = worldAt(START);
    exchange.faults.refuseUpgrades(status, 5_000);
    expect(join(PATH).out).toMatchObject([{ kind: 'refuse', status }]);
    clock.advanceTo(START + 5_000);
    expect(join(PATH).out).toStrictEqual([{ kind: 'open' }]);
    expect(exchange.log.counters()).toMatchObject({ upgradesRefused: 1, faults: { refuseUpgrades: 1 } });
  });

  it('hangUpgrades answers nothing', () => {
    const { exchange, join } = worldAt(START);
    const undo = exchange.faults.hangUpgrades(5_000);
    expect(join(PATH).out).toStrictEqual([]);
    undo();
    expect(join(PATH).out).toStrictEqual([{ kind: 'open' }]);
  });

  it('garbageFrames come as they are', () => {
    const { exchange, join } = worldAt(START);
    const line = join(PATH);
    exchange.faults.garbageFrames('{"e":', '\u0000');
    expect(line.out.slice(1)).toStrictEqual([
      { kind: 'frame', text: '{"e":' },
      { kind: 'frame', text: '\u0000' },
    ]);
  });
});

describe('bars', () => {
  it('skipClosedBar and repeatClosedBar change how often a closing event comes, and REST has the bar', () => {
    const { clock, exchange, get, join } = worldAt(START);
    const line = join(PATH);
    exchange.faults.skipClosedBar(BTC, START);
    exchange.faults.repeatClosedBar(BTC, START + MINUTE);
    clock.advanceTo(START + 4 * MINUTE);
    const counts = [0, 1, 2].map((minute) => closedOf(line.frames(), START + minute * MINUTE).length);
    expect(counts).toStrictEqual([0, 2, 1]);
    expect(get<readonly Row[]>(`/fapi/v1/klines?symbol=BTCUSDT&interval=1m&startTime=${START}&limit=1`).json[0]![0]).toBe(START);
    expect(exchange.log.closedBars(BTC, START, START + MINUTE)).toStrictEqual([START, START + MINUTE]);
    expect(exchange.log.counters().faults).toStrictEqual({ skipClosedBar: 1, repeatClosedBar: 1 });
  });

  it('delayCloses lets the next bar overtake, until it is undone', () => {
    const { clock, exchange, join } = worldAt(START + 1_000);
    const line = join(PATH);
    const undo = exchange.faults.delayCloses(10_000);
    clock.advanceTo(START + MINUTE + 10_200);
    undo();
    clock.advanceTo(START + 3 * MINUTE);
    const [late] = closedOf(line.frames(), START);
    expect(late!.data.E).toBe(START + MINUTE + 10_200);
    expect(line.frames().some(({ data }) => data.k.t === START + MINUTE && data.E < late!.data.E)).toBe(true);
    expect(closedOf(line.frames(), START + MINUTE)[0]!.data.E).toBe(START + 2 * MINUTE + 200);
  });

  it('resendClosedBar delivers an older bar', () => {
    const { exchange, join } = worldAt(START);
    const line = join(PATH);
    exchange.faults.resendClosedBar(BTC, T0);
    expect(closedOf(line.frames(), T0)).toHaveLength(1);
  });

  it('muteSeries silences one symbol until it is undone', () => {
    const { clock, exchange, join } = worldAt(START, { recordings: { usdm: [recorded('BTCUSDT'), recorded('XRPUSDT')] } });
    const [muted, heard] = [join(PATH), join('/market/ws/xrpusdt@kline_1m')];
    const undo = exchange.faults.muteSeries(BTC);
    clock.advanceTo(START + 2 * MINUTE);
    expect(muted.frames()).toStrictEqual([]);
    expect(heard.frames().length).toBeGreaterThan(0);
    undo();
    clock.advanceTo(START + 3 * MINUTE);
    expect(muted.frames().length).toBeGreaterThan(0);
  });

  it('holeAtExchange leaves no trace of the bars: no event, no row, none in the log', () => {
    const { clock, exchange, get, join } = worldAt(START);
    const line = join(PATH);
    exchange.faults.holeAtExchange('usdm', START + MINUTE, START + 3 * MINUTE);
    clock.advanceTo(START + 4 * MINUTE + 1_000);
    const told = new Set(line.frames().map(({ data }) => (data.k.t - START) / MINUTE));
    expect([...told]).toStrictEqual([-1, 0, 3, 4]);
    const rows = get<readonly Row[]>(`/fapi/v1/klines?symbol=BTCUSDT&interval=1m&startTime=${START}&limit=99`).json;
    expect(rows.map(([openTime]) => (openTime - START) / MINUTE)).toStrictEqual([0, 3, 4]);
    expect(exchange.log.closedBars(BTC, START, START + 9 * MINUTE)).toStrictEqual([START, START + 3 * MINUTE]);
  });

  it('loseFrames loses about its share, the same ones for the same seed', () => {
    const heard = (seed: number) => {
      const { clock, exchange, join } = worldAt(START, { seed });
      const line = join(PATH);
      exchange.faults.loseFrames(0.25);
      clock.advanceTo(START + 10 * MINUTE);
      return line.frames().map(({ data }) => data.E);
    };
    expect(heard(1)).toStrictEqual(heard(1));
    expect(heard(1)).not.toStrictEqual(heard(2));
    expect(heard(1).length / 2400).toBeGreaterThan(0.7);
    expect(heard(1).length / 2400).toBeLessThan(0.8);
  });
});

describe('rest', () => {
  const broken = { kind: 'reply', status: 502, headers: { 'content-type': 'text/html' }, body: '<html>' } as const;

  it('replies otherwise to so many requests of a path', () => {
    const { exchange, get } = worldAt(START);
    exchange.faults.rest({ path: '/fapi/v1/klines', reply: broken, times: 2 });
    const statuses = () => ['klines?symbol=BTCUSDT&interval=1m', 'ping'].map((path) => get(`/fapi/v1/${path}`).status);
    expect([statuses(), statuses(), statuses()]).toStrictEqual([
      [502, 200],
      [502, 200],
      [200, 200],
    ]);
    expect(exchange.log.counters()).toMatchObject({ faults: { rest: 2 }, requestsByStatus: { '200': 4, '502': 2 } });
  });

  it('replies otherwise for a time, or until it is undone', () => {
    const { clock, exchange, get } = worldAt(START);
    exchange.faults.rest({ reply: broken, forMs: 1_000 });
    expect(get('/fapi/v1/ping').status).toBe(502);
    clock.advanceTo(START + 1_000);
    expect(get('/fapi/v1/ping').status).toBe(200);
    const undo = exchange.faults.rest({ reply: broken });
    expect(get('/fapi/v1/ping').status).toBe(502);
    undo();
    expect(get('/fapi/v1/ping').status).toBe(200);
  });
});
