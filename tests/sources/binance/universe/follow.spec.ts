import { NEVER, Subject } from 'rxjs';
import type { Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createComplaints } from '../../../../src/sources/binance/complaints.js';
import { options } from '../../../../src/sources/binance/options.js';
import { createRest } from '../../../../src/sources/binance/rest.js';
import type { ContractInfo } from '../../../../src/sources/binance/universe/contract-info.js';
import { followUniverse } from '../../../../src/sources/binance/universe/follow.js';
import type { Ticker } from '../../../../src/sources/binance/universe/listing.js';
import { START_MS, scriptedExchange } from '../../../support/scripted-exchange.js';
import { rulesOf } from './support.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface Entry {
  symbol: string;
  status: string;
  /** Quote units over 24 hours. */
  volume: number;
  onboardDate?: number;
  deliveryDate?: number;
}

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `S${String(i).padStart(3, '0')}USDT`);

/** A market whose catalogue a test may change at any moment, followed from the start of the exchange's time on. */
const world = (symbols: readonly string[], rules: object = {}, ticker$: Observable<ReadonlyMap<string, Ticker>> = NEVER) => {
  const exchange = scriptedExchange([]);
  const { clock, context, state } = exchange;
  const entries = new Map<string, Entry>(symbols.map((symbol) => [symbol, { symbol, status: 'TRADING', volume: 9e6 }]));
  const spreads: { body: string; status: number } = { body: '[]', status: 200 };
  const usual = { quoteAsset: 'USDT', contractType: 'PERPETUAL', underlyingType: 'COIN' };
  state.instead = (path) => {
    if (path.includes('/exchangeInfo'))
      return {
        body: JSON.stringify({ symbols: [...entries.values()].map(({ volume: _, ...entry }) => ({ ...usual, ...entry })) }),
      };
    if (path.includes('/ticker/24hr')) {
      const rows = [...entries.values()].map(({ symbol, volume }) => ({
        symbol,
        quoteVolume: volume.toFixed(1),
        closeTime: clock.now(),
      }));
      return { body: JSON.stringify(rows) };
    }
    return path.includes('/bookTicker') ? spreads : null;
  };
  const announced$ = new Subject<ContractInfo>();
  const settings = options.parse({ universe: rules });
  const complaints = createComplaints(context.report, context.wireTime);
  const rest = createRest('usdm', settings.endpoints, settings.rest, complaints, context);
  const lists: { readonly atMs: number; readonly symbols: readonly string[]; readonly suspended: readonly string[] }[] = [];
  const running = followUniverse({
    market: 'usdm',
    rest,
    rules: rulesOf(rules),
    complaints,
    context,
    announced$,
    ticker$,
  }).subscribe(({ symbols: followed, suspended }) =>
    lists.push({ atMs: clock.now() - START_MS, symbols: followed, suspended: [...suspended] }),
  );
  const looks = () => exchange.requests.filter(({ path }) => path.includes('/exchangeInfo')).map(({ atMs }) => atMs - START_MS);
  return {
    ...exchange,
    entries,
    entry: (symbol: string): Entry => entries.get(symbol) as Entry,
    spreads,
    announce: (symbol: string, status: string) => announced$.next({ symbol, status }),
    lists,
    last: () => lists.at(-1),
    looks,
    running,
    after: (ms: number) => clock.advanceTo(START_MS + ms),
  };
};

