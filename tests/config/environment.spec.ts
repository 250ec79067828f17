import { describe, expect, it } from 'vitest';
import { VARIABLES } from '../../src/config/variables.js';
import { notesOf, problemsOf, settingsOf, warningsOf } from './fakes.js';

const HOOK = 'https://hook';
const sinksOf = (text: string | null, env: Record<string, string>, overrides: string[] = []) =>
  settingsOf(text, { env, overrides }).sinks;
const hookOf = (text: string | null, env: Record<string, string>, overrides: string[] = []): string | undefined => {
  const url = sinksOf(text, env, overrides).find(({ type }) => type === 'discord')?.options['webhookUrl'];
  return (url as { reveal(): string } | undefined)?.reveal();
};

/** What one variable alone does to the settings, for each of its names. */
const table: readonly (readonly [names: readonly string[], text: string, path: string, value: unknown])[] = [
  [['LOG_LEVEL'], 'DEBUG', 'log.level', 'debug'],
  [['LOG_LEVEL'], 'WARNING', 'log.level', 'warn'],
  [['TIMEFRAME', 'CANDLE_TIMEFRAME'], '5m', 'source.options.interval', '5m'],
  [['LOOKBACK_PERIODS', 'LOOKBACK_CANDLES'], '12', 'pipeline.settings.lookbackBars', 12],
  [['VOLUME_SPIKE_THRESHOLD', 'VOLUME_THRESHOLD'], '200', 'pipeline.settings.volumeThreshold', 200],
  [['VOLUME_ZSCORE_THRESHOLD'], '2.5', 'pipeline.settings.volumeLogZThreshold', 2.5],
  [['PRICE_CHANGE_THRESHOLD'], '0.07', 'pipeline.settings.priceThreshold', 7],
  [['PRICE_CHANGE_THRESHOLD'], '.05', 'pipeline.settings.priceThreshold', 5],
  [['PRICE_THRESHOLD'], '7', 'pipeline.settings.priceThreshold', 7],
  [['MIN_HOURLY_VOLUME', 'MIN_LIQUIDITY'], '2500', 'source.options.universe.minHourlyQuoteVolume', 2_500],
  [['ALERT_COOLDOWN', 'COOLDOWN_MINUTES'], '45', 'pipeline.settings.cooldown', 2_700_000],
  [['UNIVERSE_CACHE_TTL', 'CACHE_TTL'], '90', 'source.options.universe.ttl', 90_000],
  [['WS_MAX_STREAMS', 'MAX_STREAMS_PER_CONNECTION'], '100', 'source.options.streamsPerSocket', 100],
  [['WS_MAX_MSG_PER_SEC', 'MAX_MESSAGES_PER_SECOND'], '4', 'source.options.messagesPerSecond', 4],
  [['WS_RECONNECT_DELAY', 'RECONNECT_DELAY'], '2.5', 'source.options.reconnectDelay', 2_500],
];
const at = (root: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], root);

