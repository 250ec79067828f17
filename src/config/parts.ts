import { NEVER } from 'rxjs';
import type { z } from 'zod';
import type { Plugin } from '../ports/plugin.js';
import { fingerprintOf } from './fingerprint.js';
import type { Node, Path, Problem } from './node.js';
import { brokenIn, child, plain, problemAt } from './node.js';
import { enabled } from './sections.js';
import type { Chosen, ChosenPipeline, ChosenSink, Lists } from './settings.js';
import { oneOf, problemOf, spokenOf, textAt, unknownKeys, without } from './words.js';

/** Where problems are put down while the tree is read. */
export type Tell = (...problems: readonly Problem[]) => void;

/**
 * Reads one part of the tree by one schema; `undefined` when it does not fit, which has then been told. A schema's own
 * `error` text goes on after "should be"; where it has none, one is made of what it wants.
 */
export const parse = <Schema extends z.ZodType>(
  schema: Schema,
  node: Node,
  path: Path,
  tell: Tell,
): z.output<Schema> | undefined => {
  const broken = brokenIn(node);
  const unknown = unknownKeys(node, schema, path);
  tell(...broken, ...unknown);
  // The empty text marks what zod would have worded itself.
  const result = schema.safeParse(plain(node), { error: () => '' });
  if (!result.success)
    tell(...result.error.issues.map((issue) => problemOf(issue, node, schema, path)).filter((problem) => problem !== null));
  return result.success && broken.length + unknown.length === 0 ? result.data : undefined;
};

/** The plug-in that a section's `type` names. */
const named = <Part extends { readonly type: string }>(
  parts: readonly Part[],
  node: Node,
  path: Path,
  tell: Tell,
): Part | null => {
  const types = parts.map((part) => part.type);
  if (node.kind === 'broken') tell(node.problem);
  else if (node.kind !== 'map')
    tell(problemAt(node.origin, path, `${spokenOf(node, path, null)}, should be a map with a type: ${oneOf(types, node)}`));
  if (node.kind !== 'map') return null;
  const type = child(node, 'type');
  const at = [...path, 'type'];
  if (type === undefined) tell(problemAt(node.origin, at, `is missing, should be ${oneOf(types, node)}`));
  else if (type.kind === 'broken') tell(type.problem);
  const part = parts.find((part) => part.type === textAt(node, 'type')) ?? null;
  if (part === null && type !== undefined && type.kind !== 'broken')
    tell(problemAt(type.origin, at, `${spokenOf(type, at, null)}, should be ${oneOf(types, type)}`));
  return part;
};

const choose = <Built>(
  plugin: Plugin<string, z.ZodRawShape, Built>,
  node: Node,
  path: Path,
  tell: Tell,
): Chosen<Built> | null => {
  const options = parse(plugin.options, without(node, ['type']), path, tell);
  return options === undefined ? null : { type: plugin.type, options, create: (context) => plugin.create(options, context) };
};

export const choosePlugin = <Built>(
  plugins: readonly Plugin<string, z.ZodRawShape, Built>[],
  node: Node,
  path: Path,
  tell: Tell,
): Chosen<Built> | null => {
  const plugin = named(plugins, node, path, tell);
  return plugin === null ? null : choose(plugin, node, path, tell);
};

export const choosePipeline = (pipelines: Lists['pipelines'], node: Node, path: Path, tell: Tell): ChosenPipeline | null => {
  const pipeline = named(pipelines, node, path, tell);
  if (pipeline === null) return null;
  const settings = parse(pipeline.settings, without(node, ['type']), path, tell);
  if (settings === undefined) return null;
  return {
    type: pipeline.type,
    settings,
    rules: () => pipeline.rules?.(settings) ?? [],
    measures: () => pipeline.measures(settings),
    compose: (parts, later$ = NEVER) => pipeline.compose(parts, settings, later$),
  };
};

/** The sink of one entry; `null` when it is off or does not fit. A sink that is off may lack whatever it needs when it is on. */
const chooseSink = (plugins: Lists['sinks'], node: Node, path: Path, tell: Tell): ChosenSink | null => {
  const plugin = named(plugins, node, path, tell);
  const on = child(node, 'enabled');
  if (plugin === null || (on !== undefined && parse(enabled, on, [...path, 'enabled'], tell) !== true)) return null;
  const chosen = choose(plugin, without(node, ['enabled']), path, tell);
  const name = chosen?.options['name'];
  if (chosen === null) return null;
  const { type, options } = chosen;
  return {
    ...chosen,
    name: typeof name === 'string' ? name : type,
    create: (context) => ({ ...chosen.create(context), fingerprint: () => fingerprintOf(type, options) }),
  };
};

/** The names of all sinks, those that are off included. */
export const namesWritten = (node: Node | undefined): readonly string[] =>
  node?.kind === 'list' ? node.items.flatMap((item) => textAt(item, 'name') ?? textAt(item, 'type') ?? []) : [];

export const chooseSinks = (plugins: Lists['sinks'], node: Node, tell: Tell): readonly ChosenSink[] => {
  if (node.kind === 'broken') tell(node.problem);
  if (node.kind !== 'list') {
    if (node.kind !== 'broken')
      tell(
        problemAt(node.origin, ['sinks'], `${spokenOf(node, ['sinks'], null)}, should be a list of "- type: …", or [] for none`),
      );
    return [];
  }
  const byName = new Map<string, number>();
  return node.items.flatMap((item, index) => {
    const path = ['sinks', String(index)];
    const sink = chooseSink(plugins, item, path, tell);
    if (sink === null) return [];
    const earlier = byName.get(sink.name);
    if (earlier !== undefined)
      tell(
        problemAt(
          (child(item, 'name') ?? item).origin,
          [...path, 'name'],
          `is the name of sinks.${earlier} too, should be its own: name: …`,
        ),
      );
    byName.set(sink.name, index);
    return [sink];
  });
};
