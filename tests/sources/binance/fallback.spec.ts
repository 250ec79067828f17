import { describe, expect, it } from 'vitest';
import { lastClosedOpenTimeMs } from '../../../src/model/interval.js';
import { binance } from '../../../src/sources/binance/binance.js';
import { createVigil } from '../../../src/sources/binance/vigil.js';
import type { LinkState } from '../../../src/sources/binance/session.js';
import { createComplaints } from '../../../src/sources/binance/complaints.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { START_MS, scriptedExchange } from '../../support/scripted-exchange.js';

const MINUTE_MS = 60_000;

describe('the emergency fallback', () => {
  it('announces every close, in the order of the roster, while no socket can be had, and says once that it began and ended', () => {
    const symbols = Array.from({ length: 30 }, (_, i) => `S${i}USDT`);
    const { clock, context, state, faults } = scriptedExchange(symbols);
    state.closes = null;
    const source = binance.create(binance.options.parse({ interval: '1m', news: false, streamsPerSocket: 10 }), context);
    const announced: string[] = [];
    const bars: number[] = [];
    let roster: readonly string[] = [];
    source.event$.subscribe((event) => {
      if (event.kind === 'roster') roster = event.symbols;
      else if (event.kind === 'bar') bars.push(event.bar.openTimeMs);
      else announced.push(`${event.series.symbol} ${event.openTimeMs}`);
    });
    const after = (ms: number) => clock.advanceTo(START_MS + ms);
    const told = () => faults.filter(({ kind }) => kind === 'feed-fallback').map(({ detail }) => detail);

    state.meets = () => ({ kind: 'closed', code: 1006, reason: 'ECONNREFUSED' });
    after(5 * MINUTE_MS);
    const last = lastClosedOpenTimeMs('1m', clock.now());
    for (let openTimeMs = START_MS - 20_000; openTimeMs <= last; openTimeMs += MINUTE_MS)
      expect(announced.filter((line) => line.endsWith(String(openTimeMs)))).toEqual(
        roster.map((symbol) => `${symbol} ${openTimeMs}`),
      );
    expect([bars, told()]).toEqual([
      [],
      ['usdm: no socket delivers; closed bars come over REST, the most traded symbols first, until one does'],
    ]);

    state.meets = () => null;
    after(10 * MINUTE_MS);
    expect(bars.length).toBeGreaterThan(30 * 3);
    expect(told().slice(1)).toEqual([expect.stringMatching(/^usdm: sockets deliver again, after \d closes over REST$/)]);
  });

  it('is not taken for begun in the first seconds, nor because one socket of several is down', () => {
    const clock = createVirtualClock();
    const told: string[] = [];
    const report = ({ detail }: { readonly detail: string }) => void told.push(detail);
    const link = (lastDataMs: number | null): LinkState => ({
      names: new Set(),
      sight: null,
      lastDataMs,
      losses: 0,
      rotations: 0,
    });
    const links = new Map([['1', link(null)]]);
    const vigil = createVigil({
      market: 'usdm',
      links,
      complaints: createComplaints(report, clock),
      report,
      nowMs: () => clock.now(),
      graceMs: 3_000,
    });
    vigil.watchSockets();
    expect(told).toEqual([]);
    clock.advanceTo(60_000);
    links.set('2', link(55_000));
    vigil.watchSockets();
    expect(told).toEqual([]);
    clock.advanceTo(120_000);
    vigil.watchSockets();
    vigil.watchSockets();
    expect(told).toHaveLength(1);
  });
});
