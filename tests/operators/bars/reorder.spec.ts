import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Sighting } from '../../../src/model/sighting.js';
import { reorder } from '../../../src/operators/bars/reorder.js';
import type { SeriesEvent } from '../../../src/ports/source.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { barAt } from '../../support/bars.js';
import { marbles } from '../../support/marbles.js';
import { arrives, hasClosed } from '../../support/parts.js';

const events = Object.fromEntries(
  Array.from('abcdefgh').flatMap((letter, i) => [
    [letter, arrives(barAt(i))] as const,
    [letter.toUpperCase(), hasClosed(barAt(i))] as const,
  ]),
);

describe('reorder', () => {
  it('lets a bar that is ahead wait for those before it, and no longer than it may', marbles((m) => {
    const event$ =   m.hot('-a-c-b---d-f------|', events);
    const expected =       '-a---(bc)d----f---|';
    m.expect(event$.pipe(reorder({ holdMs: 3, scheduler: m.scheduler }))).toBeObservable(expected, events);
  }));

  it('lets a bar in its turn, a repeat and a late one pass at once', marbles((m) => {
    const event$ =   m.hot('-abb-cad-|', events);
    const expected =       '-abb-cad-|';
    m.expect(event$.pipe(reorder({ holdMs: 3, scheduler: m.scheduler }))).toBeObservable(expected, events);
  }));

  it('waits no more when the close of a bar is announced', marbles((m) => {
    const event$ =   m.hot('-a-c-B---F--g-|', events);
    const expected =       '-a---(Bc)F--g-|';
    m.expect(event$.pipe(reorder({ holdMs: 9, scheduler: m.scheduler }))).toBeObservable(expected, events);
  }));

  it('hands on in order what waits when its source ends, and drops it when it is left', marbles((m) => {
    const event$ =   m.hot('-a-d-c-|   ', events);
    const expected =       '-a-----(cd|)';
    m.expect(event$.pipe(reorder({ holdMs: 9, scheduler: m.scheduler }))).toBeObservable(expected, events);
    const left$ =    m.hot('-a-d-c-----', events);
    m.expect(left$.pipe(reorder({ holdMs: 9, scheduler: m.scheduler })), '------!').toBeObservable('-a----', events);
    m.expect(left$).toHaveSubscriptions('^-----!');
  }));

  it('is silent when nothing comes, and passes an error on', marbles((m) => {
    m.expect(m.hot<SeriesEvent>('-').pipe(reorder({ holdMs: 3, scheduler: m.scheduler }))).toBeObservable('-');
    m.expect(m.hot('-a-c-#', events).pipe(reorder({ holdMs: 9, scheduler: m.scheduler }))).toBeObservable('-a---#', events);
  }));

  it('counts what was put in its place', () => {
    const seen: Sighting[] = [];
    const event$ = new Subject<SeriesEvent>();
    event$.pipe(reorder({ holdMs: 9, notice: (sighting) => seen.push(sighting), scheduler: createVirtualClock() })).subscribe();
    for (const letter of 'acbdd') event$.next(events[letter] as SeriesEvent);
    expect(seen).toStrictEqual(['reordered']);
  });

  it('holds a hundred bars and no more', () => {
    const passed: SeriesEvent[] = [];
    const event$ = new Subject<SeriesEvent>();
    event$.pipe(reorder({ holdMs: 9, scheduler: createVirtualClock() })).subscribe((event) => passed.push(event));
    for (const index of [0, ...Array.from({ length: 101 }, (_, i) => i + 2)]) event$.next(arrives(barAt(index)));
    expect(passed).toHaveLength(102);
  });
});
