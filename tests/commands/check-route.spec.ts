import { describe, expect, it } from 'vitest';
import { explainRoute } from '../../src/commands/check-route.js';
import { config } from '../../src/config/index.js';

const settings = (text: string) => {
  const loaded = config.loadText({ file: { path: 'a.yaml', text, explicit: true }, env: {} });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.settings;
};

const TREE = `
sinks:
  - { type: console }
  - { type: console, name: pager }
  - { type: console, name: file }
delivery: { fallback: [pager, file] }
route:
  sinks: [console]
  times: [{ name: nights, from: 22:00, to: 06:00 }]
  routes:
    - match: { symbol: BTC*, strength: ">= 6" }
      continue: true
      routes:
        - { match: { interval: 15m }, sinks: [pager], muteTimes: [nights] }
    - { match: { market: spot }, sinks: [] }
`;
const asked = (text: string, ...facts: readonly string[]) => {
  const complaints: string[] = [];
  const lines = explainRoute(facts, settings(text), (line) => complaints.push(line));
  return lines ?? complaints;
};

describe('check --route', () => {
  it('prints the way through the tree, and where it ends', () => {
    expect(asked(TREE, 'SYMBOL=BTCUSDT', 'strength=7', 'at=2026-08-06T12:30:00Z')).toStrictEqual([
      'BTCUSDT · usdm · 15m · up · rule momentum · single · strength 7, decided 2026-08-06 12:30 UTC (thu)',
      '  route                        takes everything; yes: taken below',
      '    route.routes.0             takes symbol BTC*, strength >= 6; yes: taken below, and goes on',
      '      route.routes.0.routes.0  takes interval 15m; yes: pager',
      '    route.routes.1             takes market spot; no: market is usdm, not spot',
      'goes to pager, else file (by route.routes.0.routes.0)',
    ]);
  });

  it.each([
    ['what no route takes', ['symbol=ETHUSDT', 'strength=9'], 'goes to console (by route)'],
    ['what has no strength', ['symbol=BTCUSDT'], 'goes to console (by route)'],
    [
      'a mute time',
      ['symbol=BTCUSDT', 'strength=7', 'at=2026-08-06T23:00:00Z'],
      'goes to nobody: mute time nights (route.routes.0.routes.0)',
    ],
    ['a node without a sink', ['symbol=A', 'market=spot', 'strength=n/a'], 'goes to nobody: no sink: route.routes.1'],
    ['the whole market', ['kind=market', 'direction=down'], 'goes to console (by route)'],
  ])('says where it goes: %s', (_, facts, last) => {
    expect(asked(TREE, ...facts).at(-1)).toBe(last);
  });

  it('takes every sink where there is no tree, but those that only step in', () => {
    const sinks = 'sinks: [{ type: console }, { type: console, name: pager }]\n';
    expect(asked(sinks, 'symbol=A').at(-1)).toBe('goes to console; pager (by route)');
    expect(asked(`${sinks}delivery: { fallback: [console, pager] }`, 'symbol=A').at(-1)).toBe(
      'goes to console, else pager (by route)',
    );
    expect(asked('sinks: []', 'symbol=A').at(-1)).toBe('goes to nobody: no sink: route');
  });

  it.each([
    ['no symbol', ['strength=7'], '--route: symbol is missing, should be such as symbol=BTCUSDT'],
    ['a word', ['symbol=A', 'BTCUSDT'], '--route: "BTCUSDT" should be key=value, such as symbol=BTCUSDT'],
    ['a mistyped key', ['symbol=A', 'strenght=7'], '--route: strenght is not known, did you mean strength?'],
    ['a key given twice', ['symbol=A', 'SYMBOL=B'], '--route: SYMBOL is given twice'],
    [
      'a strength that is none',
      ['symbol=A', 'strength=strong'],
      '--route: strength is "strong", should be a number from 0 to 10, or n/a',
    ],
    ['an unknown market', ['symbol=A', 'market=futures'], '--route: market is "futures", should be one of usdm, spot'],
    [
      'an unknown bar length',
      ['symbol=A', 'timeframe=7m'],
      '--route: interval is "7m", should be one of 1m, 3m, 5m, 15m, 30m, 1h, 2h, 4h, 6h, 8h, 12h, 1d',
    ],
    ['a time that is none', ['symbol=A', 'at=noon'], '--route: at is "noon", should be such as 2026-08-06T22:30:00Z'],
  ])('says what is wrong with the question: %s', (_, facts, complaint) => {
    expect(asked(TREE, ...facts)).toStrictEqual([complaint]);
  });
});
