import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Pending } from '../../../src/model/delivery.js';
import { bury } from '../../../src/operators/delivery/bury.js';
import { fakeStore, faultLog } from '../../support/fakes.js';
import { marbles } from '../../support/marbles.js';
import { alertAt, closeAt, rowOf } from '../../support/parts.js';
import { toClaim } from '../../../src/operators/delivery/claim.js';

const [one, two] = [alertAt(0), alertAt(1)];
const pending = { a: { alert: one, delivery: rowOf(one, { sink: 'gone' }) }, b: { alert: two, delivery: rowOf(two, { sink: 'gone' }) } };

const graveyard = (scheduler: Parameters<typeof bury>[0]['marketTime']) => {
  const store = fakeStore();
  const log = faultLog();
  store.open().subscribe();
  for (const alert of [one, two]) store.claim(toClaim(closeAt(0, [alert]), 1, ['gone'], 0)).subscribe();
  return { store, ...log, stage: bury({ store, epoch: 1, marketTime: scheduler, wireTime: scheduler, random: () => 1, report: log.report }) };
};

describe('bury', () => {
  it('ends rows that nobody will ever send, with the reason', marbles((m) => {
    const { stage, store, kinds } = graveyard(m.scheduler);
    const pending$ = m.hot('-a-b-|', pending);
    const expected =       '-A-B-|';
    m.expect(pending$.pipe(stage, map(({ delivery }) => delivery.state))).toBeObservable(expected, { A: 'dead', B: 'dead' });
    m.flush();
    expect(store.row(one.id, 'gone')).toMatchObject({ state: 'dead', reason: 'no sink of this name is configured any more', attempts: 0 });
    expect(kinds()).toStrictEqual(['alert-dead', 'alert-dead']);
  }));

  it('is silent when nothing comes, passes an error on, and leaves when it is left', marbles((m) => {
    const { stage } = graveyard(m.scheduler);
    m.expect(m.hot<Pending>('-|').pipe(stage)).toBeObservable('-|');
    m.expect(m.hot<Pending>('-#').pipe(stage)).toBeObservable('-#');
    const pending$ = m.hot('---a-|', pending);
    m.expect(pending$.pipe(stage), '--!').toBeObservable('-');
    m.expect(pending$).toHaveSubscriptions('^-!');
  }));
});
