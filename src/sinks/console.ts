import { styleText } from 'node:util';
import { defer, of, throwError } from 'rxjs';
import { z } from 'zod';
import type { Alert } from '../model/alert.js';
import { fine } from '../ports/check.js';
import { defineSink } from '../ports/plugin.js';
import type { Attempt } from '../ports/sink.js';
import { DeliveryError } from '../ports/sink.js';
import { templateShape } from './templates/check.js';
import { renderer } from './templates/renderer.js';
import { groupsOf } from './words/groups.js';
import { codePoints } from './words/plain.js';
import type { Topic } from './words/topics.js';
import type { Told } from './words/words.js';
import { tell } from './words/words.js';

/*
 * Delivery: printing cannot be undone and is not acknowledged; an alert counts as delivered once it has been handed to
 * standard output.
 */

const options = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.-]{1,64}$/, { error: 'up to 64 letters, digits, dots, dashes' })
    .default('console')
    .describe('Name of this sink; part of what the store remembers, so it must stay the same.'),
  color: z
    .enum(['auto', 'always', 'never'])
    .default('auto')
    .describe('auto colours only a terminal that can show it, and obeys NO_COLOR.'),
  format: z.enum(['pretty', 'json']).default('pretty').describe('pretty is for people, json is one object a line.'),
  ...templateShape('plain'),
});

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow';
type Paint = (style: Style | Style[], text: string) => string;

const painted: Paint = (style, text) => styleText(style, text, { validateStream: false });
const unpainted: Paint = (_style, text) => text;

/** Node itself looks at NO_COLOR, FORCE_COLOR and the terminal's kind. */
const terminalHasColors = (): boolean => process.stdout.isTTY === true && process.stdout.hasColors();

const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - codePoints(text)));
const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(codePoints));

type Row = readonly [label: string, value: string, aside: string];

/** The facts in the rule's order, or those of the wanted topics. */
const factRows = (told: Told, wanted: readonly Topic[] | undefined): readonly Row[] =>
  wanted === undefined
    ? told.facts.map(({ label, value, need }) => [label, value, need ?? ''])
    : groupsOf(told, wanted).flatMap(({ title, facts }) =>
        facts.map(({ label, value, need }): Row => [label === '' ? title.toLowerCase() : label, value, need ?? '']),
      );

/** One compact block: what moved, then one aligned line per fact, the alert's id at the end. */
const pretty = (told: Told, paint: Paint, wanted: readonly Topic[] | undefined): string => {
  const tone: Style = told.arrow === '▲' ? 'green' : 'red';
  const rows: readonly Row[] = [
    [told.grade?.word === 'EARLY' ? 'price' : 'close', told.close, `open ${told.open}`],
    ...factRows(told, wanted),
  ];
  const labelWidth = widest([...rows.map(([label]) => label), told.grade?.word ?? '']);
  const valueWidth = widest(rows.filter(([, , aside]) => aside !== '').map(([, value]) => value));
  const line = (label: string, rest: string): string => `  ${paint('dim', pad(label, labelWidth))}  ${rest}`;
  return [
    `${paint([tone, 'bold'], `${told.arrow} ${told.symbol}  ${told.change}`)}  ${told.series}  ${paint('dim', told.time)}`,
    ...(told.grade === null ? [] : [line(told.grade.word, paint('yellow', told.grade.sentence))]),
    ...rows.map(([label, value, aside]) =>
      line(label, aside === '' ? value : `${pad(value, valueWidth)}  ${paint('dim', aside)}`),
    ),
    line('data', paint('dim', told.data.join(' · '))),
    ...(told.doubts.length === 0 ? [] : [line('doubts', paint('yellow', told.doubts.join(' · ')))]),
    ...(told.chart === null ? [] : [line('chart', paint('dim', told.chart))]),
    ...(told.repeat === null ? [] : [line('note', paint('yellow', told.repeat))]),
    line('id', paint('dim', told.id)),
  ].join('\n');
};

const escaped = (text: string): string =>
  Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');

/** The alert as it is, on one line; what a terminal or an editor would obey instead of showing is written as `\u…`. */
const json = (alert: Alert, attempt: Attempt): string =>
  JSON.stringify({ ...alert, attempt: attempt.number, mayRepeat: attempt.mayRepeat }).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    escaped,
  );

/** Alerts on standard output. Needs no setting. */
export const consoleSink = defineSink({
  type: 'console',
  summary: 'Writes alerts to standard output, for people or as JSON lines.',
  options,
  create: ({ name, color, format, template, fields }, { print, report }) => {
    const paint = color === 'always' || (color === 'auto' && terminalHasColors()) ? painted : unpainted;
    const render = template === undefined ? null : renderer({ template, fields, escape: 'plain' });
    return {
      name,
      deliver: (alert, attempt) =>
        defer(() => {
          const told = tell(alert, attempt);
          if (told.shortened && format === 'pretty')
            report({ kind: 'text-shortened', detail: 'the symbol was cut to be shown', alertId: alert.id, sink: name });
          try {
            if (format === 'json') print(json(alert, attempt));
            else print(render === null ? pretty(told, paint, fields) : render(alert, attempt));
          } catch {
            return throwError(() => new DeliveryError('refused', 'standard output takes nothing'));
          }
          return of({ messageId: null });
        }),
      probe: () => of(fine('output', 'alerts are written to standard output; what you read here went the same way')),
    };
  },
});
