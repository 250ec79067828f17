import { describe, expect, it } from 'vitest';
import { createRollCall } from '../../../src/operators/market/roll-call.js';

const BAR_MS = 900_000;
const at = (bar: number): number => bar * BAR_MS;
const judgedBefore = (upToBar: number) => createRollCall('usdm', '15m', () => at(upToBar));

describe('the roll call', () => {
  it('lists who lags behind the newest close that was told, with the bar each was judged up to', () => {
    const call = judgedBefore(9);
    call.expect(['AUSDT', 'BUSDT'], at(9));
    expect(call.tell(at(10), ['AUSDT']).lagging).toEqual({ BUSDT: at(9) });
    expect(call.tell(at(10), ['BUSDT']).lagging).toEqual({});
  });

  it('goes on listing a symbol that left while it lagged, so that its unjudged bars are not taken for judged', () => {
    const call = judgedBefore(9);
    call.expect(['AUSDT', 'BUSDT'], at(9));
    call.tell(at(10), ['AUSDT']);
    call.expect(['AUSDT'], at(10));
    expect(call.tell(at(11), ['AUSDT']).lagging).toEqual({ BUSDT: at(9) });
    call.expect(['AUSDT', 'BUSDT'], at(11));
    expect(call.tell(at(11), ['BUSDT']).lagging).toEqual({});
  });

  it('forgets a symbol that left when it was up to date', () => {
    const call = judgedBefore(9);
    call.expect(['AUSDT', 'BUSDT'], at(9));
    call.tell(at(10), ['AUSDT', 'BUSDT']);
    call.expect(['AUSDT'], at(10));
    expect(call.tell(at(11), ['AUSDT']).lagging).toEqual({});
  });

  it('is complete when the whole roster has answered, whoever else comes', () => {
    const call = judgedBefore(9);
    call.expect(['AUSDT', 'BUSDT'], at(9));
    expect([call.answer('AUSDT', at(10)), call.answer('XUSDT', at(10)), call.answer('BUSDT', at(10))]).toEqual([false, false, true]);
  });
});
