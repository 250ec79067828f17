import { describe, expect, it } from 'vitest';
import { problemsOf, settingsOf } from './fakes.js';

const TWO_SINKS = 'sinks:\n  - type: console\n  - type: discord\n    webhookUrl: https://x\n';
const given = (...overrides: string[]) => settingsOf(TWO_SINKS, { overrides });

describe('--set', () => {
  it('sets one setting by its path', () => {
    expect(given('pipeline.cooldown=1h').pipeline.settings['cooldown']).toBe(3_600_000);
    expect(given('pipeline.moveThreshold=2.5').pipeline.settings['moveThreshold']).toBe(2.5);
    expect(given('source.universe.ttl=5m').source.options['universe']).toStrictEqual({
      minHourlyQuoteVolume: 1_000,
      ttl: 300_000,
    });
  });

  it('counts the entries of a list from 0', () => {
    expect(given('sinks.1.name=desk').sinks.map(({ name }) => name)).toStrictEqual(['console', 'desk']);
    expect(given('sinks.2={type: console, name: second}').sinks.map(({ name }) => name)).toStrictEqual([
      'console',
      'discord',
      'second',
    ]);
  });

  it('takes lists and maps in brackets', () => {
    expect(given('source.markets=[usdm, spot]').source.options['markets']).toStrictEqual(['usdm', 'spot']);
    expect(given('sinks=[]').sinks).toStrictEqual([]);
  });

  it('takes everything after the first "="', () => {
    expect(given('store.path=a=b').store.options['path']).toBe('a=b');
    expect(given('store.path="with # and: more"').store.options['path']).toBe('with # and: more');
  });

  it('lets the last one win', () => {
    expect(given('pipeline.cooldown=1h', 'pipeline.cooldown=2h').pipeline.settings['cooldown']).toBe(7_200_000);
  });

  it('names another plug-in, and the options of the one before go', () => {
    const text = 'pipeline: { type: momentum, moveThreshold: 4 }';
    const overrides = ['pipeline.priceThreshold=3%', 'pipeline.type=classic'];
    expect(settingsOf(text, { overrides }).pipeline).toMatchObject({
      type: 'classic',
      settings: { priceThreshold: 3, lookbackBars: 8 },
    });
    expect(settingsOf(text, { overrides: ['pipeline.type=momentum'] }).pipeline.settings['moveThreshold']).toBe(4);
  });

  it('repairs what the file lacks', () => {
    const text = 'sinks:\n  - type: discord\n    webhookUrl: ${NOBODY_SET_THIS}';
    expect(settingsOf(text, { overrides: ['sinks.0.webhookUrl=https://y'] }).sinks).toHaveLength(1);
  });

  it('may be a plain value of a command, which then answers for it', () => {
    const bars = { path: 'source', value: { type: 'replay', bars: ['a.csv'] }, from: '--bars' };
    expect(settingsOf(null, { overrides: [bars] }).source.options).toStrictEqual({ bars: ['a.csv'] });
    expect(problemsOf(null, { overrides: [{ ...bars, value: { type: 'replay', bars: [] } }] })).toStrictEqual([
      '--bars source.bars: is an empty list, should be a list of at least 1',
    ]);
  });

  it.each([
    ['pipeline.cooldown', '--set: has no "=", should be path=value, such as pipeline.cooldown=1h'],
    ['=3', '--set: has an empty name in its path, should be such as sinks.1.name'],
    ['pipeline..cooldown=3', '--set pipeline.cooldown: has an empty name in its path, should be such as sinks.1.name'],
    ['pipeline.cooldown=30', '--set pipeline.cooldown: is 30, should be a duration with its unit, such as 30m, 1.5s or 250ms'],
    ['pipeline.cooldwon=30m', '--set pipeline.cooldwon: unknown key, did you mean cooldown?'],
    ['pipeline.cooldown=', '--set pipeline.cooldown: is empty, should be a duration with its unit, such as 30m, 1.5s or 250ms'],
    ['sinks.9.name=x', '--set sinks.9.name: sinks is a list of 2, should be an index from 0 to 2'],
    ['sinks.first.name=x', '--set sinks.first.name: sinks is a list of 2, should be an index from 0 to 2'],
    [
      'store.path=[a',
      '--set store.path: is not a value, should be a word, a number, or a list such as [a, b]; path="…" keeps special characters',
    ],
    [
      'store.path=a: b',
      '--set store.path: is not a value, should be a word, a number, or a list such as [a, b]; path="…" keeps special characters',
    ],
    [
      'store.path=${NOBODY_SET_THIS}',
      '--set store.path: needs the variable NOBODY_SET_THIS, which is not set; set it, or write ${NOBODY_SET_THIS:-default}',
    ],
  ])('%s is refused', (override, line) => {
    expect(problemsOf(TWO_SINKS, { overrides: [override] })).toStrictEqual([line]);
  });

  it('keeps a secret to itself', () => {
    const lines = problemsOf(TWO_SINKS, { overrides: ['sinks.1.webhookUrl=canary', 'canary/token=1', 'canary'] });
    expect(lines).toHaveLength(3);
    expect(lines.join('\n')).not.toContain('canary');
  });
});
