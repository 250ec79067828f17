import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { strengthOf } from '../../../src/model/strength.js';
import { compose } from '../../../src/sinks/discord/message.js';
import { tell } from '../../../src/sinks/words/words.js';
import { FIRST, OPEN_MS, alert } from '../../support/alerts.js';

const FOLDER = join(import.meta.dirname, '../../../src/sinks');
const PROMISES = /bullish|bearish|likely|high[- ]probability|guarantee|sure to/i;

/** Files of the folder with lines that promise something. */
const promisesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) =>
      readFileSync(join(folder, file), 'utf8')
        .split('\n')
        .flatMap((line, i) => (PROMISES.test(line) ? [`${file}:${i + 1} ${line.trim()}`] : [])),
    );

describe('the words of the sinks', () => {
  it('promise nothing (signals.md §7.2)', () => expect(promisesIn(FOLDER)).toEqual([]));
  it('are really looked at', () => expect(promisesIn(join(import.meta.dirname))).not.toEqual([]));

  it.each([
    ['early', 'EARLY', 'seen at 12:07:31 UTC on the bar that is still forming; it may fade'],
    ['confirmed', 'CONFIRMED', 'the closed bar meets the conditions that were met early'],
    ['faded', 'FADED', 'the closed bar does not meet the conditions that were met early'],
  ] as const)('say of an alert that is %s what it rests on', (grade, word, sentence) => {
    const given = alert({ grade, ...(grade === 'early' ? { decisionTimeMs: OPEN_MS + 451_000 } : {}) });
    const told = tell(given, FIRST);
    expect(told.grade).toStrictEqual({ word, sentence });
    expect(told.data.some((line) => line.includes('of the expected series'))).toBe(grade !== 'early');
    expect(sentence).not.toMatch(PROMISES);
    const { embeds } = compose(given, FIRST, null).message;
    expect(embeds[0].title).toMatch(new RegExp(`^${word} ▲`));
    expect(embeds[0].description).toContain(`**${word}**: ${sentence}`);
    expect(embeds[0].description).toContain(grade === 'early' ? ' · closes <t:' : ' · closed <t:');
  });
  it('say nothing of the grade of an alert that rests on a closed bar', () => {
    expect(tell(alert(), FIRST).grade).toBeNull();
    expect(tell(alert({ grade: 'closed' }), FIRST).grade).toBeNull();
  });

  const ALL = { P: 9, V: 3.5, E: 2.25, X: 0.75, T: 1, B: 0.5, I: 0.2 };
  it.each([
    ['as one decimal of ten', { strength: strengthOf(ALL) }, '7.0 of 10'],
    [
      'as not available where too little is known',
      { strength: strengthOf({ ...ALL, P: null, V: null }) },
      'n/a (too little is known)',
    ],
    ['not at all for an older record', {}, undefined],
  ])('tell the strength %s', (_, given, expected) => {
    expect(tell(alert(given), FIRST).facts.find(({ label }) => label === 'strength')?.value).toBe(expected);
  });

  it('tell where a symbol stands, and keep what is behind it to the record', () => {
    const measures = {
      pct: 0.975,
      excess_atr: 2.345,
      alignment: 0.5,
      breakout20: -0.1,
      tbi: 0.25,
      beta_raw: 1.5,
      excess: 0.01,
      market_median: 0.01,
      breadth: 0.1,
      trend_state: 1,
      'trend_state@1h': 1,
    };
    const told = tell(alert({ measures, conditions: [], reasons: {} }), FIRST).facts.map(
      ({ label, value }) => `${label}: ${value}`,
    );
    expect(told).toEqual([
      'trend: 15m up, 1h up',
      'rank in the market: above 97.5% of the symbols',
      'beyond the market: +2.35 ATR',
      'trends that go the same way: 50%',
      'close beyond the high of 20 bars: 0.10 ATR below the high of 20 bars',
      'taker buys less taker sells: 25% more bought than sold',
      'symbols that moved 2 ATR this way: 10%',
      'volume of the bar: 1.23K base · 75M quote',
    ]);
  });
});
