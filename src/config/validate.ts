import { z } from 'zod';
import type { MapNode, Node, Problem } from './node.js';
import { child, emptyMap } from './node.js';
import { notFollowed } from './followed.js';
import { choosePipeline, choosePlugin, chooseSinks, parse } from './parts.js';
import { barrier, cache, clock, decisions, delivery, health, log, record } from './sections.js';
import type { Lists, Settings } from './settings.js';
import { unknownKeys } from './words.js';

type Validated =
  { readonly ok: true; readonly settings: Settings } | { readonly ok: false; readonly problems: readonly Problem[] };

const TOP = z.object({
  source: z.unknown(),
  pipeline: z.unknown(),
  store: z.unknown(),
  sinks: z.unknown(),
  delivery: z.unknown(),
  barrier: z.unknown(),
  health: z.unknown(),
  log: z.unknown(),
  clock: z.unknown(),
  cache: z.unknown(),
  decisions: z.unknown(),
  record: z.unknown(),
});
export const TOP_KEYS: readonly string[] = Object.keys(TOP.shape);

/** The whole tree as settings, or everything that is wrong with it, in the order in which a person reads it. */
export const validate = (root: MapNode, lists: Lists, before: readonly Problem[]): Validated => {
  const problems: Problem[] = [...before, ...unknownKeys(root, TOP, [])];
  const tell = (...found: readonly Problem[]): void => void problems.push(...found);
  const section = (key: string): Node => child(root, key) ?? emptyMap(root.origin);
  const general = <Schema extends z.ZodType>(schema: Schema, key: string): z.output<Schema> | undefined => {
    const node = child(root, key);
    return node === undefined ? schema.parse(undefined) : parse(schema, node, [key], tell);
  };
  const source = choosePlugin(lists.sources, section('source'), ['source'], tell);
  const pipeline = choosePipeline(lists.pipelines, section('pipeline'), ['pipeline'], tell);
  const store = choosePlugin(lists.stores, section('store'), ['store'], tell);
  const sinks = chooseSinks(lists.sinks, section('sinks'), tell);
  if (source !== null && pipeline !== null) tell(...notFollowed(root, source, pipeline));
  const parts = {
    delivery: general(delivery, 'delivery'),
    barrierMs: general(barrier, 'barrier'),
    health: general(health, 'health'),
    log: general(log, 'log'),
    clock: general(clock, 'clock'),
    cache: general(cache, 'cache'),
    decisions: general(decisions, 'decisions'),
  };
  const recorded = general(record, 'record') ?? null;
  if (problems.length > 0 || !source || !pipeline || !store || !parts.delivery || parts.barrierMs === undefined)
    return failed(problems);
  if (!parts.health || !parts.log || !parts.clock || !parts.cache || !parts.decisions) return failed(problems);
  const { maxAge: maxAgeMs, quickStartPause: quickStartPauseMs, ...sending } = parts.delivery;
  const { barrierMs, health: asked, log: written, clock: time, cache: kept, decisions: ring } = parts;
  return {
    ok: true,
    settings: {
      ...{ source, pipeline, store, sinks, barrierMs, health: asked, log: written, clock: time, cache: kept, decisions: ring },
      record: recorded,
      delivery: { ...sending, maxAgeMs, quickStartPauseMs },
    },
  };
};

const failed = (problems: readonly Problem[]): Validated => ({
  ok: false,
  problems: [...problems].sort((a, b) => a.rank - b.rank),
});
