import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { config } from '../../src/config/index.js';
import type { Loaded } from '../../src/config/load.js';
import { formatProblem } from '../../src/config/node.js';
import { USUAL_FILTERS } from '../support/filter-settings.js';

const load = (
  file: string,
  env: Record<string, string> = {},
  overrides: { path: string; value: unknown; from: string }[] = [],
): Loaded => config.load({ config: `config/${file}`, env, overrides });
const chosen = (loaded: Loaded): unknown => {
  if (!loaded.ok) return loaded.problems.map(formatProblem);
  const { source, pipeline, store, sinks } = loaded.settings;
  return {
    source: source.type,
    pipeline: [pipeline.type, pipeline.settings],
    store: store.type,
    sinks: sinks.map(({ name }) => name),
  };
};

const DISCORD_WEBHOOK_URL = `https://discord.com/api/webhooks/12345678901234567/${'t'.repeat(68)}`;
const BARS = [{ path: 'source.bars', value: ['a.csv'], from: '--bars' }];
const MOMENTUM = {
  moveThreshold: 3,
  volumeLogZThreshold: 3,
  liquidityLevel: 10_000,
  unknownLiquidity: 'low',
  shortHistory: 'judge',
  ...USUAL_FILTERS,
  flood: 'on',
  correlation: 'on',
};
const CLASSIC = {
  lookbackBars: 8,
  volumeThreshold: 150,
  priceThreshold: 5,
  liquidityLevel: 10_000,
  lowLiquidityVolumeThreshold: 250,
  unknownLiquidity: 'high',
  ...USUAL_FILTERS,
  flood: 'off',
  correlation: 'off',
};

describe('config/default.yaml', () => {
  it('watches perpetuals, and tells Discord as soon as it has an address', () => {
    const expected = { source: 'binance', pipeline: ['momentum', MOMENTUM], store: 'lowdb', sinks: ['console'] };
    expect(chosen(load('default.yaml'))).toStrictEqual(expected);
    expect(chosen(load('default.yaml', { DISCORD_WEBHOOK_URL }))).toStrictEqual({ ...expected, sinks: ['console', 'discord'] });
    expect(chosen(load('default.yaml', { DISCORD_WEBHOOK_URL: '' }))).toStrictEqual(expected);
  });

  it('says what the defaults are', () => {
    const written = load('default.yaml');
    const nothing = config.loadText({ file: null, env: {} });
    expect(JSON.stringify(written.ok && written.settings)).toBe(JSON.stringify(nothing.ok && nothing.settings));
  });

  it('refuses a broken address by its variable', () => {
    expect(chosen(load('default.yaml', { DISCORD_WEBHOOK_URL: 'https://example.org/canary' }))).toStrictEqual([
      expect.stringMatching(
        /^config\/default\.yaml:\d+:17 sinks\.1\.webhookUrl: is not usable with what \$\{DISCORD_WEBHOOK_URL\} gives, should be a webhook address/,
      ),
    ]);
  });
});

describe('config/demo.yaml', () => {
  it('is whole once the demo has given the addresses', () => {
    const overrides = [{ path: 'sinks.1.webhookUrl', value: DISCORD_WEBHOOK_URL, from: 'demo' }];
    expect(chosen(load('demo.yaml', {}, overrides))).toStrictEqual({
      source: 'binance',
      pipeline: ['momentum', MOMENTUM],
      store: 'lowdb',
      sinks: ['console', 'discord'],
    });
  });

  it('never sends to the channel of the person who tries it', () => {
    const overrides = [{ path: 'sinks.1.webhookUrl', value: DISCORD_WEBHOOK_URL, from: 'demo' }];
    const loaded = load('demo.yaml', { DISCORD_WEBHOOK_URL: DISCORD_WEBHOOK_URL.replace('12345', '54321') }, overrides);
    const url = loaded.ok ? loaded.settings.sinks[1]?.options['webhookUrl'] : null;
    expect((url as { reveal(): string }).reveal()).toBe(DISCORD_WEBHOOK_URL);
  });
});

describe('config/replay.yaml and config/replay-classic.yaml', () => {
  it('carry the parameters of the rules, send nothing and keep nothing', () => {
    const rest = { source: 'replay', store: 'memory', sinks: [] };
    expect(chosen(load('replay.yaml', {}, BARS))).toStrictEqual({
      ...rest,
      pipeline: ['momentum', { ...MOMENTUM, shortHistory: 'skip' }],
    });
    expect(chosen(load('replay-classic.yaml', {}, BARS))).toStrictEqual({ ...rest, pipeline: ['classic', CLASSIC] });
  });

  it('lack their bars until --bars names them', () => {
    expect(chosen(load('replay.yaml'))).toStrictEqual([
      expect.stringMatching(/^config\/replay\.yaml:\d+:3 source\.bars: is missing, should be a list of files or folders$/),
    ]);
  });
});

describe('config/monitor.schema.json', () => {
  it('is what the plug-ins say (node dist/main.js schema > config/monitor.schema.json)', () => {
    const committed: unknown = JSON.parse(readFileSync('config/monitor.schema.json', 'utf8'));
    expect(committed).toStrictEqual(JSON.parse(JSON.stringify(config.jsonSchema())));
  });

  it('is named by every YAML file beside it', () => {
    const files = readdirSync('config').filter((name) => name.endsWith('.yaml'));
    expect(files.length).toBeGreaterThan(3);
    for (const name of files) {
      expect(readFileSync(`config/${name}`, 'utf8').split('\n')[0]).toBe('# yaml-language-server: $schema=./monitor.schema.json');
    }
  });

  it('demands nothing that the environment or the command line may give', () => {
    const demanded = JSON.stringify(config.jsonSchema()).match(/"required":\[[^\]]*\]/g);
    expect([...new Set(demanded)]).toStrictEqual(['"required":["type"]']);
  });

  it('lets a variable stand for a number, a choice and a duration', () => {
    const text = JSON.stringify(config.jsonSchema());
    const place = '{"type":"string","pattern":"\\\\$\\\\{"}';
    expect(text).toContain(`{"type":"integer","minimum":0,"maximum":65535},${place}`);
    expect(text).toContain(`{"type":"string","enum":["auto","readable","json"]},${place}`);
    expect(text).toContain(`{"type":"boolean"},${place}`);
  });
});
