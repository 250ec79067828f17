import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/model/alert.js';
import { strengthOf } from '../../../src/model/strength.js';
import { tellEpisode } from '../../../src/sinks/words/episodes.js';
import { factText, groupsOf, groupText } from '../../../src/sinks/words/groups.js';
import { chartAddress } from '../../../src/sinks/words/links.js';
import { mannerOf } from '../../../src/sinks/words/measures.js';
import { pricesOf } from '../../../src/sinks/words/numbers.js';
import { tell } from '../../../src/sinks/words/words.js';
import { alert, FIRST, HOSTILE, OPEN_MS } from '../../support/alerts.js';

const told = (given: Partial<Alert> = {}) => tell(alert(given), FIRST);
const valueOf = (label: string, given: Partial<Alert>): string | undefined =>
  told({ conditions: [], measures: {}, reasons: {}, ...given }).facts.find((fact) => fact.label === label)?.value;

const ALL = { P: 9, V: 3.5, E: 2.25, X: 0.75, T: 1, B: 0.5, I: 0.2 };

describe('what is told of an alert', () => {
  it('says what its strength is made of, and of what is not known that it is not', () => {
    expect(valueOf('made of', { strength: strengthOf(ALL) })).toBe(
      'move +3.0, volume +1.3, beyond the market +0.8, rank +0.5, trend +1.0, breakout +0.3, takers +0.3',
    );
    const strength = strengthOf({ ...ALL, I: null });
    expect(valueOf('made of', { strength })).toMatch(/breakout \+0\.3, takers n\/a$/);
    expect(told({ strength }).doubts).toStrictEqual(['1 of the 7 parts of the strength is not known']);
  });

  it.each([
    ['breakout20', -1.93, '1.93 ATR below the high of 20 bars'],
    ['breakout20', 0.5, '0.50 ATR above the high of 20 bars'],
    ['breakout_down20', 0.5, '0.50 ATR below the low of 20 bars'],
    ['breakout_down20', -0.5, '0.50 ATR above the low of 20 bars'],
  ])('tells the side of a distance in words: %s of %d', (name, value, text) => {
    expect(mannerOf(name).tell(value)).toBe(text);
    expect(mannerOf(name).write(value)).toBe(`${value.toFixed(2)} ATR`);
  });

  it.each([
    ['up', 0.975, 'above 97.5% of the symbols'],
    ['down', 0.025, 'below 97.5% of the symbols'],
  ] as const)('counts the rank of a move %s from its own end', (direction, pct, text) => {
    expect(valueOf('rank in the market', { direction, measures: { pct } })).toBe(text);
  });

  it('tells the trend of each timeframe, with n/a where there is none', () => {
    const measures = { trend_state: 1, 'trend_state@1h': -1, 'trend_state@4h': 0, 'trend_state@1d': null };
    expect(valueOf('trend', { measures, reasons: { 'trend_state@1d': 'warmup' } })).toBe(
      '15m up, 1h down, 4h flat, 1d n/a (not enough bars yet)',
    );
  });

  it.each([
    ['regime10', 1, 'trending'],
    ['regime10', -1, 'ranging'],
    ['regime10', 0, 'mixed'],
    ['tbi', -0.25, '25% more sold than bought'],
    ['tbi', -0.0004, 'as much bought as sold'],
    ['spread_bp', 3.2, '3.20 bp'],
    ['candidates', 12, '12 symbols'],
    ['funding_pct', 0.01, '0.01'],
    ['m_1@4h', 3, '3.00 ATR'],
  ])('tells %s of %d', (name, value, text) => {
    expect(mannerOf(name).tell(value)).toBe(text);
  });

  it('puts what no entry names with its like', () => {
    expect(['funding_pct', 'oi_change4_pct', 'open_interest_change', 'mine'].map((name) => mannerOf(name).topic)).toStrictEqual([
      'funding',
      'openInterest',
      'openInterest',
      'other',
    ]);
  });

  it('names the others that move alike, a few of many', () => {
    expect(valueOf('moving alike', { peers: ['ETHUSDT', 'SOLUSDT'] })).toBe('ETHUSDT, SOLUSDT');
    expect(valueOf('moving alike', { peers: Array.from({ length: 9 }, (_, at) => `S${at}`) })).toBe(
      'S0, S1, S2, S3, S4, S5 and 3 more',
    );
    expect(valueOf('moving alike', {})).toBeUndefined();
  });

  it('names who went furthest, and the alert that it escalates', () => {
    expect(valueOf('furthest beyond the market', { leaders: [{ symbol: 'DOGEUSDT', excessAtr: 6.24 }] })).toBe(
      'DOGEUSDT 6.2 ATR',
    );
    expect(valueOf('escalation', { escalates: 'aaaabbbbccccdddd' })).toBe(
      'the move has grown by a step since alert aaaabbbbccccdddd',
    );
  });

  it('says of a condition that was not met that it was not', () => {
    const condition = { measure: 'candidates', value: 4, threshold: 8, margin: -4, passed: false };
    expect(told({ conditions: [condition] }).facts[0]?.need).toBe('not met: needs more than 8');
  });

  it('counts as doubts what makes the data less sure, and nothing else', () => {
    expect(told().doubts).toStrictEqual([]);
    const bar = { ...alert().bar, provenance: 'rebuilt' as const };
    const given = { bar, coverage: 0.7, shortHistory: true, marks: ['wide-spread', 'trend-unknown'] } as const;
    expect(told(given).doubts).toStrictEqual([
      '70% of the expected series had arrived',
      'bar rebuilt from smaller bars',
      'young series: its whole life is shorter than the warm-up of the rule',
      'the spread is wide',
      'the trend is not known',
    ]);
    expect(told({ grade: 'early' }).doubts).toStrictEqual(['the bar is still forming']);
    expect(told({ bar: { ...alert().bar, provenance: 'rest' } }).doubts).toStrictEqual([]);
  });

  it('gives all prices of a bar the same decimals, and rounds none', () => {
    const bar = { open: 1.16, high: 1.3239, low: 1.1, close: 2, volume: 1, quoteVolume: 1, provenance: 'rest' } as const;
    expect(told({ bar })).toMatchObject({ open: '1.1600', high: '1.3239', low: '1.1000', close: '2.0000' });
    expect(pricesOf([0.1, 0.1 + 0.2])(0.1)).toBe('0.1');
    expect(pricesOf([61234, 61300])(61234)).toBe('61234');
    expect(pricesOf([1e-7, 2.5e-7])(1e-7)).toBe('0.00000010');
  });

  it('speaks of the whole market by an index of two decimals and without a volume', () => {
    const bar = { ...alert().bar, open: 100, high: 100, low: 97.99113, close: 97.99113, volume: null, quoteVolume: null };
    const market = told({ kind: 'market', symbol: '*', bar, conditions: [], measures: {} });
    expect(market).toMatchObject({ symbol: 'whole market', open: '100.00', close: '97.99', chart: null, facts: [] });
  });
});

