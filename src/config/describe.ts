import type { MapNode, Node, Path } from './node.js';
import { child, formatPath, nodeAt } from './node.js';
import type { Settings } from './settings.js';
import { spokenOf } from './words.js';

/** One setting that somebody made, and its value where that may be shown. */
const leaves = (node: Node, path: Path): readonly string[] => {
  if (node.kind === 'map') return [...node.entries].flatMap(([key, entry]) => leaves(entry.node, [...path, key]));
  if (node.kind === 'list' && node.items.every((item) => item.kind === 'scalar')) {
    const items = node.items.map((item, index) => shownValue(item, [...path, String(index)]));
    return [`${formatPath(path)} ${items.join(', ')}`];
  }
  if (node.kind === 'list') return node.items.flatMap((item, index) => leaves(item, [...path, String(index)]));
  return [`${formatPath(path)} ${shownValue(node, path)}`];
};

const shownValue = (node: Node, path: Path): string => {
  if (node.origin.variables.length > 0) return `from ${node.origin.variables.join(', ')}`;
  const spoken = spokenOf(node, path, null);
  return spoken.startsWith('is not usable') ? '[redacted]' : spoken.replace(/^is /, '').replaceAll('"', '');
};

const line = (title: string, text: string, more: readonly string[]): string =>
  `  ${title.padEnd(8)} ${text}${more.length === 0 ? '' : ` (${more.join(', ')})`}`;

const section = (root: MapNode, key: string, type: string): string => {
  const made = leaves(child(root, key) ?? root, []).filter((text) => !text.startsWith('type '));
  return line(key, type, made);
};

/** What was chosen, in a few lines for a person: settings that somebody made, by name; secrets and variables only as where they come from. */
export const describeSettings = (root: MapNode, settings: Settings): readonly string[] => {
  const { interval } = settings.source.options;
  const made = nodeAt(root, ['source', 'interval']) !== undefined;
  const sinks = settings.sinks.map(({ name, type }) => (name === type ? name : `${name} (${type})`));
  return [
    section(root, 'source', settings.source.type) + (made || typeof interval !== 'string' ? '' : `, interval ${interval}`),
    section(root, 'pipeline', settings.pipeline.type),
    section(root, 'store', settings.store.type),
    line('sinks', sinks.length === 0 ? 'none' : sinks.join(', '), []),
  ];
};
