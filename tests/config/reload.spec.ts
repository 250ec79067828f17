import { describe, expect, it } from 'vitest';
import { config } from '../../src/config/index.js';
import { formatProblem } from '../../src/config/node.js';
import type { Change } from '../../src/config/reload.js';
import { changeOf } from '../../src/config/reload.js';
import type { Settings } from '../../src/config/settings.js';

const PLAIN = {
  pipeline: '{ type: momentum, moveThreshold: 3 }',
  source: '{ type: binance, interval: 15m }',
  store: '{ type: lowdb, path: data }',
  sinks: '[{ type: discord, webhookUrl: "${HOOK}" }]',
};

/** An address as Discord makes them; nobody has it. */
const HOOK = `https://discord.com/api/webhooks/123456789012345678/${'x'.repeat(60)}`;

const settingsOf = (given: Readonly<Record<string, string>> = {}, hook = `${HOOK}a`): Settings => {
  const text = Object.entries({ ...PLAIN, ...given })
    .map(([key, value]) => `${key}: ${value}`)
    .join('\n');
  const loaded = config.loadText({ file: { path: 'a.yaml', text, explicit: true }, env: { HOOK: hook } });
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.settings;
};
const RULES = (rule: string): Readonly<Record<string, string>> => ({
  pipeline: `{ type: rules, rules: [{ id: a, direction: up, when: [${rule}] }] }`,
});

describe('what has changed', () => {
  it.each<[string, Settings, Settings, Change]>([
    ['nothing', settingsOf(), settingsOf(), { kind: 'none' }],
    [
      'nothing but how it is written',
      settingsOf(),
      settingsOf({ pipeline: '{ type: momentum, moveThreshold: 3.0, cooldown: 1800s }' }),
      { kind: 'none' },
    ],
    [
      'a threshold',
      settingsOf(),
      settingsOf({ pipeline: '{ type: momentum, moveThreshold: 4 }' }),
      { kind: 'thresholds', paths: ['pipeline.moveThreshold'] },
    ],
    [
      'several numbers of rule and filters',
      settingsOf(),
      settingsOf({ pipeline: '{ type: momentum, moveThreshold: 4, cooldown: 1h, flood: off }' }),
      { kind: 'thresholds', paths: ['pipeline.moveThreshold', 'pipeline.cooldown', 'pipeline.flood'] },
    ],
    [
      'a number of a rule in a list',
      settingsOf(RULES('{ measure: m_1, atLeast: 3 }')),
      settingsOf(RULES('{ measure: m_1, atLeast: 4 }')),
      { kind: 'thresholds', paths: ['pipeline.rules.0.when.0.value'] },
    ],
    [
      'what a rule measures',
      settingsOf(RULES('{ measure: m_1, atLeast: 3 }')),
      settingsOf(RULES('{ measure: m_4, atLeast: 3 }')),
      { kind: 'restart', paths: ['pipeline.rules.0.when.0.measure'] },
    ],
    [
      'what is measured for a filter',
      settingsOf(),
      settingsOf({ pipeline: '{ type: momentum, trend: aligned }' }),
      { kind: 'restart', paths: ['pipeline.trend'] },
    ],
    [
      'the pipeline',
      settingsOf(),
      settingsOf({ pipeline: '{ type: classic }' }),
      { kind: 'restart', paths: expect.arrayContaining(['pipeline.type']) as string[] },
    ],
    [
      'the source',
      settingsOf(),
      settingsOf({ source: '{ type: binance, interval: 5m }' }),
      { kind: 'restart', paths: ['source.interval'] },
    ],
    [
      'the store',
      settingsOf(),
      settingsOf({ store: '{ type: memory }' }),
      { kind: 'restart', paths: expect.arrayContaining(['store.type']) as string[] },
    ],
    [
      'a sink more',
      settingsOf(),
      settingsOf({ sinks: '[{ type: discord, webhookUrl: "${HOOK}" }, { type: console }]' }),
      { kind: 'restart', paths: ['sinks'] },
    ],
    ['a secret', settingsOf(), settingsOf({}, `${HOOK}b`), { kind: 'restart', paths: ['sinks.0.webhookUrl'] }],
    [
      'delivery',
      settingsOf(),
      settingsOf({ delivery: '{ onUnknown: drop }' }),
      { kind: 'restart', paths: ['delivery.onUnknown'] },
    ],
    [
      'a threshold and a sink',
      settingsOf(),
      settingsOf({ pipeline: '{ type: momentum, moveThreshold: 4 }', sinks: '[]' }),
      { kind: 'restart', paths: ['sinks'] },
    ],
  ])('%s', (_, before, after, expected) => {
    expect(changeOf(before, after)).toStrictEqual(expected);
  });

  it('is said without any value', () => {
    expect(JSON.stringify(changeOf(settingsOf(), settingsOf({}, `${HOOK}canary`)))).not.toContain('canary');
  });
});
