import type { z } from 'zod';
import type { Node, Path, Problem } from './node.js';
import { child, nearest, nodeAt, problemAt } from './node.js';
import { elementOf, isSecret, keysOf, optionFor, schemaAt, wantedBy } from './schema.js';
import { suggest } from './suggest.js';

type Schema = z.core.$ZodType;

const SHOWN_LENGTH_MAX = 24;
const SECRET_NAMES = /url|uri|webhook|token|secret|password|key|auth|credential/i;

/**
 * How a problem speaks of a value. A value that came out of a variable, and one that may be a secret by its schema, its name
 * or its looks, is not shown.
 */
export const spokenOf = (node: Node, path: Path, schema: Schema | null): string => {
  const { origin } = node;
  if (origin.kind === 'environment') return 'is not usable';
  if (origin.variables.length > 0)
    return `is not usable with what ${origin.variables.map((name) => `\${${name}}`).join(' and ')} gives`;
  if (node.kind === 'list') return node.items.length === 0 ? 'is an empty list' : 'is a list';
  if (node.kind === 'map') return 'is a map';
  if (node.kind === 'broken') return 'is not usable';
  if (node.value === null || node.value === '') return 'is empty';
  if (typeof node.value !== 'string') return `is ${String(node.value)}`;
  const hidden = SECRET_NAMES.test(path.at(-1) ?? '') || (schema !== null && isSecret(schema));
  const harmless = node.value.length <= SHOWN_LENGTH_MAX && !/[/@\p{Cc}]/u.test(node.value);
  return !hidden && harmless ? `is "${node.value}"` : 'is not usable';
};

/** `one of a, b (did you mean a?)`; without the question for what came out of a variable, about which it would tell something. */
export const oneOf = (known: readonly string[], given: Node): string => {
  const open = given.origin.variables.length === 0;
  const near = open && given.kind === 'scalar' && typeof given.value === 'string' ? suggest(given.value, known) : null;
  return `one of ${known.join(', ')}${near === null ? '' : ` (did you mean ${near}?)`}`;
};

const unknownKey = (key: string, known: readonly string[]): string => {
  const near = suggest(key, known);
  if (near !== null) return `unknown key, did you mean ${near}?`;
  return known.length === 0 ? 'unknown key, there are none here' : `unknown key, should be one of ${known.join(', ')}`;
};

/** Every key that its schema does not know, at any depth, whether or not the schema is strict. */
export const unknownKeys = (node: Node, schema: Schema, path: Path): readonly Problem[] => {
  if (node.kind === 'list') {
    const element = elementOf(schema);
    return element === null ? [] : node.items.flatMap((item, index) => unknownKeys(item, element, [...path, String(index)]));
  }
  const shape = keysOf(optionFor(schema, (key) => textAt(node, key)));
  if (node.kind !== 'map' || shape === null) return [];
  return [...node.entries].flatMap(([key, entry]) => {
    const inner = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (inner !== undefined) return unknownKeys(entry.node, inner, [...path, key]);
    return [problemAt(entry.key, [...path, key], unknownKey(key, Object.keys(shape)))];
  });
};

const HINT = /^\s|\s$|^["']|["']$|[\r\n]/;
/** Variables are often spoiled on their way here; saying so needs no look at the value itself. */
const spoiled = (node: Node): string =>
  node.origin.variables.length > 0 && node.kind === 'scalar' && HINT.test(String(node.value))
    ? ' (it holds a quote, a space or a line break at its edge)'
    : '';

/** One finding of zod as a problem, or `null` when it has been told already: of an unknown key, or of a node without a value. */
export const problemOf = (issue: z.core.$ZodIssue, root: Node, schema: Schema, base: Path): Problem | null => {
  const path = issue.path.map(String);
  const node = nodeAt(root, path);
  if (issue.code === 'unrecognized_keys' || nearest(root, path).kind === 'broken') return null;
  const at = schemaAt(schema, path);
  const full = [...base, ...path];
  const wanted = issue.message !== '' ? issue.message : at === null ? 'something else' : wantedBy(at);
  if (node === undefined) return problemAt(nearest(root, path).origin, full, `is missing, should be ${wanted}`);
  // A schema's own words are what should be ("a percentage …"), or the whole sentence ("must begin with …").
  if (/^(?:is|must|has|needs|lacks) /.test(issue.message)) return problemAt(node.origin, full, issue.message);
  const options = issue.code === 'invalid_value' && issue.message === '' ? oneOf(issue.values.map(String), node) : wanted;
  return problemAt(node.origin, full, `${spokenOf(node, full, at)}${spoiled(node)}, should be ${options}`);
};

/** A map without one of its keys: a plug-in's options are its section without `type`. */
export const without = (node: Node, keys: readonly string[]): Node =>
  node.kind === 'map' ? { ...node, entries: new Map([...node.entries].filter(([key]) => !keys.includes(key))) } : node;

export const textAt = (node: Node, key: string): string | null => {
  const inner = child(node, key);
  return inner?.kind === 'scalar' && typeof inner.value === 'string' ? inner.value : null;
};
