import { describe, expect, it } from 'vitest';
import type { Check } from '../../../src/ports/check.js';
import { HttpError } from '../../../src/ports/http.js';
import { options } from '../../../src/sources/binance/options.js';
import { probe } from '../../../src/sources/binance/probe/probe.js';
import type { Instead } from '../../support/scripted-exchange.js';
import { START_MS, scriptedExchange } from '../../support/scripted-exchange.js';

const world = (market: 'usdm' | 'spot' = 'usdm', settings: object = {}) => {
  const exchange = scriptedExchange(['BTCUSDT', 'ETHUSDT']);
  const checks: Check[] = [];
  let isOver = false;
  const start = () =>
    probe({ market, options: options.parse({ interval: '1m', ...settings }), context: exchange.context }).subscribe({
      next: (check) => checks.push(check),
      complete: () => (isOver = true),
    });
  return {
    ...exchange,
    /** All checks by name, when it is over. */
    visit: (): ReadonlyMap<string, Check> => {
      start();
      exchange.clock.advanceTo(START_MS + 60_000);
      expect(isOver).toBe(true);
      expect(exchange.clock.pending()).toBe(0);
      return new Map(checks.map((check) => [check.name, check]));
    },
  };
};

const marksOf = (checks: ReadonlyMap<string, Check>) => [...checks.values()].map(({ name, outcome }) => `${name} ${outcome}`);

describe('probe', () => {
  it('asks each endpoint once and waits for a frame of what it has subscribed to', () => {
    const { visit, requests, connections } = world();
    const checks = visit();
    expect(marksOf(checks)).toEqual([
      'usdm time fine',
      'usdm clock fine',
      'usdm exchangeInfo fine',
      'usdm ticker/24hr fine',
      'usdm universe fine',
      'usdm klines fine',
      'usdm weight skipped',
      'usdm stream /market fine',
      'usdm stream /public skipped',
    ]);
    expect(requests.map(({ path }) => path.split('?')[0])).toEqual([
      '/fapi/v1/time',
      '/fapi/v1/exchangeInfo',
      '/fapi/v1/ticker/24hr',
      '/fapi/v1/klines',
    ]);
    expect(connections.map(({ url, sent }) => [url, sent.map(({ params }) => params)])).toEqual([
      ['wss://fstream.binance.com/market/stream', [['btcusdt@kline_1m']]],
      ['wss://fstream.binance.com/public/stream', [['btcusdt@bookTicker']]],
    ]);
    expect(checks.get('usdm stream /market')?.detail).toMatch(/^first frame of btcusdt@kline_1m after [\d.]+ s$/);
  });

  it('has one path on spot', () => {
    expect(marksOf(world('spot').visit())).toEqual(expect.arrayContaining(['spot klines fine', 'spot stream / fine']));
  });

  it('is not content with an acknowledgement', () => {
    const { visit, state } = world();
    state.flows = false;
    expect(visit().get('usdm stream /market')).toEqual({
      name: 'usdm stream /market',
      outcome: 'failed',
      detail: 'open, and not one frame of btcusdt@kline_1m within 10.0 s',
      cure: expect.stringContaining('wss://fstream.binance.com/market/stream') as string,
    });
  });

  it('says how the connection was refused or broken', () => {
    const refused = world();
    refused.state.meets = () => ({ kind: 'refused', status: 451, headers: {} });
    expect(refused.visit().get('usdm stream /market')?.detail).toBe('fstream.binance.com answered 451 instead of opening');
    const closed = world();
    closed.state.meets = () => ({ kind: 'closed', code: 1006, reason: 'ENOTFOUND' });
    expect(closed.visit().get('usdm stream /market')?.detail).toBe('cannot open fstream.binance.com (ENOTFOUND)');
  });

  const answered = (instead: Instead) => {
    const { state, visit } = world();
    state.instead = (path) => (path.includes('exchangeInfo') ? instead : null);
    return visit().get('usdm exchangeInfo');
  };
  it.each([
    [{ status: 451, body: '{"code":0,"msg":"restricted"}' }, 'somewhere else'],
    [{ status: 418, headers: { 'retry-after': '60' } }, 'wait'],
    [{ status: 403, body: '<html>' }, 'blocked'],
    [{ status: 503, body: '' }, 'try again later'],
    [{ status: 404, body: '' }, 'source.endpoints'],
    [{ status: 200, body: '<html>' }, 'source.endpoints'],
    [new HttpError('no', 'dns', 'name not found'), 'DNS'],
    [new HttpError('no', 'tls', 'TLS refused (CERT_HAS_EXPIRED)'), 'clock of this machine'],
    [new HttpError('maybe', 'oddity', 'something new'), 'look at the network'],
  ])('has a cure for %j', (instead, cure) => {
    expect(answered(instead)).toMatchObject({ outcome: 'failed', cure: expect.stringContaining(cure) as string });
  });

  it('looks at the clock, the weight and the choice of symbols', () => {
    const { visit, state } = world('usdm', { universe: { minHourlyQuoteVolume: 1e12 } });
    state.usedWeight = 1_300;
    state.instead = (path) => (path.includes('/time') ? { body: JSON.stringify({ serverTime: START_MS + 90_000 }) } : null);
    const checks = visit();
    expect(checks.get('usdm clock')).toMatchObject({
      outcome: 'failed',
      detail: expect.stringContaining('behind the exchange') as string,
    });
    expect(checks.get('usdm weight')).toMatchObject({
      outcome: 'failed',
      detail: expect.stringContaining('1300 of 2400') as string,
    });
    expect(checks.get('usdm universe')).toMatchObject({ outcome: 'failed', detail: 'no symbol passes the filters' });
  });
});
