import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Close } from '../../../src/model/close.js';
import type { Measured } from '../../../src/model/reading.js';
import { REASONS } from '../../../src/model/reading.js';
import type { Condition } from '../../../src/model/verdict.js';
import { decodeFile } from '../../../src/telemetry/decisions/decode.js';
import { createEncoder } from '../../../src/telemetry/decisions/encode.js';
import { FORMAT, framesOf } from '../../../src/telemetry/decisions/format.js';
import { alert } from '../../support/alerts.js';
import { alertAt } from '../../support/parts.js';
import { atLeast, atMost, closeOf, judgedAt, recorded, saying, without } from './closes.js';

const HEADER = { format: FORMAT, beganAtMs: 1, units: { m_1: 'ATR' } };
const all = (): boolean => true;

const write = (closes: readonly Close[]): Buffer => {
  const encoder = createEncoder(HEADER);
  return Buffer.concat(closes.map((close) => encoder.encode(close)));
};

/** A usual close: one series just below its threshold, one in warm-up. */
const usual = (index: number): Close =>
  closeOf(index, [
    judgedAt(index, 'BTCUSDT', { m_1: 2.9, volume_logz20: 3.25 }, [
      saying([atLeast('m_1', 2.9, 3), atLeast('warm', 400, 294), atLeast('volume_logz20', 3.25, 3)]),
      saying([atMost('m_1', 2.9, -3), atLeast('warm', 400, 294), atLeast('volume_logz20', 3.25, 3)], { direction: 'down' }),
    ]),
    judgedAt(index, '币安人生USDT', { m_1: 'warmup', volume_logz20: 'gap' }, [
      saying([without('m_1', 3, 'warmup'), atLeast('warm', 10, 294), without('volume_logz20', 3, 'gap')], { shortHistory: true }),
      saying([without('m_1', -3, 'warmup'), atLeast('warm', 10, 294), without('volume_logz20', 3, 'gap')], { direction: 'down' }),
    ]),
  ]);

/** No −0: a threshold of it stands in JSON, which knows none, and means nothing else than 0. */
const anyNumber = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);

const anyMeasured: fc.Arbitrary<Measured> = fc.oneof(anyNumber, fc.constantFrom(...REASONS));

const anyCondition: fc.Arbitrary<Condition> = fc
  .record({
    measure: fc.constantFrom('a', 'b', 'c', 'bars of a'),
    value: fc.option(anyNumber),
    threshold: anyNumber,
    margin: fc.option(anyNumber),
    passed: fc.boolean(),
    reason: fc.option(fc.constantFrom(...REASONS)),
    path: fc.option(fc.constantFrom('when.0', 'when.1.any.0')),
  })
  .map(({ reason, path, ...rest }) => ({ ...rest, ...(reason === null ? {} : { reason }), ...(path === null ? {} : { path }) }));

const anyClose: fc.Arbitrary<Close> = fc
  .array(
    fc.tuple(
      fc.constantFrom('A', 'B', 'ß🚀'),
      fc.dictionary(fc.constantFrom('a', 'b', 'c'), anyMeasured),
      fc.array(fc.array(anyCondition, { maxLength: 3 }), { maxLength: 3 }),
      fc.boolean(),
    ),
    { maxLength: 4 },
  )
  .map((series) =>
    closeOf(
      3,
      series.map(([symbol, values, verdicts, fired]) =>
        judgedAt(
          3,
          symbol,
          { ...values },
          verdicts.map((conditions) => saying(conditions, { fired, shortHistory: !fired })),
        ),
      ),
    ),
  );

