import type { Observable } from 'rxjs';
import { NEVER, Subject, defer, merge, of, tap, timer } from 'rxjs';
import { concatMap, ignoreElements } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../src/model/fault.js';
import type { ClockBreak, Context, MarketClock } from '../../../src/ports/context.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { createComplaints } from '../../../src/sources/binance/complaints.js';
import { options } from '../../../src/sources/binance/options.js';
import { createRest } from '../../../src/sources/binance/rest.js';
import { acrossStandstills } from '../../../src/sources/binance/standstill.js';
import { createTimeSamples, followTime, keepTime } from '../../../src/sources/binance/time.js';
import { until } from '../../../src/sources/binance/until.js';
import { createTurns } from '../../../src/sources/binance/turns.js';

const START_MS = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;

/**
 * An exchange whose clock is true, and a machine whose clock may be wrong, drift and stand still. `ways` are the milliseconds to
 * the exchange and back, one pair for each request, the last for all that follow.
 */
const world = ({
  ways = [[20, 20]],
  drift = 0,
  errorMs = 0,
}: { ways?: readonly (readonly [number, number])[]; drift?: number; errorMs?: number } = {}) => {
  const truth = createVirtualClock(START_MS);
  const state = { sleptMs: 0, ways: [...ways] };
  /** The machine's monotonic clock: what it has not slept through, a little too fast. */
  const monotonicMs = (): number => (truth.now() - START_MS - state.sleptMs) * (1 + drift);
  let originMs = START_MS + errorMs;
  const wireTime = { now: () => START_MS + errorMs + monotonicMs(), schedule: truth.schedule.bind(truth) };
  const followed: number[] = [];
  const marketTime: MarketClock = {
    speed: 1,
    now: () => originMs + monotonicMs(),
    schedule: truth.schedule.bind(truth),
    follow: (timeMs) => {
      followed.push(timeMs);
      originMs += timeMs - marketTime.now();
    },
  };
  const faults: Fault[] = [];
  const clockBreak$ = new Subject<ClockBreak>();
  let requests = 0;
  const context: Pick<Context, 'http' | 'marketTime' | 'wireTime' | 'random' | 'report' | 'clockBreak$'> = {
    marketTime,
    wireTime,
    random: () => 0.5,
    report: (fault) => void faults.push(fault),
    clockBreak$,
    http: {
      request: () =>
        defer(() => {
          const [thereMs, backMs] = state.ways[Math.min(requests++, state.ways.length - 1)] as readonly [number, number];
          return timer(thereMs, truth).pipe(
            concatMap(() => {
              const body = JSON.stringify({ serverTime: Math.floor(truth.now()) });
              return timer(backMs, truth).pipe(concatMap(() => of({ status: 200, headers: {}, body })));
            }),
          );
        }),
    },
  };
  const complaints = createComplaints(context.report, wireTime);
  const { endpoints, rest: settings } = options.parse({});
  const rest = createRest('usdm', endpoints, settings, complaints, context);
  return {
    ...{ truth, state, context, rest, complaints, faults, followed, marketTime, clockBreak$ },
    requests: () => requests,
    errorMs: () => marketTime.now() - truth.now(),
    follow: (): Observable<never> => followTime('usdm', rest, complaints, context),
    keep: (): Observable<never> => keepTime('usdm', rest, complaints, context),
    after: (ms: number) => truth.advanceTo(START_MS + ms),
  };
};

