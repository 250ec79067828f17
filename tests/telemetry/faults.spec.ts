import { describe, expect, it } from 'vitest';
import type { Fault, FaultKind } from '../../src/model/fault.js';
import { FAULT_LEVELS } from '../../src/model/fault.js';
import { createVirtualClock } from '../../src/runtime/virtual-clock.js';
import { createReport } from '../../src/telemetry/faults.js';
import { createLog } from '../../src/telemetry/log.js';

const setUp = () => {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({
    level: 'info',
    format: 'json',
    secrets: () => [],
    destination: { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  const wireTime = createVirtualClock();
  const faults = createReport({ log, wireTime });
  return { ...faults, wireTime, lines, said: () => lines.map(({ msg, withheld }) => [msg, withheld]) };
};

const lost = (detail: string): Fault => ({ kind: 'feed-lost', detail });

describe('faults', () => {
  it('become one log line with the level of their consequence and what they speak of', () => {
    const { report, lines } = setUp();
    const series = { market: 'usdm', symbol: 'BTCUSDT', interval: '15m' } as const;
    report({ kind: 'bars-lost', detail: 'Three bars could not be had.', series, count: 3 });
    report({ kind: 'delivery-unknown', detail: 'No reply came.', alertId: 'abc', sink: 'discord' });
    expect(lines).toMatchObject([
      { level: 'error', component: 'bars', event: 'bars-lost', symbol: 'BTCUSDT', market: 'usdm', interval: '15m', count: 3 },
      {
        level: 'warn',
        component: 'delivery',
        event: 'delivery-unknown',
        trace_id: 'abc',
        sink: 'discord',
        msg: 'No reply came.',
      },
    ]);
  });

  it('are counted by the things they speak of, every kind named', () => {
    const { report, counts, total } = setUp();
    expect(Object.keys(counts())).toStrictEqual(Object.keys(FAULT_LEVELS));
    report({ kind: 'bars-missing', detail: 'x', count: 40 });
    report({ kind: 'bars-missing', detail: 'x', count: 2 });
    report(lost('x'));
    expect(counts()).toMatchObject({ 'bars-missing': 42, 'feed-lost': 1, 'store-failed': 0 });
    expect(total()).toBe(43);
  });

  it('say the first of a kind at once, then at most one line in ten seconds, with the number withheld', () => {
    const { report, wireTime, said, counts } = setUp();
    for (let n = 1; n <= 1_000; n++) report(lost(`loss ${n}`));
    expect(said()).toStrictEqual([['loss 1', undefined]]);
    wireTime.advanceTo(9_999);
    expect(said()).toHaveLength(1);
    wireTime.advanceTo(10_000);
    // 999 were held back: one of them is the line itself, 998 are not told.
    expect(said()[1]).toStrictEqual(['loss 1000', 998]);
    report(lost('soon after'));
    expect(said()).toHaveLength(2);
    wireTime.advanceTo(20_000);
    expect(said()[2]).toStrictEqual(['soon after', undefined]);
    expect(counts()['feed-lost']).toBe(1_001);
  });

  it('are said at once again after ten quiet seconds', () => {
    const { report, wireTime, said } = setUp();
    report(lost('a'));
    wireTime.advanceTo(10_000);
    report(lost('b'));
    expect(said()).toStrictEqual([
      ['a', undefined],
      ['b', undefined],
    ]);
  });

  it('of one kind do not hold back another', () => {
    const { report, said } = setUp();
    report(lost('a'));
    report({ kind: 'store-failed', detail: 'b' });
    expect(said()).toHaveLength(2);
  });

  it('withheld at the end are told by close, which leaves nothing waiting', () => {
    const { report, close, wireTime, said } = setUp();
    report(lost('a'));
    report(lost('b'));
    report(lost('c'));
    close();
    expect(said()[1]).toStrictEqual(['c', 1]);
    wireTime.advanceTo(60_000);
    expect(said()).toHaveLength(2);
    report(lost('d'));
    report(lost('e'));
    expect(said().slice(2)).toStrictEqual([
      ['d', undefined],
      ['e', undefined],
    ]);
  });

  it('of every kind name the room they come from', () => {
    const { report, lines } = setUp();
    for (const kind of Object.keys(FAULT_LEVELS) as FaultKind[]) report({ kind, detail: kind });
    expect(lines.filter(({ component }) => component === 'monitor').map(({ event }) => event)).toStrictEqual([]);
  });
});
