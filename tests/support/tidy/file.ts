import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';

/** One file of the project; `path` is relative to its root, with `/`. */
export interface ProjectFile {
  readonly path: string;
  readonly text: string;
}

/** A TypeScript file, parsed once however many checks read it. */
export interface Source extends ProjectFile {
  readonly tree: ts.SourceFile;
}

/** A house rule that does not hold, and where. */
export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly what: string;
}

/** `src/run.ts:12 what is wrong`: what a failing check prints. */
export const show = ({ path, line, what }: Violation): string => `${path}:${line} ${what}`;

export const parse = (path: string, text: string): Source => ({
  path,
  text,
  tree: ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true),
});

/** Says where in a source a node stands, and what is wrong with it. */
export const at = ({ path, tree }: Source, node: ts.Node, what: string): Violation => ({
  path,
  line: tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1,
  what,
});

/** Every node of the tree for which `pick` gives something, in order of appearance. */
export const collect = <T>({ tree }: Source, pick: (node: ts.Node) => T | undefined): T[] => {
  const found: T[] = [];
  const visit = (node: ts.Node): void => {
    const picked = pick(node);
    if (picked !== undefined) found.push(picked);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
};

/** Folders that hold nothing of ours, or nothing that is committed. */
const IGNORED = new Set(['node_modules', 'dist', 'coverage', 'data', '.git', '.library']);
const TEXT = /\.(?:ts|mjs|js|json|ya?ml|md|sh)$|(?:^|\/)(?:Dockerfile|LICENSE|run|\.[a-z]+(?:\.example)?)$/;

const walk = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (IGNORED.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return walk(path);
    return entry.isFile() ? [path] : [];
  });

/** Every committed text file of the project. Recordings, golden vectors and the lock file are not ours to style. */
export const projectFiles = (root = resolve(import.meta.dirname, '../../..')): ProjectFile[] =>
  walk(root)
    .map((path) => ({ path: relative(root, path).split(sep).join('/'), full: path }))
    .filter(({ path }) => TEXT.test(path) && !path.startsWith('tests/golden/') && path !== '.env')
    .map(({ path, full }) => ({ path, text: readFileSync(full, 'utf8') }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));

export const sourcesOf = (files: readonly ProjectFile[]): Source[] =>
  files.filter(({ path }) => path.endsWith('.ts')).map(({ path, text }) => parse(path, text));

/** Product code: what runs at a user's. */
export const isProduct = (path: string): boolean => path.startsWith('src/') || path.startsWith('pipelines/');

/** Rooms without clock, chance, Promise and I/O. */
export const isPure = (path: string): boolean => path.startsWith('src/operators/') || path.startsWith('pipelines/');
