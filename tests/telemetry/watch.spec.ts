import { EMPTY, lastValueFrom, NEVER, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Source } from '../../src/ports/source.js';
import type { Store } from '../../src/ports/store.js';
import { createVirtualClock } from '../../src/runtime/virtual-clock.js';
import { judgeReadiness } from '../../src/telemetry/health-state.js';
import { createWatch } from '../../src/telemetry/watch.js';
import { bar } from '../support/bars.js';
import { alertAt, closeAt, placed } from '../support/parts.js';

const START_MS = 1_750_000_000_000;
const DELIVERY = {
  alertId: 'a',
  sink: 'discord',
  state: 'sending',
  reason: null,
  attempts: 1,
  unknowns: 0,
  mayRepeat: false,
  messageId: null,
  updatedAtMs: START_MS,
} as const;

const watching = (symbols: readonly string[], answered = true) => {
  const clock = createVirtualClock(START_MS);
  const source: Source = {
    event$: EMPTY,
    history: { bars: () => (answered ? of([]) : NEVER) },
    status: () => ({ sockets: [{ name: 'usdm 1', open: true, lastFrameAgeMs: 0 }], series: symbols.length, note: null }),
  };
  const store = { status: () => ({ writable: true, rows: 0, bytes: 0, note: null }) } as unknown as Store;
  const watch = createWatch({ marketTime: clock, wireTime: clock, source, store, version: 'x', faults: () => ({}) as never });
  watch.sawEvent({ kind: 'roster', market: 'usdm', interval: '1m', symbols });
  const warmUp = (symbol: string) =>
    lastValueFrom(watch.history.bars({ market: 'usdm', symbol, interval: '1m' }, 0, 0), { defaultValue: [] });
  return { clock, watch, warmUp };
};

describe('the watch', () => {
  it('counts a series as warm once its refill has been answered, and is ready when all are', async () => {
    const { watch, warmUp } = watching(['AUSDT', 'BUSDT']);
    expect(watch.health().series).toEqual({ warm: 0, expected: 2 });
    expect(judgeReadiness(watch.health())).toEqual({ ok: false, reasons: ['0 of 2 series are warm'] });
    await warmUp('AUSDT');
    await warmUp('BUSDT');
    expect(judgeReadiness(watch.health())).toEqual({ ok: true, reasons: [] });
  });

  it('is not ready while a sink refuses for good, and says which and why', async () => {
    const { watch, warmUp } = watching(['AUSDT']);
    await warmUp('AUSDT');
    watch.sawFault({ kind: 'delivery-refused', sink: 'discord', detail: 'busy' });
    expect(watch.health()).not.toHaveProperty('sinksRefusing');
    watch.sawFault({ kind: 'sink-disabled', sink: 'discord', detail: 'discord takes no more alerts: the webhook is gone' });
    expect(watch.health().sinksRefusing).toEqual({ discord: 'discord takes no more alerts: the webhook is gone' });
    expect(judgeReadiness(watch.health())).toEqual({
      ok: false,
      reasons: ['discord takes no more alerts: the webhook is gone'],
    });
  });

  it('forgets the warmth of a series that has left the roster', async () => {
    const { watch, warmUp } = watching(['AUSDT', 'BUSDT']);
    await warmUp('AUSDT');
    await warmUp('BUSDT');
    watch.sawEvent({ kind: 'roster', market: 'usdm', interval: '1m', symbols: ['BUSDT', 'CUSDT'] });
    expect(watch.health().series.warm).toBe(1);
  });

  it('says how old the newest bar is, and that it is stuck when none comes', () => {
    const { clock, watch } = watching(['AUSDT']);
    expect(watch.health().lastBarAgeMs).toBeNull();
    watch.sawEvent({ kind: 'bar', bar: bar({ interval: '1m' }) });
    clock.advanceTo(START_MS + 30_000);
    expect(watch.health().lastBarAgeMs).toBe(30_000);
    clock.advanceTo(START_MS + 200_000);
    expect(judgeReadiness(watch.health()).reasons).toContain('no bar for 200 s, at most 120 s are normal');
  });

  it('accounts for every bar: by the stream or not, and what the pipeline noticed', () => {
    const { clock, watch } = watching(['BTCUSDT']);
    const seen = bar({ openTimeMs: START_MS - (START_MS % 900_000), provenance: 'stream' });
    clock.advanceTo(seen.openTimeMs + 900_000 + 40);
    watch.sawEvent({ kind: 'bar', bar: seen });
    watch.sawOutcome({ kind: 'close', close: closeAt(0, [], { judged: [{ bar: placed(seen), values: {}, verdicts: [] }] }) });
    watch.noticed('lost', seen, 2);
    expect(watch.health().sight).toMatchObject({
      markets: [{ market: 'usdm', bars: { stream: 1, lost: 2 }, lateness: { count: 1, maxMs: 40 } }],
      closes: [{ words: '1 of 1 series complete, nothing qualified' }],
      blindest: [{ symbol: 'BTCUSDT', lost: 2 }],
    });
  });

  it('counts deliveries on their way: recovered, begun, and no more when they have ended', () => {
    const { watch } = watching([]);
    const alert = alertAt(0);
    watch.recovered([{ delivery: { ...DELIVERY, state: 'unknown' }, alert }]);
    watch.sawOutcome({ kind: 'delivery', delivery: { ...DELIVERY, alertId: 'b' }, alert });
    expect(watch.health().deliveriesWaiting).toBe(2);
    watch.sawOutcome({ kind: 'delivery', delivery: { ...DELIVERY, state: 'delivered' }, alert });
    expect(watch.health().deliveriesWaiting).toBe(1);
  });
});
