import { z } from 'zod';
import type { EpisodeSettings } from '../model/episode.js';
import type { MapNode, Node, Problem } from './node.js';
import { child, emptyMap } from './node.js';
import { notFollowed } from './followed.js';
import { leaseProblems } from './lease-problems.js';
import type { Tell } from './parts.js';
import { choosePipeline, choosePlugin, chooseSinks, namesWritten, parse } from './parts.js';
import { fallbackProblems, routeProblems } from './route-problems.js';
import type { Routing, WrittenRoute } from './routing.js';
import { route, routingOf } from './routing.js';
import { barrier, cache, clock, decisions, delivery, episodes, health, log, record, silences } from './sections.js';
import type { ChosenSink, Lists, Settings } from './settings.js';
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
  route: z.unknown(),
  silences: z.unknown(),
  episodes: z.unknown(),
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
  if (store !== null) tell(...leaseProblems(root, store, sinks));
  const parts = {
    delivery: general(delivery, 'delivery'),
    barrierMs: general(barrier, 'barrier'),
    health: general(health, 'health'),
    log: general(log, 'log'),
    clock: general(clock, 'clock'),
    cache: general(cache, 'cache'),
    decisions: general(decisions, 'decisions'),
    silences: general(silences, 'silences'),
    episodes: general(episodes, 'episodes'),
  };
  const routing = routed(root, general(route, 'route'), parts.delivery?.fallback ?? [], sinks, tell);
  const recorded = general(record, 'record') ?? null;
  if (problems.length > 0 || !source || !pipeline || !store || !parts.delivery || parts.barrierMs === undefined)
    return failed(problems);
  if (!parts.episodes) return failed(problems);
  if (!parts.health || !parts.log || !parts.clock || !parts.cache || !parts.decisions || !parts.silences) return failed(problems);
  const { maxAge: maxAgeMs, quickStartPause: quickStartPauseMs, fallback: _chains, ...sending } = parts.delivery;
  const { barrierMs, health: asked, log: written, clock: time, cache: kept, decisions: ring } = parts;
  return {
    ok: true,
    settings: {
      ...{ source, pipeline, store, sinks, barrierMs, health: asked, log: written, clock: time, cache: kept, decisions: ring },
      record: recorded,
      route: routing.route,
      silences: parts.silences,
      episodes: episodesOf(parts.episodes),
      delivery: {
        ...sending,
        ...{ maxAgeMs, quickStartPauseMs },
        ...(routing.fallback.length === 0 ? {} : { fallback: routing.fallback }),
      },
    },
  };
};

/** Who gets which alert. Sinks that are off may be named all the same: what is on depends on the environment. */
const routed = (
  root: MapNode,
  written: WrittenRoute | undefined,
  chains: readonly (readonly string[])[],
  sinks: readonly ChosenSink[],
  tell: Tell,
): Routing => {
  const on = sinks.map(({ name }) => name);
  const known = [...new Set([...namesWritten(child(root, 'sinks')), ...on])];
  if (written !== undefined) tell(...routeProblems(root, written, known));
  tell(...fallbackProblems(root, chains, known));
  return routingOf(written, chains, on);
};

const episodesOf = ({ groupFor, repeatAfter }: z.output<typeof episodes>): EpisodeSettings | null =>
  groupFor === 'off' ? null : { groupForMs: groupFor, repeatAfterMs: repeatAfter === 'off' ? null : repeatAfter };

const failed = (problems: readonly Problem[]): Validated => ({
  ok: false,
  problems: [...problems].sort((a, b) => a.rank - b.rank),
});
