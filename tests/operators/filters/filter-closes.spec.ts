import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Alert, Suppression } from '../../../src/model/alert.js';
import type { Close } from '../../../src/model/close.js';
import { cooldown } from '../../../src/operators/filters/cooldown.js';
import type { CloseFilter } from '../../../src/operators/filters/filter-closes.js';
import { filterCloses } from '../../../src/operators/filters/filter-closes.js';
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
    withhold: (alerts) => {
      seen.push(names(alerts));
      return new Map(alerts.filter(({ symbol }) => symbols.includes(symbol)).map(({ id }) => [id, reason] as const));
    },
    remember: (alerts) => void sent.push(names(alerts)),
  };
  return { filter, seen, sent };
};

describe('filterCloses', () => {
  it('withholds with a reason, and nothing disappears', marbles((m) => {
    const close$ =   m.hot('-a-b-|', closes);
    const expected =       '-A-B-|';
    const filters = () => [cooldown({ cooldownMs: 1_800_000, sentBefore: [] })];
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
    const stage = filterCloses(() => [cooldown({ cooldownMs: 1_800_000, sentBefore: [] })]);
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
});
