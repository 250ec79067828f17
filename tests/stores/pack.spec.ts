import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pack, unpack } from '../../src/stores/journal/pack.js';
import { alertOf, claimOf, START } from './support.js';

/** A step of a delivery, as version 2 of the log packed it first. */
const KEPT = JSON.stringify({
  kind: 'transition',
  from: 'claimed',
  to: {
    ...{
      alertId: '3zonyidongw6lhsd',
      sink: 'discord',
      state: 'sending',
      reason: null,
      attempts: 1,
      unknowns: 0,
      mayRepeat: false,
    },
    ...{ messageId: null, updatedAtMs: 1750342861036.469 },
  },
});

describe('pack', () => {
  it('gives back every text that it has packed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 200, maxLength: 3_000 }), (text) => {
        // A lone half of a character cannot be written as UTF-8 at all.
        const whole = Buffer.from(text).toString('utf8');
        const packed = pack(whole);
        expect(packed === null ? whole : unpack(packed)).toBe(whole);
      }),
    );
  });

  it('leaves short texts alone, and makes a claim much shorter', () => {
    expect(pack('x'.repeat(199))).toBeNull();
    const text = JSON.stringify(claimOf(1, START, [alertOf('币安人生USDT', START)]));
    expect(pack(text)?.length).toBeLessThan(text.length / 2);
  });

  it('throws for what was never packed', () => {
    expect(() => unpack('AAAA')).toThrow();
  });

  it('reads what an earlier build has packed: what texts have in common is a part of the format', () => {
    expect(unpack('I9PhxlX5eZWZKfl56eVmORnFKQPtEVMDYxMjCzNDA2MzPRMzy9paAA==')).toBe(KEPT);
  });
});
