import { describe, expect, it } from 'vitest';
import { createFirstRoster } from '../../../src/operators/market/first-roster.js';
import type { Roster } from '../../../src/ports/source.js';

const roster = (...symbols: string[]): Roster => ({ kind: 'roster', market: 'usdm', interval: '15m', symbols });
const series = (symbol: string) => ({ market: 'usdm', symbol, interval: '15m' }) as const;

describe('the first roster', () => {
  it('believes the stored position of a symbol that was there at the start, and of one that came back', () => {
    const first = createFirstRoster(() => 900_000);
    first.see(roster('AUSDT', 'BUSDT'));
    first.see(roster('AUSDT'));
    first.see(roster('AUSDT', 'BUSDT'));
    expect([first.judgedUpToMs(series('AUSDT')), first.judgedUpToMs(series('BUSDT'))]).toEqual([900_000, 900_000]);
  });

  it('lets a symbol that joins later begin as on a first start', () => {
    const first = createFirstRoster(() => 900_000);
    first.see(roster('AUSDT'));
    first.see(roster('AUSDT', 'NEWUSDT'));
    expect(first.judgedUpToMs(series('NEWUSDT'))).toBeNull();
  });

  it('asks the store alone where nobody tells a roster', () => {
    expect(createFirstRoster(() => 900_000).judgedUpToMs(series('AUSDT'))).toBe(900_000);
  });
});
