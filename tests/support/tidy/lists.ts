import ts from 'typescript';
import type { Source, Violation } from './file.js';
import { at, collect } from './file.js';
import { importsOf, targetOf } from './floors.js';

const DEFINES = /^define(?:Source|Store|Sink|Pipeline)$/;
const SHELVES = ['src/sources', 'src/stores', 'src/sinks', 'pipelines'];

/** The exported `const x = defineSink(…)` of a source. */
const pluginsOf = (source: Source): ts.VariableDeclaration[] =>
  collect(source, (node) =>
    ts.isVariableDeclaration(node) &&
    node.initializer !== undefined &&
    ts.isCallExpression(node.initializer) &&
    DEFINES.test(node.initializer.expression.getText())
      ? node
      : undefined,
  );

const listedNames = (index: Source | undefined): ReadonlySet<string> =>
  new Set(
    index === undefined
      ? []
      : collect(index, (node) =>
          ts.isArrayLiteralExpression(node) ? node.elements.map((one) => one.getText()) : undefined,
        ).flat(),
  );

const importedFiles = (index: Source | undefined): ReadonlySet<string> =>
  new Set(index === undefined ? [] : importsOf(index).map(({ name }) => targetOf(index.path, name)));

/** A plug-in that is in no list cannot be chosen: every one is a line in its folder's `index.ts`. */
export const lists = (sources: readonly Source[]): Violation[] =>
  SHELVES.flatMap((shelf) => {
    const index = sources.find(({ path }) => path === `${shelf}/index.ts`);
    const [imported, listed] = [importedFiles(index), listedNames(index)];
    return sources
      .filter(({ path }) => path.startsWith(`${shelf}/`))
      .flatMap((source) =>
        pluginsOf(source)
          .filter(({ name }) => !imported.has(source.path) || !listed.has(name.getText()))
          .map((plugin) => at(source, plugin, `${plugin.name.getText()} is not in the list of ${shelf}/index.ts`)),
      );
  });

/** `src/operators/bars/in-order.ts` → `tests/operators/bars/in-order`; pipelines likewise. */
export const specStemOf = (path: string): string => `tests/${path.replace(/^src\//, '').replace(/\.ts$/, '')}`;

/** The specs of a file: `x.spec.ts`, or `x-something.spec.ts` where one became too long. */
export const specsOf = (path: string, sources: readonly Source[]): Source[] => {
  const stem = specStemOf(path);
  return sources.filter(
    (one) => one.path === `${stem}.spec.ts` || (one.path.startsWith(`${stem}-`) && one.path.endsWith('.spec.ts')),
  );
};

const exportedValues = ({ tree }: Source): ts.Node[] =>
  tree.statements.flatMap((node): ts.Node[] => {
    if (!/^export\b/.test(node.getText())) return [];
    if (ts.isVariableStatement(node)) return [...node.declarationList.declarations];
    return ts.isFunctionDeclaration(node) ? [node] : [];
  });

const resultType = (node: ts.Node): string => {
  if (ts.isFunctionDeclaration(node) || ts.isArrowFunction(node)) return node.type?.getText() ?? '';
  if (!ts.isVariableDeclaration(node)) return '';
  return node.type?.getText() ?? (node.initializer === undefined ? '' : resultType(node.initializer));
};

/** True for a file that exports a function which makes an operator. */
export const isOperator = (source: Source): boolean =>
  exportedValues(source).some((node) => /^(?:Mono)?(?:Type)?OperatorFunction</.test(resultType(node)));

/** `src/operators/delivery/pause.ts` → `src/operators/delivery/`: within such a folder parts are tested through one another. */
const corridorOf = (path: string): string => path.split('/').slice(0, 3).join('/') + '/';

/** Every file of `src/operators` that some spec imports, itself or through files of the same folder. */
const reachedBySpecs = (sources: readonly Source[]): ReadonlySet<string> => {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const reached = new Set<string>();
  const reach = (path: string): void => {
    const source = byPath.get(path);
    if (source === undefined || reached.has(path)) return;
    reached.add(path);
    const next = importsOf(source).map(({ name }) => targetOf(path, name));
    next.filter((target) => target.startsWith(corridorOf(path))).forEach(reach);
  };
  for (const spec of sources.filter(({ path }) => path.endsWith('.spec.ts')))
    for (const { name } of importsOf(spec)) if (name.startsWith('.')) reach(targetOf(spec.path, name));
  return reached;
};

/** An operator and a pipeline have a spec where everyone looks for it; a part of one is at least tested through its folder. */
export const operatorSpecs = (sources: readonly Source[]): Violation[] => {
  const reached = reachedBySpecs(sources);
  return sources
    .filter((source) => /^(?:src\/operators|pipelines)\/(?!index)/.test(source.path) && exportedValues(source).length > 0)
    .filter((source) => {
      const isPart = source.path.startsWith('src/') && !isOperator(source);
      return specsOf(source.path, sources).length === 0 && !(isPart && reached.has(source.path));
    })
    .map((source) => at(source, source.tree, `has no spec ${specStemOf(source.path)}.spec.ts`));
};
