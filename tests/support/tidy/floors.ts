import { posix } from 'node:path';
import ts from 'typescript';
import type { Source, Violation } from './file.js';
import { at, collect, isProduct } from './file.js';

const PARTS = ['sources', 'stores', 'sinks', 'telemetry', 'simulator'] as const;
const FLOOR = ['ports', 'model'] as const;

/**
 * Which rooms a room may enter, besides itself (design.md §3). A room that is not named may not exist.
 * `operators/connection` is the one folder of operators that sources may use.
 */
const MAY_ENTER: Readonly<Record<string, readonly string[]>> = {
  model: [],
  ports: ['model'],
  operators: [...FLOOR],
  pipelines: ['operators', ...FLOOR],
  sources: ['operators/connection', ...FLOOR],
  stores: [...FLOOR],
  sinks: [...FLOOR],
  telemetry: [...FLOOR],
  simulator: [...FLOOR],
  runtime: [...FLOOR],
  config: ['pipelines', 'operators', ...PARTS, ...FLOOR],
  run: ['config', 'pipelines', 'operators', ...PARTS, 'runtime', ...FLOOR],
  // The door of the package: what users compose of and test with.
  index: ['pipelines', 'operators', ...PARTS, ...FLOOR],
  commands: ['run', 'config', 'pipelines', 'operators', ...PARTS, 'runtime', ...FLOOR, 'package.json'],
  main: ['commands', 'run', 'config', 'telemetry', ...FLOOR, 'package.json'],
};

/** Packages with one home. The others (rxjs, zod) are the language of the house. */
const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  ws: ['runtime', 'simulator'],
  undici: ['runtime'],
  lowdb: ['stores'],
  ioredis: ['runtime'],
  pg: ['runtime'],
  yaml: ['config'],
  pino: ['telemetry'],
  'pino-pretty': ['telemetry'],
  liquidjs: ['sinks'],
  commander: ['main', 'commands'],
  nodemailer: ['runtime'],
  '@resvg/resvg-js': ['runtime'],
  'ipaddr.js': ['sinks'],
};

/** Rooms that reach the outer world only through their context, with the Node modules that are pure all the same. */
const NODE_MODULES: Readonly<Record<string, readonly string[]>> = {
  model: ['node:crypto'],
  ports: [],
  operators: [],
  pipelines: [],
  sinks: ['node:util', 'node:crypto', 'node:path'],
  stores: ['node:util', 'node:crypto', 'node:path', 'node:os', 'node:zlib'],
};

/** `src/sinks/discord/words.ts` → `sinks`; `src/run.ts` → `run`; `pipelines/index.ts` → `pipelines`. */
export const roomOf = (path: string): string => {
  const [first = '', second = ''] = path.split('/');
  return first === 'src' ? second.replace(/\.ts$/, '') : first;
};

interface Import {
  readonly node: ts.Node;
  readonly name: string;
}

const specifierOf = (node: ts.Node): ts.Node | undefined => {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return node.arguments[0];
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal;
  return undefined;
};

/** Every import, re-export, `import()` and `import('…').Type` of a source. */
export const importsOf = (source: Source): Import[] =>
  collect(source, (node) => {
    const specifier = specifierOf(node);
    return specifier !== undefined && ts.isStringLiteralLike(specifier) ? { node, name: specifier.text } : undefined;
  });

/** The file a relative import leads to, as a path of the project. */
export const targetOf = (path: string, name: string): string => posix.join(posix.dirname(path), name).replace(/\.js$/, '.ts');

const isInside = (target: string, room: string): boolean => roomOf(target) === room || target.startsWith(`src/${room}/`);

const relativeImport = (source: Source, { node, name }: Import): Violation[] => {
  const room = roomOf(source.path);
  const target = targetOf(source.path, name);
  const allowed = [room, ...(MAY_ENTER[room] ?? [])];
  return allowed.some((other) => isInside(target, other)) ? [] : [at(source, node, `${room} may not import ${target}`)];
};

const packageImport = (source: Source, { node, name }: Import): Violation[] => {
  const room = roomOf(source.path);
  const packageName = name.split('/', name.startsWith('@') ? 2 : 1).join('/');
  const homes = PACKAGE_HOMES[packageName];
  const nodeModules = name.startsWith('node:') ? NODE_MODULES[room] : undefined;
  const misplaced = homes !== undefined && !homes.includes(room);
  const forbidden = nodeModules !== undefined && !nodeModules.includes(name);
  return misplaced || forbidden ? [at(source, node, `${room} may not import ${name}`)] : [];
};

/** Imports point down only. */
export const floors = (source: Source): Violation[] => {
  if (!isProduct(source.path)) return [];
  if (MAY_ENTER[roomOf(source.path)] === undefined) return [at(source, source.tree, 'is in no room of the house')];
  return importsOf(source).flatMap((one) =>
    one.name.startsWith('.') ? relativeImport(source, one) : packageImport(source, one),
  );
};