describe('followUniverse', () => {
  it('tells who is followed, the most traded first, and looks again after each ttl', () => {
    const { after, lists, entry, looks } = world(['AUSDT', 'BUSDT', 'CUSDT']);
    entry('BUSDT').volume = 99e6;
    after(MINUTE_MS);
    expect(lists).toEqual([{ atMs: expect.any(Number) as number, symbols: ['BUSDT', 'AUSDT', 'CUSDT'], suspended: [] }]);
    after(2.5 * HOUR_MS);
    expect(looks()).toHaveLength(3);
    expect(lists).toHaveLength(1);
  });

  it('asks for the spreads only when a filter wants them, and lets pass when they are refused', () => {
    const without = world(['AUSDT', 'BUSDT']);
    without.after(MINUTE_MS);
    expect(without.requests.some(({ path }) => path.includes('bookTicker'))).toBe(false);
    const wide = world(['AUSDT', 'BUSDT'], { maxSpread: '20bp' });
    wide.spreads.body = JSON.stringify([{ symbol: 'AUSDT', bidPrice: '99.00', askPrice: '101.00' }]);
    wide.after(MINUTE_MS);
    expect(wide.last()?.symbols).toEqual(['BUSDT']);
    const refused = world(['AUSDT', 'BUSDT'], { maxSpread: '20bp' });
    refused.spreads.status = 404;
    refused.after(MINUTE_MS);
    expect(refused.last()?.symbols).toEqual(['AUSDT', 'BUSDT']);
    expect(refused.kinds()).toEqual(['request-refused']);
  });

  it('takes in at the gate, by a volume that ended before the move', () => {
    const { after, last, entry } = world(['AUSDT', 'BUSDT']);
    entry('BUSDT').volume = 23_000;
    after(MINUTE_MS);
    expect(last()?.symbols).toEqual(['AUSDT']);
    // It jumps: the next look still uses the day that ended an hour earlier.
    entry('BUSDT').volume = 5e6;
    after(1.1 * HOUR_MS);
    expect(last()?.symbols).toEqual(['AUSDT']);
    after(2.1 * HOUR_MS);
    expect(last()?.symbols).toEqual(['AUSDT', 'BUSDT']);
  });

  it('keeps who falls a little below the gate, and lets go who is far below it at two looks', () => {
    const { after, last, entry } = world(['AUSDT', 'BUSDT', 'CUSDT']);
    after(MINUTE_MS);
    entry('BUSDT').volume = 24_000 * 0.71;
    entry('CUSDT').volume = 24_000 * 0.69;
    // Seen at 1 h and of use from 2 h on; the second look is at 3 h.
    after(2.1 * HOUR_MS);
    expect(last()?.symbols).toHaveLength(3);
    after(3.1 * HOUR_MS);
    expect(last()?.symbols).toEqual(['AUSDT', 'BUSDT']);
    after(9 * HOUR_MS);
    expect(last()?.symbols).toEqual(['AUSDT', 'BUSDT']);
  });

  it('notices an announced listing at once, though the list comes from a cache', () => {
    const { after, last, entries, announce, looks } = world(['AUSDT']);
    entries.set('NEWUSDT', { symbol: 'NEWUSDT', status: 'PENDING_TRADING', volume: 5e6 });
    after(10 * MINUTE_MS);
    announce('NEWUSDT', 'TRADING');
    announce('AUSDT', 'TRADING');
    after(10 * MINUTE_MS + 5_000);
    expect(last()?.symbols).toEqual(['AUSDT', 'NEWUSDT']);
    expect(looks()).toHaveLength(2);
  });

  it('looks when a contract begins or ends by the list itself', () => {
    const { after, last, entries, entry } = world(['AUSDT', 'BUSDT']);
    const begins = START_MS + 20 * MINUTE_MS;
    entries.set('NEWUSDT', { symbol: 'NEWUSDT', status: 'PENDING_TRADING', volume: 5e6, onboardDate: begins });
    entry('BUSDT').deliveryDate = START_MS + 40 * MINUTE_MS;
    after(19 * MINUTE_MS);
    entry('NEWUSDT').status = 'TRADING';
    after(21 * MINUTE_MS);
    expect(last()?.symbols).toEqual(['AUSDT', 'BUSDT', 'NEWUSDT']);
    after(40 * MINUTE_MS + 1_000);
    expect(last()?.suspended).toEqual(['BUSDT']);
  });

  it('does not look more often than every five seconds, however much is announced', () => {
    const { after, announce, looks } = world(names(60));
    after(MINUTE_MS);
    for (let i = 0; i < 60; i++) {
      announce(`X${i}USDT`, 'PENDING_TRADING');
      after(MINUTE_MS + i * 100);
    }
    expect(looks().length).toBeLessThanOrEqual(3);
  });

  it('takes in fresher volumes of the stream', () => {
    const fresher$ = new Subject<ReadonlyMap<string, Ticker>>();
    const { after, last, entry, clock } = world(['AUSDT', 'BUSDT'], {}, fresher$);
    entry('BUSDT').volume = 20_000;
    after(30 * MINUTE_MS);
    fresher$.next(new Map([['BUSDT', { quoteVolume: 5e6, closeTimeMs: clock.now() }]]));
    entry('BUSDT').volume = 5e6;
    // The figure of half past is an hour old at the look of two, which by the looks alone would use the one of the hour before.
    after(2.1 * HOUR_MS);
    expect(last()?.symbols).toEqual(['AUSDT', 'BUSDT']);
  });

  it('leaves nothing running when it is unsubscribed', () => {
    const { after, running, clock } = world(['AUSDT']);
    after(10 * MINUTE_MS);
    running.unsubscribe();
    expect(clock.pending()).toBe(0);
  });
});

