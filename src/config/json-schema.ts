import { z } from 'zod';
import { formatDuration } from '../ports/settings.js';
import { DURATION_PATTERN, PERCENT_PATTERN } from './schema.js';
import { barrier, cache, clock, decisions, delivery, enabled, episodes, health, log, record, silences } from './sections.js';
import { route } from './routing.js';
import type { Lists } from './settings.js';

type Json = Record<string, unknown>;

interface Part {
  readonly type: string;
  readonly summary: string;
  readonly options: z.ZodObject;
}

/** One shape for each plug-in, told apart by `type`; the first may be left out where one is taken without being named. */
const choice = (parts: readonly Part[], common: z.ZodRawShape, typeOptional: boolean) =>
  z.union(
    parts.map(({ type, summary, options }, index) => {
      const literal = z.literal(type).describe(summary);
      return z
        .strictObject({ type: typeOptional && index === 0 ? literal.optional() : literal, ...common, ...options.shape })
        .describe(summary);
    }),
  );

const fileSchema = (lists: Lists): z.ZodType => {
  const pipelines = lists.pipelines.map(({ type, summary, settings }) => ({ type, summary, options: settings }));
  return z
    .strictObject({
      source: choice(lists.sources, {}, true).optional().describe('Where bars come from.'),
      pipeline: choice(pipelines, {}, true).optional().describe('What is made of them.'),
      store: choice(lists.stores, {}, true).optional().describe('Where decisions and deliveries are remembered.'),
      sinks: z
        .array(choice(lists.sinks, { enabled }, false))
        .optional()
        .describe('Where alerts go.'),
      route,
      delivery,
      episodes,
      silences,
      barrier,
      health,
      log,
      clock,
      cache,
      decisions,
      record,
    })
    .describe('Settings of the momentum monitor.');
};

/** What a variable in the place of a value looks like to an editor. */
const PLACE = { type: 'string', pattern: '\\$\\{' } as const;

/** The default in the units of YAML: a schema's own default may already be in milliseconds. */
const written = (json: Json): Json => {
  if (typeof json['default'] !== 'number' || json['type'] !== 'string') return json;
  const value = json['default'];
  if (json['pattern'] === DURATION_PATTERN) return { ...json, default: formatDuration(value) };
  return json['pattern'] === PERCENT_PATTERN ? { ...json, default: `${value}%` } : json;
};

const isNarrow = (json: Json): boolean =>
  ['number', 'integer', 'boolean'].includes(String(json['type'])) || 'enum' in json || 'pattern' in json || 'format' in json;

const mapped = (json: Json, change: (value: unknown) => unknown): Json =>
  Object.fromEntries(Object.entries(json).map(([key, value]) => [key, change(value)]));

/** Lets `${VAR}` stand wherever a scalar may; otherwise editors would flag what the monitor accepts. */
const widen = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(widen);
  if (typeof value !== 'object' || value === null) return value;
  const { description, default: fallback, properties, required, ...rest } = written(value as Json);
  const inner = isNarrow(rest) ? { anyOf: [rest, PLACE] } : mapped(rest, widen);
  return {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
    ...inner,
    // Whatever else the file lacks, the environment or the command line may give.
    ...(Array.isArray(required) && required.includes('type') ? { required: ['type'] } : {}),
    // Keys of settings, some of which have the names of keywords.
    ...(properties === undefined ? {} : { properties: mapped(properties as Json, widen) }),
  };
};

/** JSON Schema of the settings file, with `${VAR}` allowed in the place of every scalar. */
export const jsonSchema = (lists: Lists): object => {
  const schema = z.toJSONSchema(fileSchema(lists), { io: 'input', unrepresentable: 'any' });
  return widen(schema) as object;
};
