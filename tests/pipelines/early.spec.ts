import fc from 'fast-check';
import { Subject, from, map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { classic } from '../../pipelines/classic.js';
import { momentum } from '../../pipelines/momentum.js';
import type { Bar, FormingBar } from '../../src/model/bar.js';
import type { Outcome, Parts } from '../../src/ports/pipeline.js';
import type { FeedEvent } from '../../src/ports/source.js';
import { createVirtualClock } from '../../src/runtime/virtual-clock.js';
import { createCounter } from '../../src/telemetry/tally.js';
import { START_MS, arbitraryBars, barAt } from '../support/bars.js';
import { fakeSink, fakeStore } from '../support/fakes.js';
import { arrives, liveOn, openedAgain, partsOf, plainClose, rosterOf } from '../support/parts.js';

const off = momentum.settings.parse({ cooldown: '1ms' });
const on = momentum.settings.parse({ cooldown: '1ms', early: 'on' });

/** Bars that swing by one with usual volume, but for a jump of price and volume at 300 and 302. */
const truth: readonly Bar[] = (() => {
  let close = 100;
  return Array.from({ length: 306 }, (_, i) => {
    const open = close;
    const jump = { 300: 110, 302: 130 }[i];
    close = jump ?? open + (i % 2 === 0 ? 1 : -1);
    return barAt(i, { symbol: 'A', open, close, volume: jump === undefined ? 100 + 10 * (i % 2) : 1_000_000 * i, quoteVolume: 1_000_000 });
  });
})();

const formingOf = ({ provenance: _, ...bar }: Bar, given: Partial<Bar> = {}): FormingBar => ({ ...bar, ...given, forming: true, seenAtMs: bar.openTimeMs + 60_000 });
const loud = { volume: 900_000_000 };

const life = (store: ReturnType<typeof fakeStore>, after: number, settings = on) => {
  const forming$ = new Subject<FormingBar>();
  const sink = fakeSink();
  const lived = liveOn({ compose: (parts) => momentum.compose({ ...parts, forming: () => forming$ }, settings), store, sinks: [sink], truth, after });
  const sees = (index: number, given: Partial<Bar> = loud): void => {
    forming$.next(formingOf(truth[index] as Bar, given));
    lived.pass(0);
  };
  return { ...lived, sink, forming$, sees };
};

describe('the momentum pipeline with early on', () => {
  it('sends an early alert, and what became of it behind the alert of the close', () => {
    const store = fakeStore();
    const { told, sees, arrive, sink } = life(store, 299);
    sees(300);
    sees(300);
    arrive(300);
    sees(301, { ...loud, close: 130 });
    arrive(301);
    expect(told).toStrictEqual([
      'close 299: nothing',
      'A 300 early up', 'A 300 sending', 'A 300 delivered',
      'close 300: A up', 'A 300 confirmed up',
      'A 300 sending', 'A 300 delivered', 'A 300 sending', 'A 300 delivered',
      'A 301 early up', 'A 301 sending', 'A 301 delivered',
      'close 301: nothing', 'A 301 faded up', 'A 301 sending', 'A 301 delivered',
    ]);
    expect(sink.asked.map(({ alert }) => alert.grade ?? 'closed')).toStrictEqual(['early', 'closed', 'confirmed', 'early', 'faded']);
    expect(new Set(store.rows().map(({ alertId }) => alertId)).size).toBe(5);
  });

  it('answers after a restart what was said before it, also when the process died between the two', () => {
    const store = fakeStore();
    const first = life(store, 299);
    first.sees(300);
    first.kill();
    const next = life(store, 299);
    next.sees(300);
    expect(next.told).toStrictEqual([]);
    next.arrive(300);
    expect(next.told.slice(0, 2)).toStrictEqual(['close 300: A up', 'A 300 confirmed up']);
    next.sees(301, { ...loud, close: 130 });
    next.kill();
    const last = life(store, 301);
    expect(last.told.slice(0, 2)).toStrictEqual(['close 301: nothing', 'A 301 faded up']);
    expect(last.sink.asked.map(({ alert }) => alert.grade)).toStrictEqual(['faded']);
    last.kill();
    expect(life(store, 301).told).toStrictEqual([]);
  });

  it('silences no alert of a closed bar, in this life or the next', () => {
    const long = momentum.settings.parse({ cooldown: '6h', early: 'on' });
    const store = fakeStore();
    const first = life(store, 299, long);
    first.sees(300);
    first.kill();
    const next = life(store, 299, long);
    next.arrive(300);
    expect(next.told[0]).toBe('close 300: A up');
  });

  it('is counted for itself', () => {
    const counter = createCounter();
    const forming$ = new Subject<FormingBar>();
    const compose = (parts: Parts) =>
      momentum.compose({ ...parts, forming: () => forming$ }, on).pipe(map((outcome) => (counter.add(outcome), outcome)));
    const { arrive } = liveOn({ compose, store: fakeStore(), sinks: [fakeSink()], truth, after: 299 });
    forming$.next(formingOf(truth[300] as Bar, loud));
    arrive(300);
    expect(counter.read()).toMatchObject({ alertsEmitted: 1, deliveries: { delivered: 1 }, early: { sent: 1, withheld: 0, confirmed: 1, faded: 0 } });
  });
});

describe('outcomes of closed bars', () => {
  const loose = { cooldown: '1h', moveThreshold: 1, volumeLogZThreshold: 0.1, liquidityLevel: 0, unknownLiquidity: 'high' };
  const outcomesOf = (bars: readonly Bar[], pipeline: 'momentum' | 'classic', early: 'on' | 'off'): readonly Outcome[] => {
    const [store, forming$, seen] = [fakeStore(), new Subject<FormingBar>(), [] as Outcome[]];
    const event$ = new Subject<FeedEvent>();
    const clock = createVirtualClock(START_MS);
    const parts = partsOf({ event$, marketTime: clock, store, remembered: openedAgain(store), sinks: [fakeSink()], forming: () => forming$ });
    const composed =
      pipeline === 'momentum'
        ? momentum.compose(parts, momentum.settings.parse({ ...loose, early }))
        : classic.compose(parts, classic.settings.parse({ priceThreshold: '0.2%', volumeThreshold: '10%', lowLiquidityVolumeThreshold: '10%', early }));
    composed.subscribe((outcome) => seen.push(outcome));
    event$.next(rosterOf([bars[0]?.symbol ?? '']));
    from(bars).subscribe((bar) => {
      forming$.next(formingOf(bar));
      clock.advanceTo(bar.openTimeMs + 900_000);
      event$.next(arrives(bar));
    });
    return seen;
  };
  const ofClosed = (outcomes: readonly Outcome[]): readonly Outcome[] =>
    outcomes.filter((outcome) => outcome.kind === 'close' || (outcome.kind === 'delivery' && outcome.alert.grade === undefined));
  const plain = (outcome: Outcome): Outcome => (outcome.kind === 'close' ? { ...outcome, close: plainClose(outcome.close) } : outcome);

  it.each(['momentum', 'classic'] as const)('are the same with early on and off: %s', (pipeline) => {
    let early = 0;
    fc.assert(
      fc.property(arbitraryBars(60), (bars) => {
        const told = outcomesOf(bars, pipeline, 'on');
        early += told.filter(({ kind }) => kind === 'early').length;
        expect(ofClosed(told).map(plain)).toStrictEqual(outcomesOf(bars, pipeline, 'off').map(plain));
        // What is seen at the end of a bar is what closes: every early alert is confirmed.
        const grades = told.flatMap((each) => (each.kind === 'early' ? each.alerts.filter(({ suppressedBy }) => suppressedBy === null).map(({ grade }) => grade) : []));
        expect(grades.filter((grade) => grade === 'faded')).toStrictEqual([]);
        expect(grades.filter((grade) => grade === 'confirmed').length).toBe(grades.filter((grade) => grade === 'early').length);
      }),
      { numRuns: 50 },
    );
    expect(early).toBeGreaterThan(10);
  });

  it('need no forming bar to be looked at when it is off', () => {
    let asked = 0;
    const compose = (parts: Parts) => momentum.compose({ ...parts, forming: () => (asked++, from([])) }, off);
    liveOn({ compose, store: fakeStore(), sinks: [], truth, after: 299 }).arrive(300);
    expect(asked).toBe(0);
  });
});
