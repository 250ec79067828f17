import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conflictOf, takesAllOf } from '../../src/config/route-reach.js';
import { routingOf } from '../../src/config/routing.js';
import { mismatchOf } from '../../src/operators/delivery/route-match.js';
import { anyFacts, anyMatch } from '../support/routes.js';
import { problemsOf, settingsOf } from './fakes.js';

const SINKS = 'sinks:\n  - type: console\n  - type: discord\n    webhookUrl: https://x\n';
/** The lines of a text that stands below the sinks, whose first line is the fifth. */
const told = (text: string): readonly string[] => problemsOf(SINKS + text);

const node = (text: string): string => `route: { routes: [${text}] }`;
const time = (text: string): string => `route: { times: [{ name: nights, ${text} }], muteTimes: [nights] }`;
const INTERVALS = '1m, 3m, 5m, 15m, 30m, 1h, 2h, 4h, 6h, 8h, 12h, 1d';
const STRENGTH = 'should be a comparison with a number from 0 to 10 in quotes, such as ">= 6"';
const CHAIN = 'should be a chain of at least two sinks, such as [discord, file], or a list of such chains';

const cases: readonly (readonly [defect: string, text: string, line: string])[] = [
  ['a tree without anything', 'route: {}', '5:8 route: is empty, should have sinks, routes or muteTimes'],
  ['a tree left empty', 'route:', '5:7 route: is empty, should be a map of settings ("key: value")'],
  [
    'a root that matches',
    'route: { match: { market: spot }, sinks: [discord] }',
    '5:10 route.match: unknown key, should be one of sinks, times, muteTimes, routes',
  ],
  [
    'an unknown sink',
    'route: { sinks: [discrod] }',
    '5:18 route.sinks.0: is "discrod", should be one of console, discord (did you mean discord?)',
  ],
  [
    'an unknown sink below',
    node('{ routes: [{ sinks: [console, file] }] }'),
    '5:49 route.routes.0.routes.0.sinks.1: is "file", should be one of console, discord',
  ],
  ['a sink that is no list', 'route: { sinks: discord }', '5:17 route.sinks: is "discord", should be a list'],
  ['a node that is a word', node('discord'), '5:19 route.routes.0: is "discord", should be a map of settings ("key: value")'],
  ['routes that are a map', 'route: { routes: { sinks: [discord] } }', '5:18 route.routes: is a map, should be a list'],
  [
    'a node that sends nowhere and mutes nothing',
    node('{ match: { symbol: A } }'),
    '5:19 route.routes.0: is empty, should have sinks, routes or muteTimes',
  ],
  [
    'a mistyped condition',
    node('{ match: { symbl: A }, sinks: [discord] }'),
    '5:30 route.routes.0.match.symbl: unknown key, did you mean symbol?',
  ],
  [
    'a mistyped key deep below',
    node('{ routes: [{ mach: 3, sinks: [discord] }] }'),
    '5:32 route.routes.0.routes.0.mach: unknown key, did you mean match?',
  ],
  [
    'a condition left empty',
    node('{ match:, sinks: [discord] }'),
    '5:27 route.routes.0.match: is empty, should be a map of settings ("key: value")',
  ],
  [
    'an unknown market',
    node('{ match: { market: futures }, sinks: [discord] }'),
    '5:38 route.routes.0.match.market: is "futures", should be one of usdm, spot, or a list of such',
  ],
  [
    'an unknown market in a list',
    node('{ match: { market: [usdm, x] }, sinks: [discord] }'),
    '5:38 route.routes.0.match.market: is a list, should be one of usdm, spot, or a list of such',
  ],
  [
    'a bar length nobody knows',
    node('{ match: { interval: 7m }, sinks: [discord] }'),
    `5:40 route.routes.0.match.interval: is "7m", should be one of ${INTERVALS}, or a list of such`,
  ],
  [
    'a direction nobody knows',
    node('{ match: { direction: sideways }, sinks: [discord] }'),
    '5:41 route.routes.0.match.direction: is "sideways", should be one of up, down, or a list of such',
  ],
  [
    'a strength without its comparison',
    node('{ match: { strength: "6+" }, sinks: [discord] }'),
    `5:40 route.routes.0.match.strength: is "6+", ${STRENGTH}`,
  ],
  [
    'a strength beyond ten',
    node('{ match: { strength: ">= 11" }, sinks: [discord] }'),
    `5:40 route.routes.0.match.strength: is ">= 11", ${STRENGTH}`,
  ],
  [
    'a number beyond ten',
    node('{ match: { strength: 11 }, sinks: [discord] }'),
    `5:40 route.routes.0.match.strength: is 11, ${STRENGTH}`,
  ],
  [
    'a word for a truth',
    node('{ continue: yes, sinks: [discord] }'),
    '5:31 route.routes.0.continue: is "yes", should be true or false',
  ],
  [
    'a node behind one that takes everything',
    node('{ sinks: [discord] }, { match: { symbol: A }, sinks: [console] }'),
    '5:41 route.routes.1: is never reached: route.routes.0 takes all of its alerts before; should stand before that one, or that one should have "continue: true"',
  ],
  [
    'a node behind one that takes all of its alerts',
    node('{ match: { symbol: "B*" }, sinks: [discord] }, { match: { symbol: [BTC*, BNB], market: usdm }, sinks: [console] }'),
    '5:66 route.routes.1: is never reached: route.routes.0 takes all of its alerts before; should stand before that one, or that one should have "continue: true"',
  ],
  [
    'a node behind one that takes all its parent has',
    node('{ match: { market: spot }, routes: [{ match: { market: [spot, usdm] }, sinks: [discord] }, { sinks: [console] }] }'),
    '5:110 route.routes.0.routes.1: is never reached: route.routes.0.routes.0 takes all of its alerts before; should stand before that one, or that one should have "continue: true"',
  ],
  [
    'a node that asks for what its parent rules out',
    node('{ match: { market: spot }, routes: [{ match: { market: usdm }, sinks: [discord] }] }'),
    '5:55 route.routes.0.routes.0: is never reached: it takes market usdm, and route.routes.0 above it market spot; should take some of what that one takes',
  ],
  [
    'strengths that nothing has both of',
    node('{ match: { strength: ">= 6" }, routes: [{ match: { strength: "< 6" }, sinks: [discord] }] }'),
    '5:59 route.routes.0.routes.0: is never reached: it takes strength < 6, and route.routes.0 above it strength >= 6; should take some of what that one takes',
  ],
  [
    'a mute time where there are none',
    'route: { muteTimes: [nights] }',
    '5:22 route.muteTimes.0: is "nights", should be one of route.times, which has none',
  ],
  [
    'an unknown mute time',
    'route: { times: [{ name: nights, from: "23:00" }], muteTimes: [nigths] }',
    '5:64 route.muteTimes.0: is "nigths", should be one of nights (did you mean nights?)',
  ],
  [
    'a time without a name',
    'route: { times: [{ from: "07:00" }], sinks: [discord] }',
    '5:18 route.times.0.name: is missing, should be text that is not empty',
  ],
  [
    'a time that no clock shows',
    time('from: 25:00'),
    '5:40 route.times.0.from: is "25:00", should be a time of day such as 07:30',
  ],
  ['a time in minutes', time('to: 420'), '5:38 route.times.0.to: is 420, should be a time of day such as 07:30'],
  ['a time of no length', time('from: 05:00, to: 05:00'), '5:51 route.times.0.to: must differ from its beginning'],
  [
    'a zone with a name',
    time('zone: CET'),
    '5:40 route.times.0.zone: is "CET", should be UTC, or how far it is ahead of it, such as +02:00',
  ],
  [
    'a day nobody knows',
    time('days: [monday]'),
    '5:41 route.times.0.days.0: is "monday", should be one of mon, tue, wed, thu, fri, sat, sun',
  ],
  [
    'a time with an unknown key',
    time('color: red'),
    '5:34 route.times.0.color: unknown key, should be one of name, days, from, to, zone',
  ],
  ['a chain of one', 'delivery: { fallback: [discord] }', `5:23 delivery.fallback: is a list, ${CHAIN}`],
  ['a chain that is a word', 'delivery: { fallback: discord }', `5:23 delivery.fallback: is "discord", ${CHAIN}`],
  [
    'a chain of one among several',
    'delivery: { fallback: [[discord], [console, discord]] }',
    `5:24 delivery.fallback.0: is a list, ${CHAIN}`,
  ],
  [
    'a chain with an unknown sink',
    'delivery: { fallback: [discord, consle] }',
    '5:33 delivery.fallback.1: is "consle", should be one of console, discord (did you mean console?)',
  ],
  [
    'an unknown sink in the second chain',
    'delivery: { fallback: [[discord, console], [console, fax]] }',
    '5:54 delivery.fallback.1.1: is "fax", should be one of console, discord',
  ],
  [
    'a chain that names a sink twice',
    'delivery: { fallback: [discord, discord] }',
    '5:33 delivery.fallback.1: is "discord", which leads back to discord; a chain should not come back to a sink',
  ],
  [
    'chains that lead in a circle',
    'delivery: { fallback: [[discord, console], [console, discord]] }',
    '5:54 delivery.fallback.1.1: is "discord", which leads back to console; a chain should not come back to a sink',
  ],
  [
    'a file of silences without a name',
    'silences: { file: "" }',
    '5:19 silences.file: is empty, should be text that is not empty',
  ],
  ['a look at every moment', 'silences: { every: 1ms }', '5:20 silences.every: is "1ms", should be at least 100ms'],
];