describe('a variable of the first scanner', () => {
  it.each(table.flatMap(([names, text, path, value]) => names.map((name) => [name, text, path, value] as const)))(
    '%s=%s sets %s to %j',
    (name, text, path, value) => {
      expect(at(settingsOf(null, { env: { [name]: text } }), path)).toBe(value);
      expect(warningsOf(null, { env: { [name]: text } })).toStrictEqual([]);
    },
  );

  it('is in the table above, every one', () => {
    const tested = new Set(table.flatMap(([names]) => names));
    expect(VARIABLES.flatMap(({ names }) => Object.keys(names)).filter((name) => !tested.has(name))).toStrictEqual([]);
  });

  it('F88: counts as not set when it is empty', () => {
    const env = Object.fromEntries(VARIABLES.flatMap(({ names }) => Object.keys(names).map((name) => [name, ''])));
    expect(JSON.stringify(settingsOf(null, { env }))).toBe(JSON.stringify(settingsOf(null)));
  });

  it.each([
    [
      'LOOKBACK_PERIODS',
      'eight',
      'environment LOOKBACK_PERIODS pipeline.lookbackBars: is not usable, should be a whole number of bars such as 8',
    ],
    [
      'LOOKBACK_PERIODS',
      '8.5',
      'environment LOOKBACK_PERIODS pipeline.lookbackBars: is not usable, should be a whole number from 1 to 500',
    ],
    ['ALERT_COOLDOWN', '30m', 'environment ALERT_COOLDOWN pipeline.cooldown: is not usable, should be minutes such as 30'],
    [
      'UNIVERSE_CACHE_TTL',
      '-1',
      'environment UNIVERSE_CACHE_TTL source.universe.ttl: is not usable, should be seconds such as 3600',
    ],
    [
      'TIMEFRAME',
      '15M',
      'environment TIMEFRAME source.interval: is not usable, should be one of 1m, 3m, 5m, 15m, 30m, 1h, 2h, 4h, 6h, 8h, 12h, 1d',
    ],
    [
      'DISCORD_WEBHOOK_URL',
      'canary',
      'environment DISCORD_WEBHOOK_URL sinks.1.webhookUrl: is not usable, should be a webhook address',
    ],
    [
      'DISCORD_WEBHOOK_URL',
      '"canary"',
      'environment DISCORD_WEBHOOK_URL sinks.1.webhookUrl: is not usable (it holds a quote, a space or a line break at its edge), should be a webhook address',
    ],
  ])('%s=%s is one problem that names it', (name, text, line) => {
    expect(problemsOf(null, { env: { [name]: text } })).toStrictEqual([line]);
  });

  it('that is a limit is kept by a lower limit of the exchange', () => {
    const env = { WS_MAX_MSG_PER_SEC: '20', WS_MAX_STREAMS: '5000' };
    expect(settingsOf(null, { env }).source.options).toMatchObject({ messagesPerSecond: 10, streamsPerSocket: 1_024 });
    expect(notesOf(null, { env })).toStrictEqual([
      'WS_MAX_STREAMS: 1024 is used, the exchange allows no more',
      'WS_MAX_MSG_PER_SEC: 10 is used, the exchange allows no more',
    ]);
  });

  it('agrees with its other name, or is a problem', () => {
    expect(
      settingsOf(null, { env: { PRICE_CHANGE_THRESHOLD: '0.05', PRICE_THRESHOLD: '5.0' } }).pipeline.settings['priceThreshold'],
    ).toBe(5);
    expect(problemsOf(null, { env: { PRICE_CHANGE_THRESHOLD: '0.05', PRICE_THRESHOLD: '6' } })).toStrictEqual([
      'environment PRICE_CHANGE_THRESHOLD, PRICE_THRESHOLD pipeline.priceThreshold: has two names with different values, should have one name, or the same value under both',
    ]);
  });

  it.each([
    [
      'REST_RATE_LIMIT',
      "REST_RATE_LIMIT: ignored, the budget of requests is a share of the exchange's own limit now (source.rest.weightShare)",
    ],
    [
      'RATE_LIMIT',
      "RATE_LIMIT: ignored, the budget of requests is a share of the exchange's own limit now (source.rest.weightShare)",
    ],
    ['SCAN_INTERVAL', 'SCAN_INTERVAL: ignored, bars are pushed by the exchange now, nothing is scanned'],
    [
      'METRICS_INTERVAL',
      'METRICS_INTERVAL: ignored, the numbers are asked for at the health endpoint now, nothing is written at intervals',
    ],
    ['VOLUME_WINDOW_HOURS', 'VOLUME_WINDOW_HOURS: ignored, liquidity is measured over the last 24 hours'],
  ])('%s is accepted with one warning', (name, line) => {
    expect(warningsOf(null, { env: { [name]: '60' } })).toStrictEqual([line]);
  });
});

describe('precedence', () => {
  const FILE = 'source:\n  interval: 5m\n';

  it('is the command line, the environment, the file, the defaults', () => {
    const interval = (text: string | null, env: Record<string, string>, overrides: string[]): unknown =>
      settingsOf(text, { env, overrides }).source.options['interval'];
    expect(interval(null, {}, [])).toBe('15m');
    expect(interval(FILE, {}, [])).toBe('5m');
    expect(interval(FILE, { TIMEFRAME: '1h' }, [])).toBe('1h');
    expect(interval(FILE, { TIMEFRAME: '1h' }, ['source.interval=4h'])).toBe('4h');
    expect(interval(FILE, { TIMEFRAME: '1h' }, ['source={ type: binance, interval: 4h }'])).toBe('4h');
    expect(interval(FILE, { TIMEFRAME: '1h' }, ['source={ type: binance }'])).toBe('1h');
  });

  it('lets the environment mend what the file lacks', () => {
    expect(settingsOf('source:\n  interval: ${NOBODY_SET_THIS}', { env: { TIMEFRAME: '1h' } }).source.options['interval']).toBe(
      '1h',
    );
  });
});

