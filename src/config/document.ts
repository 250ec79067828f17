import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, ErrorCode, Pair } from 'yaml';
import type { Entry, Node, Origin, Path, Problem, Scalar } from './node.js';
import { fileOrigin, formatKey, problemAt } from './node.js';
import type { Environment } from './substitute.js';
import { substitute } from './substitute.js';

/** Settings files are small; anything beyond these is a mistake or an attack (reliability.md F86). */
export const FILE_BYTES_MAX = 256 * 1024;
const DEPTH_MAX = 16;
const SYNTAX_PROBLEMS_MAX = 5;

/** Keys that a careless reader of objects could be tricked with (F87). No setting has such a name. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
export const isForbiddenKey = (key: string): boolean => FORBIDDEN_KEYS.has(key);

export interface ReadYaml {
  /** `null` when the text is no YAML: then there is nothing to look into. */
  readonly root: Node | null;
  readonly problems: readonly Problem[];
}

/** The YAML parser's own messages may quote the text, which may hold a secret: these are said instead. */
const SYNTAX: Partial<Record<ErrorCode, string>> = {
  TAB_AS_INDENT: 'is indented with a tab, should be indented with spaces',
  BAD_INDENT: 'is indented differently from its neighbours, or a bracket is not closed; should be aligned and closed',
  BLOCK_AS_IMPLICIT_KEY: 'has a second "key: value" where a value should be; put the value in quotes, or on lines of its own',
  MULTILINE_IMPLICIT_KEY: 'has a key over several lines, or a colon is missing; should be "key: value"',
  MISSING_CHAR: 'lacks a closing quote, bracket, comma, or the colon after a key',
  BAD_SCALAR_START: 'begins with a character YAML keeps for itself, should be in quotes',
  BAD_DQ_ESCAPE: 'has an unknown backslash escape, should be in single quotes',
  MULTIPLE_DOCS: 'begins a second document, should be the only one in the file',
  RESOURCE_EXHAUSTION: `is nested too deeply, should be at most ${DEPTH_MAX} levels`,
};

interface Reading {
  readonly document: Document;
  readonly env: Environment;
  readonly originAt: (offset: number) => Origin;
  readonly problems: Problem[];
}

const offsetOf = (node: unknown): number =>
  isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? (node.range?.[0] ?? 0) : 0;

/** A plain scalar's value by YAML's core rules. A whole number too big for a double stays text: ids must not lose digits. */
const plainValue = (reading: Reading, text: string): Scalar => {
  if (text === '') return '';
  const tag = reading.document.schema.tags.find((tag) => 'test' in tag && tag.default === true && tag.test?.test(text));
  if (tag === undefined || !('resolve' in tag)) return text;
  const resolved = (tag.resolve as (text: string, fail: () => void, options: object) => unknown)(text, () => undefined, {});
  // Numbers with a point come wrapped, to remember how they were written.
  const value = isScalar(resolved) ? resolved.value : resolved;
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value) ? text : value;
  return typeof value === 'boolean' || value === null ? value : text;
};

const scalarNode = (
  reading: Reading,
  node: { value: unknown; type?: string; source?: string },
  origin: Origin,
  path: Path,
): Node => {
  const source = node.type === 'PLAIN' ? (node.source ?? '') : String(node.value);
  if (!source.includes('${')) {
    const value = node.type === 'PLAIN' && source !== '' ? plainValue(reading, source) : (node.value as Scalar);
    return { kind: 'scalar', value, origin };
  }
  const substituted = substitute(source, reading.env);
  if (!substituted.ok) return { kind: 'broken', problem: problemAt(origin, path, substituted.text), origin };
  const { text, variables } = substituted;
  const value = node.type === 'PLAIN' ? plainValue(reading, text) : text;
  return { kind: 'scalar', value, origin: { ...origin, variables } };
};

const entryOf = (reading: Reading, pair: Pair, path: Path, seen: ReadonlyMap<string, Entry>): readonly [string, Entry] | null => {
  const key = reading.originAt(offsetOf(pair.key));
  const refuse = (text: string, at: Path = path): null => {
    reading.problems.push(problemAt(key, at, text));
    return null;
  };
  const name = isScalar(pair.key) && pair.key.tag === undefined ? (pair.key.source ?? '') : '';
  if (name === '') return refuse('has a key that is no plain word, should be "key: value"');
  const at = [...path, name];
  if (isForbiddenKey(name)) return refuse('unknown key, should not be there', at);
  const earlier = seen.get(name);
  if (earlier !== undefined) return refuse(`is given twice (first at ${earlier.key.where}), should be given once`, at);
  return [name, { key, node: build(reading, pair.value, at) }];
};

