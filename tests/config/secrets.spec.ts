import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { flagOrigin, formatProblem, toNode } from '../../src/config/node.js';
import { spokenOf } from '../../src/config/words.js';
import { secret } from '../../src/ports/settings.js';
import { load } from './fakes.js';

const CANARY = 'canary-0f8e1b';
const HOOK = `https://discord.com/api/webhooks/123/${CANARY}`;

/** Everything that loading gives to people, logs and crash reports. */
const printed = (text: string | null, env: Record<string, string>, overrides: string[] = []): string => {
  const loaded = load(text, { env, overrides });
  const lines = loaded.ok ? [...loaded.summary, ...loaded.notes, ...loaded.warnings] : loaded.problems.map(formatProblem);
  return [...lines, JSON.stringify(loaded), inspect(loaded, { depth: 20 })].join('\n');
};

const DISCORD = 'sinks:\n  - type: discord\n    webhookUrl: ';

describe('a secret', () => {
  it.each([
    ['valid, from a variable', `${DISCORD}\${HOOK}`, { HOOK }, []],
    ['valid, written down', `${DISCORD}${HOOK}`, {}, []],
    ['valid, from the environment', null, { DISCORD_WEBHOOK_URL: HOOK }, []],
    ['valid, from the command line', `${DISCORD}https://x`, {}, [`sinks.0.webhookUrl=${HOOK}`]],
    ['not valid, from a variable', `${DISCORD}\${HOOK}`, { HOOK: CANARY }, []],
    ['not valid, written down', `${DISCORD}${CANARY}`, {}, []],
    ['not valid, from the environment', null, { DISCORD_WEBHOOK_URL: CANARY }, []],
    ['in a place for a number', 'pipeline:\n  moveThreshold: ${HOOK}', { HOOK: CANARY }, []],
    ['in a place for a type', 'pipeline:\n  type: ${HOOK}', { HOOK: CANARY }, []],
    ['in a place for an interval', null, { TIMEFRAME: CANARY }, []],
    ['in a place for minutes', null, { ALERT_COOLDOWN: CANARY }, []],
    ['as a key', `log:\n  ${HOOK}: 1`, {}, []],
    ['unquoted and broken', `sinks: [ ${HOOK}`, {}, []],
  ])('%s, is printed nowhere', (_title, text, env, overrides) => {
    expect(printed(text, env, overrides)).not.toContain(CANARY);
  });

  it('in a setting that is none is not in what people read', () => {
    const loaded = load('store:\n  path: ${HOOK}', { env: { HOOK: `/tmp/${CANARY}` } });
    expect(loaded.ok && loaded.summary.join('\n')).toContain('path from HOOK');
    expect(loaded.ok && loaded.summary.join('\n')).not.toContain(CANARY);
  });

  it('is there for who needs it', () => {
    const loaded = load(`${DISCORD}\${HOOK}`, { env: { HOOK } });
    const url = loaded.ok ? loaded.settings.sinks[0]?.options['webhookUrl'] : null;
    expect((url as { reveal(): string }).reveal()).toBe(HOOK);
  });
});

describe('a value in a problem', () => {
  const spoken = (value: unknown, key: string, schema: Parameters<typeof spokenOf>[2] = null): string =>
    spokenOf(toNode(value, flagOrigin('--set')), ['sinks', '0', key], schema);

  it('is shown when it is short and plain', () => {
    expect(spoken('30min', 'cooldown')).toBe('is "30min"');
    expect(spoken(30, 'cooldown')).toBe('is 30');
  });

  it.each([
    ['by its name', 'abc', 'botToken', null],
    ['by its schema', 'abc', 'chat', secret.refine(() => true).optional()],
    ['by its length', 'x'.repeat(25), 'chat', null],
    ['by looking like an address', 'a@b', 'chat', null],
  ])('is kept back when it may be a secret %s', (_why, value, key, schema) => {
    expect(spoken(value, key, schema)).toBe('is not usable');
  });
});

describe('the summary', () => {
  it('says what somebody set, and where a variable stands for it', () => {
    const text = `source: { interval: 5m, markets: [usdm, spot] }\npipeline: { cooldown: 1h, moveThreshold: 4 }\nstore:\n  path: \${DATA}\n${DISCORD}${HOOK}\n    name: desk`;
    const loaded = load(text, { env: { DATA: '/data', MIN_LIQUIDITY: '5' } });
    expect(loaded.ok && loaded.summary).toStrictEqual([
      '  source   binance (interval 5m, markets usdm, spot, universe.minHourlyQuoteVolume from MIN_LIQUIDITY)',
      '  pipeline momentum (cooldown 1h, moveThreshold 4)',
      '  store    lowdb (path from DATA)',
      '  sinks    desk (discord)',
    ]);
  });

  it('says the interval that holds when nobody set one', () => {
    const loaded = load(null);
    expect(loaded.ok && loaded.summary).toStrictEqual([
      '  source   binance, interval 15m',
      '  pipeline momentum',
      '  store    lowdb',
      '  sinks    console',
    ]);
  });
});
