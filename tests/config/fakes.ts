import { EMPTY, NEVER } from 'rxjs';
import { z } from 'zod';
import { createConfig } from '../../src/config/load.js';
import { formatProblem } from '../../src/config/node.js';
import type { Loaded, TextRequest } from '../../src/config/load.js';
import type { Settings } from '../../src/config/settings.js';
import { INTERVALS } from '../../src/model/interval.js';
import { MARKETS } from '../../src/model/series.js';
import type { Source } from '../../src/ports/source.js';
import type { Store } from '../../src/ports/store.js';
import { definePipeline } from '../../src/ports/pipeline.js';
import { defineSink, defineSource, defineStore } from '../../src/ports/plugin.js';
import { durationMs, percent, secret } from '../../src/ports/settings.js';

/*
 * Plug-ins with options of every kind, so that what is tested here is how settings are read and not which settings there are.
 */

const idleSource: Source = {
  event$: NEVER,
  history: { bars: () => EMPTY },
  status: () => ({ sockets: [], series: 0, note: null }),
};

const universe = z.strictObject({
  minHourlyQuoteVolume: z.number().nonnegative().default(1_000),
  ttl: durationMs.prefault('1h'),
});
const binance = defineSource({
  type: 'binance',
  summary: 'The exchange.',
  options: z.strictObject({
    markets: z.array(z.enum(MARKETS)).min(1).default(['usdm']),
    interval: z.enum(INTERVALS).default('15m'),
    universe: universe.prefault({}),
    streamsPerSocket: z.int().min(1).max(1_024).default(200),
    messagesPerSecond: z.int().min(1).max(10).default(5),
    reconnectDelay: durationMs.prefault('1s'),
  }),
  create: () => idleSource,
});
const replay = defineSource({
  type: 'replay',
  summary: 'Recordings.',
  options: z.strictObject({ bars: z.array(z.string()).min(1) }),
  create: () => idleSource,
});

const noStore = (): Store => {
  throw new Error('nobody opens it here');
};
const lowdb = defineStore({
  type: 'lowdb',
  summary: 'A file.',
  options: z.strictObject({ path: z.string().min(1).default('data') }),
  create: noStore,
});
const memory = defineStore({ type: 'memory', summary: 'Nothing.', options: z.strictObject({}), create: noStore });

const consoleSink = defineSink({
  type: 'console',
  summary: 'The terminal.',
  options: z.strictObject({ name: z.string().default('console'), color: z.enum(['auto', 'always', 'never']).default('auto') }),
  create: ({ name }) => ({ name, deliver: () => EMPTY }),
});
const discord = defineSink({
  type: 'discord',
  summary: 'A channel.',
  options: z.strictObject({
    name: z.string().default('discord'),
    webhookUrl: secret.refine((url) => url.reveal().startsWith('https://'), { error: 'a webhook address' }),
    // An old-fashioned object that lets unknown keys through: the config finds them all the same.
    limits: z.object({ pause: durationMs.prefault('0s') }).prefault({}),
  }),
  create: ({ name }) => ({ name, deliver: () => EMPTY }),
});

const momentum = definePipeline({
  type: 'momentum',
  summary: 'The default.',
  settings: z.strictObject({
    moveThreshold: z.number().positive().default(3),
    volumeLogZThreshold: z.number().positive().default(3),
    unknownLiquidity: z.enum(['low', 'high']).default('low'),
    cooldown: durationMs.prefault('30m'),
  }),
  measures: () => [],
  compose: () => EMPTY,
});
const classic = definePipeline({
  type: 'classic',
  summary: 'The first scanner.',
  settings: z.strictObject({
    lookbackBars: z.int().positive().max(500).default(8),
    volumeThreshold: percent.prefault('150%'),
    priceThreshold: percent.prefault('5%'),
    cooldown: durationMs.prefault('30m'),
  }),
  measures: () => [],
  compose: () => EMPTY,
});

export const config = createConfig({
  sources: [binance, replay],
  stores: [lowdb, memory],
  sinks: [consoleSink, discord],
  pipelines: [momentum, classic],
});

type Part = Partial<Omit<TextRequest, 'file'>> & { readonly explicit?: boolean };

/** Settings of a text that is called m.yaml; `null`: no file. */
export const load = (text: string | null, { explicit = true, env = {}, overrides = [] }: Part = {}): Loaded =>
  config.loadText({ file: text === null ? null : { path: 'm.yaml', text, explicit }, env, overrides });

/** The lines a person reads; none when the settings are valid. */
export const problemsOf = (text: string | null, part: Part = {}): readonly string[] => {
  const loaded = load(text, part);
  return loaded.ok ? [] : loaded.problems.map(formatProblem);
};

export const settingsOf = (text: string | null, part: Part = {}): Settings => {
  const loaded = load(text, part);
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.settings;
};

export const warningsOf = (text: string | null, part: Part = {}): readonly string[] => {
  const loaded = load(text, part);
  return loaded.ok ? loaded.warnings : ['not valid'];
};

export const notesOf = (text: string | null, part: Part = {}): readonly string[] => {
  const loaded = load(text, part);
  return loaded.ok ? loaded.notes : ['not valid'];
};