describe('the list of symbols under faults', () => {
  const symbols = names(100);

  it('F38: keeps the last good list when a tenth is gone at once, says so, and believes it after two confirmations', () => {
    const { after, entries, last, faults } = world(symbols);
    after(MINUTE_MS);
    for (const symbol of symbols.slice(90)) entries.delete(symbol);
    after(HOUR_MS + MINUTE_MS);
    expect(last()).toMatchObject({ symbols, suspended: [] });
    expect(faults).toMatchObject([{ kind: 'universe-suspicious' }]);
    expect(faults[0]?.detail).toContain('90 symbols left (90 listed');
    expect(faults[0]?.detail).toContain('the 100 symbols known before are kept until it has been said twice again');
    after(HOUR_MS + 11 * MINUTE_MS);
    expect(last()?.symbols).toHaveLength(100);
    after(HOUR_MS + 21 * MINUTE_MS);
    expect(last()).toMatchObject({ symbols: symbols.slice(0, 90), suspended: [] });
  });

  it('F38: an empty or cut answer changes nothing, and a good one ends the doubt', () => {
    const { after, entries, lists, state, kinds } = world(symbols);
    after(MINUTE_MS);
    const before = new Map(entries);
    entries.clear();
    after(3 * HOUR_MS);
    expect(lists).toHaveLength(1);
    for (const [symbol, entry] of before) entries.set(symbol, entry);
    after(4 * HOUR_MS);
    const usual = state.instead;
    state.instead = (path, number) => (path.includes('/exchangeInfo') ? { body: '{"symbols":[{"symb' } : usual(path, number));
    after(6 * HOUR_MS);
    state.instead = usual;
    after(8 * HOUR_MS);
    expect(lists).toHaveLength(1);
    expect(new Set(kinds())).toEqual(new Set(['universe-suspicious', 'request-failed']));
  });

  it.each(['SETTLING', 'HALT', 'BREAK', null])(
    'F39: a symbol that goes to %s is suspended at once and left after a second look',
    (status) => {
      const { after, entries, entry, last, faults, announce, looks } = world(symbols);
      after(10 * MINUTE_MS);
      if (status === null) entries.delete('S007USDT');
      else entry('S007USDT').status = status;
      announce('S007USDT', status ?? 'CLOSE');
      after(10 * MINUTE_MS + 1_000);
      expect(last()?.symbols).toContain('S007USDT');
      expect(last()?.suspended).toEqual(['S007USDT']);
      expect(faults).toMatchObject([{ kind: 'symbol-stopped', count: 1 }]);
      expect(faults[0]?.detail).toContain('S007USDT');
      after(11 * MINUTE_MS + 5_000);
      expect(last()?.symbols).not.toContain('S007USDT');
      expect(last()).toMatchObject({ suspended: [] });
      expect(last()?.symbols).toHaveLength(99);
      expect(looks().filter((ms) => ms > 5 * MINUTE_MS && ms < 12 * MINUTE_MS)).toHaveLength(2);
    },
  );

  it('F39: a halt that was none ends without a symbol lost', () => {
    const { after, entry, lists, last } = world(symbols);
    after(MINUTE_MS);
    entry('S007USDT').status = 'HALT';
    after(HOUR_MS + 5_000);
    expect(last()?.suspended).toEqual(['S007USDT']);
    entry('S007USDT').status = 'TRADING';
    after(HOUR_MS + 2 * MINUTE_MS);
    expect(last()).toMatchObject({ suspended: [] });
    expect(last()?.symbols).toHaveLength(100);
    expect(lists).toHaveLength(3);
  });

  it('F40: a symbol that comes back after days is followed again', () => {
    const { after, entries, last } = world(symbols);
    after(MINUTE_MS);
    const gone = entries.get('S007USDT') as Entry;
    entries.delete('S007USDT');
    after(2 * HOUR_MS);
    expect(last()?.symbols).not.toContain('S007USDT');
    entries.set('S007USDT', gone);
    after(49 * HOUR_MS);
    expect(last()?.symbols).toContain('S007USDT');
  });

  it('F42: symbols of any letters are followed, allowed and denied like others', () => {
    const odd = [
      '__proto__',
      'constructor',
      'toString',
      '币安人生USDT',
      '"QUOTED"',
      '**BOLD**USDT',
      "O'NEIL",
      'A B',
      '\\',
      '😀USDT',
    ];
    const followed = world(odd);
    followed.after(MINUTE_MS);
    expect(new Set(followed.last()?.symbols)).toEqual(new Set(odd));
    followed.entry('__proto__').status = 'BREAK';
    followed.after(2 * HOUR_MS);
    expect(new Set(followed.last()?.symbols)).toEqual(new Set(odd.slice(1)));
    const chosen = world(odd, { allow: ['__proto__', '币安*', 'A B'], deny: ['A B'] });
    chosen.after(MINUTE_MS);
    expect(new Set(chosen.last()?.symbols)).toEqual(new Set(['__proto__', '币安人生USDT']));
    expect(chosen.faults).toEqual([]);
  });
});
