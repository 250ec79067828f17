import type { MapNode, Node, Path, Problem } from './node.js';
import { child, emptyMap, environmentOrigin, nodeAt, plain, problemAt, replaceAt, toNode } from './node.js';
import { maximumOf, schemaAt } from './schema.js';
import type { Lists } from './settings.js';
import type { Environment } from './substitute.js';
import { variable } from './substitute.js';
import type { Variable } from './variables.js';
import { DISCORD, RETIRED, VARIABLES } from './variables.js';
import { textAt } from './words.js';

/** What the environment did to the settings. Notes say what it chose, warnings what it could not do. */
export interface Surroundings {
  readonly root: MapNode;
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
}

interface Given {
  readonly path: Path;
  readonly names: readonly string[];
  /** `null`: it does not fit; the problem has been told. */
  readonly node: Node | null;
  readonly isLimit: boolean;
}

/** What the names of one setting say together. */
const readVariable = (
  { names, path: dotted, wanted, isLimit }: Variable,
  env: Environment,
  problems: Problem[],
): Given | null => {
  const path = dotted.split('.');
  const set = Object.keys(names).filter((name) => variable(env, name) !== '');
  if (set.length === 0) return null;
  const origin = environmentOrigin(set);
  const values = set.map((name) => names[name]?.(variable(env, name).trim()) ?? null);
  const refuse = (text: string): Given => {
    problems.push(problemAt(origin, path, text));
    return { path, names: set, node: null, isLimit: false };
  };
  if (values.includes(null)) return refuse(`is not usable, should be ${wanted}`);
  if (new Set(values).size > 1)
    return refuse('has two names with different values, should have one name, or the same value under both');
  return { path, names: set, node: toNode(values[0], origin), isLimit: isLimit ?? false };
};

const typeOf = (root: Node, section: string): string | null => {
  const node = child(root, section);
  return node === undefined ? null : textAt(node, 'type');
};

/** What the plug-in that is chosen says of such a setting; `null`: it has none. */
const schemaOf = (root: Node, lists: Lists, [section = '', ...path]: Path) => {
  const type = typeOf(root, section);
  const part =
    section === 'source'
      ? lists.sources.find((source) => source.type === type)?.options
      : lists.pipelines.find((pipeline) => pipeline.type === type)?.settings;
  return part === undefined ? null : schemaAt(part, path);
};

const isOfPlugin = ([section]: Path): boolean => section === 'source' || section === 'pipeline';
const knows = (root: Node, lists: Lists, path: Path): boolean => !isOfPlugin(path) || schemaOf(root, lists, path) !== null;

/** A limit of ours that is looser than the plug-in's own is kept by the plug-in's own. */
const tightened = (root: Node, lists: Lists, { path, names, node, isLimit }: Given): { node: Node | null; notes: string[] } => {
  const schema = isLimit ? schemaOf(root, lists, path) : null;
  const maximum = schema === null ? Infinity : maximumOf(schema);
  if (node?.kind !== 'scalar' || typeof node.value !== 'number' || node.value <= maximum) return { node, notes: [] };
  return { node: { ...node, value: maximum }, notes: [`${names.join(', ')}: ${maximum} is used, the exchange allows no more`] };
};

const put = (root: MapNode, path: Path, node: Node): MapNode => {
  const replaced = replaceAt(root, path, node);
  return typeof replaced !== 'string' && replaced.kind === 'map' ? replaced : root;
};

const CLASSIC = 'classic';

/**
 * Variables that only the first scanner's rule understands mean that rule, unless a file or the command line has named one:
 * then the pipeline is `classic`, and the settings of another one go.
 */
