import { describe, expect, it } from 'vitest';
import { endOf, refusalOf } from '../../../src/sources/binance/link-error.js';
import { binance } from '../../../src/sources/binance/binance.js';
import { START_MS, scriptedExchange } from '../../support/scripted-exchange.js';

const URL_TEXT = 'wss://fstream.binance.com/market/stream';

describe('the end of a connection', () => {
  it.each([
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'EPROTO',
  ])('F29: tells a server that cannot prove who it is (%s)', (reason) => {
    expect(endOf(URL_TEXT, { kind: 'closed', code: 1006, reason }, false).kind).toBe('feed-insecure');
    expect(endOf(URL_TEXT, { kind: 'closed', code: 1006, reason }, true).kind).toBe('feed-lost');
  });

  it('F29: raises an alarm after ten minutes without a proof, and never connects without one', () => {
    const { clock, context, state, faults, connections } = scriptedExchange(['BTCUSDT']);
    state.meets = () => ({ kind: 'closed', code: 1006, reason: 'CERT_HAS_EXPIRED' });
    binance.create(binance.options.parse({ interval: '1m', news: false }), context).event$.subscribe();
    const kinds = () => faults.map(({ kind }) => kind).filter((kind) => kind !== 'feed-fallback');
    clock.advanceTo(START_MS + 9 * 60_000);
    expect(kinds()).toEqual(['feed-insecure']);
    clock.advanceTo(START_MS + 20 * 60_000);
    expect(kinds()).toEqual(['feed-insecure', 'feed-refused']);
    expect(faults.at(-1)?.detail ?? '').toContain('for 10 minutes now');
    expect(connections.every(({ isOpen }) => !isOpen)).toBe(true);
  });

  it('F7: says clearly that the place is refused', () => {
    const { detail, pauseMsMin } = refusalOf(URL_TEXT, { kind: 'refused', status: 451, headers: {} }, 0);
    expect(detail).toContain('Binance does not serve the place this machine is in');
    expect(pauseMsMin).toBe(3_600_000);
  });

  it('F7: one refusal that asks for a pause holds all sockets of the host, not those of the other market', () => {
    const { clock, context, state, connections } = scriptedExchange(Array.from({ length: 6 }, (_, i) => `S${i}USDT`));
    state.meets = (number) => {
      const isUsdm = connections[number - 1]?.url.startsWith('wss://fstream') ?? false;
      return isUsdm ? { kind: 'refused', status: 418, headers: { 'retry-after': '600' } } : null;
    };
    const options = binance.options.parse({ interval: '1m', news: false, markets: ['usdm', 'spot'], streamsPerSocket: 2 });
    binance.create(options, context).event$.subscribe();
    clock.advanceTo(START_MS + 590_000);
    const of = (host: string) => connections.filter(({ url }) => url.startsWith(`wss://${host}`));
    expect([of('fstream').length, of('stream').filter(({ isOpen }) => isOpen).length]).toEqual([1, 3]);
    state.meets = () => null;
    clock.advanceTo(START_MS + 620_000);
    expect(of('fstream').filter(({ isOpen }) => isOpen)).toHaveLength(3);
  });
});