describe('the page of the chart', () => {
  it.each([
    ['usdm', 'BTCUSDT', 'https://www.binance.com/en/futures/BTCUSDT'],
    ['usdm', 'BTCUSDT_260925', 'https://www.binance.com/en/futures/BTCUSDT_260925'],
    ['spot', 'BTCUSDT', 'https://www.binance.com/en/trade/BTCUSDT?type=spot'],
    ['usdm', '币安人生USDT', 'https://www.binance.com/en/futures/%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT'],
    ['usdm', "a(b)'*!~", 'https://www.binance.com/en/futures/a%28b%29%27%2A%21%7E'],
  ] as const)('is one of the %s market for %s', (market, symbol, address) => {
    expect(chartAddress({ kind: 'single', market, symbol })).toBe(address);
  });

  it('is nowhere for the market as a whole, nor for a name that leads elsewhere', () => {
    expect(chartAddress({ kind: 'market', market: 'usdm', symbol: '*' })).toBeNull();
    for (const symbol of ['../../evil', '..', 'a?b', 'a#b', 'a b', '\u202eX']) expect(told({ symbol }).chart).toBeNull();
    for (const symbol of HOSTILE)
      expect(told({ symbol }).chart ?? '').toMatch(/^(?:https:\/\/www\.binance\.com\/en\/futures\/[\w%.-]+)?$/);
  });
});

