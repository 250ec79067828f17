import fc from 'fast-check';
import type { Alert } from '../../src/model/alert.js';
import type { Attempt } from '../../src/ports/sink.js';

/** 2026-08-06 12:00 UTC. */
export const OPEN_MS = 1_786_017_600_000;

export const FIRST: Attempt = { number: 1, mayRepeat: false };
export const AGAIN: Attempt = { number: 2, mayRepeat: true };

/** An alert of the momentum pipeline, but for what is given. */
export const alert = (given: Partial<Alert> = {}): Alert => ({
  id: 'abcdefghijklmnop',
  rule: 'momentum',
  ruleVersion: 1,
  kind: 'single',
  market: 'usdm',
  symbol: 'BTCUSDT',
  interval: '15m',
  direction: 'up',
  openTimeMs: OPEN_MS,
  decisionTimeMs: OPEN_MS + 900_000,
  bar: { open: 59793.1, high: 61300, low: 59700, close: 61234.5, volume: 1234.5, quoteVolume: 74_999_999, provenance: 'stream' },
  measures: { m_1: 4.2123, volume_logz20: 5.1, roc_1: 2.4134, natr14: null },
  reasons: { natr14: 'warmup' },
  conditions: [
    { measure: 'm_1', value: 4.2123, threshold: 3, margin: 1.2123, passed: true },
    { measure: 'volume_logz20', value: 5.1, threshold: 3, margin: 2.1, passed: true },
    { measure: 'liquidityPerHour', value: 1_240_000, threshold: 10_000, margin: 1_230_000, passed: true },
  ],
  shortHistory: false,
  coverage: 0.9876,
  suppressedBy: null,
  mergedInto: null,
  ...given,
});

/** Symbols and names as an attacker would choose them; each with what must not survive in it. */
export const HOSTILE: readonly string[] = [
  '币安人生USDT',
  '🚀🌕USDT',
  '@everyone',
  '<@123456789012345678> <@&1> <#2> </name:3> <:smile:4> <t:0:R> <id:home>',
  '**bold** _em_ ~~gone~~ ||spoiler|| `code` [text](https://evil.example) > quote',
  '# heading',
  '- list',
  '\u001b[31mred\u001b[0m\u0007\u0000\r\nsecond line',
  '\u202eTDSU\u202c\u2066x\u2069',
  'half\ud800surrogate\udc00',
  '\u200b\u200d\ufeff',
  '',
  '   ',
  '\\',
  'x'.repeat(10_000),
  '🦜'.repeat(10_000),
  '\\'.repeat(10_000),
];

/** Any sequence of UTF-16 units, lone surrogates and controls included. */
const anyText = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 400 }).map((units) => String.fromCharCode(...units)),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.constantFrom(...HOSTILE),
);

const anyNumber = fc.oneof(fc.double(), fc.constantFrom(0, -0, 1e-7, 1e21, -1e300, Number.NaN, Infinity));
const anyValue = fc.oneof(anyNumber, fc.constant(null));
const anyReason = fc.constantFrom('warmup', 'gap', 'zero-variance', 'zero-volume', 'no-data');

const anyCondition = fc.record({
  measure: anyText,
  value: anyValue,
  threshold: anyNumber,
  margin: anyValue,
  passed: fc.boolean(),
  reason: anyReason,
});

const anyBar = fc.record({
  open: anyNumber,
  high: anyNumber,
  low: anyNumber,
  close: anyNumber,
  volume: anyValue,
  quoteVolume: anyValue,
  provenance: fc.constantFrom('stream', 'rest', 'replay', 'rebuilt'),
});

/** Alerts as no pipeline would make them. */
export const anyAlert: fc.Arbitrary<Alert> = fc
  .record({
    kind: fc.constantFrom('single', 'market'),
    symbol: anyText,
    direction: fc.constantFrom('up', 'down'),
    openTimeMs: fc.oneof(fc.double(), fc.integer()),
    bar: anyBar,
    measures: fc.dictionary(anyText, anyValue, { maxKeys: 60 }),
    reasons: fc.dictionary(anyText, anyReason, { maxKeys: 5 }),
    conditions: fc.array(anyCondition, { maxLength: 30 }),
    shortHistory: fc.boolean(),
    coverage: anyNumber,
  })
  .map((given) => alert(given as Partial<Alert>));