describe('a routing defect', () => {
  it.each(cases)('%s', (_, text, line) => {
    expect(told(text)).toStrictEqual([`m.yaml:${line}`]);
  });
});

describe('a routing tree that is right', () => {
  const routeOf = (text: string) => settingsOf(SINKS + text).route;

  it('is not there where nothing asks for it', () => {
    const { route, delivery } = settingsOf(SINKS);
    expect([route, delivery.fallback]).toStrictEqual([null, undefined]);
  });

  it('is read with its times, conditions and children', () => {
    const text = `route:
  sinks: [console]
  times:
    - { name: nights, from: 22:00, to: 06:00, zone: "+02:00" }
    - { name: weekend, days: [sat, sun] }
  muteTimes: [weekend]
  routes:
    - match: { symbol: BTC*, interval: [15m, 1h], strength: "> 6.5", kind: single }
      continue: true
      muteTimes: [nights]
      routes:
        - { match: { strength: 8 }, sinks: [discord, console] }
    - { match: { rule: mom*, direction: down, market: usdm }, sinks: [] }
`;
    const nothing = { match: {}, sinks: null, muteTimes: [], continues: false, routes: [] };
    expect(routeOf(text)).toStrictEqual({
      match: {},
      sinks: ['console'],
      times: [
        { name: 'nights', days: [], fromMinutes: 1_320, toMinutes: 360, zoneMinutes: 120 },
        { name: 'weekend', days: ['sat', 'sun'], fromMinutes: 0, toMinutes: 1_440, zoneMinutes: 0 },
      ],
      muteTimes: ['weekend'],
      continues: false,
      routes: [
        {
          match: { symbol: ['BTC*'], interval: ['15m', '1h'], strength: { comparator: '>', value: 6.5 }, kind: ['single'] },
          sinks: null,
          continues: true,
          muteTimes: ['nights'],
          routes: [{ ...nothing, match: { strength: { comparator: '>=', value: 8 } }, sinks: ['discord', 'console'] }],
        },
        { ...nothing, match: { rule: ['mom*'], direction: ['down'], market: ['usdm'] }, sinks: [] },
      ],
    });
  });

  it('may name a sink that is off', () => {
    const off = 'sinks:\n  - type: console\n  - { type: discord, enabled: false }\nroute: { sinks: [discord, console] }\n';
    expect(problemsOf(off)).toStrictEqual([]);
    expect(settingsOf(off).route?.sinks).toStrictEqual(['console']);
  });

  it.each<[string, string, readonly string[] | undefined, unknown]>([
    [
      'who only steps in gets nothing of its own',
      'delivery: { fallback: [discord, console] }',
      ['discord'],
      [['discord', 'console']],
    ],
    [
      'unless a route names it',
      'delivery: { fallback: [discord, console] }\nroute: { sinks: [discord, console] }',
      ['discord', 'console'],
      [['discord', 'console']],
    ],
    ['a list of chains', 'delivery: { fallback: [[discord, console]] }', ['discord'], [['discord', 'console']]],
  ])('%s', (_, text, sinks, fallback) => {
    const { route, delivery } = settingsOf(SINKS + text);
    expect([route?.sinks, delivery.fallback]).toStrictEqual([sinks, fallback]);
  });

  it('means nothing where there is no sink, as in a replay', () => {
    const { route, delivery } = settingsOf('sinks: []\nroute: { sinks: [discord] }\ndelivery: { fallback: [discord, file] }');
    expect([route, delivery.fallback]).toStrictEqual([null, undefined]);
    expect(problemsOf('sinks: []\nroute: { routes: [{ sinks: [x] }, { sinks: [y] }] }')).toHaveLength(1);
  });

  it('gives the place of a sink that is off to the next of its chain', () => {
    const chains = [
      ['a', 'b', 'c'],
      ['d', 'c'],
    ];
    const written = { sinks: ['a', 'd'], times: [], muteTimes: [], routes: [] };
    const sinksOf = (on: readonly string[]) => routingOf(written, chains, on).route?.sinks;
    expect([sinksOf(['a', 'b', 'c', 'd']), sinksOf(['b', 'c', 'd']), sinksOf(['c'])]).toStrictEqual([
      ['a', 'd'],
      ['b', 'd'],
      ['c'],
    ]);
    expect(routingOf(undefined, chains, ['b', 'c', 'd'])).toMatchObject({
      route: { sinks: ['b', 'd'] },
      fallback: [
        ['b', 'c'],
        ['d', 'c'],
      ],
    });
    expect(routingOf(undefined, [['a', 'b']], ['b'])).toStrictEqual({ route: null, fallback: [] });
  });
});

