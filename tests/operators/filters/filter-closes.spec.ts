import { map, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Alert, Suppression } from '../../../src/model/alert.js';
import type { Close } from '../../../src/model/close.js';
import { cooldown, cooldownMemory } from '../../../src/operators/filters/cooldown.js';
import type { CloseFilter } from '../../../src/operators/filters/filter-closes.js';
import { filterCloses, withholdAll } from '../../../src/operators/filters/filter-closes.js';
import { marbles } from '../../support/marbles.js';
import { alertAt, closeAt } from '../../support/parts.js';

const closes = { a: closeAt(0, [alertAt(0)]), b: closeAt(1, [alertAt(1)]), c: closeAt(2, [alertAt(2)]) };

/** `sent` or the reason, for every alert of a close. */
const fates = ({ alerts }: Close): string => alerts.map(({ suppressedBy }) => suppressedBy ?? 'sent').join(' ');

/** Withholds the alerts of some symbols, and remembers what it was shown and what was sent. */
const withholding = (reason: Suppression, ...symbols: readonly string[]) => {
  const seen: string[] = [];
  const sent: string[] = [];
  const names = (alerts: readonly Alert[]): string => alerts.map(({ symbol }) => symbol).join('+');
  const filter: CloseFilter = {
    decide: (alerts) => {
      seen.push(names(alerts));
      return withholdAll(alerts.filter(({ symbol }) => symbols.includes(symbol)), reason);
    },
    remember: (alerts) => void sent.push(names(alerts)),
  };
  return { filter, seen, sent };
};