const selectClassic = (
  root: MapNode,
  lists: Lists,
  given: readonly Given[],
  explicit: boolean,
): { root: MapNode; notes: string[] } => {
  const classic = lists.pipelines.find((pipeline) => pipeline.type === CLASSIC);
  const names = given
    .filter(({ path }) => path[0] === 'pipeline' && !knows(root, lists, path))
    .filter(({ path }) => classic && schemaAt(classic.settings, path.slice(1)) !== null);
  const named = nodeAt(root, ['pipeline', 'type']);
  if (explicit || names.length === 0 || typeOf(root, 'pipeline') === CLASSIC || named?.origin.kind === 'flag')
    return { root, notes: [] };
  const set = names.flatMap((one) => one.names);
  const origin = environmentOrigin(set);
  const pipeline = child(root, 'pipeline');
  const kept = pipeline?.kind === 'map' ? [...pipeline.entries].filter(([, entry]) => entry.node.origin.kind === 'flag') : [];
  const section: MapNode = {
    ...emptyMap(origin),
    entries: new Map([['type', { key: origin, node: toNode(CLASSIC, origin) }], ...kept]),
  };
  return { root: put(root, ['pipeline'], section), notes: [`${set.join(', ')}: the classic pipeline is used`] };
};

/**
 * The webhook of the environment goes to every Discord sink that names none; where there is one Discord sink only, it also
 * replaces an address written into the file. Without a file it makes a sink of its own.
 */
const withDiscord = (root: MapNode, lists: Lists, env: Environment, hasFile: boolean): MapNode => {
  const sinks = child(root, 'sinks');
  if (variable(env, DISCORD) === '' || sinks?.kind !== 'list' || !lists.sinks.some((sink) => sink.type === 'discord'))
    return root;
  const origin = environmentOrigin([DISCORD]);
  const webhook = toNode(variable(env, DISCORD), origin);
  const indexes = sinks.items.flatMap((item, index) => (textAt(item, 'type') === 'discord' ? [index] : []));
  const filled = indexes.reduce((tree, index) => {
    const url = nodeAt(tree, ['sinks', String(index), 'webhookUrl']);
    const written = url?.origin.kind === 'file' && url.origin.variables.length === 0 && url.kind === 'scalar';
    return url === undefined || (written && indexes.length === 1)
      ? put(tree, ['sinks', String(index), 'webhookUrl'], webhook)
      : tree;
  }, root);
  if (hasFile || indexes.length > 0 || sinks.origin.kind === 'flag') return filled;
  const sink: Node = toNode({ type: 'discord', webhookUrl: plain(webhook) }, origin);
  return put(filled, ['sinks', String(sinks.items.length)], sink);
};

const strangerWarnings = (root: MapNode, strangers: readonly Given[]): readonly string[] =>
  ['source', 'pipeline'].flatMap((section) => {
    const names = strangers.filter(({ path }) => path[0] === section).flatMap((one) => one.names);
    return names.length === 0
      ? []
      : [`${names.join(', ')}: ignored, the ${section} ${typeOf(root, section) ?? ''} has no such setting`];
  });

/**
 * Puts the environment over the file and under the command line. `explicit`: the file was named by a person; `hasFile`: there is one.
 */
export const surround = (
  root: MapNode,
  env: Environment,
  lists: Lists,
  { explicit, hasFile }: { readonly explicit: boolean; readonly hasFile: boolean },
): Surroundings => {
  const problems: Problem[] = [];
  const given = VARIABLES.map((one) => readVariable(one, env, problems)).filter((one) => one !== null);
  const selected = selectClassic(root, lists, given, explicit);
  const notes = [...selected.notes];
  const placed = given.reduce((tree, one) => {
    if (!knows(tree, lists, one.path) || nodeAt(tree, one.path)?.origin.kind === 'flag') return tree;
    const fitting = tightened(tree, lists, one);
    notes.push(...fitting.notes);
    return fitting.node === null ? tree : put(tree, one.path, fitting.node);
  }, selected.root);
  const retired = Object.entries(RETIRED).filter(([name]) => variable(env, name) !== '');
  return {
    root: withDiscord(placed, lists, env, hasFile),
    problems,
    notes,
    warnings: [
      ...strangerWarnings(
        placed,
        given.filter(({ path }) => !knows(placed, lists, path)),
      ),
      ...retired.map(([name, why]) => `${name}: ignored, ${why}`),
    ],
  };
};