const build = (reading: Reading, node: unknown, path: Path): Node => {
  const origin = reading.originAt(offsetOf(node));
  const broken = (text: string): Node => ({ kind: 'broken', problem: problemAt(origin, path, text), origin });
  if (isAlias(node)) return broken('is an alias (*), should be written out');
  if (path.length > DEPTH_MAX) return broken(`is nested too deeply, should be at most ${DEPTH_MAX} levels`);
  if ((isScalar(node) || isMap(node) || isSeq(node)) && node.tag !== undefined)
    return broken('has a tag (!), should be a plain value');
  if (isScalar(node)) return scalarNode(reading, node, origin, path);
  if (isSeq(node))
    return { kind: 'list', items: node.items.map((item, index) => build(reading, item, [...path, String(index)])), origin };
  if (!isMap(node)) return { kind: 'scalar', value: null, origin };
  const entries = new Map<string, Entry>();
  for (const pair of node.items) {
    const entry = entryOf(reading, pair, path, entries);
    if (entry !== null) entries.set(...entry);
  }
  return { kind: 'map', entries, origin };
};

/** One problem a line, the first few: what follows a syntax error is mostly its echo. */
const syntaxProblems = (document: Document, text: string, originAt: (offset: number) => Origin): readonly Problem[] => {
  const byLine = new Map<number, Problem>();
  for (const error of document.errors) {
    const origin = originAt(error.pos[0]);
    const line = Math.floor(origin.rank / 1e6);
    const inFlow = text[error.pos[0] - 1] === '$' && text[error.pos[0]] === '{';
    const words = inFlow ? 'has a ${…} inside { } or [ ], which should be in quotes there' : SYNTAX[error.code];
    if (!byLine.has(line))
      byLine.set(line, problemAt(origin, [], `${words ?? 'is not YAML, should be "key: value"; quotes may be missing'}`));
  }
  return [...byLine.values()].slice(
    0,
    document.errors.some((error) => error.code === 'RESOURCE_EXHAUSTION') ? 1 : SYNTAX_PROBLEMS_MAX,
  );
};

const read = (
  text: string,
  env: Environment,
  originOf: (lines: LineCounter) => (offset: number) => Origin,
  path: Path,
): ReadYaml => {
  const lineCounter = new LineCounter();
  const originAt = originOf(lineCounter);
  // Duplicate keys are found by `build`, in linear time and with both places.
  const document: Document = parseDocument(text, {
    lineCounter,
    prettyErrors: false,
    uniqueKeys: false,
    version: '1.2',
    schema: 'core',
    // With `silent` the parser would keep a second document to itself.
    logLevel: 'error',
  });
  if (document.errors.length > 0) return { root: null, problems: syntaxProblems(document, text, originAt) };
  const reading: Reading = { document, env, originAt, problems: [] };
  if (document.directives?.yaml.explicit)
    reading.problems.push(problemAt(originAt(0), [], 'has a %YAML directive, should not have one'));
  const root = build(reading, document.contents, path);
  return { root, problems: reading.problems };
};

/** A settings file as a tree in which every value knows its line and column. Aliases, tags, duplicate keys and depth are refused. */
export const readDocument = (text: string, file: string, env: Environment): ReadYaml => {
  if (Buffer.byteLength(text) > FILE_BYTES_MAX)
    return {
      root: null,
      problems: [problemAt(fileOrigin(file, 1, 1), [], `is larger than ${FILE_BYTES_MAX / 1024} KiB, should be a settings file`)],
    };
  return read(
    text,
    env,
    (lines) => (offset) => {
      const { line, col } = lines.linePos(offset);
      return fileOrigin(file, Math.max(line, 1), Math.max(col, 1));
    },
    [],
  );
};

/** One value of the command line: a YAML scalar, or a flow collection such as `[a, b]`. */
export const readValue = (text: string, path: Path, origin: Origin, env: Environment): ReadYaml => {
  if (text.trim() === '') return { root: { kind: 'scalar', value: '', origin }, problems: [] };
  const { root, problems } = read(text, env, () => () => origin, path);
  const isBlock =
    /[\r\n]/.test(text) ||
    (root?.kind === 'map' && !text.trimStart().startsWith('{')) ||
    (root?.kind === 'list' && !text.trimStart().startsWith('['));
  if (root === null || isBlock)
    return {
      root: null,
      problems: [
        problemAt(
          origin,
          path,
          `is not a value, should be a word, a number, or a list such as [a, b]; ${formatKey(path.at(-1) ?? '')}="…" keeps special characters`,
        ),
      ],
    };
  return { root, problems };
};
