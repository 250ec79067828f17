import { describe, expect, it } from 'vitest';
import { NEVER } from 'rxjs';
import { SilenceError, watchdog } from '../../../src/operators/connection/watchdog.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { marbles } from '../../support/marbles.js';

const silence = new SilenceError(9);

describe('watchdog', () => {
  it('errors once nothing has arrived for the idle time', marbles((m) => {
    const frame$ = m.hot('-a-b----------');
    const expected =     '-a-b--------#';
    const subs =         '^-----------!';
    m.expect(frame$.pipe(watchdog({ idleMs: 9, looks: 3 }))).toBeObservable(expected, undefined, silence);
    m.expect(frame$).toHaveSubscriptions(subs);
  }));

  it('lets a feed live that says something just in time', marbles((m) => {
    const frame$ = m.hot('-a 59s b 59s c 59s d|');
    const expected =     '-a 59s b 59s c 59s d|';
    m.expect(frame$.pipe(watchdog({ idleMs: 60_000 }))).toBeObservable(expected);
  }));

  it('gives a feed that never says anything the idle time and no more', marbles((m) => {
    const frame$ = m.hot('-');
    const expected =     '60s #';
    m.expect(frame$.pipe(watchdog({ idleMs: 60_000 }))).toBeObservable(expected, undefined, new SilenceError(60_000));
  }));

  it('is sharp to one look: silence is noticed within idle time and a look', marbles((m) => {
    const frame$ = m.hot('1s a');
    const expected =     '1s a 68999ms #';
    m.expect(frame$.pipe(watchdog({ idleMs: 60_000, looks: 6 }))).toBeObservable(expected, undefined, new SilenceError(60_000));
  }));

  it('completes with its source and stops looking', marbles((m) => {
    const frame$ = m.hot('-a-|');
    const expected =     '-a-|';
    const subs =         '^--!';
    m.expect(frame$.pipe(watchdog({ idleMs: 9, looks: 3 }))).toBeObservable(expected);
    m.expect(frame$).toHaveSubscriptions(subs);
  }));

  it('passes an error on', marbles((m) => {
    const frame$ = m.hot('-a-#');
    const expected =     '-a-#';
    m.expect(frame$.pipe(watchdog({ idleMs: 9, looks: 3 }))).toBeObservable(expected);
  }));

  it('stops looking when it is unsubscribed', marbles((m) => {
    const frame$ = m.hot('-a----------');
    const unsub =        '----!';
    const expected =     '-a---';
    m.expect(frame$.pipe(watchdog({ idleMs: 9, looks: 3 })), unsub).toBeObservable(expected);
    m.expect(frame$).toHaveSubscriptions('^---!');
  }));

  it('asks the source whether anything has arrived, where that is given: items then prove nothing, nor does their absence', marbles((m) => {
    const alive = [true, false, true, false, false, false];
    const frame$ = m.hot('------------a-----');
    const expected =     '------------a-----#';
    const isAlive = () => alive.shift() ?? false;
    m.expect(frame$.pipe(watchdog({ idleMs: 9, looks: 3, isAlive }))).toBeObservable(expected, undefined, silence);
  }));

  it('F24, F45: counts looks, not time: a process that slept for a minute does not take its sleep for silence', () => {
    const clock = createVirtualClock();
    let now = 0;
    // A clock whose time leaps between two looks, as after a pause of the machine.
    const leaping = { now: () => clock.now() + now, schedule: clock.schedule.bind(clock) };
    let failed = false;
    const subscription = NEVER.pipe(watchdog({ idleMs: 9, looks: 3 }, leaping)).subscribe({ error: () => (failed = true) });
    clock.advanceTo(3);
    now = 3_600_000;
    clock.advanceTo(6);
    expect(failed).toBe(false);
    subscription.unsubscribe();
  });
});