describe('what routes have in common', () => {
  const takes = (match: Parameters<typeof mismatchOf>[0], facts: Parameters<typeof mismatchOf>[1]): boolean =>
    mismatchOf(match, facts) === null;

  it('is never denied where an alert meets both, nor claimed where one escapes', () => {
    let denied = 0;
    let claimed = 0;
    fc.assert(
      fc.property(anyMatch, anyMatch, anyMatch, fc.array(anyFacts, { minLength: 20, maxLength: 20 }), (a, b, c, alerts) => {
        const isDenied = conflictOf(a, b) !== null;
        const isClaimed = takesAllOf(a, [b, c]);
        denied += Number(isDenied);
        claimed += Number(isClaimed);
        for (const facts of alerts) {
          if (isDenied) expect(takes(a, facts) && takes(b, facts)).toBe(false);
          if (isClaimed && takes(b, facts) && takes(c, facts)) expect(takes(a, facts)).toBe(true);
        }
      }),
      { seed: 20260806, numRuns: 2_000 },
    );
    expect([denied > 20, claimed > 50]).toStrictEqual([true, true]);
  });

  it('is found between patterns', () => {
    const of = (...symbol: readonly string[]) => ({ symbol });
    expect([
      takesAllOf(of('B*'), [of('BTC*', 'BNB')]),
      takesAllOf(of('BTC*'), [of('B*')]),
      takesAllOf(of('*A*'), [of('B*A')]),
    ]).toStrictEqual([true, false, true]);
    expect([conflictOf(of('BTC'), of('ETH*')), conflictOf(of('B*'), of('*C')), conflictOf(of('BTC'), of('B*'))]).toStrictEqual([
      'symbol',
      null,
      null,
    ]);
  });
});
