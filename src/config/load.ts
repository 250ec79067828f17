import { describeSettings } from './describe.js';
import { readDocument } from './document.js';
import { child, defaultOrigin, emptyMap, problemAt, toNode, withEntry } from './node.js';
import type { MapNode, Node, Problem } from './node.js';
import { surround } from './environment.js';
import type { SettingsFile } from './file.js';
import { findFile } from './file.js';
import { jsonSchema } from './json-schema.js';
import type { Override } from './overrides.js';
import { override } from './overrides.js';
import type { Lists, Settings } from './settings.js';
import type { Environment } from './substitute.js';
import { TOP_KEYS, validate } from './validate.js';
import { spokenOf } from './words.js';

/** What settings are made of, in rising order of weight: the defaults of the plug-ins, the file, the environment, the overrides. */
export interface TextRequest {
  readonly file: SettingsFile | null;
  readonly env: Environment;
  readonly overrides?: readonly Override[];
}

export interface Request {
  /** What `--config` said. */
  readonly config?: string | undefined;
  readonly env: Environment;
  readonly overrides?: readonly Override[];
}

/**
 * `warnings` name what was set without effect, `notes` what was chosen for the person; `summary` says the settings in a few
 * lines. None of them, and no problem, holds a secret or the value of a variable.
 */
export type Loaded =
  | {
      readonly ok: true;
      readonly settings: Settings;
      readonly file: string | null;
      readonly notes: readonly string[];
      readonly warnings: readonly string[];
      readonly summary: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface Config {
  /** Finds and reads the file (`--config`, `CONFIG_PATH`, config/default.yaml, none), then does as `loadText`. */
  load(request: Request): Loaded;
  /** Settings from text, environment and overrides, or everything that is wrong with them at once. Reads nothing and never throws. */
  loadText(request: TextRequest): Loaded;
  /** JSON Schema (draft 2020-12) of the file, for editors. */
  jsonSchema(): object;
}

/** Every plug-in section there and with a type, so that overrides and the environment find their place. */
const withDefaults = (root: MapNode, lists: Lists, file: string | null): MapNode => {
  const origin = defaultOrigin(file);
  const first = (parts: readonly { readonly type: string }[]): Node => toNode(parts[0]?.type ?? null, origin);
  const plugins = { source: lists.sources, pipeline: lists.pipelines, store: lists.stores };
  const typed = Object.entries(plugins).reduce<MapNode>((tree, [key, parts]) => {
    const section = child(tree, key) ?? emptyMap(origin);
    if (section.kind !== 'map' || section.entries.has('type')) return tree;
    const node = withEntry(section, 'type', { key: origin, node: first(parts) });
    return withEntry(tree, key, { key: origin, node });
  }, root);
  if (typed.entries.has('sinks')) return typed;
  return withEntry(typed, 'sinks', { key: origin, node: toNode([{ type: lists.sinks[0]?.type ?? null }], origin) });
};

interface Document {
  readonly root: MapNode;
  readonly problems: readonly Problem[];
  readonly readable: boolean;
}

const documentOf = (file: SettingsFile | null, env: Environment): Document => {
  const nothing = emptyMap(defaultOrigin(file?.path ?? null));
  if (file === null) return { root: nothing, problems: [], readable: true };
  const { root, problems } = readDocument(file.text, file.path, env);
  if (root === null) return { root: nothing, problems, readable: false };
  if (root.kind === 'map')
    return { root: { ...root, origin: { ...root.origin, where: file.path, rank: 0 } }, problems, readable: true };
  // A file of nothing but comments is a file of defaults.
  if (root.kind === 'scalar' && root.value === null) return { root: nothing, problems, readable: true };
  const text = `${spokenOf(root, [], null)}, should be a map of ${TOP_KEYS.join(', ')}`;
  return {
    root: nothing,
    problems: [...problems, root.kind === 'broken' ? root.problem : problemAt(root.origin, [], text)],
    readable: false,
  };
};

const loadText = (lists: Lists, { file, env, overrides = [] }: TextRequest): Loaded => {
  const document = documentOf(file, env);
  const overridden = override(withDefaults(document.root, lists, file?.path ?? null), overrides, env);
  const base = overridden.root.kind === 'map' ? overridden.root : document.root;
  const surrounded = surround(base, env, lists, { explicit: file?.explicit ?? false, hasFile: file !== null });
  const before = [...document.problems, ...overridden.problems, ...surrounded.problems];
  const { root, notes, warnings } = surrounded;
  // What is missing because the file could not be read is no problem of its own.
  if (!document.readable) return { ok: false, problems: before };
  const validated = validate(root, lists, before);
  if (!validated.ok) return validated;
  const { settings } = validated;
  return { ok: true, settings, file: file?.path ?? null, notes, warnings, summary: describeSettings(root, settings) };
};

/** The settings of a monitor that has these plug-ins. */
export const createConfig = (lists: Lists): Config => ({
  loadText: (request) => loadText(lists, request),
  load: ({ config, env, overrides = [] }) => {
    const found = findFile(config, env);
    return found.ok ? loadText(lists, { file: found.file, env, overrides }) : found;
  },
  jsonSchema: () => jsonSchema(lists),
});
