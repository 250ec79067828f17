/** Where a setting stands: keys and list indexes, all as text. */
export type Path = readonly string[];
export type Scalar = string | number | boolean | null;

/**
 * Where a setting comes from. `rank` puts problems in the order in which a person reads them: the file from top to bottom,
 * then the environment, then the command line. `variables` are those whose contents went into the value, which is
 * therefore never printed.
 */
export interface Origin {
  readonly kind: 'file' | 'environment' | 'flag' | 'default';
  readonly where: string;
  readonly rank: number;
  readonly variables: readonly string[];
}

/** One thing that is wrong with the settings: what is wrong and what would be right, in one line without values of variables. */
export interface Problem {
  readonly where: string;
  readonly rank: number;
  readonly path: string;
  readonly text: string;
}

/**
 * The settings before any schema has seen them. Keys live in a `Map`, so that `__proto__` is a key like any other and
 * reaches no prototype. A `broken` node holds the problem that kept it from having a value; whoever looks at it tells it once.
 */
export type Node =
  | { readonly kind: 'scalar'; readonly value: Scalar; readonly origin: Origin }
  | { readonly kind: 'list'; readonly items: readonly Node[]; readonly origin: Origin }
  | MapNode
  | { readonly kind: 'broken'; readonly problem: Problem; readonly origin: Origin };

export interface Entry {
  readonly key: Origin;
  readonly node: Node;
}
export interface MapNode {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Entry>;
  readonly origin: Origin;
}

export const emptyMap = (origin: Origin): MapNode => ({ kind: 'map', entries: new Map(), origin });

export const child = (node: Node, key: string): Node | undefined => {
  if (node.kind === 'map') return node.entries.get(key)?.node;
  return node.kind === 'list' && /^\d+$/.test(key) ? node.items[Number(key)] : undefined;
};

export const nodeAt = (root: Node, path: Path): Node | undefined =>
  path.reduce<Node | undefined>((node, key) => node && child(node, key), root);

/** The deepest node on the way to `path` that is there. */
export const nearest = (root: Node, path: Path): Node => {
  let node = root;
  for (const key of path) {
    const next = child(node, key);
    if (next === undefined) break;
    node = next;
  }
  return node;
};

export const withEntry = (map: MapNode, key: string, entry: Entry): MapNode => ({
  ...map,
  entries: new Map(map.entries).set(key, entry),
});

/**
 * The tree with `node` at `path`; maps on the way are made, whatever else lies there gives way.
 * A list takes the index of one of its items, or the next one. Text: the reason why it cannot be done.
 */
export const replaceAt = (root: Node, path: Path, node: Node, done: Path = []): Node | string => {
  const [key, ...rest] = path;
  if (key === undefined) return node;
  const below = (inner: Node | undefined): Node | string => replaceAt(inner ?? emptyMap(node.origin), rest, node, [...done, key]);
  if (root.kind === 'list') {
    const index = /^\d+$/.test(key) ? Number(key) : -1;
    if (index < 0 || index > root.items.length)
      return `${formatPath(done)} is a list of ${root.items.length}, should be an index from 0 to ${root.items.length}`;
    const replaced = below(root.items[index]);
    return typeof replaced === 'string'
      ? replaced
      : { ...root, items: [...root.items.slice(0, index), replaced, ...root.items.slice(index + 1)] };
  }
  const map = root.kind === 'map' ? root : emptyMap(node.origin);
  const replaced = below(map.entries.get(key)?.node);
  return typeof replaced === 'string'
    ? replaced
    : withEntry(map, key, { key: map.entries.get(key)?.key ?? node.origin, node: replaced });
};

/** Plain data as a tree, all of one origin: what a command sets of its own accord. */
export const toNode = (value: unknown, origin: Origin): Node => {
  if (Array.isArray(value)) return { kind: 'list', items: value.map((item) => toNode(item, origin)), origin };
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, inner]) => [key, { key: origin, node: toNode(inner, origin) }] as const);
    return { kind: 'map', entries: new Map(entries), origin };
  }
  return { kind: 'scalar', value: value as Scalar, origin };
};

/** The tree as plain data; broken nodes are `undefined`. `Object.fromEntries` defines, so no key can reach a prototype. */
export const plain = (node: Node): unknown => {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plain);
  if (node.kind === 'map') return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plain(entry.node)]));
  return undefined;
};

/** The problems of the broken nodes in a tree. */
export const brokenIn = (node: Node): readonly Problem[] => {
  if (node.kind === 'broken') return [node.problem];
  if (node.kind === 'list') return node.items.flatMap(brokenIn);
  return node.kind === 'map' ? [...node.entries.values()].flatMap((entry) => brokenIn(entry.node)) : [];
};

/** A key may be a secret that slipped into the wrong place: only what looks like a key is printed. */
export const formatKey = (key: string): string => (/^[\w.-]{1,40}$/.test(key) ? key : '(unprintable)');
export const formatPath = (path: Path): string => path.map(formatKey).join('.');

export const problemAt = (origin: Origin, path: Path, text: string): Problem => ({
  where: origin.where,
  rank: origin.rank,
  path: formatPath(path),
  text,
});

/** `file:line:column path: what is wrong, what would be right`. */
export const formatProblem = ({ where, path, text }: Problem): string =>
  path === '' ? `${where}: ${text}` : `${where} ${path}: ${text}`;

const FILE_RANK_MAX = 1e12;
export const fileOrigin = (file: string, line: number, column: number): Origin => ({
  kind: 'file',
  where: `${file}:${line}:${column}`,
  rank: line * 1e6 + column,
  variables: [],
});
export const environmentOrigin = (names: readonly string[]): Origin => ({
  kind: 'environment',
  where: `environment ${names.join(', ')}`,
  rank: FILE_RANK_MAX,
  variables: names,
});
export const flagOrigin = (flag: string): Origin => ({ kind: 'flag', where: flag, rank: 2 * FILE_RANK_MAX, variables: [] });
export const defaultOrigin = (file: string | null): Origin => ({
  kind: 'default',
  where: file ?? 'settings',
  rank: 0,
  variables: [],
});
