import { isForbiddenKey, readValue } from './document.js';
import type { Node, Origin, Path, Problem } from './node.js';
import { child, flagOrigin, formatPath, nodeAt, plain, problemAt, replaceAt, toNode } from './node.js';
import type { Environment } from './substitute.js';
import { without } from './words.js';

/**
 * One setting from the command line, which wins over everything else. As text it is what a person writes after `--set`:
 * `path=value`. A command that sets something of its own accord gives a plain value and the option it came from (`--bars`).
 */
export type Override = string | { readonly path: string; readonly value: unknown; readonly from: string };

interface Read {
  readonly path: Path;
  readonly origin: Origin;
  readonly node: Node | null;
  readonly problems: readonly Problem[];
}

const refused = (origin: Origin, path: Path, text: string): Read => ({
  path,
  origin,
  node: null,
  problems: [problemAt(origin, path, text)],
});

const readOverride = (override: Override, env: Environment): Read => {
  const origin = flagOrigin(typeof override === 'string' ? '--set' : override.from);
  const equals = typeof override === 'string' ? override.indexOf('=') : -1;
  const path = (typeof override === 'string' ? override.slice(0, Math.max(equals, 0)) : override.path).trim().split('.');
  if (typeof override === 'string' && equals < 0)
    return refused(origin, [], 'has no "=", should be path=value, such as pipeline.cooldown=1h');
  if (path.some((key) => key === ''))
    return refused(
      origin,
      path.filter((key) => key !== ''),
      'has an empty name in its path, should be such as sinks.1.name',
    );
  if (path.some(isForbiddenKey)) return refused(origin, path, 'unknown key, should not be there');
  if (typeof override !== 'string') return { path, origin, node: toNode(override.value, origin), problems: [] };
  const { root, problems } = readValue(override.slice(equals + 1), path, origin, env);
  return { path, origin, node: root, problems };
};

/**
 * When another plug-in is named, the options of the one before would all be unknown keys: what the file said of them goes.
 * What the command line said stays.
 */
const dropStrangers = (root: Node, { path, node }: Read): Node => {
  const section = path.slice(0, -1);
  const found = nodeAt(root, section);
  if (path.at(-1) !== 'type' || found?.kind !== 'map' || node === null) return root;
  const type = child(found, 'type');
  if (type !== undefined && plain(type) === plain(node)) return root;
  const strangers = [...found.entries]
    .filter(([key, entry]) => key !== 'enabled' && entry.node.origin.kind !== 'flag')
    .map(([key]) => key);
  const replaced = replaceAt(root, section, without(found, strangers));
  return typeof replaced === 'string' ? root : replaced;
};

/** The tree with the overrides in it, one after the other. */
export const override = (
  root: Node,
  overrides: readonly Override[],
  env: Environment,
): { readonly root: Node; readonly problems: readonly Problem[] } => {
  const problems: Problem[] = [];
  const result = overrides.reduce<Node>((tree, text) => {
    const read = readOverride(text, env);
    problems.push(...read.problems);
    if (read.node === null) return tree;
    const replaced = replaceAt(dropStrangers(tree, read), read.path, read.node);
    if (typeof replaced !== 'string') return replaced;
    problems.push({ ...problemAt(read.origin, [], replaced), path: formatPath(read.path) });
    return tree;
  }, root);
  return { root: result, problems };
};
