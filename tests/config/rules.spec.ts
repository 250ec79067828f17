import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { config } from '../../src/config/index.js';
import { formatProblem } from '../../src/config/node.js';
import type { Settings } from '../../src/config/settings.js';

/** The text of a file whose rules these are, indented as they stand; line 4 is their first. */
const fileOf = (rules: string, source = 'source: { type: binance, interval: 15m, higherIntervals: [1h] }'): string =>
  [
    source,
    'pipeline:',
    '  type: rules',
    '  rules:',
    ...rules
      .trim()
      .split('\n')
      .map((line) => `  ${line}`),
  ].join('\n');

const load = (text: string) => config.loadText({ file: { path: 'rules.yaml', text, explicit: true }, env: {} });
const problems = (rules: string, source?: string): readonly string[] => {
  const loaded = load(fileOf(rules, source));
  return loaded.ok
    ? []
    : loaded.problems.map((problem) => formatProblem(problem).replace(/one of roc_1.*(?=\(did)/, 'one of … '));
};
const settings = (rules: string): Settings => {
  const loaded = load(fileOf(rules));
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.settings;
};

/** A rule whose only condition, or list of them, is this. */
const when = (conditions: string): string => `- id: a\n  direction: up\n  when: ${conditions}`;

describe('one defect in a rule', () => {
  it.each<[string, string, string]>([
    [
      'an unknown measure',
      when('[{ measure: m_l, atLeast: 3 }]'),
      '7:23 pipeline.rules.0.when.0.measure: is "m_l", should be one of … (did you mean m_1?)',
    ],
    [
      'an unknown measure of longer bars',
      when('[{ measure: trend_stat@1h, atLeast: 1 }]'),
      '7:23 pipeline.rules.0.when.0.measure: is not usable, should be one of … (did you mean trend_state@1h?)',
    ],
    [
      'no such length of bars',
      when('[{ measure: m_1@2x, atLeast: 1 }]'),
      '7:23 pipeline.rules.0.when.0.measure: must end in a bar length after the @, one of 1m, 3m, 5m, 15m, 30m, 1h, 2h, 4h, 6h, 8h, 12h, 1d',
    ],
    [
      'a bare number for a percentage',
      when('[{ measure: roc_1, atLeast: 5 }]'),
      '7:39 pipeline.rules.0.when.0.atLeast: is 5, should be a percentage with its sign, such as 2.5%, because roc_1 is measured in %',
    ],
    [
      'a percentage for a bare number',
      when('[{ measure: m_1, atLeast: 5% }]'),
      '7:37 pipeline.rules.0.when.0.atLeast: is "5%", should be a number without a unit, because m_1 is measured in ATR',
    ],
    [
      'a word for a number',
      when('[{ measure: er10, atLeast: much }]'),
      '7:38 pipeline.rules.0.when.0.atLeast: is "much", should be a number without a unit, because er10 is measured in plain numbers',
    ],
    [
      'a list for a number',
      when('[{ measure: er10, atLeast: [1] }]'),
      '7:38 pipeline.rules.0.when.0.atLeast: is a list, should be a number, or a percentage with its sign for what is measured in %',
    ],
    [
      'a reset in another unit',
      when('[{ measure: roc_1, atLeast: 5%, reset: 3 }]'),
      '7:50 pipeline.rules.0.when.0.reset: is 3, should be a percentage with its sign, such as 2.5%, because roc_1 is measured in %',
    ],
    [
      'a reset above at least',
      when('[{ measure: m_1, atLeast: 3, reset: 4 }]'),
      '7:47 pipeline.rules.0.when.0.reset: must lie below atLeast (3): it is where the condition ends that began there',
    ],
    [
      'a reset on the value itself',
      when('[{ measure: m_1, above: 3, reset: 3 }]'),
      '7:45 pipeline.rules.0.when.0.reset: must lie below above (3): it is where the condition ends that began there',
    ],
    [
      'a reset below at most',
      when('[{ measure: er10, atMost: 0.25, reset: 0.1 }]'),
      '7:50 pipeline.rules.0.when.0.reset: must lie above atMost (0.25): it is where the condition ends that began there',
    ],
    [
      'no bars in a row',
      when('[{ measure: m_1, atLeast: 3, bars: 0 }]'),
      '7:46 pipeline.rules.0.when.0.bars: is 0, should be a whole number from 1 to 1000',
    ],
    [
      'no comparison',
      when('[{ measure: m_1 }]'),
      '7:12 pipeline.rules.0.when.0: needs one of atLeast, atMost, above, below beside its measure',
    ],
    [
      'two comparisons',
      when('[{ measure: m_1, atLeast: 3, atMost: 5 }]'),
      '7:48 pipeline.rules.0.when.0.atMost: has a neighbour atLeast; a condition needs one comparison, use all for two',
    ],
    ['nothing at all', when('[{ bars: 3 }]'), '7:12 pipeline.rules.0.when.0: needs one of measure, all, any'],
    [
      'a measure beside a group',
      when('[{ measure: m_1, any: [{ measure: m_1, atLeast: 3 }] }]'),
      '7:33 pipeline.rules.0.when.0.any: has a neighbour measure; a condition needs one of measure, all, any',
    ],
    [
      'bars beside a group',
      when('[{ any: [{ measure: m_1, atLeast: 3 }], bars: 2 }]'),
      '7:57 pipeline.rules.0.when.0.bars: is beside any, which takes none; it belongs beside a measure',
    ],
    [
      'an unknown key in a condition',
      when('[{ measure: m_1, atleast: 3, atMost: 4 }]'),
      '7:28 pipeline.rules.0.when.0.atleast: unknown key, did you mean atLeast?',
    ],
    [
      'a defect deep inside',
      when('[{ any: [{ all: [{ measure: m_1, atLeast: 5% }] }] }]'),
      '7:53 pipeline.rules.0.when.0.any.0.all.0.atLeast: is "5%", should be a number without a unit, because m_1 is measured in ATR',
    ],
    ['no conditions', when('[]'), '7:11 pipeline.rules.0.when: is an empty list, should be a list of at least one condition'],
    [
      'an empty group',
      when('[{ any: [] }]'),
      '7:19 pipeline.rules.0.when.0.any: is an empty list, should be a list of at least one condition',
    ],
    [
      'no list of conditions',
      '- id: a\n  direction: up',
      '5:5 pipeline.rules.0.when: is missing, should be a list of at least 1',
    ],
    [
      'no direction',
      '- id: a\n  when: [{ measure: m_1, atLeast: 3 }]',
      '5:5 pipeline.rules.0.direction: is missing, should be one of up, down, both',
    ],
    [
      'a direction that is none',
      '- id: a\n  direction: sideways\n  when: [{ measure: m_1, atLeast: 3 }]',
      '6:16 pipeline.rules.0.direction: is "sideways", should be one of up, down, both',
    ],
    [
      'no id',
      '- direction: up\n  when: [{ measure: m_1, atLeast: 3 }]',
      '5:5 pipeline.rules.0.id: is missing, should be letters, digits, dot, dash and underscore, beginning with a letter, at most 40',
    ],
    [
      'an id that is no name',
      '- id: a|b\n  direction: up\n  when: [{ measure: m_1, atLeast: 3 }]',
      '5:9 pipeline.rules.0.id: is "a|b", should be letters, digits, dot, dash and underscore, beginning with a letter, at most 40',
    ],
    [
      'the id of the market',
      '- id: market\n  direction: up\n  when: [{ measure: m_1, atLeast: 3 }]',
      '5:9 pipeline.rules.0.id: must be another: alerts of the whole market have this id',
    ],
    [
      'an id that is there already',
      '- use: momentum\n- use: classic\n- use: momentum',
      '7:5 pipeline.rules.2: needs an id of its own, because rules.0 is called momentum too',
    ],
    [
      'an id of its own that is there already',
      '- use: momentum\n- id: momentum\n  direction: up\n  when: [{ measure: m_1, atLeast: 3 }]',
      '6:9 pipeline.rules.1.id: needs an id of its own, because rules.0 is called momentum too',
    ],
    [
      'a rule that is not there',
      '- use: momentun',
      '5:10 pipeline.rules.0.use: is "momentun", should be one of conditions, momentum, classic; a rule of conditions may leave it out',
    ],
    [
      'a setting of another rule',
      '- use: momentum\n  priceThreshold: 5%',
      '6:5 pipeline.rules.0.priceThreshold: unknown key, did you mean moveThreshold?',
    ],
    [
      'a misspelt setting of a rule',
      '- use: classic\n  priceTreshold: 5%',
      '6:5 pipeline.rules.0.priceTreshold: unknown key, did you mean priceThreshold?',
    ],
    [
      'a wrong unit in a rule that is used',
      '- use: classic\n  priceThreshold: 5',
      '6:21 pipeline.rules.0.priceThreshold: is 5, should be a percentage with its sign, such as 2.5%',
    ],
    [
      'an interval that is none',
      '- use: momentum\n  interval: 7m',
      '6:15 pipeline.rules.0.interval: is "7m", should be one of 1m, 3m, 5m, 15m, 30m, 1h, 2h, 4h, 6h, 8h, 12h, 1d',
    ],
    [
      'an interval that is not followed',
      '- use: momentum\n  interval: 4h',
      '6:15 pipeline.rules.0.interval: is 4h, which the source does not follow, should be one of 15m, 1h (source.interval, source.higherIntervals)',
    ],
    [
      'an interval no shorter than what it looks at',
      when('[{ measure: m_1@1h, atLeast: 3 }]\n  interval: 1h'),
      '8:15 pipeline.rules.0.interval: must be shorter than the bars of m_1@1h, which the rule reads beside its own',
    ],
    [
      'longer bars that are no longer',
      when('[{ measure: m_1@15m, atLeast: 3 }]'),
      '7:11 pipeline.rules.0.when: looks at bars of 15m, must look at bars that can be made of several of 15m (source.interval)',
    ],
    [
      'a cooldown without a unit',
      '- use: momentum\n  cooldown: 30',
      '6:15 pipeline.rules.0.cooldown: is 30, should be a duration with its unit, such as 30m, 1.5s or 250ms',
    ],
    [
      'an escalation by what the rule does not read',
      '- use: momentum\n  escalation: { measure: er10, step: 1 }',
      '6:28 pipeline.rules.0.escalation.measure: is "er10", should be a measure of this rule: m_1, roc_1, volume_logz20, volume_z20',
    ],
    [
      'an escalation in another unit',
      '- use: momentum\n  escalation: { measure: roc_1, step: 1 }',
      '6:41 pipeline.rules.0.escalation.step: is 1, should be a percentage with its sign, such as 2.5%, because roc_1 is measured in %',
    ],
    [
      'an escalation by nothing',
      '- use: momentum\n  escalation: { measure: m_1, step: 0 }',
      '6:39 pipeline.rules.0.escalation.step: is 0, should be above 0',
    ],
  ])('%s', (_, rules, expected) => {
    expect(problems(rules)).toStrictEqual([`rules.yaml:${expected}`]);
  });

  it('no rules', () => {
    const said = (pipeline: string): readonly string[] => {
      const loaded = load(`source: { type: replay, bars: [x] }\npipeline: ${pipeline}`);
      return loaded.ok ? [] : loaded.problems.map(formatProblem);
    };
    expect(said('{ type: rules, rules: [] }')).toStrictEqual([
      'rules.yaml:2:33 pipeline.rules: is an empty list, should be a list of at least one rule',
    ]);
    expect(said('{ type: rules }')).toStrictEqual(['rules.yaml:2:11 pipeline.rules: is missing, should be a list of at least 1']);
  });

  it('is told with all the others', () => {
    expect(
      problems('- use: classic\n  priceThreshold: 5\n- id: b\n  direction: u\n  when: [{ measure: m_1, atLeast: 5% }]'),
    ).toHaveLength(3);
  });

  it('follows whatever the recordings hold where they say it', () => {
    expect(problems('- use: momentum\n  interval: 4h', 'source: { type: replay, bars: [x] }')).toStrictEqual([]);
  });
});

describe('rules that are right', () => {
  it('are read with their units', () => {
    const { pipeline } = settings(
      '- id: a\n  direction: both\n  cooldown: 2h\n  when:\n    - { measure: roc_1, atLeast: 2.5%, reset: -1%, bars: 3 }\n    - any: [{ measure: trend_state@1h, above: 0 }]',
    );
    expect(pipeline.settings['rules']).toMatchObject([
      {
        id: 'a',
        version: 1,
        cooldown: 7_200_000,
        when: [
          { measure: 'roc_1', comparison: 'atLeast', value: 2.5, reset: -1, bars: 3 },
          { any: [{ measure: 'trend_state@1h', comparison: 'above', value: 0, reset: null, bars: 1 }] },
        ],
      },
    ]);
    expect(pipeline.measures().map(({ name }) => name)).toStrictEqual(['roc_1']);
    expect(pipeline.rules()[0]?.longer?.map(({ measure, interval }) => `${measure.name}@${interval}`)).toStrictEqual([
      'trend_state@1h',
    ]);
  });

  it('may be several, of several kinds and lengths of bars', () => {
    const rules = settings(
      `${when('[{ measure: m_1, atLeast: 3 }]')}\n- use: momentum\n  interval: 1h\n- use: momentum\n  id: sharp\n  moveThreshold: 5\n- use: classic`,
    ).pipeline.rules();
    expect(rules.map(({ id, interval }) => `${id} ${interval ?? 'all'}`)).toStrictEqual([
      'a all',
      'momentum 1h',
      'sharp all',
      'classic all',
    ]);
  });

  it('are what the shipped example holds', () => {
    const loaded = config.load({ config: 'config/rules-example.yaml', env: {}, overrides: ['source.bars=[x]'] });
    expect(loaded.ok ? loaded.settings.pipeline.rules().map(({ id }) => id) : loaded.problems.map(formatProblem)).toStrictEqual([
      'burst',
      'climb',
      'classic',
    ]);
    expect(readFileSync('config/rules-example.yaml', 'utf8')).not.toMatch(/webhook/i);
  });
});
