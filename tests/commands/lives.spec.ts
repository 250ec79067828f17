import type { Observable } from 'rxjs';
import { EMPTY, NEVER, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { inLives } from '../../src/commands/lives.js';
import type { Outcome } from '../../src/ports/pipeline.js';
import { StoreError } from '../../src/ports/store.js';
import type { HealthState } from '../../src/telemetry/health-state.js';
import { faultLog } from '../support/fakes.js';
import { marbles } from '../support/marbles.js';

const fenced = new StoreError('fenced', 'another replica has taken over');
const away = new StoreError('unavailable', 'the server is away');

/** Monitors that live one after another, as told. */
const livesOf = (
  lives: readonly Observable<unknown>[],
  wireTime: Parameters<typeof inLives>[0]['wireTime'],
  heard$: Observable<unknown> = NEVER,
) => {
  const log = faultLog();
  let made = 0;
  const monitor = inLives({
    create: () => {
      const number = made++;
      return {
        outcome$: (lives[number] ?? EMPTY) as Observable<Outcome>,
        health: () => ({ version: String(number) }) as HealthState,
      };
    },
    report: log.report,
    wireTime,
    heard$,
  });
  return { ...log, monitor, made: () => made };
};

describe('inLives', () => {
  it(
    'begins anew when another replica has taken its place, and says so',
    marbles((m) => {
      const first = m.cold('  -a-b#', undefined, fenced);
      const second = m.cold('     ---c-|');
      const expected = '      -a-b---c-|';
      const { monitor, faults } = livesOf([first, second], m.scheduler);
      m.expect(monitor.outcome$).toBeObservable(expected);
      m.flush();
      expect(faults.map(({ kind }) => kind)).toStrictEqual(['lease-lost']);
      expect(monitor.health().version).toBe('1');
    }),
  );

  it(
    'waits for a server that is away while it begins anew',
    marbles((m) => {
      const first = m.cold('  -a-b#', undefined, fenced);
      const second = m.cold('     -#', undefined, away);
      const third = m.cold('        ---c-|');
      const expected = '      -a-b-  1s ---c-|';
      const { monitor, faults } = livesOf([first, second, third], m.scheduler);
      m.expect(monitor.outcome$).toBeObservable(expected);
      m.flush();
      expect(faults.map(({ kind }) => kind)).toStrictEqual(['lease-lost', 'store-failed']);
    }),
  );

  it.each([away, new StoreError('corrupt', 'x'), new Error('a bug')])(
    'ends with everything else, also with a server that was never there: %s',
    (error) => {
      marbles((m) => {
        const { monitor, made } = livesOf([m.cold('-a#', undefined, error)], m.scheduler);
        m.expect(monitor.outcome$).toBeObservable('-a#', undefined, error);
        m.flush();
        expect(made()).toBe(1);
      })();
    },
  );

  it(
    'hears all the time, over all lives, and lets go at the end',
    marbles((m) => {
      const heard$ = m.hot('  ----------s-');
      const first = m.cold('  --#', undefined, fenced);
      const second = m.cold('   --#', undefined, fenced);
      const third = m.cold('      --|');
      const { monitor } = livesOf([first, second, third], m.scheduler, heard$);
      m.expect(monitor.outcome$).toBeObservable('------|');
      m.expect(heard$).toHaveSubscriptions('^-----!');
    }),
  );

  it('makes the first life at once, so that its health can be asked for, and no second one for it', async () => {
    const { monitor, made } = livesOf([of('a'), throwError(() => new Error('not asked for'))], undefined as never);
    expect(monitor.health().version).toBe('0');
    await monitor.outcome$.forEach(() => undefined);
    expect(made()).toBe(1);
  });
});
