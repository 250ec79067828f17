import fc from 'fast-check';
import type { Alert } from '../../src/model/alert.js';
import { GRADES, MARKS } from '../../src/model/alert.js';
import type { Episode } from '../../src/model/episode.js';
import { STRENGTH_COMPONENTS, strengthOf } from '../../src/model/strength.js';
import { anyAlert, HOSTILE } from './alerts.js';

/*
 * Alerts with every part that an alert may have, and episodes of them, as no pipeline would make them.
 */

const anyName = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.constantFrom(...HOSTILE));
const anyNumber = fc.oneof(fc.double(), fc.constantFrom(0, 1e-7, 1e21, -1e300, 1.5e12, Number.NaN, -Infinity));

const anyStrength = fc
  .tuple(...STRENGTH_COMPONENTS.map(() => fc.option(fc.double({ min: -10, max: 10, noNaN: true }))))
  .map((inputs) =>
    strengthOf(Object.fromEntries(STRENGTH_COMPONENTS.map((component, at) => [component, inputs[at] ?? null])) as never),
  );

const KNOWN = [
  ...['m_1', 'roc_1', 'volume_logz20', 'pct', 'excess_atr', 'breadth', 'trend_state', 'trend_state@1h', 'trend_state@4h'],
  ...['alignment', 'breakout20', 'breakout_down20', 'tbi', 'spread_bp', 'regime10', 'funding_pct', 'oi_change_pct', 'beta_raw'],
];
const anyMeasures = fc.dictionary(fc.oneof(fc.constantFrom(...KNOWN), anyName), fc.option(anyNumber), { maxKeys: 60 });

const anyParts = fc.record(
  {
    peers: fc.array(anyName, { maxLength: 40 }),
    leaders: fc.array(fc.record({ symbol: anyName, excessAtr: anyNumber }), { maxLength: 10 }),
    marks: fc.array(fc.constantFrom(...MARKS)),
    escalates: anyName,
    grade: fc.constantFrom(...GRADES),
    strength: anyStrength,
    measures: anyMeasures,
    market: fc.constantFrom('usdm', 'spot'),
    rule: anyName,
    id: anyName,
  },
  { requiredKeys: [] },
);

/** Alerts with each optional part, or without. */
export const anyToldAlert: fc.Arbitrary<Alert> = fc.tuple(anyAlert, anyParts).map(([alert, parts]) => ({ ...alert, ...parts }));

const anyEntry = fc.record({
  id: anyName,
  rule: anyName,
  interval: fc.constantFrom('1m', '15m', '4h'),
  decisionTimeMs: anyNumber,
  close: anyNumber,
  strength: fc.option(fc.double({ min: 0, max: 10, noNaN: true })),
});

export const anyEpisode: fc.Arbitrary<Episode> = fc
  .record({
    opened: anyToldAlert,
    entries: fc.array(anyEntry, { minLength: 1, maxLength: 100 }),
    furthest: fc.record({ close: anyNumber, atMs: anyNumber }),
    fadedAtMs: fc.option(anyNumber),
    outcome: fc.option(fc.record({ atMs: anyNumber, close: fc.option(anyNumber) })),
    fired: fc.nat(),
    toldAtMs: anyNumber,
    version: fc.nat(),
  })
  .map((given) => ({
    ...given,
    id: given.opened.id,
    market: given.opened.market,
    symbol: given.opened.symbol,
    direction: given.opened.direction,
  }));
