import { readdirSync } from 'node:fs';
import type { Observable } from 'rxjs';
import { Subject } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { classic } from '../../pipelines/classic.js';
import { momentum } from '../../pipelines/momentum.js';
import { rules } from '../../pipelines/rules.js';
import type { Bar } from '../../src/model/bar.js';
import { decisionTimeMs } from '../../src/model/bar.js';
import type { Values } from '../../src/model/reading.js';
import { readsOf } from '../../src/operators/judges/reads.js';
import type { Outcome, Parts } from '../../src/ports/pipeline.js';
import type { FeedEvent } from '../../src/ports/source.js';
import { createVirtualClock } from '../../src/runtime/virtual-clock.js';
import { fakeStore } from '../support/fakes.js';
import { readGoldenBars } from '../support/golden.js';
import { arrives, openedAgain, partsOf, rosterOf } from '../support/parts.js';
import { goldenPath } from '../support/shared.js';

let bars: readonly Bar[] = [];
beforeAll(() => {
  const [file = ''] = readdirSync(goldenPath('series/input')).filter((name) => name.includes('15m'));
  bars = readGoldenBars(goldenPath('series/input', file));
});

/** What is worked out only where an alert has fired. */
const AROUND: ReadonlySet<string> = new Set(['natr14_before', 'breakout20', 'breakout_down20', 'trend_state', 'tbi']);

interface Run {
  /** `index direction`, or with the reason it was withheld for. */
  readonly alerts: readonly string[];
  /** What was measured at every judged bar. */
  readonly values: readonly Values[];
}

interface Composed<Settings> {
  compose(parts: Parts, settings: Settings, later$?: Observable<Settings>): Observable<Outcome>;
}

/** A run over the bars, with new settings before the bar of some index. */
const run = <Settings>(pipeline: Composed<Settings>, settings: Settings, swap?: readonly [before: number, NoInfer<Settings>]): Run => {
  const event$ = new Subject<FeedEvent>();
  const later$ = new Subject<Settings>();
  const clock = createVirtualClock();
  const store = fakeStore();
  const alerts: string[] = [];
  const values: Values[] = [];
  const indexes = new Map(bars.map(({ openTimeMs }, index) => [openTimeMs, index]));
  const subscription = pipeline.compose(partsOf({ event$, marketTime: clock, store, remembered: openedAgain(store) }), settings, later$).subscribe((outcome) => {
    if (outcome.kind !== 'close') return;
    for (const judged of outcome.close.judged) values.push(Object.fromEntries(Object.entries(judged.values).filter(([name]) => !AROUND.has(name))));
    for (const { rule, direction, openTimeMs, suppressedBy } of outcome.close.alerts)
      alerts.push([indexes.get(openTimeMs), rule, direction, ...(suppressedBy === null ? [] : [suppressedBy])].join(' '));
  });
  event$.next(rosterOf([bars[0]?.symbol ?? '']));
  bars.forEach((bar, index) => {
    if (index === swap?.[0]) later$.next(swap[1]);
    clock.advanceTo(decisionTimeMs(bar));
    event$.next(arrives(bar));
  });
  subscription.unsubscribe();
  return { alerts, values };
};
const indexOf = (alert: string): number => Number(alert.split(' ')[0]);

describe('new thresholds in the middle of a run', () => {
  const asked = { unknownLiquidity: 'high', cooldown: '1ms' };
  const [old, later] = [
    momentum.settings.parse({ ...asked, moveThreshold: 1.5, volumeLogZThreshold: 1.5 }),
    momentum.settings.parse({ ...asked, moveThreshold: 1, volumeLogZThreshold: 2 }),
  ];

  it('judge as the old ones before, and as the new ones after', () => {
    const swapAt = Math.floor(bars.length / 2);
    const before = run(momentum, old);
    const after = run(momentum, later);
    const swapped = run(momentum, old, [swapAt, later]);
    const expected = [...before.alerts.filter((alert) => indexOf(alert) < swapAt), ...after.alerts.filter((alert) => indexOf(alert) >= swapAt)];
    expect(swapped.alerts).toStrictEqual(expected);
    expect([before.alerts, after.alerts].some((alerts) => alerts.join() === expected.join())).toBe(false);
  });

  it('touch no window: every measure of every bar is what it is without them', () => {
    const plain = run(momentum, old);
    const swapped = run(momentum, old, [Math.floor(bars.length / 2), later]);
    expect(swapped.values).toStrictEqual(plain.values);
    expect(plain.values.length).toBe(bars.length);
  });

  it('keep what the filters remember', () => {
    const long = (given: object) => momentum.settings.parse({ ...asked, moveThreshold: 1.5, volumeLogZThreshold: 1.5, cooldown: '6h', ...given });
    const plain = run(momentum, long({}));
    const withheld = plain.alerts.findIndex((alert) => alert.endsWith('cooldown'));
    const swapAt = indexOf(plain.alerts[withheld] ?? '');
    const swapped = run(momentum, long({}), [swapAt, long({ correlation: 'off' })]);
    expect(swapped.alerts).toStrictEqual(plain.alerts);
    const shorter = run(momentum, long({}), [swapAt, long({ cooldown: '1ms' })]);
    expect(shorter.alerts[withheld]).toBe(plain.alerts[withheld]?.replace(' cooldown', ''));
  });

  it('leave a rule that is written as before what it remembers', () => {
    const rule = (id: string, atLeast: number) => ({ id, direction: 'up', when: [{ measure: 'm_1', atLeast, reset: -100 }] });
    const of = (...list: readonly object[]) => rules.settings.parse({ rules: list, cooldown: '1ms', flood: 'off', correlation: 'off' });
    const first = of(rule('held', 2), rule('other', 50));
    const second = of(rule('held', 2), rule('other', 40));
    const begun = (given: Run): readonly number[] => given.alerts.filter((alert) => alert.includes('held')).map(indexOf);
    const plain = run(rules, first);
    const swapAt = (begun(plain)[0] ?? 0) + 2;
    // Once begun it never ends, so that any forgetting shows.
    expect(begun(plain).slice(0, 4)).toStrictEqual([0, 1, 2, 3].map((n) => swapAt - 2 + n));
    expect(begun(run(rules, first, [swapAt, second]))).toStrictEqual(begun(plain));
    const changed = of(rule('held', 2.5), rule('other', 50));
    expect(begun(run(rules, first, [swapAt, changed]))).not.toStrictEqual(begun(plain));
  });
});

describe('what a running pipeline reads', () => {
  it.each([
    ['momentum: thresholds',     readsOf(momentum.rules!(momentum.settings.parse({}))), readsOf(momentum.rules!(momentum.settings.parse({ moveThreshold: 9, flood: 'off' }))), true],
    ['momentum: a trend',        readsOf(momentum.rules!(momentum.settings.parse({}))), readsOf(momentum.rules!(momentum.settings.parse({ trend: 'aligned' }))), false],
    ['momentum: regimes',        readsOf(momentum.rules!(momentum.settings.parse({}))), readsOf(momentum.rules!(momentum.settings.parse({ regimes: ['mixed'] }))), false],
    ['classic: thresholds',      readsOf(classic.rules!(classic.settings.parse({}))), readsOf(classic.rules!(classic.settings.parse({ priceThreshold: '9%' }))), true],
    ['classic: a longer baseline', readsOf(classic.rules!(classic.settings.parse({}))), readsOf(classic.rules!(classic.settings.parse({ lookbackBars: 9 }))), false],
  ])('%s', (_, before, after, isSame) => {
    expect(before === after).toBe(isSame);
  });
});