describe('the topics of an alert', () => {
  it('are told in the order in which they are wanted, with n/a for what no measure tells', () => {
    const groups = groupsOf(told(), ['volume', 'funding', 'move', 'peers']);
    expect(groups.map((group) => `${group.title}: ${groupText(group)}`)).toStrictEqual([
      'Volume: 5.10 σ log, over 20 bars (needs 3.00 σ) · 1.24M quote/h liquidity (needs 10K quote/h) · 1.23K base · 75M quote',
      'Funding: n/a (no measure tells it)',
      'Move: 4.21 ATR over 1 bar (needs 3.00 ATR) · 2.41% over 1 bar · ATR of 14 bars, of price: n/a (not enough bars yet)',
      'Moving alike: none',
    ]);
  });

  it('leave nothing out when none is asked for', () => {
    const all = told({ measures: { mine: 1, m_1: 2, pct: 0.5 }, strength: strengthOf(ALL), peers: ['A'], escalates: 'b' });
    const said = groupsOf(all).flatMap(({ facts }) => facts.map(factText));
    for (const fact of all.facts) expect(said).toContain(factText(fact));
    for (const statement of all.data) expect(said).toContain(statement);
  });
});

describe('an episode in words', () => {
  const opened = alert();
  const entry = (at: number) => ({
    ...{ id: `e${at}`, rule: 'momentum', interval: '15m' as const, decisionTimeMs: OPEN_MS + 900_000 * (at + 1) },
    ...{ close: 61234.5 + at, strength: at === 2 ? 8.25 : 6 },
  });
  const episode = (given: object = {}) => ({
    ...{ id: opened.id, market: opened.market, symbol: opened.symbol, direction: opened.direction, opened },
    ...{ entries: [0, 1, 2].map(entry), fired: 3, toldAtMs: 0, furthest: { close: 62000, atMs: OPEN_MS } },
    ...{ fadedAtMs: null, outcome: null, version: 3, ...given },
  });

  it('tells its alerts, how far it went, what was given back and what became of it', () => {
    const outcome = { atMs: OPEN_MS + 4_500_000, close: 61500 };
    const { change, strength, lines } = tellEpisode(episode({ fadedAtMs: OPEN_MS + 1, outcome }));
    expect([change, strength]).toStrictEqual(['+3.69%', 8.25]);
    expect(lines.map(({ text }) => text)).toStrictEqual([
      '15m momentum at 61234.5 · 6.0 of 10',
      '15m momentum at 61235.5 · 6.0 of 10',
      '15m momentum at 61236.5 · 8.3 of 10',
      'furthest 62000.0',
      'half of the way given back',
      'an hour on: 61500.0, +0.43% from the first alert',
    ]);
  });

  it('counts those that it does not show', () => {
    const lines = tellEpisode(episode({ entries: [0, 1, 2, 3, 4, 5, 6, 7].map(entry), fired: 12 })).lines;
    expect(lines).toHaveLength(8);
    expect(lines[1]).toStrictEqual({ atMs: null, text: '6 more in between' });
    expect(lines[0]?.atMs).toBe(OPEN_MS + 900_000);
  });

  it('says when nobody can tell what became of it', () => {
    const lines = tellEpisode(episode({ outcome: { atMs: OPEN_MS, close: null } })).lines;
    expect(lines.at(-1)?.text).toBe('an hour on: n/a (no bar tells it)');
  });
});
