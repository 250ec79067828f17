import { Liquid } from 'liquidjs';
import type { Escape, Markup } from './markups.js';
import { MARKUPS } from './markups.js';

/*
 * Liquid, and of it no more than a message needs: no files, no clock, nothing that leaves an output unescaped, and limits on
 * time and memory. A template runs no code; the worst it can do is to say something silly.
 */

/** Those that neither read files nor print past the escape. */
export const TAGS: readonly string[] = ['assign', 'break', 'case', 'comment', 'continue', 'for', 'if', 'raw', 'unless', '#'];
/** Liquid's own that are kept; `raw`, which would switch the escape off, and `date`, which knows the clock, are not. */
const LIQUID_FILTERS: readonly string[] = [
  'abs',
  'append',
  'at_least',
  'at_most',
  'capitalize',
  'ceil',
  'default',
  'divided_by',
  'downcase',
  'first',
  'floor',
  'join',
  'last',
  'map',
  'minus',
  'modulo',
  'plus',
  'prepend',
  'remove',
  'replace',
  'round',
  'size',
  'slice',
  'strip',
  'times',
  'truncate',
  'upcase',
  'where',
];
const OWN_FILTERS = ['bold', 'link', 'moment'] as const;
export const FILTERS: readonly string[] = [...LIQUID_FILTERS, ...OWN_FILTERS].sort();

/** Longest template, in UTF-16 units. */
export const TEMPLATE_LENGTH_MAX = 10_000;
/** One message is worth no more of the process's time than this. */
const RENDER_MS_MAX = 250;
const MEMORY_MAX = 200_000;

/** What one of our own filters has marked up. Nothing else can make one, and any other filter turns it back into text. */
interface MarkedUp {
  readonly markup: string;
  readonly toString: () => string;
}

/** Addresses that no link of any sink ends early in. */
const ADDRESS = /^https:\/\/[^\s()<>"|\\]+$/;

/** A list cannot be printed as it is. */
export class PrintedListError extends Error {
  override readonly name = 'PrintedListError';
}

const build = ({ escape, bold, link, moment }: Markup): Liquid => {
  const made = new WeakSet<object>();
  const isMade = (value: unknown): value is MarkedUp => typeof value === 'object' && value !== null && made.has(value);
  const mark = (text: string, markup: string): MarkedUp => {
    const marked = { markup, toString: () => text };
    made.add(marked);
    return marked;
  };
  const textOf = (value: unknown): string => {
    if (isMade(value)) return value.toString();
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
  };
  const escaped = (value: unknown): string => {
    if (isMade(value)) return value.markup;
    if (typeof value === 'object' && value !== null) throw new PrintedListError('a list cannot be printed as it is');
    return escape(textOf(value));
  };

  const liquid = new Liquid({
    templates: {},
    strictFilters: true,
    strictVariables: true,
    ownPropertyOnly: true,
    outputEscape: escaped,
    parseLimit: TEMPLATE_LENGTH_MAX,
    renderLimit: RENDER_MS_MAX,
    memoryLimit: MEMORY_MAX,
  });
  for (const name of Object.keys(liquid.tags)) if (!TAGS.includes(name)) delete liquid.tags[name];
  for (const name of Object.keys(liquid.filters)) if (!LIQUID_FILTERS.includes(name)) delete liquid.filters[name];

  liquid.registerFilter('bold', (value: unknown) => {
    const inner = escaped(value);
    return inner === '' ? '' : mark(textOf(value), bold(inner));
  });
  liquid.registerFilter('link', (value: unknown, address: unknown) => {
    const isAddress = typeof address === 'string' && ADDRESS.test(address);
    return isAddress ? mark(textOf(value), link(escaped(value), address)) : value;
  });
  liquid.registerFilter('moment', (value: unknown) =>
    mark(MARKUPS.plain.moment(Number(value)), moment(typeof value === 'number' ? value : NaN)),
  );
  return liquid;
};

const built = new Map<Escape, Liquid>();

/** The language with the output escape of one kind of sink. */
export const languageOf = (escape: Escape): Liquid => {
  const found = built.get(escape) ?? build(MARKUPS[escape]);
  built.set(escape, found);
  return found;
};