describe('the exchange’s time', () => {
  it('is taken with half of the way there and back, from the best of three answers', () => {
    const { follow, after, errorMs, requests, followed } = world({
      ways: [
        [300, 100],
        [20, 20],
        [900, 100],
      ],
      errorMs: 7_000,
    });
    follow().subscribe();
    after(200);
    expect(errorMs()).toBe(7_000);
    after(400);
    // Wrong by half of the difference of the two ways.
    expect(errorMs()).toBe(100);
    after(440);
    expect(errorMs()).toBe(0);
    after(5_000);
    expect([errorMs(), requests(), followed.length]).toEqual([0, 3, 3]);
  });

  it('is not believed from a slow answer as long as a better one is not too old', () => {
    const { follow, after, errorMs, state } = world({ errorMs: -3_000 });
    follow().subscribe();
    after(1_000);
    state.ways = [[1_500, 10]];
    after(MINUTE_MS);
    follow().subscribe();
    after(2 * MINUTE_MS);
    expect(errorMs()).toBe(0);
    // An hour later the old answer is worth nothing any more.
    after(61 * MINUTE_MS);
    follow().subscribe();
    after(62 * MINUTE_MS);
    expect(Math.abs(errorMs())).toBeLessThanOrEqual(1_000);
    expect(errorMs()).not.toBe(0);
  });

  it('keeps the last eight answers, and none after the machine has stood still', () => {
    const samples = createTimeSamples();
    expect(samples.best(0)).toBeNull();
    samples.add({ serverTimeMs: 0, wireMs: 0, roundTripMs: 1 });
    for (let i = 1; i <= 7; i++) samples.add({ serverTimeMs: i, wireMs: i, roundTripMs: 100 });
    expect(samples.best(8)?.serverTimeMs).toBe(0);
    samples.add({ serverTimeMs: 9, wireMs: 9, roundTripMs: 100 });
    expect(samples.best(9)?.serverTimeMs).not.toBe(0);
    samples.clear();
    expect(samples.best(9)).toBeNull();
  });

  it('F46: a clock that drifts by 500 ppm is asked about every ten minutes and never wrong by more than 0.35 s', () => {
    const { follow, keep, after, errorMs, requests } = world({ drift: 500e-6, errorMs: -3_600_000 });
    merge(follow(), keep()).subscribe();
    after(1_000);
    let worst = 0;
    for (let at = 2_000; at < 24 * 60 * MINUTE_MS; at += 10_000) {
      after(at);
      worst = Math.max(worst, Math.abs(errorMs()));
    }
    expect(worst).toBeLessThan(350);
    expect(worst).toBeGreaterThan(250);
    expect(requests()).toBeGreaterThan(24 * 6 * 3 - 6);
  });

  it('F44: a wall clock that was moved leads to a question, and to nothing else', () => {
    const { context, rest, complaints, after, requests, clockBreak$, faults, errorMs } = world();
    let follows = 0;
    const follow$ = defer(() => {
      follows++;
      return NEVER;
    });
    acrossStandstills(follow$, 'usdm', rest, complaints, context).subscribe();
    after(1_000);
    clockBreak$.next({ kind: 'moved', ms: 3_600_000 });
    after(10_000);
    clockBreak$.next({ kind: 'moved', ms: -3_600_000 });
    after(20_000);
    expect([follows, requests(), errorMs()]).toEqual([1, 6, 0]);
    expect(faults.map(({ kind, detail }) => `${kind} ${detail}`)).toEqual([
      "clock-moved usdm: this machine's clock was moved by 60 min ahead; the exchange is asked what time it is",
      "clock-moved usdm: this machine's clock was moved by 60 min back; the exchange is asked what time it is",
    ]);
  });

  it.each(['moved', 'stopped'] as const)(
    'F45: after ten minutes of sleep (%s) the clock is put right and the feed begins anew',
    (kind) => {
      const { context, rest, complaints, follow, after, state, clockBreak$, faults, errorMs } = world();
      const log: string[] = [];
      const follow$ = defer(() => {
        log.push('begin');
        return merge(follow(), NEVER);
      }).pipe(tap({ unsubscribe: () => log.push('end') }), ignoreElements());
      acrossStandstills(follow$, 'usdm', rest, complaints, context).subscribe();
      after(MINUTE_MS);
      // A sleep that stops the monotonic clock shows in the wall clock alone.
      if (kind === 'moved') state.sleptMs = 10 * MINUTE_MS;
      after(11 * MINUTE_MS);
      expect(Math.round(errorMs() / MINUTE_MS)).toBe(kind === 'moved' ? -10 : 0);
      clockBreak$.next({ kind, ms: 10 * MINUTE_MS });
      after(11 * MINUTE_MS + 1_000);
      expect(errorMs()).toBe(0);
      expect(log).toEqual(['begin', 'end', 'begin']);
      expect(faults.filter(({ kind: of_ }) => of_ === 'machine-slept').map(({ detail }) => detail)).toEqual([
        'usdm: this machine stood still for 10 min; connecting anew and asking for what closed meanwhile',
      ]);
    },
  );
});

describe('waits', () => {
  const emitted = (start: (clock: ReturnType<typeof createVirtualClock>) => Observable<unknown>) => {
    const clock = createVirtualClock(1_000);
    const times: number[] = [];
    start(clock).subscribe(() => times.push(clock.now()));
    return { clock, times };
  };

  it('F48: none lasts longer than ten seconds at a time, and a time that is none has been reached', () => {
    const far = emitted((clock) => until(1_000 + 2 * 86_400_000, clock));
    far.clock.advanceTo(1_000 + 2 * 86_400_000 - 1);
    expect(far.times).toEqual([]);
    far.clock.advanceTo(1_000 + 2 * 86_400_000);
    expect(far.times).toEqual([1_000 + 2 * 86_400_000]);
    for (const odd of [Number.NaN, -Infinity, 0]) {
      const { clock, times } = emitted((of_) => until(odd, of_));
      clock.advanceTo(1_000);
      expect([times, clock.pending()]).toEqual([[1_000], 0]);
    }
  });

  it('F48: the last of many turns to connect comes in its time, more than an hour later', () => {
    const clock = createVirtualClock();
    const turn = createTurns(120_000, clock);
    const times: number[] = [];
    for (let i = 0; i < 41; i++) turn().subscribe(() => times.push(clock.now()));
    clock.advanceTo(4_800_000);
    expect([times[0], times[1], times[40]]).toEqual([0, 120_000, 4_800_000]);
  });
});