describe('filterCloses', () => {
  it('withholds with a reason, and nothing disappears', marbles((m) => {
    const close$ =   m.hot('-a-b-|', closes);
    const expected =       '-A-B-|';
    const filters = () => [cooldown({ cooldownMs: 1_800_000, memory: cooldownMemory() })];
    m.expect(close$.pipe(filterCloses(filters), map(fates))).toBeObservable(expected, { A: 'sent', B: 'cooldown' });
  }));

  it('hands on the very same close when nothing is withheld', marbles((m) => {
    const close$ =   m.hot('-a-b-|', closes);
    m.expect(close$.pipe(filterCloses(() => []))).toBeObservable('-a-b-|', closes);
  }));

  it('is silent when nothing comes, and passes an error on', marbles((m) => {
    m.expect(m.hot<Close>('-').pipe(filterCloses(() => []))).toBeObservable('-');
    m.expect(m.hot<Close>('-|').pipe(filterCloses(() => []))).toBeObservable('-|');
    m.expect(m.hot<Close>('-a-#', closes).pipe(filterCloses(() => []), map(fates))).toBeObservable('-s-#', { s: 'sent' });
  }));

  it('leaves the source when it is left', marbles((m) => {
    const close$ =   m.hot('-a-b-c-|', closes);
    const left =           '----!   ';
    const expected =       '-s-s-   ';
    m.expect(close$.pipe(filterCloses(() => []), map(fates)), left).toBeObservable(expected, { s: 'sent' });
    m.expect(close$).toHaveSubscriptions('^---!');
  }));

  it('begins with fresh filters for every subscriber', marbles((m) => {
    const stage = filterCloses(() => [cooldown({ cooldownMs: 1_800_000, memory: cooldownMemory() })]);
    const fate$ = m.cold('a-|', closes).pipe(stage, map(fates));
    m.expect(fate$).toBeObservable('s-|', { s: 'sent' });
    m.expect(fate$, '---^').toBeObservable('---s-|', { s: 'sent' });
  }));

  it('shows each filter what the earlier ones let pass, and all of them at the end what is sent', marbles((m) => {
    const [first, second] = [withholding('mute', 'A'), withholding('rate', 'B')];
    const close$ =   m.hot('-x-|', { x: closeAt(0, ['A', 'B', 'C'].map((symbol) => alertAt(0, symbol))) });
    const expected =       '-X-|';
    m.expect(close$.pipe(filterCloses(() => [first.filter, second.filter]), map(fates))).toBeObservable(expected, { X: 'mute rate sent' });
    m.flush();
    expect([first.seen, second.seen]).toStrictEqual([['A+B+C'], ['B+C']]);
    expect([first.sent, second.sent]).toStrictEqual([['C'], ['C']]);
  }));

  it('asks no filter when nothing fired or nothing is left', marbles((m) => {
    const [first, second] = [withholding('mute', 'BTCUSDT'), withholding('rate')];
    const close$ =   m.hot('-q-a-|', { q: closeAt(3), a: closes.a });
    const expected =       '-Q-A-|';
    m.expect(close$.pipe(filterCloses(() => [first.filter, second.filter]), map(fates))).toBeObservable(expected, { Q: '', A: 'mute' });
    m.flush();
    expect([first.seen, second.seen]).toStrictEqual([['BTCUSDT'], []]);
    expect(second.sent).toStrictEqual(['', '']);
  }));

  it('takes the latest of a stream of filters, over the memory that was made beside them', marbles((m) => {
    const all = { a: closes.a, b: closes.b, c: closes.c, d: closeAt(3, [alertAt(3)]) };
    const filters$ = m.cold('s---n-----|', { s: 1_800_000, n: 0 });
    const close$ =    m.hot('-a-b-c-d--|', all);
    const expected =        '-A-B-C-D--|';
    const filters = () => {
      const memory = cooldownMemory();
      return filters$.pipe(map((cooldownMs) => [cooldown({ cooldownMs, memory })]));
    };
    m.expect(close$.pipe(filterCloses(filters), map(fates))).toBeObservable(expected, { A: 'sent', B: 'cooldown', C: 'sent', D: 'sent' });
    m.expect(filters$).toHaveSubscriptions(['^---------!']);
  }));

  it('passes a failure of the stream of filters on', marbles((m) => {
    const close$ =   m.hot('-a-b-|', closes);
    const filters$ = m.cold('s-#', { s: [] as readonly CloseFilter[] });
    m.expect(close$.pipe(filterCloses(() => filters$), map(fates))).toBeObservable('-s#', { s: 'sent' });
  }));

  it('hands an alert on as earlier filters have annotated it, and keeps that when it is withheld', marbles((m) => {
    const [a, b] = [alertAt(0, 'A'), alertAt(0, 'B')];
    const marking: CloseFilter = { decide: (alerts) => ({ annotated: new Map(alerts.map(({ id }) => [id, { marks: ['wide-spread'] }])) }) };
    const merging: CloseFilter = { decide: (alerts) => ({ withheld: new Map([[alerts[1]!.id, { by: 'correlation', mergedInto: alerts[0]!.id }]]) }) };
    const close$ = m.hot('-x-|', { x: closeAt(0, [a, b]) });
    m.expect(close$.pipe(filterCloses(() => of([marking, merging])), map(({ alerts }) => alerts))).toBeObservable('-X-|', {
      X: [
        { ...a, marks: ['wide-spread'] },
        { ...b, marks: ['wide-spread'], suppressedBy: 'correlation', mergedInto: a.id },
      ],
    });
  }));

  it('shows what a filter adds to the later ones, and sends it, but not what it adds withheld', marbles((m) => {
    const added = [alertAt(0, 'X'), { ...alertAt(0, 'Y'), suppressedBy: 'cooldown' as const }];
    const adding: CloseFilter = { decide: () => ({ added }) };
    const later = withholding('rate', 'B');
    const close$ = m.hot('-x-|', { x: closeAt(0, [alertAt(0, 'A'), alertAt(0, 'B')]) });
    m.expect(close$.pipe(filterCloses(() => [adding, later.filter]), map(fates))).toBeObservable('-X-|', { X: 'sent cooldown sent rate' });
    m.flush();
    expect([later.seen, later.sent]).toStrictEqual([['X+A+B'], ['X+A']]);
  }));

  it('leaves alone what is withheld already, and a close of corrected bars', marbles((m) => {
    const mute = withholding('mute', 'A', 'B');
    const revised = { ...alertAt(0, 'A'), suppressedBy: 'revision' as const };
    const close$ = m.hot('-x-r-|', { x: closeAt(0, [revised, alertAt(0, 'B')]), r: closeAt(0, [alertAt(0, 'A')], { revision: true }) });
    m.expect(close$.pipe(filterCloses(() => [mute.filter]), map(fates))).toBeObservable('-X-R-|', { X: 'revision mute', R: 'sent' });
    m.flush();
    expect(mute.seen).toStrictEqual(['B']);
    expect(mute.sent).toStrictEqual(['']);
  }));
});
