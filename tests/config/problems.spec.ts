import { describe, expect, it } from 'vitest';
import { problemsOf, settingsOf } from './fakes.js';

/*
 * One defect a case, with the whole line that a person reads.
 */

const PIPELINE = 'm.yaml:2:3 pipeline';
const cases: readonly (readonly [defect: string, text: string, line: string])[] = [
  ['a key nobody knows', 'pipelines: {}', 'm.yaml:1:1 pipelines: unknown key, did you mean pipeline?'],
  [
    'a key far from any',
    'colour: red',
    'm.yaml:1:1 colour: unknown key, should be one of source, pipeline, store, sinks, delivery, barrier, health, log, clock, cache, decisions, record, route, silences, episodes',
  ],
  ['a mistyped option', 'pipeline:\n  cooldwon: 30m', `${PIPELINE}.cooldwon: unknown key, did you mean cooldown?`],
  [
    'the option of another plug-in',
    'pipeline:\n  lookbackBars: 8',
    `${PIPELINE}.lookbackBars: unknown key, should be one of moveThreshold, volumeLogZThreshold, unknownLiquidity, cooldown`,
  ],
  [
    'a key in an object that is not strict',
    'sinks:\n  - type: discord\n    webhookUrl: https://x\n    limits:\n      puase: 1s',
    'm.yaml:5:7 sinks.0.limits.puase: unknown key, did you mean pause?',
  ],
  [
    'an unknown type',
    'pipeline:\n  type: momentun',
    'm.yaml:2:9 pipeline.type: is "momentun", should be one of momentum, classic (did you mean momentum?)',
  ],
  ['a type that is no text', 'store: { type: 3 }', 'm.yaml:1:16 store.type: is 3, should be one of lowdb, memory'],
  ['a sink without a type', 'sinks:\n  - color: never', 'm.yaml:2:5 sinks.0.type: is missing, should be one of console, discord'],
  [
    'a sink that is a word',
    'sinks:\n  - console',
    'm.yaml:2:5 sinks.0: is "console", should be a map with a type: one of console, discord (did you mean console?)',
  ],
  ['sinks without any entry', 'sinks:', 'm.yaml:1:7 sinks: is empty, should be a list of "- type: …", or [] for none'],
  ['sinks as a map', 'sinks: { type: console }', 'm.yaml:1:8 sinks: is a map, should be a list of "- type: …", or [] for none'],
  [
    'two sinks of one name',
    'sinks:\n  - type: console\n  - type: discord\n    webhookUrl: https://x\n    name: console',
    'm.yaml:5:11 sinks.1.name: is the name of sinks.0 too, should be its own: name: …',
  ],
  [
    'a section without settings',
    'pipeline:',
    'm.yaml:1:10 pipeline: is empty, should be a map with a type: one of momentum, classic',
  ],
  [
    'a duration without its unit',
    'pipeline:\n  cooldown: 30',
    'm.yaml:2:13 pipeline.cooldown: is 30, should be a duration with its unit, such as 30m, 1.5s or 250ms',
  ],
  [
    'a duration of an unknown unit',
    'pipeline:\n  cooldown: 30min',
    'm.yaml:2:13 pipeline.cooldown: is "30min", should be a duration with its unit, such as 30m, 1.5s or 250ms',
  ],
  [
    'a percentage without its sign',
    'pipeline:\n  type: classic\n  priceThreshold: 5',
    'm.yaml:3:19 pipeline.priceThreshold: is 5, should be a percentage with its sign, such as 2.5%',
  ],
  [
    'a word for a number',
    'pipeline:\n  moveThreshold: three',
    'm.yaml:2:18 pipeline.moveThreshold: is "three", should be a number above 0',
  ],
  [
    'a number in quotes',
    'pipeline:\n  moveThreshold: "3"',
    'm.yaml:2:18 pipeline.moveThreshold: is "3", should be a number above 0',
  ],
  [
    'a number out of range',
    'pipeline:\n  type: classic\n  lookbackBars: 501',
    'm.yaml:3:17 pipeline.lookbackBars: is 501, should be a whole number from 1 to 500',
  ],
  [
    'a broken number',
    'pipeline:\n  type: classic\n  lookbackBars: 2.5',
    'm.yaml:3:17 pipeline.lookbackBars: is 2.5, should be a whole number from 1 to 500',
  ],
  [
    'a number that is none',
    'pipeline:\n  moveThreshold: .nan',
    'm.yaml:2:18 pipeline.moveThreshold: is NaN, should be a number above 0',
  ],
  ['a word for a truth', 'health:\n  enabled: yes', 'm.yaml:2:12 health.enabled: is "yes", should be true or false'],
  [
    'a choice nobody offers',
    'log:\n  level: inof',
    'm.yaml:2:10 log.level: is "inof", should be one of trace, debug, info, warn, error, fatal, silent (did you mean info?)',
  ],
  [
    'an entry nobody offers',
    'source:\n  markets: [usdm, futures]',
    'm.yaml:2:19 source.markets.1: is "futures", should be one of usdm, spot',
  ],
  ['a list that is a word', 'source:\n  markets: usdm', 'm.yaml:2:12 source.markets: is "usdm", should be a list of at least 1'],
  [
    'a list that is empty',
    'source:\n  markets: []',
    'm.yaml:2:12 source.markets: is an empty list, should be a list of at least 1',
  ],
  ['a missing option', 'source: { type: replay }', 'm.yaml:1:9 source.bars: is missing, should be a list of at least 1'],
  ['an option left empty', 'store:\n  path:', 'm.yaml:2:8 store.path: is empty, should be text that is not empty'],
  [
    'a neither-nor',
    'delivery:\n  maxAge: 5',
    'm.yaml:2:11 delivery.maxAge: is 5, should be auto, or a duration with its unit, such as 10m',
  ],
  [
    'a wait without its unit',
    'barrier: 1500',
    'm.yaml:1:10 barrier: is 1500, should be a duration with its unit, such as 30m, 1.5s or 250ms',
  ],
  ['a clock that creeps', 'clock:\n  speed: 0.5', 'm.yaml:2:10 clock.speed: is 0.5, should be a number from 1 to 3600'],
  [
    'a health endpoint for everyone',
    'health:\n  host: 0.0.0.0',
    'm.yaml:2:9 health.host: is "0.0.0.0", should be a loopback address such as 127.0.0.1, or stand beside "exposed: true", which lets other machines ask',
  ],
  [
    'a file that is a list',
    '- type: console',
    'm.yaml:1:1: is a list, should be a map of source, pipeline, store, sinks, delivery, barrier, health, log, clock, cache, decisions, record, route, silences, episodes',
  ],
  [
    'a file that is a word',
    'console',
    'm.yaml:1:1: is "console", should be a map of source, pipeline, store, sinks, delivery, barrier, health, log, clock, cache, decisions, record, route, silences, episodes',
  ],
];

