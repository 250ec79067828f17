import type { Template } from 'liquidjs';
import { z } from 'zod';
import { TOPICS } from '../words/topics.js';
import { FILTERS, languageOf, PrintedListError, TAGS, TEMPLATE_LENGTH_MAX } from './language.js';
import type { Escape } from './markups.js';
import type { Scope } from './scope.js';
import { VARIABLES } from './scope.js';
import { SHIPPED } from './shipped.js';

/** What is wrong with a template; lines and columns count from 1. */
export interface Flaw {
  readonly line: number;
  readonly column: number;
  /** What is wrong, and what would be right. */
  readonly what: string;
}

/** Of an error of the library: it knows its place, and the one that it came of has the bare words. */
interface Located {
  readonly message: string;
  readonly token?: { readonly getPosition?: () => readonly [number, number] };
  readonly originalError?: { readonly message?: string };
}

const listed = (names: readonly string[]): string => `should be one of ${[...names].sort().join(', ')}`;

/** The library's words, with what would be right where it says only what is wrong. */
const wordsOf = (said: string): string => {
  const filter = /^undefined filter: (.*)$/s.exec(said)?.[1];
  if (filter !== undefined) return `unknown filter "${filter}", ${listed(FILTERS)}`;
  const tag = /^tag "(.*)" not found$/s.exec(said)?.[1];
  if (tag?.startsWith('end')) return `"${tag}" closes nothing that was opened`;
  if (tag !== undefined) return `unknown tag "${tag}", ${listed(TAGS)}`;
  const open = /^(tag|output) (.*) not closed$/s.exec(said);
  if (open !== null) return `${open[2]} is not closed, should end with ${open[1] === 'output' ? '}}' : 'its {% end… %}'}`;
  return said;
};

const flawOf = (error: unknown): Flaw => {
  const { message, token, originalError } = error as Located;
  const [line, column] = token?.getPosition?.() ?? [1, 1];
  if (originalError instanceof PrintedListError)
    return {
      line,
      column,
      what: 'a list cannot be printed as it is, should be gone through: {% for field in fields %}…{% endfor %}',
    };
  const said = originalError?.message ?? message.replace(/, (?:file:.*, )?line:\d+, col:\d+$/s, '');
  return { line, column, what: wordsOf(said) };
};

/** What any list and text may be asked. */
const ALWAYS = ['size', 'first', 'last'];
const ITEM_PROPERTIES = [...new Set([...Object.values(VARIABLES).flatMap((names) => names ?? []), ...ALWAYS])];

/** The first name in a template that means nothing. */
const unknownName = (template: Template[], escape: Escape): Flaw | null => {
  const { globals, variables } = languageOf(escape).analyzeSync(template, { partials: false });
  const flaws: Flaw[] = [];
  for (const [root, uses] of Object.entries(variables))
    for (const { segments, location } of uses) {
      const { row: line, col: column } = location;
      const isGlobal = (globals[root] ?? []).some(({ location: at }) => at.row === line && at.col === column);
      const property = segments.slice(1).find((segment) => typeof segment === 'string');
      if (isGlobal && !Object.hasOwn(VARIABLES, root))
        flaws.push({ line, column, what: `unknown variable "${root}", ${listed(Object.keys(VARIABLES))}` });
      else if (property !== undefined && root !== 'forloop' && !ITEM_PROPERTIES.includes(property))
        flaws.push({ line, column, what: `unknown property "${property}" of ${root}, ${listed(ITEM_PROPERTIES)}` });
    }
  return flaws.sort((a, b) => a.line - b.line || a.column - b.column)[0] ?? null;
};

/** Two made-up alerts, one with everything and one with nothing: a template is tried on both. */
const TRIALS: readonly Scope[] = [true, false].map((isFull) =>
  Object.fromEntries(
    Object.entries(VARIABLES).map(([name, properties]): [string, unknown] => {
      if (properties === null) return [name, /Ms$|^attempt$/.test(name) ? 1 : isFull ? name : ''];
      return [name, isFull ? [Object.fromEntries(properties.map((one) => [one, /Ms$/.test(one) ? 1 : one]))] : []];
    }),
  ),
);

/** What is wrong with the text of a template; `null` when nothing is. */
export const flawIn = (text: string, escape: Escape): Flaw | null => {
  if (text.trim() === '') return { line: 1, column: 1, what: 'it is empty' };
  if (text.length > TEMPLATE_LENGTH_MAX) return { line: 1, column: 1, what: `longer than ${TEMPLATE_LENGTH_MAX} characters` };
  const liquid = languageOf(escape);
  try {
    const template = liquid.parse(text);
    const unknown = unknownName(template, escape);
    if (unknown !== null) return unknown;
    for (const trial of TRIALS) liquid.renderSync(template, trial);
    return null;
  } catch (error) {
    return flawOf(error);
  }
};

/** A word alone is a name, and never a template that says the same word whatever happens. */
const looksLikeName = (given: string): boolean => /^[\w-]+$/.test(given);

const problemIn = (given: string, escape: Escape): string | null => {
  if (Object.hasOwn(SHIPPED, given)) return null;
  if (looksLikeName(given))
    return `is no template that comes with the monitor, should be one of ${Object.keys(SHIPPED).join(', ')}, or the text of one`;
  const flaw = flawIn(given, escape);
  return flaw === null ? null : `has a flaw at its line ${flaw.line}, column ${flaw.column}: ${flaw.what}`;
};

/** The options of a sink that tells alerts by a template. */
export const templateShape = (escape: Escape) =>
  ({
    template: z
      .string()
      .superRefine((given, context) => {
        const problem = problemIn(given, escape);
        if (problem !== null) context.addIssue({ code: 'custom', message: problem });
      })
      .optional()
      .describe('How an alert is told: classic, compact, full, or the text of a Liquid template.'),
    fields: z
      .array(z.enum(TOPICS))
      .min(1)
      .max(TOPICS.length)
      .optional()
      .describe('What is told of an alert, in this order; everything it knows when left out.'),
  }) as const;
