import { describe, expect, it } from 'vitest';
import type { RollCall } from '../../../src/operators/market/roll-call.js';
import { createRollCall } from '../../../src/operators/market/roll-call.js';

const BAR_MS = 900_000;
const at = (bar: number): number => bar * BAR_MS;
const judgedBefore = (upToBar: number) => createRollCall('usdm', '15m', () => at(upToBar));

/** These come to a close, and it is told. */
const told = (call: RollCall, bar: number, ...symbols: readonly string[]) => {
  for (const symbol of symbols) call.answer(symbol, at(bar));
  return call.tell(at(bar));
};

describe('the roll call', () => {
  it('lists who lags behind the newest close that was told, with the bar each was judged up to', () => {
    const call = judgedBefore(9);
    call.expect(['AUSDT', 'BUSDT'], at(9));
    expect(told(call, 10, 'AUSDT').lagging).toEqual({ BUSDT: at(9) });
    expect(told(call, 10, 'BUSDT').lagging).toEqual({});
  });

  it('goes on listing a symbol that left while it lagged, so that its unjudged bars are not taken for judged', () => {
    const call = judgedBefore(9);
    call.expect(['AUSDT', 'BUSDT'], at(9));
    told(call, 10, 'AUSDT');
    call.expect(['AUSDT'], at(10));
    expect(told(call, 11, 'AUSDT').lagging).toEqual({ BUSDT: at(9) });
    call.expect(['AUSDT', 'BUSDT'], at(11));
    expect(told(call, 11, 'BUSDT').lagging).toEqual({});
  });

  it('forgets a symbol that left when it was up to date', () => {
    const call = judgedBefore(9);
    call.expect(['AUSDT', 'BUSDT'], at(9));
    told(call, 10, 'AUSDT', 'BUSDT');
    call.expect(['AUSDT'], at(10));
    expect(told(call, 11, 'AUSDT').lagging).toEqual({});
  });

  it('is complete when the whole roster has answered, whoever else comes', () => {
    const call = judgedBefore(9);
    call.expect(['AUSDT', 'BUSDT'], at(9));
    expect([call.answer('AUSDT', at(10)), call.answer('XUSDT', at(10)), call.answer('BUSDT', at(10))]).toEqual([false, false, true]);
  });

  it('counts anew who is missing when the roster changes while a close waits', () => {
    const call = judgedBefore(9);
    call.expect(['AUSDT', 'BUSDT'], at(9));
    call.answer('XUSDT', at(10));
    call.expect(['XUSDT', 'BUSDT', 'CUSDT'], at(9));
    expect([call.answer('BUSDT', at(10)), call.answer('AUSDT', at(10)), call.answer('CUSDT', at(10))]).toEqual([false, false, true]);
    expect(call.tell(at(10))).toMatchObject({ expected: 3, received: 4, lagging: {} });
  });

  it('remembers who was in a close for a hundred others, and longer only where somebody waits to be told', () => {
    const call = judgedBefore(9);
    call.expect(['AUSDT', 'BUSDT', 'CUSDT'], at(9));
    for (const bar of [10, 11, 12]) told(call, bar, 'AUSDT');
    call.answer('BUSDT', at(10));
    for (let bar = 13; bar < 112; bar++) told(call, bar, 'AUSDT');
    expect([11, 12].map((bar) => call.again(at(bar)).received)).toEqual([0, 1]);
    expect(call.tell(at(10))).toMatchObject({ received: 2, late: true });
  });

  it('knows symbols by their names, whatever these are', () => {
    const call = createRollCall('usdm', '15m', () => null);
    call.expect(['__proto__', 'constructor'], null);
    expect(Object.entries(told(call, 10, 'constructor').lagging)).toEqual([['__proto__', null]]);
  });
});
