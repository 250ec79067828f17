import ts from 'typescript';
import type { Exceptions } from './exceptions.js';
import type { ProjectFile, Source, Violation } from './file.js';
import { at, collect, isProduct } from './file.js';

const EMPTY_NAMES = /(?:Manager|Service|Helper|Util|Handler|Engine)s?$/i;
const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z]+)*\.ts$/;

const isOurs = (path: string): boolean => isProduct(path) || /^(?:tests|bench)\//.test(path);

const isExported = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

const exportedNames = (node: ts.Node): ts.Node[] => {
  if (ts.isVariableStatement(node) && isExported(node)) return node.declarationList.declarations.map(({ name }) => name);
  const isNamed =
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isEnumDeclaration(node);
  return isNamed && isExported(node) && node.name !== undefined ? [node.name] : [];
};

/** Names that say nothing mean that the room is wrong. */
export const names = (source: Source): Violation[] => {
  if (!isOurs(source.path)) return [];
  const file = source.path.split('/').at(-1) ?? '';
  return [
    ...(KEBAB.test(file) ? [] : [at(source, source.tree, 'the file name is not kebab-case')]),
    ...(EMPTY_NAMES.test(file.replace(/\..*$/, '').replaceAll('-', ''))
      ? [at(source, source.tree, 'the file name says nothing')]
      : []),
    ...collect(source, (node) => exportedNames(node)).flatMap((found) =>
      found
        .filter((name) => EMPTY_NAMES.test(name.getText()))
        .map((name) => at(source, name, `the name ${name.getText()} says nothing`)),
    ),
  ];
};

const LINES_MAX = { product: 250, tests: 400 };

/** A file that does not fit is two files. */
export const sizes = ({ path, text }: ProjectFile): Violation[] => {
  if (!path.endsWith('.ts') || !isOurs(path)) return [];
  const max = path.startsWith('tests/') ? LINES_MAX.tests : LINES_MAX.product;
  const lines = text.split('\n').length - 1;
  return lines > max ? [{ path, line: lines, what: `${lines} lines, at most ${max}` }] : [];
};

const extendsError = (node: ts.ClassLikeDeclaration): boolean =>
  (node.heritageClauses ?? []).some((clause) => /^extends\s+\w*Error\b/.test(clause.getText()));

/** Behaviour is in functions and state in closures; a class is an error, or listed. */
export const classes =
  (exceptions: Exceptions) =>
  (source: Source): Violation[] =>
    isProduct(source.path) && exceptions[source.path] === undefined
      ? collect(source, (node) =>
          ts.isClassLike(node) && !extendsError(node) ? at(source, node, 'is a class and no error') : undefined,
        )
      : [];

/** A name is given once, where the thing is made. */
export const namedExports = (source: Source): Violation[] =>
  isProduct(source.path)
    ? collect(source, (node) => {
        const isDefault = ts.isExportAssignment(node) || node.kind === ts.SyntaxKind.DefaultKeyword;
        return isDefault && !ts.isDefaultClause(node.parent) ? at(source, node, 'is a default export') : undefined;
      })
    : [];

/** An exception for a file that is gone would silently let in the next one of that name. */
export const staleExceptions = (lists: Readonly<Record<string, Exceptions>>, paths: ReadonlySet<string>): Violation[] =>
  Object.entries(lists).flatMap(([list, exceptions]) =>
    Object.keys(exceptions)
      .filter((path) => !paths.has(path))
      .map((path) => ({ path, line: 1, what: `is excepted in ${list} and does not exist` })),
  );
