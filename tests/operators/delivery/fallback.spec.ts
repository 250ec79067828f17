import fc from 'fast-check';
import type { Observable } from 'rxjs';
import { concatMap, EMPTY, merge, NEVER, of, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/model/alert.js';
import type { Close } from '../../../src/model/close.js';
import type { Delivery } from '../../../src/model/delivery.js';
import { toClaim } from '../../../src/operators/delivery/claim.js';
import { createFallback } from '../../../src/operators/delivery/fallback.js';
import { ageShareOf, inTurn, nextIn } from '../../../src/operators/delivery/fallback-chains.js';
import { settle } from '../../../src/operators/delivery/settle.js';
import type { Step } from '../../../src/operators/delivery/step.js';
import type { Routed } from '../../../src/ports/pipeline.js';
import type { Receipt, Sink } from '../../../src/ports/sink.js';
import { DeliveryError } from '../../../src/ports/sink.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import type { VirtualClock } from '../../../src/runtime/virtual-clock.js';
import { alert as alertOf } from '../../support/alerts.js';
import type { FakeStore } from '../../support/fakes.js';
import { fakeSink, fakeStore, faultLog } from '../../support/fakes.js';
import { marbles } from '../../support/marbles.js';
import { alertAt, closeAt, DELIVERY, openedAgain, rowOf } from '../../support/parts.js';
import { ID, LOOPBACK, TOKEN, virtualWorld } from '../../sinks/discord/world.js';

const [one, two] = [alertAt(0), alertAt(1)];
const fails = (...of: ConstructorParameters<typeof DeliveryError>): Observable<Receipt> => throwError(() => new DeliveryError(...of));
const gone = fails('disabled', 'the webhook is gone');
const invalid = fails('dead', 'not a valid message');
const lost = fails('unknown', 'no reply', { strong: true });
const busy = fails('refused', 'busy');
const taken: Observable<Receipt> = of({ messageId: 'm' });

interface Given {
  readonly fallback: readonly (readonly string[])[];
  readonly store?: FakeStore;
  readonly clock?: VirtualClock;
  readonly routeOf?: (alert: Alert) => Routed;
}

/** Everybody who steps in for nobody gets every alert. */
const firstOf = (sinks: readonly Sink[], fallback: Given['fallback']) => (): Routed => ({
  sinks: sinks.map(({ name }) => name).filter((name) => !fallback.some((chain) => chain.indexOf(name) > 0)),
  muteTime: null,
  why: 'route',
});

/** One life in virtual time. */
const live = (sinks: readonly Sink[], { fallback, store = fakeStore(), clock = createVirtualClock(one.decisionTimeMs), routeOf = firstOf(sinks, fallback) }: Given) => {
  const log = faultLog();
  const close$ = new Subject<Close>();
  const steps: string[] = [];
  let isOver = false;
  const parts = { store, remembered: openedAgain(store), sinks, delivery: { ...DELIVERY, fallback }, quietStartMs: 0, marketTime: clock, wireTime: clock, random: () => 1, report: log.report, routeOf };
  const life = close$.pipe(settle(parts)).subscribe({
    next: (outcome) => { if (outcome.kind === 'delivery') steps.push(`${outcome.delivery.sink} ${outcome.delivery.state}`); },
    complete: () => { isOver = true; },
  });
  return {
    ...log, steps, store, clock,
    close: (index: number, alerts: readonly Alert[]): void => { close$.next(closeAt(index, alerts)); clock.advanceTo(clock.now() + 1); },
    pass: (ms: number): void => clock.advanceTo(clock.now() + ms),
    end: (): boolean => { close$.complete(); clock.advanceTo(clock.now() + 1_000); return isOver; },
    kill: (): void => life.unsubscribe(),
  };
};

/** `file delivered` for every row of an alert, in the order of the sinks' names. */
const rowsOf = (store: FakeStore, alert = one): readonly string[] => store.rows().filter(({ alertId }) => alertId === alert.id).map(({ sink, state }) => `${sink} ${state}`).sort();
const CHAIN = [['discord', 'file']];

describe('the chains', () => {
  const chains = [['a', 'b', 'c'], ['d', 'c'], ['a', 'e']];

  it('say who comes next, who stands ready first, and how long each may take', () => {
    expect(['a', 'b', 'c', 'd', 'x'].map(nextIn(chains))).toStrictEqual([['b', 'e'], ['c'], [], ['c'], []]);
    expect(inTurn(['a', 'b', 'c', 'd', 'e', 'x'].map((name) => fakeSink([], name)), chains).map(({ name }) => name)).toStrictEqual(['c', 'e', 'x', 'b', 'd', 'a']);
    expect(['a', 'b', 'c', 'd', 'x'].map((name) => ageShareOf([['a', 'b', 'c'], ['d', 'c']], name))).toStrictEqual([1 / 3, 2 / 3, 1, 1 / 2, 1]);
  });
});

describe('fallback', () => {
  it('gives a row of its own to the next one, once that is durable', marbles((m) => {
    const store = fakeStore({ durableMs: 2, scheduler: m.scheduler });
    const remembered = openedAgain(store);
    const left: Delivery = rowOf(one, { sink: 'discord', state: 'dead', reason: 'gone' });
    const sinks = [fakeSink([], 'discord'), fakeSink([], 'file')];
    const clock = createVirtualClock(one.decisionTimeMs);
    const fallback = createFallback({ store, epoch: remembered.epoch, settings: { ...DELIVERY, fallback: CHAIN }, sinks, known: new Set(), marketTime: clock, wireTime: m.scheduler, random: () => 1, report: () => undefined });
    store.claim(toClaim(closeAt(0, [one]), remembered.epoch, ['discord'], 0)).subscribe();
    const pending$ =    m.hot('-a-------|', { a: { alert: one, delivery: rowOf(one) } });
    const first$ =       m.cold('-(x|)', { x: { alert: one, delivery: left } satisfies Step });
    const written =               '--|';
    const next$ =                   m.cold('-(d|)', { d: 'd' });
    const expected =          '--x--d---|';
    const first = pending$.pipe(concatMap(() => first$), fallback.passing('discord'));
    const next = EMPTY.pipe(fallback.joining('file'), concatMap(() => next$));
    m.expect(merge(next, first.pipe(concatMap(() => ['x'])), fallback.owed$)).toBeObservable(expected);
    expect(written.length - 1).toBe(2);
  }));

  it('lets nobody step in where the first one takes it', () => {
    const [discord, file] = [fakeSink([taken], 'discord'), fakeSink([taken], 'file')];
    const life = live([discord, file], { fallback: CHAIN });
    life.close(0, [one]);
    expect([rowsOf(life.store), file.asked.length, life.end()]).toStrictEqual([['discord delivered'], 0, true]);
  });

  it.each<[string, Observable<Receipt>, boolean]>([
    ['refuses for good',            gone, false],
    ['will never take this one',    invalid, false],
    ['has not answered often enough', lost, true],
  ])('steps in where a sink %s, and says for whom', (_, answer, unknown) => {
    const file = fakeSink([taken], 'file');
    const life = live([fakeSink([answer], 'discord'), file], { fallback: CHAIN });
    life.close(0, [one]);
    life.pass(120_000);
    expect(rowsOf(life.store)).toStrictEqual(['discord dead', 'file delivered']);
    expect(file.asked).toStrictEqual([{ alert: one, attempt: { number: 1, mayRepeat: false, insteadOf: { sink: 'discord', unknown } } }]);
    expect(life.end()).toBe(true);
  });

  it('F52: steps in for a Discord whose webhook was deleted, with this alert and every later one', () => {
    const { clock, another, world } = virtualWorld();
    const discord = another({ webhookUrl: `${LOOPBACK}/api/webhooks/${ID.replace(/1$/, '9')}/${TOKEN}` });
    const file = fakeSink([taken], 'file');
    const alerts = [alertOf(), alertOf({ id: 'a-second-alert-x', symbol: 'ETHUSDT' })] as const;
    clock.advanceTo(alerts[0].decisionTimeMs);
    const life = live([discord, file], { fallback: CHAIN, clock });
    for (const [i, alert] of alerts.entries()) {
      life.close(i, [alert]);
      life.pass(5_000);
    }
    expect(alerts.map((alert) => rowsOf(life.store, alert))).toStrictEqual(Array(2).fill(['discord dead', 'file delivered']));
    expect(world.log().map(({ answer }) => answer)).toStrictEqual([404]);
    expect(file.asked.map(({ attempt }) => attempt.insteadOf?.sink)).toStrictEqual(['discord', 'discord']);
    expect(JSON.stringify([life.store.rows(), life.faults])).not.toContain(TOKEN);
  });

  it('steps in for a sink that is away while the alert is still young, and never with old news', () => {
    const file = fakeSink([taken], 'file');
    const life = live([fakeSink([busy], 'discord'), file], { fallback: CHAIN });
    const half = 450_000;
    life.close(0, [one]);
    life.pass(half - 10_000);
    expect(rowsOf(life.store)).toStrictEqual(['discord waiting']);
    life.pass(20_000);
    expect(rowsOf(life.store)).toStrictEqual(['discord expired', 'file delivered']);
    expect(life.store.row(one.id, 'discord')?.reason).toBe('passed on: away for 450 s');
    expect(life.clock.now() - one.decisionTimeMs).toBeLessThan(900_000);
  });

  it('gives up at the end of the chain, and at the age at which nothing is news', () => {
    const life = live([fakeSink([busy], 'discord'), fakeSink([busy], 'slack'), fakeSink([busy], 'file')], { fallback: [['discord', 'slack', 'file']] });
    life.close(0, [one]);
    life.pass(310_000);
    expect(rowsOf(life.store)).toStrictEqual(['discord expired', 'slack waiting']);
    life.pass(310_000);
    expect(rowsOf(life.store)).toStrictEqual(['discord expired', 'file waiting', 'slack expired']);
    life.pass(310_000);
    expect(rowsOf(life.store)).toStrictEqual(['discord expired', 'file expired', 'slack expired']);
    expect(life.store.row(one.id, 'file')?.reason).toBe('older than 900 s');
  });

  it('gives one row to a sink that stands in two chains, or to which a route leads as well', () => {
    const file = fakeSink([taken], 'file');
    const chains = [['discord', 'file'], ['slack', 'file']];
    const life = live([fakeSink([gone], 'discord'), fakeSink([gone], 'slack'), file], { fallback: chains });
    life.close(0, [one]);
    life.pass(1_000);
    expect([rowsOf(life.store), file.asked.length]).toStrictEqual([['discord dead', 'file delivered', 'slack dead'], 1]);
    const routed = fakeSink([taken], 'file');
    const both = (): Routed => ({ sinks: ['discord', 'file'], muteTime: null, why: 'route' });
    const other = live([fakeSink([gone], 'discord'), routed], { fallback: CHAIN, routeOf: both });
    other.close(0, [one]);
    other.pass(1_000);
    expect([rowsOf(other.store), routed.asked.map(({ attempt }) => attempt.insteadOf)]).toStrictEqual([['discord dead', 'file delivered'], [undefined]]);
  });
});

describe('fallback over a restart', () => {
  /** Ends after the first sink has refused, and before the row of the next one is there. */
  const killedBetween = (store: FakeStore) => {
    const stuck: FakeStore = { ...store, claim: (claim) => (claim.position === null ? NEVER : store.claim(claim)) };
    const life = live([fakeSink([invalid], 'discord'), fakeSink([taken], 'file')], { fallback: CHAIN, store: stuck });
    life.close(0, [one]);
    life.pass(1_000);
    life.kill();
    return life;
  };

  it('hands on once what was owed', () => {
    const store = fakeStore();
    expect(rowsOf(killedBetween(store).store)).toStrictEqual(['discord dead']);
    const file = fakeSink([taken], 'file');
    const next = live([fakeSink([taken], 'discord'), file], { fallback: CHAIN, store });
    next.pass(1_000);
    expect([rowsOf(store), file.asked.map(({ attempt }) => attempt.insteadOf)]).toStrictEqual([['discord dead', 'file delivered'], [{ sink: 'discord', unknown: false }]]);
    next.kill();
    const third = live([fakeSink([taken], 'discord'), file], { fallback: CHAIN, store });
    third.close(1, [two]);
    expect([file.asked.length, rowsOf(store, two), third.end()]).toStrictEqual([1, ['discord delivered'], true]);
  });

  it('goes on with a row that was handed on and not sent', () => {
    const store = fakeStore();
    const life = live([fakeSink([invalid], 'discord'), fakeSink([NEVER], 'file')], { fallback: CHAIN, store });
    life.close(0, [one]);
    life.pass(1_000);
    life.kill();
    const file = fakeSink([taken], 'file');
    live([fakeSink([taken], 'discord'), file], { fallback: CHAIN, store }).pass(1_000);
    expect(file.asked.map(({ attempt }) => attempt)).toStrictEqual([{ number: 2, mayRepeat: true, insteadOf: { sink: 'discord', unknown: false } }]);
  });

  it('hands on nothing that is old by then, and nothing that came without a chain', () => {
    const store = fakeStore();
    killedBetween(store);
    const late = createVirtualClock(one.decisionTimeMs + 900_001);
    live([fakeSink([taken], 'discord'), fakeSink([taken], 'file')], { fallback: CHAIN, store, clock: late }).pass(1_000);
    expect(rowsOf(store)).toStrictEqual(['discord dead']);
    live([fakeSink([taken], 'discord'), fakeSink([taken], 'file')], { fallback: [], store }).pass(1_000);
    expect(rowsOf(store)).toStrictEqual(['discord dead']);
  });

  it('loses nothing and repeats nothing, whatever the sinks answer and wherever it is killed', () => {
    const answers = { gone, invalid, taken };
    const names = ['a', 'b', 'c'] as const;
    const answer = fc.constantFrom('gone' as const, 'invalid' as const, 'taken' as const);
    let handed = 0;
    fc.assert(
      fc.property(fc.tuple(answer, answer, answer), fc.array(fc.nat({ max: 8 }), { maxLength: 4 }), (of, kills) => {
        const store = fakeStore();
        const asked: string[] = [];
        const clock = createVirtualClock(one.decisionTimeMs);
        for (const [lifeIndex, writes] of [...kills, Infinity].entries()) {
          // This life ends at so many writes from here: that one has not become durable.
          let left = writes;
          const until = <T>(write: () => Observable<T>): Observable<T> => (left-- > 0 ? write() : NEVER);
          const dying: FakeStore = { ...store, claim: (claim) => until(() => store.claim(claim)), transition: (change) => until(() => store.transition(change)) };
          const sinks = names.map((name, i) => {
            const sink = fakeSink([answers[of[i] as keyof typeof answers]], name);
            return { ...sink, deliver: (...told: Parameters<Sink['deliver']>) => { asked.push(`${name} ${told[1].mayRepeat ? 'again' : 'first'}`); return sink.deliver(...told); } };
          });
          const life = live(sinks, { fallback: [[...names]], store: dying, clock });
          if (lifeIndex === 0 || rowsOf(store).length === 0) life.close(0, [one]);
          life.pass(2_000);
          life.kill();
        }
        const takes = of.indexOf('taken');
        const reached = names.slice(0, takes < 0 ? names.length : takes + 1);
        expect(rowsOf(store)).toStrictEqual(reached.map((name, i) => `${name} ${i === takes ? 'delivered' : 'dead'}`));
        // Nobody is asked twice without the mark.
        expect(asked.filter((each) => each.endsWith('first')).length).toBe(new Set(asked.filter((each) => each.endsWith('first'))).size);
        handed += reached.length - 1;
      }),
      { seed: 20260806, numRuns: 300 },
    );
    expect(handed).toBeGreaterThan(100);
  });
});

