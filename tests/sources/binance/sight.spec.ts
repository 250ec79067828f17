import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { saysOpen } from '../../../src/sources/binance/kline.js';
import { createSight } from '../../../src/sources/binance/sight.js';

const frame = (volume: string, quote: string, taker: string, closed: boolean, name = 'BTCUSDT'): Buffer =>
  Buffer.from(
    `{"stream":"${name}@kline_1m","data":{"e":"kline","E":1791382992723,"s":"${name}","k":{"t":1791382980000,"T":1791383039999,"s":"${name}","i":"1m","f":8153633367,"L":8153634395,"o":"83084.90","c":"83091.60","h":"83091.70","l":"83051.20","v":"${volume}","n":1027,"x":${closed},"q":"${quote}","V":"${taker}","Q":"533856.66860","B":"0"}}}`,
  );

const digits = fc.nat(1e12).map(String);
const frames = fc.array(fc.tuple(digits, digits, digits, fc.boolean(), fc.constantFrom('BTCUSDT', 'X', '币安人生USDT')), {
  minLength: 1,
  maxLength: 60,
});

describe('what a connection keeps of its frames', () => {
  it('is all that does not prove that its bar is open, whatever came before', () => {
    fc.assert(
      fc.property(frames, (facts) => {
        const sight = createSight(createVirtualClock());
        // The first frame that is read lets those of open bars pass.
        sight.saw(frame('1', '1', '1', false));
        for (const fact of facts) {
          const each = frame(...fact);
          expect(sight.keep(each)).toBe(!saysOpen(each));
        }
      }),
    );
  });

  it('is every frame without proof, also one of the length of a frame that had it', () => {
    const sight = createSight(createVirtualClock());
    const open = frame('13.551', '1125714.73960', '6.426', false);
    sight.saw(open);
    expect(sight.keep(open)).toBe(false);
    for (const spoilt of [open.toString().replace('"x":f', '"y":f'), open.toString().replace(':false', ':"alse')])
      expect(sight.keep(Buffer.from(spoilt))).toBe(true);
    expect(sight.keep(Buffer.alloc(open.length, 0x66))).toBe(true);
    expect(sight.keep(Buffer.alloc(0))).toBe(true);
  });
});