describe('a recorded close', () => {
  it('is read as it was decided', () => {
    const closes = [usual(0), usual(1)];
    const { header, closes: read, symbols, ending } = decodeFile(write(closes), all);
    expect(read).toStrictEqual(closes.map(recorded));
    expect({ header, ending, symbols: [...symbols] }).toStrictEqual({
      header: HEADER,
      ending: 'clean',
      symbols: ['BTCUSDT', '币安人生USDT'],
    });
  });

  it('is read as it was decided, whatever it holds: every number to its last bit', () => {
    fc.assert(
      fc.property(fc.array(anyClose, { minLength: 1, maxLength: 4 }), (closes) => {
        expect(decodeFile(write(closes), all).closes).toEqual(closes.map(recorded));
      }),
      { numRuns: 200 },
    );
  });

  it('keeps what became of its alerts, who lagged, and the market around it', () => {
    const sent = { ...alertAt(2, 'A'), peers: ['B'] };
    const market = alert({ kind: 'market', symbol: '*' });
    const close = closeOf(2, [], {
      alerts: [sent, { ...alertAt(2, 'B'), suppressedBy: 'correlation', mergedInto: sent.id }, market],
      lagging: { C: null, D: 5 },
      late: true,
      revision: true,
      expected: 4,
      received: 2,
      section: {
        count: 40,
        index: 0.001,
        bitcoin: null,
        breadthUp: 0.25,
        breadthDown: 0,
        standings: new Map([['A', { rank: 0.9, beta: null, excess: 0.1, excessAtr: 2 }]]),
        correlation: () => null,
      },
    });
    const [read] = decodeFile(write([close]), all).closes;
    expect(read).toEqual({
      ...recorded(close),
      section: {
        count: 40,
        index: 0.001,
        bitcoin: null,
        breadthUp: 0.25,
        breadthDown: 0,
        standings: { A: { rank: 0.9, beta: null, excess: 0.1, excessAtr: 2 } },
      },
    });
    expect(decodeFile(write([close]), all).symbols).toContain('C');
  });

  it('of a symbol that nobody asked for is passed over', () => {
    const { closes, symbols } = decodeFile(write([usual(0)]), (symbol) => symbol === 'BTCUSDT');
    expect(closes[0]?.decisions.map(({ bar }) => bar.symbol)).toStrictEqual(['BTCUSDT']);
    expect(symbols.size).toBe(2);
  });

  it('takes few bytes: names and thresholds stand once in a file', () => {
    const encoder = createEncoder(HEADER);
    const sizes = [usual(0), usual(1), usual(2)].map((close) => encoder.encode(close).length);
    expect(sizes[1]).toBe(sizes[2]);
    // Head, bar, two values, and six conditions of a byte, two of them with a value of their own, for each of two series.
    expect(sizes[1]).toBeLessThan(2 * 120 + 60);
    expect(
      write([usual(0), usual(1)])
        .toString('latin1')
        .split('volume_logz20'),
    ).toHaveLength(1 + 3);
  });

  it('may have thresholds that move with every bar: then they stand in the records', () => {
    const closes = Array.from({ length: 200 }, (_, i) =>
      closeOf(i, [judgedAt(i, 'A', { a: 1 }, [saying([atLeast('a', 1, i / 7)])])]),
    );
    const file = write(closes);
    expect(decodeFile(file, all).closes).toStrictEqual(closes.map(recorded));
    expect(file.length / 200).toBeLessThan(250);
  });
});

describe('a file of the ring', () => {
  const file = write([usual(0), usual(1), usual(2)]);

  it('that is cut anywhere gives the closes before the cut', () => {
    const { frames } = framesOf(file);
    expect(frames.map(({ kind }) => kind)).toStrictEqual([1, 2, 3, 4, 4, 4]);
    for (let length = 0; length < file.length; length += 3) {
      const { closes, ending } = decodeFile(file.subarray(0, length), all);
      expect(closes).toStrictEqual([usual(0), usual(1), usual(2)].slice(0, closes.length).map(recorded));
      expect(['torn', 'clean']).toContain(ending);
      expect(framesOf(file.subarray(0, length)).bytes).toBeLessThanOrEqual(length);
    }
  });

  it('with any byte changed gives no close that was not decided', () => {
    const truth = [usual(0), usual(1), usual(2)].map(recorded);
    for (let at = 0; at < file.length; at += 2) {
      const spoilt = Buffer.from(file);
      spoilt[at] = (spoilt[at] ?? 0) ^ 0x41;
      const { closes, ending } = decodeFile(spoilt, all);
      expect(closes).toStrictEqual(truth.slice(0, closes.length));
      expect(closes.length).toBeLessThan(3);
      expect(ending).not.toBe('clean');
    }
  });

  it('of a later version is not guessed at', () => {
    const encoder = createEncoder({ ...HEADER, format: FORMAT + 1 });
    expect(decodeFile(encoder.encode(usual(0)), all)).toMatchObject({ closes: [], ending: 'newer' });
  });
});
