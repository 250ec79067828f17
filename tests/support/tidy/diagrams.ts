import ts from 'typescript';
import type { Source, Violation } from './file.js';
import { collect, isPure } from './file.js';
import { isOperator, specsOf } from './lists.js';

/** One drawn row: `slidingWindow(3) -----w-x-|`. */
export interface Row {
  readonly name: string;
  readonly marbles: string;
  readonly line: number;
}

const FENCE = /^\s*\*?\s*```/;
const TIME = /^\d+(?:\.\d+)?(?:ms|s|m)$/;
const FRAMES = /^(?:[-|#^!]|[a-zA-Z0-9]|\([a-zA-Z0-9|#]+\))+$/;
/** What tells marbles from a word with a hyphen: where they begin or end, or a frame in which nothing happens twice. */
const DRAWN = /^[-^]|^\(.*-|--|[|#]$/;

const isMarble = (token: string): boolean => TIME.test(token) || FRAMES.test(token);
const isClearlyMarble = (token: string): boolean =>
  TIME.test(token) || (FRAMES.test(token) && DRAWN.test(token) && token !== '-');

/**
 * The marbles of a line of a drawing: the first run of tokens, after a name, that can only be marbles. Two spaces end it: what
 * comes then is a remark. `null` for a line that draws nothing (a formula, a heading).
 */
const marblesOf = (line: string): { readonly name: string; readonly marbles: string } | null => {
  const tokens = [...line.matchAll(/\S+/g)];
  const start = tokens.find(({ 0: token, index }) => index > 0 && isClearlyMarble(token));
  if (start === undefined) return null;
  const [run = ''] = line.slice(start.index).split(/ {2,}/, 1);
  const frames = run.split(' ');
  const end = frames.findIndex((token) => !isMarble(token));
  const marbles = (end < 0 ? frames : frames.slice(0, end)).join(' ');
  return /[-|#^!]/.test(marbles) ? { name: line.slice(0, start.index).trim(), marbles } : null;
};

/** The rows drawn in fenced blocks of the doc comments of a text. */
export const rowsOf = (text: string): Row[] => {
  const rows: Row[] = [];
  let [inComment, inFence] = [false, false];
  text.split('\n').forEach((line, n) => {
    if (/^\s*\/\*\*/.test(line)) inComment = true;
    if (inComment && FENCE.test(line)) inFence = !inFence;
    else if (inComment && inFence) {
      const drawn = marblesOf(line.replace(/^\s*\* ?/, ''));
      if (drawn !== null) rows.push({ ...drawn, line: n + 1 });
    }
    if (line.includes('*/')) [inComment, inFence] = [false, false];
  });
  return rows;
};

/** Blanks only align in marbles, except around times. */
const normal = (marbles: string): string => {
  const text = marbles.trim();
  return /\d(?:ms|s|m)\b/.test(text) && text.includes(' ') ? text.replace(/ +/g, ' ') : text.replaceAll(' ', '');
};

const stringsOf = (spec: Source): string[] =>
  collect(spec, (node) => (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) ? normal(node.text) : undefined));

/** A picture in a doc comment is true when each of its rows is, letter by letter, a string of the spec. */
export const diagrams = (sources: readonly Source[]): Violation[] =>
  sources
    .filter(({ path }) => isPure(path))
    .flatMap((source) => {
      const tested = new Set(specsOf(source.path, sources).flatMap(stringsOf));
      return rowsOf(source.text)
        .filter(({ marbles }) => !tested.has(normal(marbles)))
        .map(({ name, marbles, line }) => ({ path: source.path, line, what: `'${marbles}' (${name}) is in no spec of it` }));
    });

/** An exported operator and a pipeline are drawn. */
export const drawn = (sources: readonly Source[]): Violation[] =>
  sources
    .filter((source) => isPure(source.path) && (isOperator(source) || /\bdefinePipeline\(/.test(source.text)))
    .filter(({ text }) => rowsOf(text).length === 0)
    .map(({ path }) => ({ path, line: 1, what: 'has no marble diagram in its doc comment' }));