describe('a problem', () => {
  it.each(cases)('names %s, its place, and what would be right', (_defect, text, line) => {
    expect(problemsOf(text)).toStrictEqual([line]);
  });

  it('F82: comes with all the others, in the order of the file', () => {
    const text =
      'sources: {}\npipeline:\n  cooldown: 30\n  cooldwon: 1h\nlog:\n  level: loud\nhealth:\n  host: 0.0.0.0\n  port: 99999\n';
    expect(problemsOf(text, { env: { TIMEFRAME: '17m' }, overrides: ['store.path=3'] })).toStrictEqual([
      'm.yaml:1:1 sources: unknown key, did you mean source?',
      'm.yaml:3:13 pipeline.cooldown: is 30, should be a duration with its unit, such as 30m, 1.5s or 250ms',
      'm.yaml:4:3 pipeline.cooldwon: unknown key, did you mean cooldown?',
      'm.yaml:6:10 log.level: is "loud", should be one of trace, debug, info, warn, error, fatal, silent',
      'm.yaml:8:9 health.host: is "0.0.0.0", should be a loopback address such as 127.0.0.1, or stand beside "exposed: true", which lets other machines ask',
      'm.yaml:9:9 health.port: is 99999, should be a whole number from 0 to 65535',
      'environment TIMEFRAME source.interval: is not usable, should be one of 1m, 3m, 5m, 15m, 30m, 1h, 2h, 4h, 6h, 8h, 12h, 1d',
      '--set store.path: is 3, should be text that is not empty',
    ]);
  });
});

describe('settings without a problem', () => {
  it('are whole without any file', () => {
    const { source, pipeline, store, sinks, delivery, ...rest } = settingsOf(null);
    expect([source.type, pipeline.type, store.type, sinks.map(({ name }) => name)]).toStrictEqual([
      'binance',
      'momentum',
      'lowdb',
      ['console'],
    ]);
    expect(pipeline.settings).toStrictEqual({
      moveThreshold: 3,
      volumeLogZThreshold: 3,
      unknownLiquidity: 'low',
      cooldown: 1_800_000,
    });
    expect(delivery).toStrictEqual({
      onUnknown: 'resend',
      maxUnknownResends: 3,
      maxAgeMs: null,
      quickStartPauseMs: 30_000,
      queueLimit: 500,
    });
    expect(rest).toStrictEqual({
      barrierMs: 1_500,
      health: { enabled: true, host: '127.0.0.1', port: 8_787, exposed: false },
      log: { level: 'info', format: 'auto' },
      clock: { speed: 1 },
      cache: { enabled: true, folder: 'auto' },
      decisions: { enabled: 'auto', folder: 'auto', maxBytes: 67_108_864, keep: 172_800_000 },
      record: null,
      route: null,
      silences: { file: 'auto', every: 2_000 },
      episodes: { groupForMs: 'auto', repeatAfterMs: 'auto' },
    });
  });

  it.each(['', '# nothing but a comment\n', '{}'])('are the defaults for a file that says nothing: %j', (text) => {
    expect(JSON.stringify(settingsOf(text))).toBe(JSON.stringify(settingsOf(null)));
  });

  it('are in the units of TypeScript', () => {
    const settings = settingsOf(
      'pipeline: { type: classic, priceThreshold: 2.5%, cooldown: 1.5h }\ndelivery: { maxAge: 10m }\nbarrier: 250ms',
    );
    expect(settings.pipeline.settings).toMatchObject({ priceThreshold: 2.5, cooldown: 5_400_000 });
    expect([settings.delivery.maxAgeMs, settings.barrierMs]).toStrictEqual([600_000, 250]);
  });

  it('leave out a sink that is off, whatever else it lacks', () => {
    const sinks = settingsOf(
      'sinks:\n  - type: console\n  - type: discord\n    enabled: false\n    webhookUrl: ${NOBODY_SET_THIS}\n    colour: red',
    ).sinks;
    expect(sinks.map(({ name }) => name)).toStrictEqual(['console']);
  });

  it('let other machines ask for health when that is stated', () => {
    expect(settingsOf('health: { host: 0.0.0.0, exposed: true }').health.host).toBe('0.0.0.0');
  });

  it('make their plug-ins', () => {
    const [sink] = settingsOf('sinks:\n  - { type: console, name: screen }').sinks;
    expect(sink?.create(undefined as never).name).toBe('screen');
  });
});
