import ts from 'typescript';
import type { Exceptions } from './exceptions.js';
import type { Source, Violation } from './file.js';
import { at, collect, isProduct, isPure } from './file.js';

const BANNED_IN_PURE = new Set([
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'performance',
  'Promise',
  'firstValueFrom',
  'lastValueFrom',
  'fetch',
  'process',
  'console',
]);

const CLOCK_CALLS = new Set(['setTimeout', 'setInterval', 'setImmediate']);
const CLOCK_MEMBERS = new Set(['Date.now', 'Math.random', 'performance.now']);

/** Operators of RxJS that wait on the ambient clock unless they are told whose. */
const WAITING = new Set(
  'timer interval delay debounceTime throttleTime auditTime sampleTime bufferTime windowTime timeout timestamp timeInterval'.split(
    ' ',
  ),
);

/** A name that stands for itself: not `.name`, not `name:` and not the outer half of `import { name as other }`. */
const isFreeName = (node: ts.Node): node is ts.Identifier => {
  if (!ts.isIdentifier(node)) return false;
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name !== node;
  if (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isMethodSignature(parent))
    return parent.name !== node;
  return true;
};

const memberOf = (node: ts.Node): string | undefined =>
  ts.isPropertyAccessExpression(node) ? `${node.expression.getText()}.${node.name.text}` : undefined;

/** `new Date(ms)` is a calendar and may be asked anywhere; every other `Date` is a clock. */
const isCalendar = ({ parent }: ts.Node): boolean => ts.isNewExpression(parent) && (parent.arguments?.length ?? 0) > 0;

const isAsync = (node: ts.Node): boolean => node.kind === ts.SyntaxKind.AsyncKeyword || ts.isAwaitExpression(node);

/** Operators and pipelines: no Promise, no clock, no chance, no environment, no I/O. */
export const purity = (source: Source): Violation[] =>
  isPure(source.path)
    ? collect(source, (node) => {
        if (isAsync(node)) return at(source, node, 'async and await are banned here');
        const member = memberOf(node);
        if (member === 'Math.random') return at(source, node, `${member} is banned here`);
        if (!isFreeName(node)) return undefined;
        const banned = BANNED_IN_PURE.has(node.text) || (node.text === 'Date' && !isCalendar(node));
        return banned ? at(source, node, `${node.text} is banned here`) : undefined;
      })
    : [];

/** Stages are functions of what they get: `tap` is for those that are listed. */
export const taps =
  (exceptions: Exceptions) =>
  (source: Source): Violation[] =>
    isPure(source.path) && exceptions[source.path] === undefined
      ? collect(source, (node) =>
          ts.isCallExpression(node) && node.expression.getText() === 'tap'
            ? at(source, node, 'tap, and is not listed as one that may')
            : undefined,
        )
      : [];

const readsClock = (node: ts.Node): string | undefined => {
  const member = memberOf(node);
  if (member !== undefined && CLOCK_MEMBERS.has(member)) return member;
  if (ts.isCallExpression(node) && CLOCK_CALLS.has(node.expression.getText())) return node.expression.getText();
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0)
    return 'new Date()';
  return undefined;
};

/** Outside `src/runtime/` nobody reads a clock, waits by himself or throws dice. */
export const clocks =
  (exceptions: Exceptions) =>
  (source: Source): Violation[] =>
    isProduct(source.path) && !source.path.startsWith('src/runtime/') && exceptions[source.path] === undefined
      ? collect(source, (node) => {
          const read = readsClock(node);
          return read === undefined ? undefined : at(source, node, `${read} belongs to src/runtime/`);
        })
      : [];

/** Every wait names its clock: an operator that waits gets a scheduler. */
export const waits = (source: Source): Violation[] =>
  isProduct(source.path) && !source.path.startsWith('src/runtime/')
    ? collect(source, (node) => {
        if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || !WAITING.has(node.expression.text))
          return undefined;
        const named = node.arguments.some((argument) => /scheduler|time\b|clock/i.test(argument.getText()));
        return named ? undefined : at(source, node, `${node.expression.text} waits on no clock that was handed to it`);
      })
    : [];

/** The environment is read where the process begins. */
export const environment = (source: Source): Violation[] =>
  isProduct(source.path) && source.path !== 'src/main.ts' && !source.path.startsWith('src/commands/')
    ? collect(source, (node) =>
        memberOf(node) === 'process.env' ? at(source, node, 'process.env belongs to main.ts and commands') : undefined,
      )
    : [];

const isCallOf = (node: ts.Node, method: string): node is ts.CallExpression =>
  ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === method;

const isWithinSubscribe = (node: ts.Node): boolean => {
  for (let { parent } = node; parent !== undefined; { parent } = parent) {
    if (
      isCallOf(parent, 'subscribe') &&
      parent.arguments.some((argument) => argument.pos <= node.pos && node.end <= argument.end)
    )
      return true;
  }
  return false;
};

/** The product subscribes once. Operators written from scratch and edges may, where they are listed; nobody within another. */
export const subscribes =
  (exceptions: Exceptions) =>
  (source: Source): Violation[] => {
    if (!isProduct(source.path)) return [];
    const isEdge = /^src\/(?:runtime|commands)\//.test(source.path) || exceptions[source.path] !== undefined;
    return collect(source, (node) => {
      if (!isCallOf(node, 'subscribe')) return undefined;
      if (isWithinSubscribe(node)) return at(source, node, 'subscribes within a subscribe');
      return isEdge ? undefined : at(source, node, 'subscribes, and is not listed as one that may');
    });
  };

/** A Subject is a variable with a doorbell: only where it is listed. */
export const subjects =
  (exceptions: Exceptions) =>
  (source: Source): Violation[] =>
    isProduct(source.path) && exceptions[source.path] === undefined
      ? collect(source, (node) =>
          ts.isNewExpression(node) && /^(?:Behavior|Replay|Async)?Subject$/.test(node.expression.getText())
            ? at(source, node, `new ${node.expression.getText()}, and is not listed as one that may`)
            : undefined,
        )
      : [];

/** Without reference counting a shared replay never lets go of its source. */
export const replays = (source: Source): Violation[] =>
  isProduct(source.path)
    ? collect(source, (node) =>
        ts.isCallExpression(node) &&
        node.expression.getText() === 'shareReplay' &&
        !/refCount:\s*true/.test(node.arguments.map((one) => one.getText()).join())
          ? at(source, node, 'shareReplay without refCount')
          : undefined,
      )
    : [];

const FAKED = new Set(['vi.mock', 'vi.doMock', 'vi.spyOn', 'vi.fn', 'vi.useFakeTimers']);
const FOCUSED = /^(?:it|test|describe)\.(?:only|todo)$/;

/** Tests use fakes that work, run in virtual time, and run all of them. */
export const honestTests = (source: Source): Violation[] =>
  source.path.startsWith('tests/')
    ? collect(source, (node) => {
        const member = memberOf(node);
        if (member === undefined) return undefined;
        return FAKED.has(member) || FOCUSED.test(member) ? at(source, node, `${member} is banned in tests`) : undefined;
      })
    : [];
