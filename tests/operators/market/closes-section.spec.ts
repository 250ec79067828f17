import { from, startWith } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Close } from '../../../src/model/close.js';
import { closes } from '../../../src/operators/market/closes.js';
import type { FeedEvent } from '../../../src/ports/source.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { barAt } from '../../support/bars.js';
import { arrives, partsOf, rosterOf } from '../../support/parts.js';

const SYMBOLS = Array.from({ length: 21 }, (_, i) => `S${String(i).padStart(2, '0')}`);

describe('closes', () => {
  it('have the cross-section of all their series, whose bars come mixed', () => {
    // Each symbol moves by its own number of per mille; the eleventh is the median.
    const events = [0, 1].flatMap((index) =>
      SYMBOLS.map((symbol, i) => arrives(barAt(index, { symbol, close: index === 0 ? 100 * (i + 1) : 100 * (i + 1) * (1 + i / 1_000) }))),
    );
    const event$ = from(events).pipe(startWith<FeedEvent>(rosterOf(SYMBOLS)));
    const told: Close[] = [];
    event$.pipe(closes(partsOf({ event$, marketTime: createVirtualClock() }), [])).subscribe((close) => told.push(close));
    const section = told.at(-1)?.section;
    expect(section?.count).toBe(21);
    expect(section?.index).toBeCloseTo(Math.log(1.01), 12);
  });
});