describe('variables of the classic rule', () => {
  const env = { PRICE_THRESHOLD: '4', LOOKBACK_PERIODS: '10' };
  const MOMENTUM = 'pipeline:\n  type: momentum\n  moveThreshold: 4\n';
  const note = 'LOOKBACK_PERIODS, PRICE_THRESHOLD: the classic pipeline is used';
  const warning = 'LOOKBACK_PERIODS, PRICE_THRESHOLD: ignored, the pipeline momentum has no such setting';

  it.each([null, MOMENTUM])('choose it, and say so, where no file was named: %j', (text) => {
    const { pipeline } = settingsOf(text, { env, explicit: false });
    expect(pipeline).toMatchObject({ type: 'classic', settings: { priceThreshold: 4, lookbackBars: 10, volumeThreshold: 150 } });
    expect(notesOf(text, { env, explicit: false })).toStrictEqual([note]);
    expect(warningsOf(text, { env, explicit: false })).toStrictEqual([]);
  });

  it('are one warning where a named file says otherwise', () => {
    expect(settingsOf(MOMENTUM, { env }).pipeline).toMatchObject({ type: 'momentum', settings: { moveThreshold: 4 } });
    expect(warningsOf(MOMENTUM, { env })).toStrictEqual([warning]);
    expect(notesOf(MOMENTUM, { env })).toStrictEqual([]);
  });

  it('are one warning where the command line says otherwise', () => {
    expect(warningsOf(null, { env, overrides: ['pipeline.type=momentum'] })).toStrictEqual([warning]);
  });

  it('set what a named file leaves to them', () => {
    expect(settingsOf('pipeline:\n  type: classic\n  priceThreshold: 9%', { env }).pipeline.settings['priceThreshold']).toBe(4);
  });

  it('leave the z-score behind', () => {
    expect(warningsOf(null, { env: { ...env, VOLUME_ZSCORE_THRESHOLD: '3' } })).toStrictEqual([
      'VOLUME_ZSCORE_THRESHOLD: ignored, the pipeline classic has no such setting',
    ]);
  });

  it('do not come from the cooldown, which every rule has', () => {
    expect(settingsOf(null, { env: { ALERT_COOLDOWN: '10' } }).pipeline.type).toBe('momentum');
  });
});

describe('DISCORD_WEBHOOK_URL', () => {
  const env = { DISCORD_WEBHOOK_URL: HOOK };

  it('adds a sink where there is no file', () => {
    expect(sinksOf(null, env).map(({ name }) => name)).toStrictEqual(['console', 'discord']);
    expect(hookOf(null, env)).toBe(HOOK);
  });

  it('adds none to a file, nor to what the command line chose', () => {
    expect(sinksOf('sinks:\n  - type: console', env)).toHaveLength(1);
    expect(sinksOf(null, env, ['sinks=[]'])).toHaveLength(0);
  });

  it('is the address of a Discord sink that names none, or wrote one down', () => {
    expect(hookOf('sinks:\n  - type: discord', env)).toBe(HOOK);
    expect(hookOf('sinks:\n  - type: discord\n    webhookUrl: https://written', env)).toBe(HOOK);
  });

  it('leaves an address from another variable, from the command line, and those of several sinks', () => {
    expect(hookOf('sinks:\n  - type: discord\n    webhookUrl: ${OTHER}', { ...env, OTHER: 'https://other' })).toBe(
      'https://other',
    );
    expect(hookOf('sinks:\n  - type: discord', env, ['sinks.0.webhookUrl=https://set'])).toBe('https://set');
    const two =
      'sinks:\n  - { type: discord, webhookUrl: https://one }\n  - { type: discord, name: two, webhookUrl: https://two }';
    expect(hookOf(two, env)).toBe('https://one');
  });
});
