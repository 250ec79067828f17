import type { Template } from 'liquidjs';
import type { Alert } from '../../model/alert.js';
import type { Episode } from '../../model/episode.js';
import type { Attempt } from '../../ports/sink.js';
import { codePoints, cutTo } from '../words/plain.js';
import type { Topic } from '../words/topics.js';
import { languageOf } from './language.js';
import type { Escape } from './markups.js';
import { MARKUPS } from './markups.js';
import type { Scope } from './scope.js';
import { scopeOf } from './scope.js';
import { SHIPPED } from './shipped.js';

export interface RendererOptions {
  /** A shipped name (`classic`, `compact`, `full`), or the text of a template. It has been checked (`templateShape`). */
  readonly template: string;
  /** What is told, in this order; all that the alert knows if absent. */
  readonly fields?: readonly Topic[] | undefined;
  readonly escape: Escape;
  /** Longest text, in Unicode code points; what is longer loses lines from its end. No limit if absent. */
  readonly max?: number;
}

/** An alert as the text of a message, marked up and escaped for one sink. Never throws. */
export type Render = (alert: Alert, attempt: Attempt, episode?: Episode) => string;

/** Controls but the line break, lone surrogates, and what turns the reading direction: of a template's own text. */
const UNFIT = /[^\P{Cc}\n]|\p{Cs}|[\u202a-\u202e\u2066-\u2069]/gu;

interface Prepared {
  readonly template: Template[];
  readonly names: ReadonlySet<string>;
}

const prepare = (text: string, escape: Escape): Prepared => {
  const liquid = languageOf(escape);
  const template = liquid.parse(text);
  return { template, names: new Set(Object.keys(liquid.analyzeSync(template, { partials: false }).globals)) };
};

/** What is said whether or not the template thinks of it: that nothing is settled yet, that it may be a copy, how it went on. */
const REQUIRED: Readonly<Record<'before' | 'after', Readonly<Record<string, string>>>> = {
  before: {
    grade: "{% if grade != '' %}{{ grade | bold }}{% endif %}",
    repeat: "{% if repeat != '' %}⚠️ {{ repeat | bold }}{% endif %}",
  },
  after: {
    story:
      '{% for line in story %}{% unless forloop.first %}\n{% endunless %}{% if line.atMs %}{{ line.atMs | moment }}: {% endif %}{{ line.text }}{% endfor %}',
  },
};

/** `null` when the template has run out of its limits. Ours are short, and a machine that is slow cannot stop them. */
const rendered = ({ template }: Prepared, scope: Scope, escape: Escape, isOurs: boolean): string | null => {
  try {
    return languageOf(escape).renderSync(template, scope, isOurs ? { renderLimit: Infinity } : {}) as string;
  } catch {
    return null;
  }
};

/** As much of one line of plain text as fits once it is escaped. */
const fitLine = (line: string, escape: Escape, max: number): string => {
  let keep = max;
  let cut = MARKUPS[escape].escape(cutTo(line, keep));
  while (codePoints(cut) > max && keep > 0) {
    keep -= Math.max(1, Math.floor((codePoints(cut) - max) / 2));
    cut = MARKUPS[escape].escape(cutTo(line, Math.max(0, keep)));
  }
  return codePoints(cut) > max ? '' : cut;
};

/** Whole lines from the end go first: no markup of ours is longer than one line, so none is cut in two. */
const fit = (text: string, plainText: () => string, escape: Escape, max: number): string => {
  if (codePoints(text) <= max) return text;
  const lines = text.split('\n');
  while (lines.length > 1) {
    lines.pop();
    const shorter = `${lines.join('\n').trimEnd()}\n…`;
    if (codePoints(shorter) <= max) return shorter;
  }
  return fitLine(plainText().split('\n')[0] ?? '', escape, max);
};

/** A template with what must stand before and after it. */
interface Plan {
  readonly before: readonly Prepared[];
  readonly own: Prepared;
  readonly after: readonly Prepared[];
}

const planned = (text: string, escape: Escape): Plan => {
  const own = prepare(text, escape);
  const unnamed = (parts: Readonly<Record<string, string>>): readonly Prepared[] =>
    Object.entries(parts).flatMap(([name, part]) => (own.names.has(name) ? [] : [prepare(part, escape)]));
  return { before: unnamed(REQUIRED.before), own, after: unnamed(REQUIRED.after) };
};

const tidied = (text: string): string =>
  text
    .replace(UNFIT, '')
    .replace(/[ \t]+$/gm, '')
    .trim();

/**
 * Tells alerts by a template. Every value is escaped for the sink; a template that runs out of its limits gives way to `full`, and
 * what must not be left out (`REQUIRED`) is added where the template does not name it.
 */
export const renderer = ({ template, fields, escape, max = Infinity }: RendererOptions): Render => {
  const shipped = Object.hasOwn(SHIPPED, template) ? SHIPPED[template] : undefined;
  const text = shipped ?? template;
  const plans = new Map<Escape, Plan>();
  const planOf = (kind: Escape): Plan => {
    const plan = plans.get(kind) ?? planned(text, kind);
    plans.set(kind, plan);
    return plan;
  };
  const written = (scope: Scope, kind: Escape): string => {
    const { before, own, after } = planOf(kind);
    const ours = (part: Prepared): string => rendered(part, scope, kind, true) ?? '';
    const main = rendered(own, scope, kind, shipped !== undefined) ?? ours(prepare(SHIPPED['full'] ?? '', kind));
    return [...before.map(ours), main, ...after.map(ours)]
      .map(tidied)
      .filter((part) => part !== '')
      .join('\n');
  };
  planOf(escape);
  return (alert, attempt, episode) => {
    const scope = scopeOf(alert, attempt, episode, fields);
    return fit(written(scope, escape), () => written(scope, 'plain'), escape, max);
  };
};
